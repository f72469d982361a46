"""Listings as csv and xlsx, and all files of a run."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

from rmmatch.analysis.explanations import explain_all
from rmmatch.desk.reporting.listings import Cell, Listing, explanation_text, workbook_listings
from rmmatch.errors import MissingExtraError
from rmmatch.files.atomic import write_record
from rmmatch.files.folder import staged
from rmmatch.files.tables import rows_of, write_rows, write_tables
from rmmatch.matching import Result

if TYPE_CHECKING:
    import pandas as pd

    from rmmatch.research.comparison import Comparison

__all__ = [
    "FILES",
    "write_comparison",
    "write_csv",
    "write_files",
    "write_pairing",
    "write_workbook",
]

FILES = ("pairs.csv", "unpaired.csv", "explanations.txt", "pairing.xlsx", "run.json")
_REMATCH_FILES = ("changes.csv", "notices.csv")  # not to be kept beside other pairs
_MAX_COLUMN_WIDTH = 60  # characters of a column in a workbook; wording


def write_csv(listing: Listing, path: Path) -> None:
    """Write a listing as csv: UTF-8 with a byte order mark, so that Excel shows accents.

    Parameters
    ----------
    listing : Listing
    path : Path
    """
    write_rows(listing.header, listing.rows, path)


def write_workbook(sheets: Sequence[Listing], path: Path | IO[bytes]) -> None:
    """Write listings as the sheets of a workbook; text stays text, whatever it looks like.

    Parameters
    ----------
    sheets : sequence of Listing
    path : Path or binary file

    Raises
    ------
    MissingExtraError
        XlsxWriter is not installed.
    """
    try:
        from xlsxwriter import Workbook
    except ImportError:
        raise MissingExtraError("XlsxWriter", "excel", "writing a spreadsheet") from None
    with Workbook(path, {"in_memory": True}) as book:
        bold, plain = book.add_format({"bold": True}), book.add_format()
        for listing in sheets:
            sheet = book.add_worksheet(listing.title)
            sheet.freeze_panes(1, 0)
            for column, name in enumerate(listing.header):
                sheet.write_string(0, column, name, bold)
                cells = [row[column] for row in listing.rows]
                sheet.set_column(column, column, _width(name, cells))
                for row, cell in enumerate(cells, start=1):
                    if isinstance(cell, str):
                        sheet.write_string(row, column, cell, plain)
                    elif cell is not None:
                        sheet.write_number(row, column, cell)


def write_pairing(result: Result, path: Path) -> None:
    """Write the workbook of a run, whole or not at all; see `Result.to_excel`.

    Parameters
    ----------
    result : Result
    path : Path

    Raises
    ------
    MissingExtraError
        XlsxWriter is not installed.
    NoMatchingError
        The result has no matching.
    RecordError
        The file cannot be written.
    """
    sheets = workbook_listings(result, explain_all(result))
    write_record(path, lambda file: write_workbook(sheets, file))


def _width(name: str, cells: Sequence[Cell]) -> int:
    """Return a column's width in characters; numbers are shown as they are."""
    longest = max((len(cell) for cell in cells if isinstance(cell, str)), default=8)
    return min(max(len(name), longest) + 2, _MAX_COLUMN_WIDTH)


def write_comparison(comparison: Comparison, folder: Path) -> tuple[str, ...]:
    """Write the tables of a comparison to a folder, and its plot where matplotlib is installed.

    Parameters
    ----------
    comparison : Comparison
    folder : Path
        Is made where it does not exist.

    Returns
    -------
    tuple of str
        Names of the files written.

    Raises
    ------
    ProblemsError
        The folder cannot be written; it is then as it was before.
    """
    tables = {"comparison": comparison.table, "summary": comparison.summary()}
    return write_tables(tables, folder, {"comparison": comparison.plot})


def write_files(
    result: Result,
    folder: Path,
    inputs: Mapping[str, bytes] | None = None,
    tables: Mapping[str, pd.DataFrame] | None = None,
) -> tuple[str, ...]:
    """Write every file of a run to a folder, all or none of them.

    ``pairs.csv``, ``unpaired.csv``, ``explanations.txt``, ``run.json``, and ``pairing.xlsx``
    where XlsxWriter is installed. Files of the same names are replaced, and the letters
    of a rematch that was there before; others are kept. Values of sensitive columns are in none.

    Parameters
    ----------
    result : Result
    folder : Path
        Is made where it does not exist.
    inputs : mapping of str to bytes, optional
        Other files to write with them, by name.
    tables : mapping of str to DataFrame, optional
        Tables to write with them as csv, by the names of the files without their ends.

    Returns
    -------
    tuple of str
        Names of the files written.

    Raises
    ------
    NoMatchingError
        The result has no matching.
    NotSupportedError
        A criterion is a plain function, which cannot be saved.
    ProblemsError
        The folder cannot be written; it is then as it was before.
    """
    explanations = explain_all(result)
    sheets = workbook_listings(result, explanations)
    run_tables = {f"{name}.csv": table for name, table in (tables or {}).items()}
    names = (*(inputs or {}), *run_tables, *FILES)
    with staged(folder, owned=(*run_tables, *_REMATCH_FILES, *FILES)) as new:
        for name, table in run_tables.items():
            write_rows(list(map(str, table.columns)), rows_of(table), new / name)
        for name, content in (inputs or {}).items():
            (new / name).write_bytes(content)
        write_csv(sheets[0], new / "pairs.csv")
        write_csv(sheets[1], new / "unpaired.csv")
        text = explanation_text(result, explanations)
        (new / "explanations.txt").write_text(text, encoding="utf-8")
        result.save(new / "run.json")
        if importlib.util.find_spec("xlsxwriter"):
            write_workbook(sheets, new / "pairing.xlsx")
        return tuple(name for name in names if (new / name).exists())
