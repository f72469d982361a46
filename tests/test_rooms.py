"""A module imports only from rooms on its own floor or above it, also inside functions."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import rmmatch

ROOT = Path(rmmatch.__file__).parent

FLOORS = [
    {"spelling"},
    {"errors", "progress"},
    {"cohort"},
    {
        "declared",
        "features",
        "kernels",
        "measures",
        "criteria",
        "rules",
        "quotas",
        "objectives",
        "meetings",
    },
    {"schemefiles", "scheme"},
    {"scoring", "matching"},
    {"checking", "stability", "solving"},
    {"strategies"},
    {
        "changing",
        "comparing",
        "costing",
        "explaining",
        "forcing",
        "rematching",
        "reviewing",
        "robustness",
        "runnersup",
        "shortlisting",
        "synthetic",
        "tradeoffs",
    },
    {"reporting", "carrying", "cli"},
    {"__main__"},
]
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def files() -> list[Path]:
    return [path for path in sorted(ROOT.rglob("*.py")) if path != ROOT / "__init__.py"]


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


def imported_rooms(path: Path) -> set[str]:
    """The rooms a file imports."""
    dotted = (name.split(".") for name in imported_names(path))
    return {parts[1] for parts in dotted if parts[0] == "rmmatch" and len(parts) > 1}


def test_every_module_has_a_room() -> None:
    assert {room_of(path) for path in files()} <= set(FLOOR_OF)


def test_imports_only_go_downwards() -> None:
    upwards = [
        f"{path.relative_to(ROOT)} imports {room}"
        for path in files()
        for room in sorted(imported_rooms(path))
        if FLOOR_OF.get(room, len(FLOORS)) > FLOOR_OF[room_of(path)]
        # A version number has no floor.
        and room != "__version__"
    ]
    assert upwards == []


def test_rooms_on_one_floor_do_not_import_in_a_circle() -> None:
    needs: dict[str, set[str]] = {room: set() for room in FLOOR_OF}
    for path in files():
        needs[room_of(path)] |= imported_rooms(path) - {room_of(path)}
    assert list(TopologicalSorter(needs).static_order())  # raises CycleError


def test_the_checker_and_the_solver_do_not_know_each_other() -> None:
    for path in (ROOT / "checking").rglob("*.py"):
        assert imported_rooms(path).isdisjoint({"solving", "strategies"})
    for path in (ROOT / "solving").rglob("*.py"):
        assert "checking" not in imported_rooms(path)


# How the solver looks through all pairs: its bound, and what makes it quick.
SWEEP = (
    "bounding",
    "forms",
    "ordering",
    "passing",
    "searching",
    "sending",
    "sweeping",
    "thinning",
)


def sweep_imports(path: Path) -> list[str]:
    """The imports of a file that are of the solver's sweep."""
    modules = [f"rmmatch.scoring.{name}" for name in SWEEP]
    return [
        name
        for name in sorted(imported_names(path))
        if any(name == module or name.startswith(f"{module}.") for module in modules)
    ]


def test_the_checker_has_no_bound_in_common_with_the_solver() -> None:
    for name in SWEEP:
        assert (ROOT / "scoring" / f"{name}.py").exists()  # else this forbids nothing
    # what a name of a package stands for is imported as well
    files_read = [*(ROOT / "checking").rglob("*.py"), *(ROOT / "scoring").glob("__init__.py")]
    files_read += [ROOT / "scoring" / "pairs.py", ROOT / "scoring" / "weighing.py"]
    assert {str(path): sweep_imports(path) for path in files_read if sweep_imports(path)} == {}


def test_the_test_sees_every_way_of_importing_the_sweep(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    for line in (
        "from rmmatch.scoring import bounding",
        "from rmmatch.scoring.sweep.upper_bound import ScoreUpperBound",
        "import rmmatch.scoring.sweep.upper_bound as b",
        "def f():\n    from rmmatch.scoring.sweep.upper_bound import ScoreUpperBound",
    ):
        path.write_text(line)
        assert sweep_imports(path), line


def test_the_test_sees_imports_inside_functions(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text("def f():\n    from rmmatch.solving import match\n    import rmmatch.cli\n")
    assert imported_rooms(path) == {"solving", "cli"}
