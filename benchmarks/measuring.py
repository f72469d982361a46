"""Side-by-side measurement of whole processes: pinned, in turns, medians, peak memory."""

from __future__ import annotations

import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

RESULTS = Path(__file__).parents[1] / "docs" / "benchmarks"
_PACKAGES = ("rmmatch", "ortools", "numpy", "pandas", "scipy", "lapx")


@dataclass(frozen=True)
class Measured:
    """Median seconds and largest peak memory of one command; `trouble` where it did not end."""

    seconds: float
    spread: tuple[float, float]
    peak_mib: float
    trouble: str = ""
    cpu: float = 0.0  # seconds of work, what a busy machine changes least


def measure(
    commands: Mapping[str, Sequence[str]],
    *,
    rounds: int,
    core: int = 0,
    warm_up: bool = True,
    limit: float | None = None,
) -> dict[str, Measured]:
    """Run each command `rounds` times, in turns, on one core; one warm-up each before.

    With a limit in seconds, a command that takes longer or fails is stopped, not repeated, and
    told in its place; without one a failure ends the script.
    """
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    peaks: dict[str, float] = dict.fromkeys(commands, 0.0)
    work: dict[str, list[float]] = {name: [] for name in commands}
    troubles: dict[str, str] = {}
    for turn in range(rounds + warm_up):
        for name, command in commands.items():
            if name in troubles:
                continue
            took, cpu, peak, trouble = _run(command, core, limit)
            if trouble and limit is None:
                sys.exit(f"{' '.join(command)}\n{trouble}")
            if trouble:
                troubles[name] = trouble
            if turn or not warm_up or trouble:
                seconds[name].append(took)
                work[name].append(cpu)
                peaks[name] = max(peaks[name], peak)
    return {
        name: Measured(
            statistics.median(times),
            (min(times), max(times)),
            peaks[name],
            troubles.get(name, ""),
            statistics.median(work[name]),
        )
        for name, times in seconds.items()
    }


def _run(command: Sequence[str], core: int, limit: float | None) -> tuple[float, float, float, str]:
    """Return seconds, seconds of work, peak memory in MiB, and what went wrong."""
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
    timer = threading.Timer(limit or 0, os.kill, (process.pid, signal.SIGKILL))
    if limit is not None:
        timer.start()
    errors = process.stderr.read().decode(errors="replace").strip()
    _, status, usage = os.wait4(process.pid, 0)
    took = time.perf_counter() - start
    timer.cancel()
    process.returncode = status  # it has been waited for
    trouble = ""
    if status and limit is not None and took >= limit:
        trouble = f"> {limit:g} s"
    elif status:
        trouble = errors if limit is None else f"failed: {(errors or str(status)).splitlines()[-1]}"
    return took, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, trouble


def report(
    name: str,
    measured: Mapping[str, Measured],
    base: str,
    note: str,
    *,
    out: Path = RESULTS,
    versions: Mapping[str, str] | None = None,
    **facts: object,
) -> None:
    """Print a table of times and ratios to `base`, and keep it with versions and machine."""
    first = measured[base]
    lines = [
        f"{'':<44}{'median s':>10}{'min–max s':>16}{'ratio':>8}{'cpu s':>10}{'peak MiB':>10}",
        *(_line(label, m, first) for label, m in measured.items()),
        note,
    ]
    print("\n".join(lines))
    out.mkdir(parents=True, exist_ok=True)
    record = {
        "benchmark": name,
        "note": note,
        "measured": {
            label: {
                "seconds": m.seconds,
                "spread": m.spread,
                "cpu_seconds": m.cpu,
                "peak_mib": m.peak_mib,
                **({"trouble": m.trouble} if m.trouble else {}),
            }
            for label, m in measured.items()
        },
        "facts": facts,
        "machine": {
            "system": platform.system(),
            "python": platform.python_version(),
            "cpu": _cpu(),
            "cores": os.cpu_count(),
            "memory_gib": _memory(),
            "openblas_coretype": os.environ.get("OPENBLAS_CORETYPE", "not set"),
        },
        "versions": {
            **{p: v for p in _PACKAGES if (v := _version(p))},
            **(versions or {}),
        },
    }
    (out / f"{name}.json").write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n")
    (out / f"{name}.txt").write_text("\n".join(lines) + "\n")


def _line(label: str, m: Measured, first: Measured) -> str:
    if m.trouble:
        return f"{label:<44}  {m.trouble}"
    peak = f"{m.peak_mib:>10.0f}" if m.peak_mib else ""  # 0 where it was not measured
    return (
        f"{label:<44}{m.seconds:>10.3f}{f'{m.spread[0]:.3f}–{m.spread[1]:.3f}':>16}"
        f"{m.seconds / first.seconds:>8.2f}{m.cpu:>10.3f}{peak}"
    )


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _memory() -> float | None:
    try:
        pages = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None
    return round(pages / 2**30, 1)


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":")[1].strip() for line in lines if "model name" in line), "")
