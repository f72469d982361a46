"""Tables and plots as files, whatever they are about: csv that spreadsheets read, and png."""

from __future__ import annotations

import csv
import importlib.util
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rmmatch.files.folder import staged

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["FORMULA_STARTS", "escaped", "rows_of", "unescaped", "write_rows", "write_tables"]

FORMULA_STARTS = ("=", "+", "-", "@")
_COMPUTED_STARTS = (*FORMULA_STARTS, "\t", "\r")
_PLOT_WIDTH = 6.4  # inches; wording
_PLOT_DOTS_PER_INCH = 150  # wording


def escaped(text: str) -> str:
    """Return a cell with an apostrophe in front where a spreadsheet would compute it.

    Parameters
    ----------
    text : str

    Examples
    --------
    >>> escaped("=cmd|' /C calc'!A0"), escaped("+44 7700 900000"), escaped("-1.5"), escaped("a-b")
    ("'=cmd|' /C calc'!A0", "'+44 7700 900000", '-1.5', 'a-b')
    """
    return f"'{text}" if text.startswith(_COMPUTED_STARTS) and not _is_number(text) else text


def unescaped(cell: str) -> str:
    """Return a cell as it was before `escaped`.

    Parameters
    ----------
    cell : str

    Examples
    --------
    >>> unescaped("'=cmd"), unescaped("'tis"), unescaped("-1")
    ('=cmd', "'tis", '-1')
    """
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_COMPUTED_STARTS) else cell


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def write_rows(header: Sequence[str], rows: Iterable[Sequence[Any]], path: Path) -> None:
    """Write rows as csv: UTF-8 with a byte order mark, so that Excel shows accents.

    Parameters
    ----------
    header : sequence of str
    rows : iterable of sequence of str, int, float or None
    path : Path
    """
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([escaped(name) for name in header])
        writer.writerows(
            [escaped(cell) if isinstance(cell, str) else cell for cell in row] for row in rows
        )


def rows_of(table: pd.DataFrame) -> list[list[Any]]:
    """Return the rows of a table as Python values, None where a cell is missing.

    Parameters
    ----------
    table : DataFrame
    """
    rows: list[list[Any]] = table.astype(object).where(table.notna(), None).to_numpy().tolist()
    return rows


def write_tables(
    tables: Mapping[str, pd.DataFrame],
    folder: Path,
    plots: Mapping[str, Callable[[Axes], object]] | None = None,
    *,
    height: float = 4.4,
) -> tuple[str, ...]:
    """Write tables to a folder as csv, and plots where matplotlib is installed.

    Parameters
    ----------
    tables : dict of str to DataFrame
        By the names of the files, without their ends.
    folder : Path
        Is made where it does not exist.
    plots : dict of str to callable, optional
        Each draws on the axes it is given.
    height : float
        Of a plot, in inches.

    Returns
    -------
    tuple of str
        Names of the files written.

    Raises
    ------
    ProblemsError
        The folder cannot be written; it is then as it was before.
    """
    plots = plots or {}
    names = (*(f"{name}.csv" for name in tables), *(f"{name}.png" for name in plots))
    with staged(folder, owned=names) as new:
        for name, table in tables.items():
            write_rows(list(map(str, table.columns)), rows_of(table), new / f"{name}.csv")
        if importlib.util.find_spec("matplotlib"):
            from matplotlib.figure import Figure

            for name, draw in plots.items():
                figure = Figure(figsize=(_PLOT_WIDTH, height), layout="constrained")
                draw(figure.add_subplot())
                figure.savefig(new / f"{name}.png", dpi=_PLOT_DOTS_PER_INCH)
        return tuple(name for name in names if (new / name).exists())
