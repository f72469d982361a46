"""What a result leaves to the floors above: each function exists, and does what is promised."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

import rmmatch as rm
from rmmatch.errors import (
    MissingExtraError,
    NoMatchingError,
    ProblemsError,
    RecordError,
)
from rmmatch.matching.outlets import OUTLETS, outlet
from rmmatch.strategies import Greedy

ROOT = Path(rm.__file__).parent


@pytest.mark.parametrize("name", OUTLETS)
def test_every_outlet_leads_to_a_function_that_its_module_exports(name: str) -> None:
    module, _, function = OUTLETS[name].partition(":")
    assert outlet(name) is getattr(importlib.import_module(module), function)
    assert function in importlib.import_module(module).__all__


def test_nothing_else_is_imported_by_name() -> None:
    """The lists of public names do, and the table of outlets: the floors hold for all else."""
    by_name = {
        path.relative_to(ROOT).as_posix()
        for path in ROOT.rglob("*.py")
        if re.search(r"\b(import_module|__import__)\(", path.read_text("utf-8"))
    }
    assert by_name == {"__init__.py", "matching/outlets.py", "types.py"}


SHEETS = ["Read me", "Pairs", "Left out", "Points", "Reasons", "Contacts", "Details"]


def test_a_result_writes_itself_as_a_workbook_whole_or_not_at_all(tmp_path: Path) -> None:
    result = rm.match(*rm.synthetic.demo())
    result.to_excel(tmp_path / "pairing.xlsx")
    book = CalamineWorkbook.from_path(str(tmp_path / "pairing.xlsx"))
    assert book.sheet_names == SHEETS
    rows = book.get_sheet_by_name("Pairs").to_python()
    assert len(rows) == 1 + len(result.made)
    with pytest.raises(RecordError, match="cannot be written"):
        result.to_excel(tmp_path / "nowhere" / "pairing.xlsx")
    assert [path.name for path in tmp_path.iterdir()] == ["pairing.xlsx"]


def test_without_the_extra_a_workbook_is_one_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(MissingExtraError, match=r"rmmatch\[excel\]"):
        rm.match(*rm.synthetic.demo()).to_excel(tmp_path / "pairing.xlsx")
    assert not list(tmp_path.iterdir())


def test_a_result_without_a_matching_writes_no_workbook(tmp_path: Path) -> None:
    result = rm.match(*rm.synthetic.demo()).replace(matching=None)
    with pytest.raises(NoMatchingError):
        result.to_excel(tmp_path / "pairing.xlsx")


def test_a_strategy_may_be_given_by_its_name() -> None:
    cohort, scheme = rm.synthetic.demo()
    by_name = rm.match(cohort, scheme, strategy="greedy", seed=3)
    assert by_name.made == rm.match(cohort, scheme, strategy=Greedy(), seed=3).made
    assert by_name.solver == "strategy greedy"
    with pytest.raises(ProblemsError, match="did you mean 'greedy'") as caught:
        rm.match(cohort, scheme, strategy="gredy")
    assert caught.value.items[0].code == "unknown_strategy"
