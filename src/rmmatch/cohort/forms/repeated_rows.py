"""Several rows of one person: the latest counts, or their lists are joined."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from rmmatch.cohort.answer_times import date_orders, time_of
from rmmatch.cohort.cells import list_items
from rmmatch.cohort.forms.export_table import ExportTable
from rmmatch.cohort.identities.names import is_email, name_key
from rmmatch.errors import nearest
from rmmatch.numeric import Text
from rmmatch.spelling import fold

__all__ = ["merged_rows"]

_MAX_NOTED_PEOPLE = 5  # wording


def merged_rows(
    table: ExportTable, columns: dict[str, Text], list_columns: Collection[str]
) -> tuple[dict[str, Text], list[int]]:
    """Return columns with one row a person, and the positions of the rows that remain.

    Parameters
    ----------
    table : ExportTable
    columns : dict of str to ndarray of object, shape (n_rows,)
        Every column that is kept, by its name or header.
    list_columns : collection of str
        Names of the columns that are lists.
    """
    repeated = table.spec.repeated
    everybody = list(range(len(table)))
    if repeated is None or repeated.keep == "error":
        return columns, everybody
    groups = [group for group in _people(table, columns) if len(group) > 1]
    if not groups:
        if repeated.by and not table.has(repeated.by):
            _no_such_time(table)
        return columns, everybody
    if repeated.keep == "join":
        columns = _joined_rows(table, columns, groups, list_columns)
        dropped = {position for group in groups for position in group[1:]}
    else:
        latest = _latest(table, groups)
        dropped = {
            position
            for group, last in zip(groups, latest, strict=True)
            for position in group
            if position != last
        }
    positions = [position for position in everybody if position not in dropped]
    index = np.array(positions, dtype=np.intp)
    return {name: cells[index] for name, cells in columns.items()}, positions


def _people(table: ExportTable, columns: dict[str, Text]) -> list[list[int]]:
    """Return the rows of each person: of one id, or of one e-mail address and no two names."""
    ids = columns.get("id", table.empty()).tolist()
    names = columns.get("name", table.empty()).tolist()
    emails = columns.get("email", table.empty()).tolist()
    group_of: dict[str, int] = {}
    groups: list[list[int]] = []
    for position, id_ in enumerate(ids):
        if id_ is None:
            continue
        key = fold(id_)
        if key not in group_of:
            group_of[key] = len(groups)
            groups.append([])
        groups[group_of[key]].append(position)
    is_latest = table.spec.repeated is not None and table.spec.repeated.keep == "latest"
    n_names = len({name_key(name) for name in names if name is not None})
    if is_latest and len(groups) == 1 and len(table) > 2 and n_names != 1:
        return []  # what everybody has is no id; the reader says so
    addresses = {fold(email) for email in emails if email is not None}
    if len(addresses) > 1:
        groups = _same_address(groups, emails, names)
    return groups


def _same_address(
    groups: list[list[int]], emails: Sequence[str | None], names: Sequence[str | None]
) -> list[list[int]]:
    """Join the groups that have one e-mail address and do not differ in their names."""
    by_address: dict[str, list[int]] = {}
    merged: list[list[int]] = []
    for group in groups:
        position = group[0]
        email, name = emails[position], names[position]
        if email is None or not is_email(email):
            merged.append(group)
            continue
        for place in by_address.setdefault(fold(email), []):
            name_before = names[merged[place][0]]
            if not name or not name_before or name_key(name) == name_key(name_before):
                merged[place] = sorted([*merged[place], *group])
                break
        else:
            by_address[fold(email)].append(len(merged))
            merged.append(group)
    return merged


def _no_such_time(table: ExportTable) -> None:
    repeated = table.spec.repeated
    header = repeated.by if repeated else ""
    close_header = nearest(header, table.raw.header)
    table.add_problem(
        "repeated",
        (),
        f"the form goes by the column {header!r}, and there is none",
        f"did you mean {close_header!r}?"
        if close_header
        else "write the header as the table has it",
        "unknown_header",
    )


def _latest(table: ExportTable, groups: Sequence[Sequence[int]]) -> list[int]:
    """Return the latest row of each person; the last one of the table where it is not known."""
    repeated = table.spec.repeated
    header = repeated.by if repeated else ""
    if not table.has(header):
        _no_such_time(table)
        return [group[-1] for group in groups]
    cells = table.cells(header).tolist()
    orders = date_orders(cells)
    order = table.spec.dates or orders.order
    is_mixed = bool(orders.n_day_first and orders.n_month_first)
    contradicts = orders.order is not None and orders.order != order
    if is_mixed:
        reason = f"some dates under {header!r} have the day first, others the month"
        remedy = "write all dates as in 2026-11-05 08:31"
        table.add_problem("repeated", (), reason, remedy, "not_a_date")
    elif contradicts:
        reason = f"the form says `dates: {order}`, and dates under {header!r} are written otherwise"
        remedy = "change `dates:` in the form, or write the dates as in 2026-11-05 08:31"
        table.add_problem("repeated", (), reason, remedy, "not_a_date")
    times = {
        position: time_of(cells[position] or "", order) for group in groups for position in group
    }
    open_rows = [position for position, time in times.items() if time is None]
    if open_rows and not (is_mixed or contradicts):
        texts = {cells[position] or "" for position in open_rows}
        if order is None and any(time_of(text, "day_first") for text in texts):
            reason = f"dates under {header!r} may have the day or the month first"
            remedy = "write in the form `dates: day_first` or `dates: month_first`"
        else:
            reason = f"under {header!r} there is no date by which the latest answer can be told"
            remedy = "write a date as in 2026-11-05 08:31, or keep one of the rows"
        table.add_problem("repeated", open_rows, reason, remedy, "not_a_date")
    latest = [
        max(
            group,
            key=lambda position: (times[position] is not None, times[position] or 0, position),
        )
        if not open_rows
        else group[-1]
        for group in groups
    ]
    _note_latest(table, groups, latest)
    return latest


def _note_latest(
    table: ExportTable, groups: Sequence[Sequence[int]], latest: Sequence[int]
) -> None:
    rows = table.raw.rows
    shown = [
        f"row {rows[last]} instead of {', '.join(str(rows[row]) for row in group if row != last)}"
        for group, last in zip(groups, latest, strict=True)
    ]
    more = len(shown) - _MAX_NOTED_PEOPLE
    people = "1 person" if len(groups) == 1 else f"{len(groups):,} people"
    table.notes.append(
        f"{table.raw.name}: {people} answered more than once, and the latest answer counts: "
        + "; ".join(shown[:_MAX_NOTED_PEOPLE])
        + (f" and {more:,} more" if more > 0 else "")
    )


def _joined_rows(
    table: ExportTable,
    columns: dict[str, Text],
    groups: Sequence[Sequence[int]],
    list_columns: Collection[str],
) -> dict[str, Text]:
    """Return columns in which the first row of each person has what all their rows say."""
    result: dict[str, Text] = {}
    for name, cells in columns.items():
        joined_cells = cells.copy()
        differing: list[int] = []
        for group in groups:
            texts = [cells[position] for position in group if cells[position] is not None]
            if name in list_columns:
                texts = [item for text in texts for item in list_items(text)]
            distinct = {fold(text): text for text in reversed(texts) if text}
            if len(distinct) > 1 and name not in list_columns:
                differing += group
            in_order = dict.fromkeys(distinct[fold(text)] for text in texts if text)
            joined_cells[group[0]] = "; ".join(in_order) or None
        if differing:
            table.add_problem(
                name,
                differing,
                "rows of one person differ, and the column is not a list",
                f"correct the rows; or, if it need not be read, add {name!r} to `ignore:` in the "
                "form; or write `repeated: {keep: latest, by: …}`",
                "differing_cells",
            )
        result[name] = joined_cells
    count = len(groups)
    people = "1 person has" if count == 1 else f"{count:,} people have"
    table.notes.append(f"{table.raw.name}: {people} several rows, whose lists are joined")
    return result
