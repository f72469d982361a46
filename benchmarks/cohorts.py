"""Cohorts to measure on: the csv files, the scheme, and the same weights for other programmes.

Needs numpy and pandas only, so that a do-it-yourself pipeline can import it without rmmatch.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

SHAPES = ("square", "deanery", "ties", "levels", "copies", "rectangle")

MINUTES = 210  # of a half-day
ENOUGH = 420
LEVELS = 1_000_000
MIN_GAP = 2

_HALVES = [f"{d} {h}" for d in ("Mon", "Tue", "Wed", "Thu", "Fri") for h in ("9-12:30", "13:30-17")]
_GOALS = [f"goal {g}" for g in range(15)]


def weights(shape: str) -> dict[str, int]:
    """Return the weight of each criterion, in the order of the scheme."""
    if shape == "ties":
        return {"speciality": 2, "workplace": 1}
    if shape == "levels":
        return {"goals": 4, "speciality": 2, "workplace": 1, "availability": 2, "experience": 6}
    return {"goals": 4, "speciality": 2, "workplace": 1, "availability": 2}


def scheme(shape: str, objective: str = "[total]") -> str:
    """Return the scheme file of a shape."""
    types = {
        "goals": "type: goals, measure: jaccard",
        "speciality": "type: speciality",
        "workplace": "type: workplace, prefer: different",
        "availability": f"type: availability, enough: {ENOUGH}",
        "experience": f"type: attribute, column: experience, prefer: close, scale: {LEVELS}",
    }
    criteria = [f"  - {{{types[name]}, weight: {w}}}" for name, w in weights(shape).items()]
    rules = [
        f"  - {{type: power_distance, min_gap: {MIN_GAP}}}",
        "  - {type: relations, forbid: [line_manager]}",
    ]
    if shape == "deanery":
        rules.append("  - {type: attribute, column: programme, relation: same}")
    return "\n".join(
        [
            "version: 1",
            "direction: reverse",
            "criteria:",
            *criteria,
            "rules:",
            *rules,
            f"objective: {objective}",
            "",
        ]
    )


def sizes(shape: str, size: int) -> tuple[int, int]:
    """Return the numbers of mentees and mentors."""
    return size, round(1.3 * size) if shape == "rectangle" else size


def write(folder: Path, size: int, shape: str = "square", objective: str = "[total]") -> None:
    """Write mentors.csv, mentees.csv, scheme.yaml and shape.json.

    square: three of fifteen goals (some popular), twelve specialities, five sites, four of ten
    half-days, a grade window and a line manager. rectangle: 1.3 mentors a mentee. deanery: pairs
    within a programme only, and 30 % of each side in programmes the other side does not have.
    ties: two criteria, so four distinct scores. levels: a number of a million levels weighs most.
    copies: ten of every profile.
    """
    if shape not in SHAPES:
        raise SystemExit(f"{shape!r} is not a shape: {', '.join(SHAPES)}")
    rng = np.random.default_rng(7)
    n_mentees, n_mentors = sizes(shape, size)
    sides = {"mentors": ("M", n_mentors, (1, 7)), "mentees": ("E", n_mentees, (4, 12))}
    for side, (prefix, n, grades) in sides.items():
        n_drawn = -(-n // 10) if shape == "copies" else n
        table = _people(n_drawn, grades, n_mentees, rng)
        if shape == "levels":
            table["experience"] = rng.integers(0, LEVELS, n_drawn)
        if shape == "deanery":
            elsewhere = rng.random(n_drawn) < 0.3
            apart = np.array([f"{side} programme {i}" for i in range(6)], dtype=object)
            shared = np.array(["programme A", "programme B"], dtype=object)
            table["programme"] = np.where(
                elsewhere, apart[rng.integers(0, 6, n_drawn)], shared[rng.integers(0, 2, n_drawn)]
            )
        table = table.iloc[np.arange(n) % n_drawn]
        table.insert(0, "id", [f"{prefix}{i:07}" for i in range(n)])
        table.to_csv(folder / f"{side}.csv", index=False)
    (folder / "scheme.yaml").write_text(scheme(shape, objective))
    (folder / "shape.json").write_text(json.dumps({"shape": shape}))


def _people(
    n: int, grades: tuple[int, int], n_mentees: int, rng: np.random.Generator
) -> pd.DataFrame:
    codes = {
        "grade": rng.integers(*grades, n),
        "goals": _several(_GOALS, 1 / np.arange(1, 16), 3, n, rng),
        "speciality": np.array([f"speciality {i}" for i in range(12)], dtype=object)[
            rng.integers(0, 12, n)
        ],
        "workplace": np.array([f"site {i}" for i in range(5)], dtype=object)[rng.integers(0, 5, n)],
        "availability": _several(_HALVES, np.ones(10), 4, n, rng),
        "line_manager": [f"E{i:07}" for i in rng.integers(0, n_mentees, n)],
    }
    return pd.DataFrame(codes)


def _several(
    labels: list[str], popularity: np.ndarray, count: int, n: int, rng: np.random.Generator
) -> np.ndarray:
    """Draw `count` different labels a person, joined by semicolons."""
    # The smallest of independent exponential times: draws without replacement.
    times = -np.log1p(-rng.random((n, len(labels)))) / popularity
    chosen = times.argsort(axis=1).argsort(axis=1) < count
    sets, place = np.unique(chosen @ (1 << np.arange(len(labels))), return_inverse=True)
    cells = [
        ";".join(label for at, label in enumerate(labels) if bits >> at & 1)
        for bits in sets.tolist()
    ]
    return np.array(cells, dtype=object)[place]


# --- five criteria ---------------------------------------------------------------------------

_GRADES = ["FY1", "FY2", *(f"ST{year}" for year in range(1, 9)), "Consultant"]
_HOURS = ("09:00-11:00", "11:00-13:00", "13:00-15:00", "15:00-17:00")
_SLOTS = [f"{day} {hours}" for day in ("Mon", "Tue", "Wed", "Thu", "Fri") for hours in _HOURS]
_FIVE = """\
version: 1
direction: reverse
grades: [{grades}]
criteria:
  - {{type: goals, weight: 4, measure: coverage}}
  - {{type: speciality, weight: 2}}
  - {{type: workplace, weight: 1, prefer: different}}
  - {{type: availability, weight: 2, enough: 240}}
  - {{type: power_distance, weight: 1, target: 4, spread: 3}}
