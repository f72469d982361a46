"""The pages that show the rooms are drawn from the list that the import test keeps."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from test_rooms import FLOORS, SOLVING

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "architecture.md"

spec = importlib.util.spec_from_file_location("rooms", ROOT / "docs" / "rooms.py")
assert spec is not None
assert spec.loader is not None
rooms = importlib.util.module_from_spec(spec)
spec.loader.exec_module(rooms)


def test_the_picture_is_drawn_from_the_list() -> None:
    assert rooms.PICTURE.read_text(encoding="utf-8") == rooms.picture(FLOORS, SOLVING)


def test_the_table_of_rooms_is_drawn_from_the_list() -> None:
    text = rooms.CONTRIBUTING.read_text(encoding="utf-8")
    assert rooms.with_table(text, FLOORS) == text


def test_every_file_that_the_architecture_page_names_is_there() -> None:
    text = PAGE.read_text(encoding="utf-8")
    source = ROOT / "src" / "rmmatch"
    folders = [ROOT, source, source / "solving"]
    names = re.findall(r"`([a-z_]+(?:/[a-z_]+)*(?:\.py|/))[`:]", text)
    assert len(names) > 30
    assert [name for name in names if not any((base / name).exists() for base in folders)] == []


def test_the_architecture_page_has_three_pages_at_most() -> None:
    assert len(PAGE.read_text(encoding="utf-8").split()) <= 1_500
