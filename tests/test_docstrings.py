"""What a docstring says a class has, it has; what it refers to, is there."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import rmmatch as rm

_UNDERLINE = re.compile("-+")


def modules() -> Iterator[ModuleType]:
    for module in pkgutil.walk_packages(rm.__path__, "rmmatch."):
        if not module.name.endswith("__main__"):
            yield importlib.import_module(module.name)


@cache
def classes() -> dict[str, type]:
    return {
        f"{module.__name__}.{name}": value
        for module in modules()
        for name, value in vars(module).items()
        if inspect.isclass(value) and value.__module__ == module.__name__
    }


def told(docstring: str) -> list[str]:
    """The names in the section of attributes."""
    lines = inspect.cleandoc(docstring).splitlines()
    starts = [
        at
        for at, line in enumerate(lines[:-1])
        if line.strip() and _UNDERLINE.fullmatch(lines[at + 1])
    ]
    names: list[str] = []
    for at, end in zip(starts, [*starts[1:], len(lines)], strict=False):
        if lines[at] == "Attributes":
            entries = [line for line in lines[at + 2 : end] if line and not line.startswith(" ")]
            names += [n.strip() for entry in entries for n in entry.split(" : ")[0].split(",")]
    return names


@cache
def assigned(cls: type) -> set[str]:
    """The names that a class declares, or its methods assign to `self`."""
    source = Path(str(sys.modules[cls.__module__].__file__)).read_text(encoding="utf-8")
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef) and node.name == cls.__name__:
            for part in ast.walk(node):
                if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
                    names.add(part.target.id)
                is_of_self = isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store)
                if is_of_self and getattr(part.value, "id", "") == "self":
                    names.add(part.attr)
    return names


def has(cls: Any, name: str) -> bool:
    if hasattr(cls, name):
        return True
    bases = [base for base in getattr(cls, "__mro__", ()) if base.__module__.startswith("rmmatch")]
    return any(name in assigned(base) for base in bases)


def test_every_attribute_that_a_class_tells_of_is_there() -> None:
    lost = [
        f"{name}: {attribute}"
        for name, cls in classes().items()
        for attribute in told(cls.__doc__ or "")
        if not has(cls, attribute)
    ]
    assert lost == []


# --- references --------------------------------------------------------------------------------


def references(module: ModuleType) -> Iterator[str]:
    """The dotted names in single backticks in the docstrings of a module."""
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            text = ast.get_docstring(node) or ""
            yield from re.findall(r"(?<![`:\w])`([A-Za-z_]\w*(?:\.\w+)+)`(?!`)", text)


def leads_somewhere(reference: str) -> bool:
    """Whether a name is a module's, or an attribute of a class of rmmatch by its bare name."""
    first, *steps = reference.split(".")
    bare = [cls for name, cls in classes().items() if name.endswith(f".{first}")]
    if bare:
        return len(steps) == 1 and any(has(cls, steps[0]) for cls in bare)
    try:
        value: Any = importlib.import_module(first)
    except ImportError:
        return False
    for at, step in enumerate(steps):
        if not has(value, step):
            try:
                importlib.import_module(".".join([first, *steps[: at + 1]]))
            except ImportError:
                return False
        value = getattr(value, step, None)
    return True


def test_every_dotted_reference_leads_somewhere() -> None:
    lost = [
        f"{module.__name__}: {reference}"
        for module in modules()
        for reference in references(module)
        if not leads_somewhere(reference)
    ]
    assert lost == []


# --- the tests themselves ----------------------------------------------------------------------


@dataclass
class Told:
    """Something.

    Attributes
    ----------
    there, not_there : int
        A line about it.
    also_not : str

    Notes
    -----
    nothing : of this
    """

    there: int

    def __post_init__(self) -> None:
        self.made = 1


def test_the_tests_see_what_they_look_for() -> None:
    names = told(Told.__doc__ or "")
    assert names == ["there", "not_there", "also_not"]
    assert assigned(Told) == {"there", "made"}
    assert leads_somewhere("Result.values")
    assert leads_somewhere("rmmatch.rules.Relations.forbid")
    assert leads_somewhere("time.monotonic")
    for wrong in (
        "Result.worths",
        "rmmatch.matsch",
        "rmmatch.rules.Relations.forbids_",
        "Nobody.x",
    ):
        assert not leads_somewhere(wrong), wrong
