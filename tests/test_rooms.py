"""The house: a module imports only from floors below its own, also inside functions."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import rmmatch

ROOT = Path(rmmatch.__file__).parent

# From the bottom up. The rooms of one floor may use each other, but not in a circle.
FLOORS = [
    {"errors", "numeric", "progress", "spelling"},
    {"files"},
    {"calendars"},
    {"cohort"},
    {"criteria", "declarations", "pairwise", "rules"},
    {"scheme"},
    {"scoring", "synthetic"},
    {"matching"},
    {"checking", "stability"},
    {"solving"},
    {"strategies"},
    {"analysis"},
    {"lifecycle"},
    {"research"},
    {"desk"},
    {"cli"},
    {"__main__", "types"},
]
# The same inside solving/.
SOLVING = [
    {"stopping"},
    {"assignment"},
    {"lexicographic"},
    {"formulation"},
    {"column_generation", "mip"},
    {"infeasibility"},
    {"api"},
]
# OR-Tools is loaded by these and by no other: flows, programs, and the version in a record.
USES_ORTOOLS = {"solving/api.py", "solving/assignment/flow.py", "solving/mip/mathopt.py"}
# How the solver looks through all pairs; the checker has a dismissal of its own.
SWEEP = "rmmatch.scoring.sweep"


def files(folder: Path = ROOT) -> list[Path]:
    return [path for path in sorted(folder.rglob("*.py")) if path != ROOT / "__init__.py"]


def imported_names(path: Path) -> set[str]:
    """What a file imports anywhere, with dots, imports for type checking included."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def parts_below(names: Iterable[str], package: str) -> set[str]:
    """The parts of a package that are imported: ``rmmatch.a.b`` is ``a`` of ``rmmatch``."""
    prefix = f"{package}."
    return {name.removeprefix(prefix).split(".")[0] for name in names if name.startswith(prefix)}


def part_of(path: Path, folder: Path) -> str:
    return path.relative_to(folder).parts[0].removesuffix(".py")


def upward_imports(folder: Path, package: str, floors: Sequence[set[str]]) -> list[str]:
    """The imports of files of a folder that go to a higher floor, or to none."""
    floor_of = {part: floor for floor, parts in enumerate(floors) for part in parts}
    return [
        f"{path.relative_to(folder)} imports {part}"
        for path in files(folder)
        if path != folder / "__init__.py"
        for part in sorted(parts_below(imported_names(path), package))
        if floor_of.get(part, len(floors)) > floor_of[part_of(path, folder)]
        and part != "__version__"  # a version number has no floor
    ]


def test_every_module_has_a_room() -> None:
    assert {part_of(path, ROOT) for path in files()} == set().union(*FLOORS)


def test_every_module_of_the_solver_has_a_folder() -> None:
    folder = ROOT / "solving"
    parts = {part_of(path, folder) for path in files(folder)} - {"__init__"}
    assert parts == set().union(*SOLVING)


def test_imports_only_go_downwards() -> None:
    assert upward_imports(ROOT, "rmmatch", FLOORS) == []


def test_imports_inside_the_solver_only_go_downwards() -> None:
    assert upward_imports(ROOT / "solving", "rmmatch.solving", SOLVING) == []


def module_of(path: Path) -> str:
    dotted = ".".join(("rmmatch", *path.relative_to(ROOT).with_suffix("").parts))
    return dotted.removesuffix(".__init__")


def imported_modules(path: Path, modules: set[str]) -> set[str]:
    """The modules of the library that a file imports names of."""
    return {
        name if name in modules else name.rpartition(".")[0]
        for name in imported_names(path)
        if {name, name.rpartition(".")[0]} & modules
    }


def test_no_files_import_each_other_in_a_circle() -> None:
    modules = {module_of(path): path for path in files()}
    needs = {name: imported_modules(path, set(modules)) for name, path in modules.items()}
    assert list(TopologicalSorter(needs).static_order())  # raises CycleError


def test_rooms_on_one_floor_do_not_import_in_a_circle() -> None:
    needs: dict[str, set[str]] = {}
    for path in files():
        room = part_of(path, ROOT)
        rooms = parts_below(imported_names(path), "rmmatch") - {"__version__", room}
        needs[room] = needs.get(room, set()) | rooms
    assert list(TopologicalSorter(needs).static_order())  # raises CycleError


def test_only_listed_files_import_ortools() -> None:
    users = {
        path.relative_to(ROOT).as_posix()
        for path in files()
        if any(name.split(".")[0] == "ortools" for name in imported_names(path))
    }
    assert users == USES_ORTOOLS


def test_the_checker_and_the_solver_do_not_know_each_other() -> None:
    for path in files(ROOT / "checking"):
        rooms = parts_below(imported_names(path), "rmmatch")
        assert rooms.isdisjoint({"solving", "strategies", "lifecycle"})
    for path in files(ROOT / "solving"):
        assert "checking" not in parts_below(imported_names(path), "rmmatch")


def sweep_imports(path: Path) -> list[str]:
    """The imports of a file that are of the solver's sweep."""
    names = sorted(imported_names(path))
    return [name for name in names if name == SWEEP or name.startswith(f"{SWEEP}.")]


def test_the_checker_has_no_bound_in_common_with_the_solver() -> None:
    assert len(files(ROOT / "scoring" / "sweep")) > 5  # else this forbids nothing
    # what a name of a package stands for is imported as well
    scores = [path for path in files(ROOT / "scoring") if path.parent.name == "scoring"]
    checker = files(ROOT / "checking")
    assert {
        str(path): sweep_imports(path) for path in scores + checker if sweep_imports(path)
    } == {}


def test_no_file_is_longer_than_a_room() -> None:
    lines = {path: path.read_text(encoding="utf-8").count("\n") for path in files()}
    assert {str(path.relative_to(ROOT)): n for path, n in lines.items() if n > 500} == {}


def exported_names(package: Path) -> set[str]:
    """The names that a package takes from its own modules, but for the modules themselves."""
    path = package / "__init__.py"
    own = {name for name in imported_names(path) if name.startswith(f"{module_of(path)}.")}
    return {name.rpartition(".")[2] for name in own - {module_of(file) for file in files()}}


@pytest.mark.parametrize(
    "package",
    [path.parent for path in files() if path.name == "__init__.py"],
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_no_module_is_hidden_by_a_function_of_its_package(package: Path) -> None:
    modules = {path.stem for path in package.glob("*.py")}
    modules |= {path.parent.name for path in package.glob("*/__init__.py")}
    assert exported_names(package).isdisjoint(modules)


@pytest.mark.parametrize(
    "line",
    [
        "from rmmatch.scoring.sweep import upper_bound",
        "from rmmatch.scoring import sweep",
        "from rmmatch.scoring.sweep.upper_bound import ScoreUpperBound",
        "import rmmatch.scoring.sweep.upper_bound as b",
        "def f():\n    from rmmatch.scoring.sweep.upper_bound import ScoreUpperBound",
    ],
)
def test_every_way_of_importing_the_sweep_is_seen(line: str, tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(line)
    assert sweep_imports(path)


def test_imports_inside_functions_are_seen(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text("def f():\n    from rmmatch.solving import match\n    import rmmatch.cli\n")
    assert parts_below(imported_names(path), "rmmatch") == {"solving", "cli"}
