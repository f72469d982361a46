"""The folder of a scheme: exports, people, runs and decisions, year after year."""

from rmmatch.desk.folders.decisions import AppliedDecisions
from rmmatch.desk.folders.deletion import DeletionPlan
from rmmatch.desk.folders.exports import ExportFile, FolderImport
from rmmatch.desk.folders.next_year import NextRun
from rmmatch.desk.folders.previews import (
    ChangePreview,
    PersonPreview,
    PreviewPair,
    TogetherPreview,
    TurnDownPreview,
)
from rmmatch.desk.folders.questions import FolderQuestion
from rmmatch.desk.folders.runs import Act, Run
from rmmatch.desk.folders.scheme_folder import SchemeFolder, open_folder
from rmmatch.desk.folders.tables import EditedAnswer

__all__ = [
    "Act",
    "AppliedDecisions",
    "ChangePreview",
    "DeletionPlan",
    "EditedAnswer",
    "ExportFile",
    "FolderImport",
    "FolderQuestion",
    "NextRun",
    "PersonPreview",
    "PreviewPair",
    "Run",
    "SchemeFolder",
    "TogetherPreview",
    "TurnDownPreview",
    "open_folder",
]
