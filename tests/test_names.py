"""Names say what they hold: of local names hardly one is a pronoun or a participle."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import rmmatch

ROOT = Path(rmmatch.__file__).parent
VAGUE = frozenset(
    [
        "one",
        "ones",
        "other",
        "others",
        "some",
        "told",
        "tell",
        "found",
        "kept",
        "near",
        "nearest_one",
        "left",
        "mine",
        "theirs",
        "worth",
        "there",
        "known",
        "gone",
        "asked",
        "given",
        "posed",
        "made",
        "both",
        "these",
        "those",
        "here",
        "again",
        "whole",
        "part",
        "rest",
        "thing",
        "things",
        "stuff",
        "it",
        "who",
        "whom",
        "much",
        "many",
        "few",
    ]
)
LARGEST_SHARE = 0.01


def local_names(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield the arguments and the assigned names of functions, with their lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            arguments = node.args
            for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
                if argument.arg not in ("self", "cls"):
                    yield argument.arg, node.lineno
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                    yield inner.id, inner.lineno


def names_in(path: Path) -> set[tuple[str, int]]:
    return set(local_names(ast.parse(path.read_text(encoding="utf-8"))))


def test_hardly_a_local_name_is_vague() -> None:
    names = {(path, *name) for path in ROOT.rglob("*.py") for name in names_in(path)}
    vague = sorted(
        (str(path.relative_to(ROOT)), line, name) for path, name, line in names if name in VAGUE
    )
    assert len(names) > 5_000
    assert len(vague) <= LARGEST_SHARE * len(names), vague


def test_a_vague_name_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(
        "def f(told):\n    for one in told:\n        left: int = one\n    return lambda who: 1\n"
    )
    assert {name for name, _ in names_in(path)} == {"told", "one", "left", "who"}


def test_no_class_name_stands_for_two_things() -> None:
    homes: dict[str, list[str]] = {}
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                homes.setdefault(node.name.lstrip("_"), []).append(str(path.relative_to(ROOT)))
    assert {name: paths for name, paths in homes.items() if len(paths) > 1} == {}
