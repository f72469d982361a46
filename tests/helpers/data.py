"""Where test data outside the repository are: sign-ups and problems that others published.

They are in the folder that the environment variable ``RMMATCH_DATA`` names, or else in
``shared/data`` beside the project.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

VARIABLE = "RMMATCH_DATA"
DEFAULT_FOLDER = Path(__file__).parents[3] / "shared" / "data"


def sample(*parts: str) -> Path:
    """The path of a file of the test data; a test without the data is skipped.

    Nothing is skipped where there are data, or where ``CI=true``: what is missing is a failure.
    """
    return _path(_folder(), parts)


def case(*parts: str) -> Path:
    """The path of a file of the small cases, ``cases`` beside the data; skipped as in `sample`."""
    return _path(_folder().with_name("cases"), parts)


def _folder() -> Path:
    named = os.environ.get(VARIABLE)
    return Path(named) if named else DEFAULT_FOLDER


def _path(folder: Path, parts: tuple[str, ...]) -> Path:
    named = os.environ.get(VARIABLE)
    path = folder.joinpath(*parts)
    if path.exists():
        return path
    if named:
        pytest.fail(f"{VARIABLE} is {named}, and there is no {path}")
    if folder.exists():
        pytest.fail(f"the test data are in {folder}, and there is no {path}")
    if os.environ.get("CI") == "true":
        pytest.fail(f"there are no test data in {folder}: name their folder in {VARIABLE}")
    pytest.skip(f"no test data: {VARIABLE} is not set, and there is no folder {folder}")
