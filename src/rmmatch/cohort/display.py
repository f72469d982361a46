"""A cohort as notebooks show it: counts and names of columns, never what people wrote."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from rmmatch.cohort.side import STATUSES, Side
from rmmatch.files import markup
from rmmatch.numeric import Text

__all__ = ["cohort_html"]

_CONFIDENTIAL = "confidential"


def cohort_html(
    sides: Sequence[Side],
    related_pairs: Mapping[str, int],
    *,
    sensitive: Collection[str] = (),
    n_notes: int = 0,
) -> str:
    """Return a cohort as HTML: how many people, which columns, how full they are.

    Parameters
    ----------
    sides : sequence of Side
        Mentees, then mentors.
    related_pairs : mapping of str to int
        How many pairs of each kind there are.
    sensitive : collection of str
        Columns, and kinds of related pairs, of which not even a count is shown.
    n_notes : int
        How many notes the reader made.
    """
    names = sorted({name for side in sides for name in side.columns})
    columns = [
        (name, *(_fill_text(side.columns.get(name), name in sensitive) for side in sides))
        for name in names
    ]
    kinds = [
        (kind.replace("_", " "), _CONFIDENTIAL if kind in sensitive else count)
        for kind, count in sorted(related_pairs.items())
    ]
    notes = f"{n_notes} note{'' if n_notes == 1 else 's'} on the files: see .notes"
    return markup.block(
        markup.title(" and ".join(map(_count_text, sides))),
        markup.table(
            ("", "People", *(_STATUS_WORDS[status] for status in STATUSES), "Places"),
            [_people_row(side) for side in sides],
            "People",
        ),
        markup.table(("Column", "Mentees", "Mentors"), columns, "Columns, and cells filled in")
        if columns
        else "",
        markup.table(("Kind", "Pairs"), kinds, "Related pairs") if kinds else "",
        markup.paragraph(notes) if n_notes else "",
    )


_STATUS_WORDS = {"applicant": "Applying", "reserve": "In reserve", "withdrawn": "Withdrawn"}


def _count_text(side: Side) -> str:
    return f"{len(side):,} {side.role}{'' if len(side) == 1 else 's'}"


def _people_row(side: Side) -> tuple[Any, ...]:
    counts = [int(np.count_nonzero(side.status == status)) for status in STATUSES]
    n_places = int(side.capacity[side.status != "withdrawn"].sum())
    return (f"{side.role.capitalize()}s", len(side), *counts, n_places)


def _fill_text(cells: Text | None, is_hidden: bool) -> str:
    """Return how many cells of a column are filled in."""
    if cells is None:
        return "–"
    if is_hidden:
        return _CONFIDENTIAL
    n_filled = sum(cell is not None for cell in cells)
    return "all" if n_filled == len(cells) else f"{n_filled:,} of {len(cells):,}"
