"""Several columns of a table that are one column of a cohort."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

import numpy as np

from rmmatch.calendars.words import DAY_WORDS
from rmmatch.cohort.cells import list_items
from rmmatch.cohort.columns import PEOPLE_COLUMNS, STANDARD_COLUMNS, column_name
from rmmatch.numeric import Text
from rmmatch.spelling import fold

__all__ = ["LIST_COLUMNS", "columns_of", "joined", "with_day"]

# Columns whose cells are lists, with `;` between the entries.
LIST_COLUMNS = frozenset({"availability", "goals", "speciality", *PEOPLE_COLUMNS})
_NUMBERED = re.compile(r"(.+) \([0-9]+\)")


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


def with_day(header: str, cells: Text) -> Text:
    """Return times with the day that their header names, where they name none themselves.

    Parameters
    ----------
    header : str
        Such as ``When are you free? [Monday]``; any other leaves the cells as they are.
    cells : ndarray of object, shape (n_rows,)

    Examples
    --------
    >>> with_day("Mon", np.array(["9-11, 14-16", "Morning;Evening;", None], object)).tolist()
    ['Monday 9-11, 14-16', 'Monday Morning; Monday Evening', None]
    """
    names = [word for word in _words(header) if len(DAY_WORDS.get(word, ())) == 1]
    if len(names) != 1:
        return cells
    day = next(iter(DAY_WORDS[names[0]]))
    name = list(DAY_WORDS)[day].title()
    dated = np.full(len(cells), None, dtype=object)
    for position, cell in enumerate(cells):
        if cell is not None and not any(word in DAY_WORDS for word in _words(cell)):
            entries = [f"{name} {entry}" for entry in list_items(cell)]
            dated[position] = "; ".join(entries) or None
        else:
            dated[position] = cell
    return dated


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", fold(text))


def columns_of(
    header: Sequence[str],
    mapping: Mapping[str, str],
    foreign: Collection[str] = (),
    sensitive: Collection[str] = (),
) -> tuple[dict[str, list[int]], list[tuple[str, str, str]]]:
    """Return the positions of the headers of each column, and the headers that stand twice.

    Parameters
    ----------
    header : sequence of str
        As a table that was read has it: the second of two equal ones is ``Any comments? (2)``.
    mapping : mapping of str to str
        Name of a header → the column it is.
    foreign : collection of str
        Headers of the survey tool: a standard name among them is left out unless it is mapped.
    sensitive : collection of str
        Columns that must not be lost under another name.

    Returns
    -------
    positions : dict of str to list of int
    repeated : list of (str, str, str)
        Column, first and further header, where it is open which of them is read.

    Examples
    --------
    >>> columns_of(["First", "Second", "Site", "Site (2)"], {"first": "goals", "second": "goals"})
    ({'goals': [0, 1], 'site_(1)': [2], 'site_(2)': [3]}, [])
    >>> columns_of(["Grade", "grade (2)"], {})
    ({'grade': [0]}, [('grade', 'Grade', 'grade (2)')])
    """
    names = [column_name(text) for text in header]
    first_of = {name: header[position] for position, name in reversed([*enumerate(names)])}
    base_of: dict[str, str] = {}
    for text, name in zip(header, names, strict=True):
        match = _NUMBERED.fullmatch(text)
        if match is not None and (base := column_name(match[1])) in first_of:
            base_of[name] = base
    repeated_names = {*base_of.values()}
    read_names = {*STANDARD_COLUMNS, *sensitive}
    positions: dict[str, list[int]] = {}
    repeated = []
    for position, (text, name) in enumerate(zip(header, names, strict=True)):
        column = mapping.get(name)
        if column is None and text in foreign and name in STANDARD_COLUMNS:
            continue
        if column is None and name in base_of:
            read_as = mapping.get(base_of[name], base_of[name])
            if base_of[name] in mapping or read_as in read_names:
                repeated.append((read_as, first_of[base_of[name]], text))
                continue
        elif column is None and name in repeated_names and name not in read_names:
            # Whoever reads it must say which of them.
            column = f"{name}_(1)"
        positions.setdefault(column or name, []).append(position)
    return positions, repeated
