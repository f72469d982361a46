"""What `import rmmatch` costs beside `import pandas`, and what first use adds.

python benchmarks/bench_import.py
"""

import sys

from measuring import measure, report

COMMANDS = {
    "import pandas": "import pandas",
    "import rmmatch": "import rmmatch",
    "import rmmatch and pandas": "import rmmatch, pandas",
    "read_cohort, Scheme (no OR-Tools)": "import rmmatch as rm; rm.read_cohort, rm.Scheme",
    "the whole public list": "import rmmatch as rm; [getattr(rm, n) for n in rm.__all__]",
}

if __name__ == "__main__":
    measured = measure(
        {name: [sys.executable, "-c", code] for name, code in COMMANDS.items()}, rounds=15
    )
    report("import", measured, "import pandas", "goal: import rmmatch at most 1.15 × import pandas")
