"""Mutation testing: change the code in one small way at a time, and see whether a test fails.

    python benchmarks/mutate.py [PATH …] [--sample K] [--seed S] [--processes N] [--limit SECONDS]

PATH is a file or a folder of `src/rmmatch`; without one, those of `ROOMS`. A mutant is *killed*
where a test fails, *survives* where all pass, and is *timed out* where they take longer than the
limit.
Each is made in a copy of the tree, never in the tree itself, and runs the tests of its room with
`-x -q -p no:cacheprovider`. A survivor asks for a claim that fails under it, or for less code; some
are equivalent (no input tells them apart), and only a reader can say which.
"""

from __future__ import annotations

import argparse
import ast
import copy
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Queue
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = Path("src/rmmatch")
# The tests of each room; the examples in its own docstrings come last, as some declare classes.
ROOMS = {
    "scheme": ("tests/scheme", "tests/solving/test_quotas.py", "src/rmmatch/scheme"),
    "checking": (
        "tests/checking",
        "tests/strategies/test_blocking_pairs.py",
        "tests/analysis/test_trade_offs.py",
        "tests/solving/test_objectives.py",
        "src/rmmatch/checking",
    ),
    "scoring": ("tests/scoring", "src/rmmatch/scoring"),
    "rules": ("tests/scoring", "tests/scheme", "src/rmmatch/rules"),
}
COMPARED = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
COMPUTED = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
CALLED = {
    "min": "max",
    "max": "min",
    "any": "all",
    "all": "any",
    "floor": "ceil",
    "ceil": "floor",
    "round": "int",
    "minimum": "maximum",
    "maximum": "minimum",
}


@dataclass(frozen=True)
class Mutant:
    """One change of one file; `place` counts the mutants of the file."""

    path: str
    place: int
    line: int
    change: str


@dataclass(frozen=True)
class Outcome:
    """What the tests said of a mutant."""

    mutant: Mutant
    state: str
    seconds: float


def sites(tree: ast.Module) -> Iterator[tuple[ast.AST, ast.AST, str]]:
    """Yield each node that can be changed, what takes its place, and the change in words.

    Annotations, docstrings, texts of errors and what only type checkers read are left alone.
    """
    left_alone = {id(node) for part in _unread(tree) for node in ast.walk(part)}
    for node in ast.walk(tree):
        if id(node) not in left_alone:
            for changed, words in _changes(node):
                yield node, changed, words


def _unread(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield what is no behaviour."""
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign):
            yield node.annotation
        elif isinstance(node, ast.arg) and node.annotation:
            yield node.annotation
        elif isinstance(node, ast.FunctionDef):
            yield from ([node.returns] if node.returns else [])
            yield from node.decorator_list
        elif isinstance(node, ast.ClassDef):
            yield from (*node.decorator_list, *node.keywords)
        elif isinstance(node, ast.Assert | ast.Raise):
            yield node
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield node.test
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Subscript):
            yield node.value if ast.unparse(node.value).startswith(_ALIASES) else ast.Pass()


_ALIASES = ("Annotated[", "NDArray[", "Literal[")


def _changes(node: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Yield the changed copies of one node, each with the change in words."""
    other: Any = copy.deepcopy(node)  # each kind of node changes what it has
    if isinstance(node, ast.Compare):
        for place, operator in enumerate(node.ops):
            other = copy.deepcopy(node)
            other.ops[place] = COMPARED[type(operator)]()
            yield other, _words(node, other)
    elif isinstance(node, ast.BinOp) and type(node.op) in COMPUTED:
        is_union = isinstance(node.op, ast.BitOr) and "None" in ast.unparse(node)
        is_text = any(isinstance(part, ast.JoinedStr) for part in (node.left, node.right))
        if not is_union and not is_text:
            other.op = COMPUTED[type(node.op)]()
            yield other, _words(node, other)
    elif isinstance(node, ast.BoolOp):
        other.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield other, _words(node, other)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.Invert | ast.USub):
        yield other.operand, _words(node, node.operand)
    elif isinstance(node, ast.Constant):
        yield from _constants(node)
    elif isinstance(node, ast.Call):
        if isinstance(node.func, ast.Name) and node.func.id in CALLED:
            other.func.id = CALLED[node.func.id]
            yield other, _words(node, other)
        elif isinstance(node.func, ast.Attribute) and node.func.attr in CALLED:
            other.func.attr = CALLED[node.func.attr]
            yield other, _words(node, other)
    elif isinstance(node, ast.Return) and isinstance(node.value, ast.Compare | ast.BoolOp):
        other.value = ast.UnaryOp(ast.Not(), other.value)
        yield other, _words(node, other)


def _constants(node: ast.Constant) -> Iterator[tuple[ast.AST, str]]:
    if isinstance(node.value, bool):
        yield ast.Constant(not node.value), f"{node.value} → {not node.value}"
    elif isinstance(node.value, int | float):
        for step in (1, -1):
            yield ast.Constant(node.value + step), f"{node.value} → {node.value + step}"


def _words(before: ast.AST, after: ast.AST) -> str:
    return f"{ast.unparse(before)} → {ast.unparse(after)}"


def mutants_of(path: Path) -> list[Mutant]:
    """Return all mutants of a file, given from the root of the tree."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return [
        Mutant(path.as_posix(), place, getattr(node, "lineno", 0), words)
        for place, (node, _, words) in enumerate(sites(tree))
    ]


def mutated(text: str, place: int) -> str:
    """Return a file's text with one of its mutants."""
    tree = ast.parse(text)
    node, changed, _ = list(sites(tree))[place]

    class Exchange(ast.NodeTransformer):
        def visit(self, here: ast.AST) -> ast.AST:
            return changed if here is node else self.generic_visit(here)

    return ast.unparse(ast.fix_missing_locations(Exchange().visit(tree)))


