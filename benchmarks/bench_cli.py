"""The command line, files to files, 300 × 300 with all five criteria, beside bare imports.

python benchmarks/bench_cli.py
"""

import sys
import tempfile
from pathlib import Path

from measuring import measure, report

import rmmatch as rm

SCHEME = """
version: 1
direction: reverse
grades: [FY1, FY2, ST1, ST2, ST3, ST4, ST5, ST6, ST7, ST8, Consultant]
criteria:
  - {type: goals, weight: 4, rarity: true}
  - {type: speciality, weight: 2}
  - {type: workplace, weight: 1, prefer: different}
  - {type: availability, weight: 2, enough: 180}
  - {type: power_distance, weight: 1, target: 4, spread: 4}
rules:
  - {type: power_distance, min_gap: 1}
  - {type: relations, forbid: [line_manager, tutor, past_pair]}
objective: [pairs, priority, total]
"""

BARE = "import pandas, ortools.graph.python.min_cost_flow"

if __name__ == "__main__":
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        mentors, mentees = rm.synthetic.frames(size, size, seed=1)
        mentors.to_csv(folder / "mentors.csv", index=False)
        mentees.to_csv(folder / "mentees.csv", index=False)
        (folder / "scheme.yaml").write_text(SCHEME)
        files = [str(folder / file) for file in ("mentors.csv", "mentees.csv")]
        command = [str(Path(sys.executable).parent / "rmmatch"), "match", *files]
        command += ["--scheme", str(folder / "scheme.yaml"), "--out", str(folder / "out")]
        measured = measure(
            {
                BARE: [sys.executable, "-c", BARE],
                "rmmatch match": command,
            },
            rounds=9,
        )
        result = rm.load_result(folder / "out" / "run.json")
    report(
        f"cli_{size}",
        measured,
        BARE,
        f"{size} × {size}, csv to files: {result.headline}. Goal at 300: ratio at most 2.5",
    )
