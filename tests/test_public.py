"""The public list: explicit, sorted, lazy, and what the documentation says it is."""

from __future__ import annotations

import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import rmmatch as rm
import rmmatch.types

PUBLIC = [
    "CarryOver",
    "Cohort",
    "CohortError",
    "FolderError",
    "Form",
    "FormError",
    "Matching",
    "PairScores",
    "Rematch",
    "Reserves",
    "Result",
    "RmmatchError",
    "Scheme",
    "SchemeError",
    "SchemeFolder",
    "Status",
    "UnknownPersonError",
    "Violation",
    "WhatIf",
    "adopt",
    "alternatives",
    "anonymise",
    "approve",
    "carry_over",
    "check",
    "compare",
    "confidence",
    "criteria",
    "errors",
    "explain",
    "letters",
    "load_result",
    "match",
    "match_again",
    "open_folder",
    "prices_of_pairs",
    "prices_of_rules",
    "propose_form",
    "propose_tags",
    "read_cohort",
    "rematch",
    "reserves",
    "review",
    "rules",
    "save_review",
    "score",
    "shortlist",
    "strategies",
    "synthetic",
    "trade_off",
    "types",
    "undo",
    "validate",
    "what_if",
]


def loaded_after(code: str, *packages: str) -> set[str]:
    """Which of these packages a fresh interpreter has loaded after running some code."""
    probe = f"import sys\n{code}\nprint(*(p for p in {packages} if p in sys.modules))"
    command = [sys.executable, "-W", "error", "-c", probe]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_public_list_is_sorted_and_as_documented() -> None:
    assert rm.__all__ == PUBLIC == sorted(PUBLIC)


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_there_and_documented(name: str) -> None:
    value = getattr(rm, name)
    assert value.__doc__
    assert value is getattr(rm, name)
    assert name in dir(rm)


def test_the_list_that_a_shell_completes_is_the_public_list() -> None:
    importlib.import_module("rmmatch.cli")
    for module in (rm, rmmatch.types):
        assert [name for name in dir(module) if not name.startswith("__")] == module.__all__


def test_everything_public_is_in_the_star_import() -> None:
    names: dict[str, object] = {}
    exec("from rmmatch import *", names)
    assert set(PUBLIC) <= set(names)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'rmmatch' has no attribute 'matsch'"):
        _ = rm.matsch


def test_every_class_of_the_documentation_can_be_imported_without_a_path_to_a_module() -> None:
    page = Path(__file__).parents[1] / "docs" / "api.md"
    pattern = r"\.\. auto(?:class|function|module):: (\S+)"
    named = re.findall(pattern, page.read_text(encoding="utf-8"))
    packages = {f"rmmatch.{name}" for name in rm.__all__ if name.islower()}
    public = {*rm.__all__, *packages, *(f"rmmatch.types.{name}" for name in rm.types.__all__)}
    assert set(named) <= public
    assert {f"rmmatch.types.{name}" for name in rm.types.__all__} - set(named) == {
        "rmmatch.types.Certificate",
        "rmmatch.types.PairScore",
        "rmmatch.types.TierPrices",
    }


def test_every_module_lists_its_public_names_and_has_them() -> None:
    for found in pkgutil.walk_packages(rm.__path__, "rmmatch."):
        if found.name.endswith("__main__"):
            continue
        module = importlib.import_module(found.name)
        assert module.__doc__, found.name
        for name in module.__all__:
            assert hasattr(module, name), f"{found.name}.{name}"


def test_every_exception_is_drawn_in_the_tree() -> None:
    for name in rm.errors.__all__:
        value = getattr(rm.errors, name)
        if isinstance(value, type) and issubclass(value, Exception):
            assert issubclass(value, rm.RmmatchError)
            assert name in rm.errors.__doc__


def test_the_import_loads_next_to_nothing() -> None:
    heavy = (
        "numpy",
        "pandas",
        "ortools",
        "pydantic",
        "yaml",
        "typer",
        "rich",
        "matplotlib",
        "tqdm",
    )
    assert loaded_after("import rmmatch; rmmatch.__version__; dir(rmmatch)", *heavy) == set()


def test_reading_and_declaring_do_not_load_the_solver() -> None:
    code = "import rmmatch as rm; rm.read_cohort, rm.Scheme(), rm.score, rm.check, rm.load_result"
    assert loaded_after(code, "ortools", "matplotlib", "typer", "rich", "pandas", "tqdm") == set()


def test_from_csv_files_to_a_csv_of_pairs_only_what_it_takes_is_loaded(tmp_path: Path) -> None:
    for side, prefix in (("mentors", "M"), ("mentees", "E")):
        lines = "".join(f"{prefix}{i}\n" for i in range(3))
        (tmp_path / f"{side}.csv").write_text(f"id\n{lines}")
    code = f"""
from pathlib import Path
import rmmatch as rm
folder = Path({str(tmp_path)!r})
cohort = rm.read_cohort(folder / "mentors.csv", folder / "mentees.csv")
result = rm.match(cohort, rm.Scheme())
result.made.to_csv(folder / "pairs.csv")
assert rm.check(result) == []
"""
    others = [f"rmmatch.solving.{name}" for name in ("conflicts", "programme", "pricing")]
    heavy = ("pandas", "tqdm", "numpy.ma", "rmmatch.scoring.sweep.sweep")
    assert loaded_after(code, *heavy, *others) == set()
    assert len((tmp_path / "pairs.csv").read_text().split()) == 4


def test_matching_loads_the_solver() -> None:
    code = """
import pandas as pd, rmmatch as rm
side = lambda prefix: pd.DataFrame({"id": [f"{prefix}{i}" for i in range(3)]})
cohort = rm.read_cohort(side("M"), side("E"))
assert "ortools" not in sys.modules
assert len(rm.match(cohort, rm.Scheme()).made) == 3
"""
    assert loaded_after(code, "ortools") == {"ortools"}


def test_the_version_is_that_of_the_package() -> None:
    from importlib.metadata import version

    assert rm.__version__ == version("rmmatch")