def tests_of(path: str) -> tuple[str, ...]:
    """Return the tests of the room that a file is in."""
    return ROOMS[Path(path).relative_to(PACKAGE).parts[0]]


def copied_tree(folder: Path) -> Path:
    """Copy what the tests need into a folder."""
    without = shutil.ignore_patterns("__pycache__", ".hypothesis", "*.egg-info", "_build")
    for name in ("src", "tests", "examples", "docs"):
        shutil.copytree(ROOT / name, folder / name, ignore=without)
    for name in ("pyproject.toml", "README.md", "CONTRIBUTING.md"):
        shutil.copy(ROOT / name, folder)
    return folder


def run_tests(folder: Path, tests: Sequence[str], limit: float) -> tuple[str, float]:
    """Run tests in a copy of the tree; return killed, survived or timed out, and the seconds."""
    environment = {
        "RMMATCH_EXAMPLES": "25",
        **os.environ,
        "PYTHONPATH": str(folder / "src"),
        "PYTHONDONTWRITEBYTECODE": "1",  # a file changed twice in a second is read again
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
    command += ["--hypothesis-seed=0", *tests]
    start = time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        code = process.wait(limit)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # and what the tests started
        process.wait()
        return "timed out", time.monotonic() - start
    return "killed" if code else "survived", time.monotonic() - start


def outcomes_of(
    mutants: Sequence[Mutant], trees: Sequence[Path], limit: float, stop: float
) -> Iterator[Outcome]:
    """Try mutants, one at a time in each copy of the tree; none is begun after `stop` seconds."""
    start = time.monotonic()
    idle: Queue[Path] = Queue()
    for tree in trees:
        idle.put(tree)

    def tried(mutant: Mutant) -> Outcome | None:
        if time.monotonic() - start > stop:
            return None
        tree = idle.get()
        path = tree / mutant.path
        text = path.read_text(encoding="utf-8")
        try:
            path.write_text(mutated(text, mutant.place), encoding="utf-8")
            return Outcome(mutant, *run_tests(tree, tests_of(mutant.path), limit))
        finally:
            path.write_text(text, encoding="utf-8")
            idle.put(tree)

    with ThreadPoolExecutor(len(trees)) as pool:
        yield from (outcome for outcome in pool.map(tried, mutants) if outcome is not None)


def require_passing(paths: Sequence[str], trees: Sequence[Path], limit: float) -> None:
    """End where the tests fail, or take too long, without any change."""
    rooms = sorted({tests_of(path) for path in paths})
    with ThreadPoolExecutor(len(trees)) as pool:
        for tests, (state, seconds) in zip(
            rooms, pool.map(lambda tests: run_tests(trees[0], tests, limit), rooms), strict=True
        ):
            if state != "survived":
                sys.exit(f"without any change: {state} after {seconds:.0f} s: {' '.join(tests)}")
            print(f"unchanged, {seconds:.0f} s: {' '.join(tests)}", flush=True)


def files_of(names: Sequence[str]) -> list[Path]:
    """Return the Python files of files and folders, given from `src/rmmatch`."""
    files = []
    for name in names:
        path = ROOT / PACKAGE / name
        files += sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return [path.relative_to(ROOT) for path in files]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("paths", nargs="*", default=[*ROOMS], metavar="PATH")
    parser.add_argument("--sample", type=int, help="so many of all mutants; by default all")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--limit", type=float, default=180, help="seconds for one mutant")
    parser.add_argument("--stop", type=float, default=1e9, help="begin none after so many seconds")
    parser.add_argument("--list", action="store_true", help="only list the mutants")
    parser.add_argument("--json", type=Path, help="keep what happened to each in this file")
    asked = parser.parse_args()
    mutants = [mutant for path in files_of(asked.paths) for mutant in mutants_of(path)]
    n_all = len(mutants)
    if asked.sample is not None and asked.sample < n_all:
        mutants = random.Random(asked.seed).sample(mutants, asked.sample)
    if asked.list:
        for mutant in mutants:
            print(f"{mutant.path}:{mutant.line}: {mutant.change}")
        sys.exit()
    outcomes = []
    with tempfile.TemporaryDirectory() as temporary:
        trees = [copied_tree(Path(temporary) / str(n)) for n in range(asked.processes)]
        require_passing([mutant.path for mutant in mutants], trees, asked.limit)
        for outcome in outcomes_of(mutants, trees, asked.limit, asked.stop):
            outcomes.append(outcome)
            place = f"{outcome.mutant.path}:{outcome.mutant.line}: {outcome.mutant.change}"
            print(f"{outcome.state:<9} {outcome.seconds:4.0f} s  {place}", flush=True)
    counts = Counter(outcome.state for outcome in outcomes)
    states = ", ".join(f"{counts[state]} {state}" for state in ("killed", "survived", "timed out"))
    print(f"{len(outcomes)} of {n_all} mutants, seed {asked.seed}: {states}")
    for outcome in outcomes:
        if outcome.state == "survived":
            mutant = outcome.mutant
            print(f"survivor: {mutant.path}:{mutant.line}: {mutant.change}")
    if asked.json:
        asked.json.write_text(json.dumps([asdict(one) for one in outcomes], indent=1) + "\n")
