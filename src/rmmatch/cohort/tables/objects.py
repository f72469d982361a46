"""Tables that are Python objects, DataFrames and lists of mappings, and their cells as text."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from rmmatch.cohort.cells import clean
from rmmatch.files.table_limits import MAX_COLUMNS, Row, UnreadableError, without_halves

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["cell_text", "check_width", "object_records"]


def cell_text(value: object) -> str:
    """Return a cell of a DataFrame or a workbook as text; empty where it is missing.

    Parameters
    ----------
    value : object

    Examples
    --------
    >>> cell_text(101.0), cell_text(float("nan")), cell_text(["teaching", "research"])
    ('101', '', 'teaching;research')
    """
    if isinstance(value, str):
        return value
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return ""
    if isinstance(value, set | frozenset):
        return ";".join(sorted(_present_texts(value)))
    if isinstance(value, list | tuple | np.ndarray):
        return ";".join(_present_texts(value))
    if isinstance(value, float | np.floating):
        if np.isnan(value):
            return ""
        return str(int(value)) if value.is_integer() else str(value)
    if isinstance(value, datetime.datetime):
        return str(value.date() if value.time() == datetime.time() else value)
    return str(value)


def _present_texts(values: Iterable[object]) -> list[str]:
    cells = (clean(cell_text(value)) for value in values)
    return [cell for cell in cells if cell is not None]


def object_records(
    source: pd.DataFrame | Iterable[Mapping[str, Any]],
) -> tuple[list[list[str]], list[Row]]:
    """Return the header and the rows of a table, and how each row is called; the header's "".

    Parameters
    ----------
    source : DataFrame or list of mapping
        Rows of a list are numbered from 1; a key that a row lacks is missing data.

    Raises
    ------
    TypeError
        It is neither.
    UnreadableError
        A row of a list is no mapping, or there are too many columns.
    """
    if hasattr(source, "iloc"):  # else pandas need not be loaded
        import pandas as pd

        if isinstance(source, pd.DataFrame):
            return _frame_records(source)
    if not isinstance(source, Iterable) or isinstance(source, bytes) or hasattr(source, "iloc"):
        kind = type(source).__name__
        raise TypeError(f"a table is a path, a pandas DataFrame or a list of dicts, not {kind}")
    rows = list(source)
    names: dict[str, None] = {}
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, Mapping):
            reason, remedy = "is not a row", 'write a dict: {"id": "M1", "goals": "teaching"}'
            raise UnreadableError(reason, remedy, row=number, code="wrong_type")
        names |= dict.fromkeys(row)
    check_width(len(names))
    body = [[cell_text(row.get(name)) for name in names] for row in rows]
    return [[cell_text(name) for name in names], *body], ["", *range(1, len(rows) + 1)]


def _frame_records(frame: pd.DataFrame) -> tuple[list[list[str]], list[Row]]:
    labels: list[Row] = [
        without_halves(label)
        if isinstance(label, str)
        else label
        if isinstance(label, int)
        else place
        for place, label in enumerate(frame.index.tolist(), start=2)
    ]
    names = [name for name in frame.index.names if name is not None]
    if names and not any(name in frame.columns for name in names):
        frame = frame.reset_index()
    check_width(frame.shape[1])
    columns = [[cell_text(v) for v in frame.iloc[:, i].tolist()] for i in range(frame.shape[1])]
    header = [cell_text(label) for label in frame.columns.tolist()]
    body = [list(record) for record in zip(*columns, strict=True)]
    return [header, *body], ["", *labels]


def check_width(n_columns: int) -> None:
    """Refuse a table with too many columns.

    Parameters
    ----------
    n_columns : int

    Raises
    ------
    UnreadableError
        They are too many.
    """
    if n_columns > MAX_COLUMNS:
        raise UnreadableError(
            f"has {n_columns:,} columns, and a table may have {MAX_COLUMNS:,}",
            "take out the columns that the scheme does not read, and check the delimiter",
            code="too_many_columns",
        )
