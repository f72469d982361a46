"""Preference lists from the scores, for the tools that take nothing else; part of their time."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from matrix import scores


def preferences(folder: Path) -> tuple[np.ndarray, np.ndarray, list[list[int]], list[list[int]]]:
    """Return both sides' ids, and for each person the acceptable others by position, best first.

    Equal scores stand in the order of the file.
    """
    mentees, mentors, matrix = scores(folder, np.int64)
    lists = []
    for side in (matrix, matrix.T):
        order = np.argsort(-side, axis=1, kind="stable")
        lists.append(
            [row[:n].tolist() for row, n in zip(order, (side >= 0).sum(axis=1), strict=True)]
        )
    return mentees, mentors, lists[0], lists[1]


def keep(path: Path, pairs: Iterable[tuple[str, str]]) -> None:
    """Write the pairs."""
    with path.open("w", newline="") as handle:
        csv.writer(handle).writerows([("mentee", "mentor"), *pairs])