rules:
  - {{type: power_distance, min_gap: 1, max_gap: 8}}
  - {{type: relations, forbid: [line_manager]}}
  - {{type: availability, min_minutes: 60}}
objective: [pairs, total]
"""


def write_five_criteria(folder: Path, size: int, seed: int = 0) -> None:
    """Write mentors.csv, mentees.csv and scheme.yaml in which five criteria do the work.

    Everybody has several of 30 goals (mentees two to four, mentors three to seven) and three to
    eight of 20 free stretches, so that these two are products over sets, of which hardly two are
    equal; 24 specialities, 15 sites, eleven grades.
    """
    rng = np.random.default_rng(seed)
    mentees = _five(rng, "E", size, (2, 4), (6, 11))
    mentors = _five(rng, "M", size, (3, 7), (0, 7))
    mentors["line_manager"] = mentees["id"].to_numpy()[rng.integers(0, size, size)]
    mentors.to_csv(folder / "mentors.csv", index=False)
    mentees.to_csv(folder / "mentees.csv", index=False)
    (folder / "scheme.yaml").write_text(_FIVE.format(grades=", ".join(_GRADES)))


def _five(
    rng: np.random.Generator, letter: str, n: int, goals: tuple[int, int], grades: tuple[int, int]
) -> pd.DataFrame:
    popularity = 1 / np.arange(1, 25) ** 0.7
    return pd.DataFrame(
        {
            "id": [f"{letter}{i:07d}" for i in range(n)],
            "grade": [_GRADES[k] for k in rng.integers(*grades, n)],
            "goals": _low_to_high(rng, [f"goal {k:02d}" for k in range(30)], *goals, n, 0.6),
            "speciality": rng.choice(
                [f"speciality {k:02d}" for k in range(24)], n, p=popularity / popularity.sum()
            ),
            "workplace": rng.choice([f"site {k:02d}" for k in range(15)], n),
            "availability": _low_to_high(rng, _SLOTS, 3, 8, n, 0.2),
        }
    )


def _low_to_high(
    rng: np.random.Generator, labels: list[str], low: int, high: int, n: int, skew: float
) -> list[str]:
    """Draw so many different labels a person, the first ones more popular."""
    keys = rng.random((n, len(labels))) ** (np.arange(1, len(labels) + 1) ** skew)[None]
    order, counts = np.argsort(-keys, axis=1), rng.integers(low, high + 1, n)
    return [
        "; ".join(labels[at] for at in row[:count])
        for row, count in zip(order, counts, strict=True)
    ]
