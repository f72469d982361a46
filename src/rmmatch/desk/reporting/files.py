"""Listings as csv, and all files of a run."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from rmmatch.analysis.explanations import explain_all
from rmmatch.desk.reporting.listings import (
    Listing,
    explanation_text,
    pairs_listing,
    unpaired_listing,
)
from rmmatch.desk.reporting.workbook import workbook_sheets, write_workbook
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
]

FILES = ("pairs.csv", "unpaired.csv", "explanations.txt", "pairing.xlsx", "run.json")
_REMATCH_FILES = ("changes.csv", "notices.csv")  # not to be kept beside other pairs


def write_csv(listing: Listing, path: Path) -> None:
    """Write a listing as csv: UTF-8 with a byte order mark, so that Excel shows accents.

    Parameters
    ----------
    listing : Listing
    path : Path
    """
    write_rows(listing.header, listing.rows, path)


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
    sheets = workbook_sheets(result, explain_all(result))
    heading, banner = result.scheme.name or "Pairing", result.review.banner
    write_record(path, lambda file: write_workbook(sheets, file, heading=heading, banner=banner))


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
    run_tables = {f"{name}.csv": table for name, table in (tables or {}).items()}
    names = (*(inputs or {}), *run_tables, *FILES)
    with staged(folder, owned=(*run_tables, *_REMATCH_FILES, *FILES)) as new:
        for name, table in run_tables.items():
            write_rows(list(map(str, table.columns)), rows_of(table), new / name)
        for name, content in (inputs or {}).items():
            (new / name).write_bytes(content)
        write_csv(pairs_listing(result), new / "pairs.csv")
        write_csv(unpaired_listing(result), new / "unpaired.csv")
        text = explanation_text(result, explanations)
        (new / "explanations.txt").write_text(text, encoding="utf-8")
        result.save(new / "run.json")
        if importlib.util.find_spec("xlsxwriter"):
            sheets = workbook_sheets(result, explanations)
            heading, banner = result.scheme.name or "Pairing", result.review.banner
            write_workbook(sheets, new / "pairing.xlsx", heading=heading, banner=banner)
        return tuple(name for name in names if (new / name).exists())
