"""Rows of a table as a spreadsheet numbers them, in few words."""

from __future__ import annotations

from collections.abc import Sequence

from rmmatch.files.table_limits import Row

__all__ = ["row_list"]

_MAX_ROW_RUNS = 8  # runs of rows that a problem lists; wording


def row_list(rows: Sequence[Row], max_runs: int = _MAX_ROW_RUNS) -> Row:
    """Return rows as text, their runs joined; a single row as it is.

    Parameters
    ----------
    rows : sequence of int or str
        As a spreadsheet numbers them.
    max_runs : int
        How many runs are listed; of more only the number is told.

    Examples
    --------
    >>> row_list([7]), row_list([2, 3, 4, 9])
    (7, '2-4, 9')
    """
    if len(rows) == 1:
        return rows[0]
    runs: list[list[Row]] = []
    for row in rows:
        last = runs[-1][-1] if runs else None
        if isinstance(row, int) and isinstance(last, int) and row == last + 1:
            runs[-1] = [runs[-1][0], row]
        else:
            runs.append([row])
    texts = ["-".join(map(str, run)) for run in runs]
    n_more = len(texts) - max_runs
    return ", ".join(texts[:max_runs]) + (f" and {n_more:,} more" if n_more > 0 else "")
