"""Columns that say the same of everybody, and cells of which a spreadsheet made something else."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from rmmatch.cohort.answer_times import MONTHS
from rmmatch.numeric import Text
from rmmatch.spelling import fold

__all__ = ["DATED_COLUMNS", "idle_identity", "spreadsheet_dates"]

_MIN_ROWS = 3  # two people may share a name; limit of input
_ANONYMOUS = frozenset({"anonymous", "anonymous user"})
# Columns in which a date is none, but "3-4" that Excel took for one.
DATED_COLUMNS = ("grade", "capacity", "min_load", "priority", "goals", "speciality")
_ISO_DATE = re.compile(r"[0-9]{4}-([0-9]{2})-([0-9]{2})(?: 00:00:00)?")
_SHORT_DATE = re.compile(rf"([0-9]{{1,2}})-({'|'.join(MONTHS)})", re.IGNORECASE)
_MONTH_DATE = re.compile(rf"({'|'.join(MONTHS)})-([0-9]{{2}})", re.IGNORECASE)


def idle_identity(column: str, cells: Text, names: Text | None = None) -> str:
    """Return why a column of names or e-mail addresses tells nobody apart; empty where it does.

    Parameters
    ----------
    column : {'name', 'email'}
    cells : ndarray of object, shape (n_rows,)
    names : ndarray of object, shape (n_rows,), optional
        Of the same people: an address of several names is that of who filled in the form.
    """
    filled = [fold(cell) for cell in cells if cell is not None]
    if not filled:
        return ""
    value, count = Counter(filled).most_common(1)[0]
    if count == len(filled) and (count >= _MIN_ROWS or value in _ANONYMOUS):
        return "every row says the same"
    names_of_two = names if names is not None and count == len(cells) == 2 else ()
    if column == "email" and len({fold(name) for name in names_of_two if name is not None}) == 2:
        return "every row says the same"
    if column == "email" and names is not None and 2 * count > len(filled) and count >= _MIN_ROWS:
        with_value = [
            fold(name)
            for cell, name in zip(cells, names, strict=True)
            if name is not None and cell is not None and fold(cell) == value
        ]
        if len(with_value) == count == len({*with_value}):
            return (
                f"{count} people of different names have the same one, as where somebody fills in "
                "the form for others"
            )
    return ""


def spreadsheet_dates(cells: Sequence[str | None]) -> dict[str, str]:
    """Return the cells that are dates, with what was probably typed.

    Parameters
    ----------
    cells : sequence of str or None

    Examples
    --------
    >>> spreadsheet_dates(["ST3", "2026-04-03", "03-Apr", None])
    {'2026-04-03': '3-4', '03-Apr': '3-4'}
    """
    dates = {}
    for cell in dict.fromkeys(cells):
        # Nearly no cell has a hyphen there.
        if cell is None or len(cell) > 19 or "-" not in cell:
            continue
        if match := _ISO_DATE.fullmatch(cell):
            dates[cell] = f"{int(match[2])}-{int(match[1])}"
        elif match := _SHORT_DATE.fullmatch(cell):
            dates[cell] = f"{int(match[1])}-{MONTHS.index(match[2].casefold()) + 1}"
        elif match := _MONTH_DATE.fullmatch(cell):
            dates[cell] = f"{MONTHS.index(match[1].casefold()) + 1}-{int(match[2])}"
    return dates
