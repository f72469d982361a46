"""The merge table: one row a letter, for mail merge in Word, Outlook or anything else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rmmatch.desk.letters.rows import Letter
from rmmatch.errors import MissingExtraError
from rmmatch.files.tables import write_rows

__all__ = ["write_merge_csv", "write_merge_workbook"]

_MAX_CELL_CHARACTERS = 32_767  # of a cell of a workbook; limit of the format
_WIDTH, _WIDE, _LONG = 20, 50, 40  # characters: a column, a wide column, what makes it wide


def write_merge_csv(header: Sequence[str], letters: Sequence[Letter], path: Path) -> None:
    """Write the table as csv in UTF-8 with a byte order mark.

    Parameters
    ----------
    header : sequence of str
    letters : sequence of Letter
    path : Path
    """
    write_rows(header, ([letter.fields[name] for name in header] for letter in letters), path)


def write_merge_workbook(
    header: Sequence[str], letters: Sequence[Letter], path: Path, *, title: str
) -> None:
    """Write the table as a workbook of one sheet, in which text stays text.

    The first row is the header, and there is nothing else on the sheet: mail merge reads it so.

    Parameters
    ----------
    header : sequence of str
    letters : sequence of Letter
    path : Path
    title : str
        Of the document.

    Raises
    ------
    MissingExtraError
        XlsxWriter is not installed.
    """
    try:
        from xlsxwriter import Workbook
    except ImportError:
        raise MissingExtraError("XlsxWriter", "excel", "a merge table as a workbook") from None
    with Workbook(path, {"in_memory": True}) as book:
        book.set_properties({"title": title})
        bold = book.add_format({"bold": True})
        page = book.add_worksheet("Letters")
        page.freeze_panes(1, 2)
        for column, name in enumerate(header):
            cells = [letter.fields[name] for letter in letters]
            is_long = any(len(cell) > _LONG for cell in cells)
            page.set_column(column, column, _WIDE if is_long else _WIDTH)
            page.write_string(0, column, name, bold)
            for row, cell in enumerate(cells, start=1):
                page.write_string(row, column, cell[:_MAX_CELL_CHARACTERS])
