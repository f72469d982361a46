"""Side-by-side measurement of whole processes: pinned, in turns, medians, peak memory."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

RESULTS = Path(__file__).parents[1] / "docs" / "benchmarks"


@dataclass(frozen=True)
class Measured:
    """Median seconds and largest peak memory of one command."""

    seconds: float
    spread: tuple[float, float]
    peak_mib: float


def measure(
    commands: Mapping[str, Sequence[str]], *, rounds: int, core: int = 0, warm_up: bool = True
) -> dict[str, Measured]:
    """Run each command `rounds` times, in turns, on one core; one warm-up each before."""
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    peaks: dict[str, float] = dict.fromkeys(commands, 0.0)
    for turn in range(rounds + warm_up):
        for name, command in commands.items():
            took, peak = _run(command, core)
            if turn or not warm_up:
                seconds[name].append(took)
                peaks[name] = max(peaks[name], peak)
    return {
        name: Measured(statistics.median(times), (min(times), max(times)), peaks[name])
        for name, times in seconds.items()
    }


def _run(command: Sequence[str], core: int) -> tuple[float, float]:
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed package has its bytecode
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment,
        preexec_fn=(lambda: os.sched_setaffinity(0, {core}))
        if hasattr(os, "sched_setaffinity")
        else None,
    )
    assert process.stderr is not None
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    took = time.perf_counter() - start
    if status:
        sys.exit(f"{' '.join(command)}\n{errors.decode()}")
    return took, usage.ru_maxrss / 1024


def report(
    name: str, measured: Mapping[str, Measured], base: str, note: str, **facts: object
) -> None:
    """Print a table of times and ratios to `base`, and keep it with versions and machine."""
    first = measured[base]
    lines = [
        f"{'':<44}{'median s':>10}{'min–max s':>16}{'ratio':>8}{'peak MiB':>10}",
        *(
            f"{label:<44}{m.seconds:>10.3f}{f'{m.spread[0]:.3f}–{m.spread[1]:.3f}':>16}"
            f"{m.seconds / first.seconds:>8.2f}{m.peak_mib:>10.0f}"
            for label, m in measured.items()
        ),
        note,
    ]
    print("\n".join(lines))
    RESULTS.mkdir(parents=True, exist_ok=True)
    record = {
        "benchmark": name,
        "note": note,
        "measured": {
            label: {"seconds": m.seconds, "spread": m.spread, "peak_mib": m.peak_mib}
            for label, m in measured.items()
        },
        "facts": facts,
        "machine": {"python": platform.python_version(), "cpu": _cpu(), "cores": os.cpu_count()},
        "versions": {p: v for p in ("rmmatch", "ortools", "numpy", "pandas") if (v := _version(p))},
    }
    (RESULTS / f"{name}.json").write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n")
    (RESULTS / f"{name}.txt").write_text("\n".join(lines) + "\n")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":")[1].strip() for line in lines if "model name" in line), "")
