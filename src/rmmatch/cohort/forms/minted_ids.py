"""Ids for an export that has none, made of what people wrote: the same next year."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from rmmatch.cohort.forms.export_table import ExportTable
from rmmatch.cohort.forms.model import FormField
from rmmatch.numeric import Text
from rmmatch.spelling import fold

__all__ = ["minted_cells", "minted_id"]

_DIGITS = 12  # hexadecimal digits of an id: two of a million people share one by 1 in 500


def minted_id(values: Sequence[str]) -> str:
    """Return the id of somebody who wrote these values, however they are spelt.

    Parameters
    ----------
    values : sequence of str

    Examples
    --------
    >>> minted_id(["Helen Marsh"]) == minted_id(["helen  MARSH"])
    True
    >>> minted_id(["Helen", "Marsh"]) == minted_id(["Helen Marsh"])
    False
    """
    text = "\x1f".join(fold(value) for value in values)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"P0{digest[:_DIGITS]}"


def minted_cells(table: ExportTable, name: str, field: FormField, *, may_repeat: bool) -> Text:
    """Return an id for every row; problems go to the table.

    Parameters
    ----------
    table : ExportTable
    name : str
        Of the field.
    field : FormField
        One with `mint`.
    may_repeat : bool
        Whether two rows may be one person's.
    """
    parts = [table.cells(header).tolist() for header in field.mint if table.has(header)]
    result = table.empty()
    empty: list[int] = []
    people: dict[str, list[int]] = {}
    values_of: dict[str, tuple[str, ...]] = {}
    clash = False
    for position, row in enumerate(zip(*parts, strict=True)):
        if not any(row):
            empty.append(position)
            continue
        values = tuple(fold(cell or "") for cell in row)
        id_ = minted_id(values)
        clash |= values_of.setdefault(id_, values) != values
        people.setdefault(id_, []).append(position)
        result[position] = id_
    headers = ", ".join(map(repr, field.mint))
    if empty:
        remedy = "fill one of these cells, or mint the ids from columns that everybody fills in"
        table.add_problem(
            name, empty, f"no id can be made: {headers} empty", remedy, "missing_value"
        )
    repeated = [position for rows in people.values() if len(rows) > 1 for position in rows]
    if (repeated and not may_repeat) or clash:
        table.add_problem(
            name,
            repeated,
            f"these rows have the same {headers}, from which ids are made",
            f"name one more column in the form, as in {name}: {{mint: [{', '.join(field.mint)}, "
            "Department]}; if they are one person's, keep one of the rows, or say so under "
            "`repeated:`",
            "repeated_id",
        )
    return result
