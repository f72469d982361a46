"""Several columns of a table that are one column of a cohort."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rmmatch.cohort.columns import RELATION_COLUMNS
from rmmatch.numeric import Text
from rmmatch.spelling import fold

__all__ = ["LIST_COLUMNS", "joined"]

# Columns whose cells are lists, with `;` between the entries.
LIST_COLUMNS = frozenset({"availability", "goals", "preferences", "speciality", *RELATION_COLUMNS})


def joined(
    column: str, parts: Sequence[Text], *, is_list: bool | None = None
) -> tuple[Text, list[int]]:
    """Return several columns as one, and the positions of rows in which they contradict.

    Lists are joined in the order of the columns with ``; ``, names with a space. Of any other
    column the cell that is filled counts; where two are filled and differ, the first is returned.

    Parameters
    ----------
    column : str
        The name it is stored under.
    parts : sequence of ndarray of object, shape (n_rows,)
        At least one; each entry a str, or None where the cell is missing.
    is_list : bool, optional
        Whether the cells are lists; by default as for the known columns.

    Returns
    -------
    cells : ndarray of object, shape (n_rows,)
    conflicts : list of int

    Examples
    --------
    >>> first, second = np.array(["m1", None], object), np.array(["m2", "m3"], object)
    >>> joined("preferences", [first, second])[0].tolist()
    ['m1; m2', 'm3']
    >>> joined("grade", [first, second])
    (array(['m1', 'm3'], dtype=object), [0])
    """
    if is_list is None:
        is_list = column in LIST_COLUMNS
    separator = "; " if is_list else " " if column == "name" else None
    cells = np.full(len(parts[0]), None, dtype=object)
    conflicts = []
    for position, row in enumerate(zip(*parts, strict=True)):
        filled = [cell for cell in row if cell is not None]
        if separator is not None:
            # `A;B;` of a form ends with a separator, which would make an empty entry.
            texts = [cell.rstrip("; ") if is_list else cell for cell in filled]
            cells[position] = separator.join(filter(None, texts)) or None
        elif filled:
            cells[position] = filled[0]
            if len({fold(cell) for cell in filled}) > 1:
                conflicts.append(position)
    return cells, conflicts
