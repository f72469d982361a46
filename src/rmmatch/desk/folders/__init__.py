"""The folder of a scheme: exports, people, runs and decisions, year after year."""

from rmmatch.desk.folders.previews import (
    ChangePreview,
    PersonChange,
    PreviewPair,
    TogetherPreview,
    TurnDownPreview,
)
from rmmatch.desk.folders.questions import FolderQuestion
from rmmatch.desk.folders.runs import Act, Run
from rmmatch.desk.folders.scheme_folder import SchemeFolder, open_folder

__all__ = [
    "Act",
    "ChangePreview",
    "FolderQuestion",
    "PersonChange",
    "PreviewPair",
    "Run",
    "SchemeFolder",
    "TogetherPreview",
    "TurnDownPreview",
    "open_folder",
]
