"""CPU of the desk: a pair turned down and its page, at three sizes; and how long it takes to start.

    python benchmarks/bench_desk.py

Process CPU time, so that other programs do not count; medians of nine.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.helpers.desks import OpenDesk, demo_folder, open_desk

import rmmatch as rm
from rmmatch import synthetic

N = 9
LIMITS_MS = {100: 200, 300: 1000}


def folder_of(path: Path, n_people: int) -> Path:
    demo_folder(path)
    mentors, mentees = synthetic.frames(n_people, n_people, seed=1)[:2]
    for table, name in ((mentors, "mentors.csv"), (mentees, "mentees.csv")):
        table["graduate_route"] = "UK"
        table.to_csv(path / name, index=False)
    return path


def ms_of(desk: OpenDesk, path: str, **fields: str) -> tuple[float, int]:
    """CPU of a request, and the size of its answer."""
    start = time.process_time()
    answer = desk.post(path, **fields)
    cpu = (time.process_time() - start) * 1000
    assert answer.status_code == 200
    return cpu, len(answer.content)


def main() -> None:
    print(
        f"{'':>10} {'turn down':>10} {'preview':>9} {'keep':>7} {'undo':>7} {'page':>7}"
        "  KB of an act, of the page"
    )
    for name, n_people in (("demo", 0), ("100 x 100", 100), ("300 x 300", 300)):
        with tempfile.TemporaryDirectory() as place:
            path = Path(place) / "scheme"
            desk = open_desk(folder_of(path, n_people) if n_people else demo_folder(path))
            desk.folder.pair()
            times: dict[str, list[float]] = {}
            sizes: dict[str, int] = {}
            for number in range(N):
                start = time.process_time()
                page = desk.get("/review")
                times.setdefault("page", []).append((time.process_time() - start) * 1000)
                sizes["page"] = len(page.content)
                run = desk.folder.current
                assert run is not None
                key = desk.app.state.desk.view(run).pairs[number].key
                for act, fields in (
                    ("ask-turn-down", {"key": key}),
                    ("turn-down", {"key": key, "reason": "a reason", "changes": "fewest"}),
                    ("undo", {}),
                    ("keep", {"key": key}),
                ):
                    cpu, size = ms_of(desk, f"/review/{act}", **fields)
                    times.setdefault(act, []).append(cpu)
                    sizes[act] = size
            median = {act: statistics.median(entries) for act, entries in times.items()}
            print(
                f"{name:>10} {median['turn-down']:>7.0f} ms {median['ask-turn-down']:>6.0f} ms"
                f" {median['keep']:>4.0f} ms {median['undo']:>4.0f} ms {median['page']:>4.0f} ms"
                f"  {sizes['turn-down'] // 1000}, {sizes['page'] // 1000}"
            )
            limit = LIMITS_MS.get(n_people)
            assert limit is None or median["turn-down"] <= limit
            desk.folder.close()
    start_of_desk()


def start_of_desk() -> None:
    """How long until the address is printed: CPU of the process, and time on the clock."""
    import resource

    with tempfile.TemporaryDirectory() as place:
        folder = demo_folder(Path(place) / "scheme")
        with rm.open_folder(folder) as opened:
            opened.pair()
        del opened
        walls, cpus = [], []
        for _ in range(3):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            start = time.monotonic()
            command = [sys.executable, "-m", "rmmatch", "desk", str(folder), "--no-browser"]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            assert process.stdout is not None
            process.stdout.readline()
            walls.append(time.monotonic() - start)
            process.kill()
            process.wait()
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpus.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        print(f"start: {statistics.median(walls):.1f} s, CPU {statistics.median(cpus):.1f} s")
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
