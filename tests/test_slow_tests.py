"""Every entry of `slow_tests.txt` names a test that is there, and what must be quick is quick."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TESTS = next(folder for folder in Path(__file__).parents if (folder / "slow_tests.txt").is_file())
MUST_BE_QUICK = {
    "test_rooms.py",
    "test_public.py",
    "test_by_hand.py",
    "test_agreement.py",
    "test_golden.py",
    "test_old_formats.py",
    "test_optimum.py::test_match_equals_trying_everything",
}


def lines() -> list[str]:
    """Return the names in the list, without comments and markers."""
    text = (TESTS / "slow_tests.txt").read_text(encoding="utf-8")
    return [words[0] for line in text.splitlines() if (words := line.partition("#")[0].split())]


def defined_in(file: str) -> set[str]:
    """Return the names of the tests at the top level of a module; none where it is not there."""
    found: set[str] = set()
    for path in TESTS.rglob(file):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                found.add(node.name)
            elif isinstance(node, ast.Assign):  # the test case of a state machine
                found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return {name for name in found if name.lower().startswith("test")}


def is_there(entry: str) -> bool:
    file, *parts = entry.split("::")
    tests = defined_in(file)
    return parts[0].partition("[")[0] in tests if parts else bool(tests)


def test_every_entry_names_a_test_that_is_there() -> None:
    assert [entry for entry in lines() if not is_there(entry)] == []


@pytest.mark.parametrize("entry", sorted(MUST_BE_QUICK))
def test_what_must_be_quick_is_there_and_not_in_the_list(entry: str) -> None:
    file = entry.partition("::")[0]
    assert is_there(entry)
    for name in lines():
        if name.partition("::")[0] == file:
            assert "::" in name, f"the whole of {file} is slow"
            assert "::" in entry, f"{name} is slow"
            assert name.partition("[")[0] != entry, f"{name} is slow"


def test_the_tests_see_what_they_look_for() -> None:
    here = Path(__file__).name
    assert is_there(here)
    assert is_there(f"{here}::test_every_entry_names_a_test_that_is_there[any]")
    assert not is_there(f"{here}::test_of_something_else")
    assert not is_there("test_of_nothing.py")
