"""The scores of all pairs as a person would compute them: numpy and pandas, no rmmatch.

The same criteria, rules and roundings as the scheme of `cohorts`, so the whole numbers are the
same; no input is checked.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cohorts
import numpy as np
import pandas as pd

_ROWS = 256


def read(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, int], bool]:
    """Return mentees, mentors, weights, and whether the programmes must be the same."""
    mentees, mentors = (
        pd.read_csv(folder / f"{side}.csv", dtype=str) for side in ("mentees", "mentors")
    )
    shape = json.loads((folder / "shape.json").read_text())["shape"]
    return mentees, mentors, cohorts.weights(shape), shape == "deanery"


def scores(folder: Path, dtype: type = np.float64) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return ids of mentees, of mentors, and millionths of all pairs, -1 where forbidden."""
    mentees, mentors, weights, same_programme = read(folder)
    everything = float(sum(weights.values()))
    ways = {
        "goals": _jaccard,
        "speciality": lambda e, m: _same(e, m, "speciality"),
        "workplace": lambda e, m: _differ(e, m, "workplace"),
        "availability": _shared_time,
        "experience": _close,
    }
    parts = [
        (1e6 * weight / everything, ways[name](mentees, mentors))
        for name, weight in weights.items()
    ]
    grade = mentees["grade"].to_numpy(np.int16), mentors["grade"].to_numpy(np.int16)
    programme = _same(mentees, mentors, "programme") if same_programme else None
    out = np.empty((len(mentees), len(mentors)), dtype)
    for start in range(0, len(mentees), _ROWS):
        rows = slice(start, min(start + _ROWS, len(mentees)))
        block = np.zeros((rows.stop - rows.start, len(mentors)))
        for factor, part in parts:
            block += np.rint(factor * part(rows))
        forbidden = grade[0][rows, None] - grade[1][None, :] < cohorts.MIN_GAP
        if programme is not None:
            forbidden |= ~programme(rows)
        block[forbidden] = -1
        out[rows] = block
    place = pd.Series(range(len(mentees)), mentees["id"])
    out[place[mentors["line_manager"]].to_numpy(), np.arange(len(mentors))] = -1
    return mentees["id"].to_numpy(object), mentors["id"].to_numpy(object), out


Part = Callable[[slice], np.ndarray]


def _marks(mentees: pd.DataFrame, mentors: pd.DataFrame, column: str) -> list[np.ndarray]:
    sets = pd.concat([mentees[column], mentors[column]]).str.get_dummies(";").to_numpy(np.float32)
    return [sets[: len(mentees)], sets[len(mentees) :]]


def _jaccard(mentees: pd.DataFrame, mentors: pd.DataFrame) -> Part:
    left, right = _marks(mentees, mentors, "goals")
    counts = left.sum(1), right.sum(1)

    def part(rows: slice) -> np.ndarray:
        shared = (left[rows] @ right.T).astype(np.float64)
        return shared / (counts[0][rows, None] + counts[1][None, :] - shared)

    return part


def _shared_time(mentees: pd.DataFrame, mentors: pd.DataFrame) -> Part:
    left, right = _marks(mentees, mentors, "availability")

    def part(rows: slice) -> np.ndarray:
        minutes = cohorts.MINUTES * (left[rows] @ right.T).astype(np.float64)
        return np.minimum(minutes / cohorts.ENOUGH, 1.0)

    return part


def _same(mentees: pd.DataFrame, mentors: pd.DataFrame, column: str) -> Part:
    codes = pd.factorize(pd.concat([mentees[column], mentors[column]]))[0].astype(np.int16)
    left, right = codes[: len(mentees)], codes[len(mentees) :]
    return lambda rows: left[rows, None] == right[None, :]


def _differ(mentees: pd.DataFrame, mentors: pd.DataFrame, column: str) -> Part:
    same = _same(mentees, mentors, column)
    return lambda rows: ~same(rows)


def _close(mentees: pd.DataFrame, mentors: pd.DataFrame) -> Part:
    left, right = (side["experience"].to_numpy(np.float64) for side in (mentees, mentors))
    return lambda rows: np.maximum(
        0.0, 1.0 - np.abs(left[rows, None] - right[None, :]) / cohorts.LEVELS
    )
