"""Folders of schemes for the tests: small, real, on the disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import rmmatch as rm
from helpers.folders import make_folder
from rmmatch.desk.folders import SchemeFolder


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[SchemeFolder]:
    with rm.open_folder(make_folder(tmp_path / "scheme"), by="Ann Lee") as opened:
        yield opened


@pytest.fixture
def new_folder(tmp_path: Path) -> Callable[[str], Path]:
    return lambda name: make_folder(tmp_path / name)
