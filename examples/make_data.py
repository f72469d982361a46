"""Write the people of the deanery example, which is also the demo inside the package.

The other examples are small and were written by hand. Run it from anywhere:
``python examples/make_data.py [FOLDER ...]``; without a folder it writes both copies.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from rmmatch import synthetic

ROOT = Path(__file__).parents[1]
FOLDERS = (ROOT / "examples/deanery", ROOT / "src/rmmatch/demo")
SEED = 1
ROUTE_SEED = 7
ABROAD = 0.3, 0.75  # shares of international graduates: of mentors, of those who would help such


def deanery() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return 60 mentors and 45 mentees, with some cells as people really fill them in."""
    mentors, mentees = synthetic.frames(60, 45, seed=SEED)
    mentors, mentees = mentors.set_index("id"), mentees.set_index("id")
    mentors["status"] = mentees["status"] = ""
    mentors.loc["M044", "status"] = "withdrawn"
    mentors.loc["M017", "past_pair"] = "E2024-11"  # a partner of years ago, not in this cohort
    mentors.loc["M019", "past_pair"] = "E010"
    mentors.loc["M023", "availability"] = "wednesday 1pm-4pm; Thu 9:30-12"
    mentors.loc["M031", "availability"] = "weekdays 12:00-14:00"
    mentees.loc["E027", "grade"] = "consultant"
    mentees.loc["E033", "speciality"] = "n/a"
    # Two mentees are free only when one mentor is, and one of them was carried over.
    mentors.loc["M040", "availability"] = "Mon 7-9am; Wed pm"
    mentees.loc[["E012", "E026"], "availability"] = "Mon 07:30-08:45"
    mentees.loc["E012", "goals"] = "speaking up"  # fits that mentor better
    mentees.loc["E026", "priority"] = 1
    mentees.loc["E041", "availability"] = "Sat 10:00-12:00"
    # A slip on the form, which the rule on backgrounds catches.
    mentees.loc["E011", "eligibility_confirmed"] = "yes"
    # Where mentors graduated, which may not decide who gets a place.
    supporters = mentors["goals"].str.contains("international graduates", na=False)
    draw = np.random.default_rng(ROUTE_SEED).random(len(mentors))
    routes = np.where(draw < np.where(supporters, ABROAD[1], ABROAD[0]), "international", "UK")
    mentors.insert(mentors.columns.get_loc("ethnicity") + 1, "graduate_route", routes)
    return mentors.reset_index(), mentees.reset_index()


def main(folders: list[Path]) -> None:
    """Write mentors.csv and mentees.csv into each folder."""
    for folder in folders:
        for name, table in zip(("mentors", "mentees"), deanery(), strict=True):
            table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main([Path(folder) for folder in sys.argv[1:]] or list(FOLDERS))
