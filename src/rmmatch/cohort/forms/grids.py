"""Grids of days and times: columns whose headers say when, and cells that say whether."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rmmatch.calendars.availability import Slot, format_availability, parse_availability
from rmmatch.cohort.cells import list_items
from rmmatch.cohort.forms.export_table import ExportTable
from rmmatch.cohort.forms.model import FormField
from rmmatch.cohort.forms.values import BUSY, FREE
from rmmatch.files.documents import quoted
from rmmatch.numeric import Text
from rmmatch.spelling import fold

__all__ = ["grid_cells", "grid_headers"]

_MAX_STEP = 120  # minutes between start times that are taken for the length of a slot; wording
_MINUTES_PER_DAY = 24 * 60  # exactness
_NO_TIME = ";"  # availability of somebody who answered, and is never free
_PLACE = re.compile(r"\{(day|time)\}")
_START = re.compile(r"(?P<hour>[0-9]{1,2})(?:[:.](?P<minute>[0-9]{2}))?\s?(?P<half>[ap]\.?m\.?)?")


class GridColumn(NamedTuple):
    """A column of a grid.

    Attributes
    ----------
    header : str
    day, time : str
        As the header has them; empty where its pattern has no such place.
    """

    header: str
    day: str
    time: str


def grid_headers(pattern: str, headers: Sequence[str]) -> list[GridColumn]:
    """Return the headers that a pattern fits, and what stands in its places.

    Parameters
    ----------
    pattern : str
        With ``{day}``, ``{time}`` or both.
    headers : sequence of str

    Examples
    --------
    >>> grid_headers("{day} [{time}]", ["Monday [9-10]", "Comments"])
    [GridColumn(header='Monday [9-10]', day='monday', time='9-10')]
    """
    parts = _PLACE.split(fold(pattern))
    written = "".join(
        f"(?P<{part}>.+?)" if place % 2 else re.escape(part) for place, part in enumerate(parts)
    )
    columns = []
    for header in headers:
        match = re.fullmatch(written, fold(header))
        if match:
            groups = match.groupdict()
            columns.append(GridColumn(header, groups.get("day", ""), groups.get("time", "")))
    return columns


def grid_cells(table: ExportTable, name: str, field: FormField) -> Text:
    """Return the availability that the cells of a grid say; problems go to the table.

    Parameters
    ----------
    table : ExportTable
    name : str
        Of the field.
    field : FormField
        One with a grid.
    """
    return _Grid(table, name, field).cells()


class _Grid:
    """A grid while it is read."""

    def __init__(self, table: ExportTable, name: str, field: FormField) -> None:
        self._table, self._name, self._field = table, name, field
        self._words = {fold(answer): value for answer, value in field.answers.items()}
        self._unknown: dict[str, list[int]] = {}

    def cells(self) -> Text:
        field, table = self._field, self._table
        columns = grid_headers(field.grid, table.raw.header)
        columns = [column for column in columns if self._is_of_grid(column)]
        minutes = self._minutes(columns)
        read_cell = {
            "answers": self._slots_of_answer,
            "times": self._slots_of_times,
            "days": self._slots_of_days,
        }[field.cells]
        slots_of: list[dict[str, tuple[Slot, ...]]] = []
        parts: list[Text] = []
        for column in columns:
            cells = table.cells(column.header)
            texts = dict.fromkeys(cell for cell in cells.tolist() if cell is not None)
            unknown: set[str] = set()
            slots: dict[str, tuple[Slot, ...]] = {}
            for text in texts:
                slots[text] = read_cell(column, text, minutes, unknown)
            if unknown:
                self._note_unknown(cells, slots, unknown)
            slots_of.append(slots)
            parts.append(cells)
        self._report()
        result = table.empty()
        if not parts:
            return result
        cache: dict[tuple[str | None, ...], str | None] = {}
        for position, row in enumerate(zip(*(part.tolist() for part in parts), strict=True)):
            if row not in cache:
                cache[row] = _availability_text(row, slots_of)
            result[position] = cache[row]
        return result

    # --- headers ------------------------------------------------------------------------------

    def _is_of_grid(self, column: GridColumn) -> bool:
        """Whether a header is of the grid: a problem where it may be, and cannot be read."""
        is_day = not column.day or _is_readable(self._word(column.day))
        is_time = not column.time or self._is_time(column.time)
        if is_day and is_time:
            return True
        if is_day or (is_time and column.time):
            word = column.time if is_day else column.day
            example = "12:00-13:00" if is_day else "Monday"
            self._table.add_problem(
                self._name,
                (),
                f"in the header {column.header!r}, {word!r} is not a {'time' if is_day else 'day'}",
                f"say what it means, in the form: {self._name}: "
                f"{{answers: {{{quoted(word)}: {example}}}}}",
                "not_availability",
            )
        return False

    def _word(self, text: str) -> str:
        return self._words.get(fold(text), text)

    def _is_time(self, text: str) -> bool:
        word = self._word(text)
        return _start_of(word) is not None or _is_readable(f"Mon {word}")

    def _minutes(self, columns: Sequence[GridColumn]) -> int:
        """Return how long a slot is whose header names only its start."""
        if self._field.minutes is not None:
            return self._field.minutes
        starts = {_start_of(self._word(column.time)) for column in columns if column.time}
        times = sorted(start for start in starts if start is not None)
        if not times:
            return 0
        steps = {later - earlier for earlier, later in itertools.pairwise(times)}
        if len(steps) == 1 and (step := steps.pop()) <= _MAX_STEP:
            self._table.notes.append(
                f"{self._table.raw.name}: {self._name}: each time of the grid is taken as the "
                f"start of {step} minutes"
            )
            return step
        self._table.add_problem(
            self._name,
            (),
            "the headers of the grid say when a time starts, and not how long it is",
            f"write the minutes in the form, as in {self._name}: "
            f"{{grid: {quoted(self._field.grid)}, minutes: 60}}",
            "not_availability",
        )
        return 60

    # --- cells --------------------------------------------------------------------------------

    def _slots_of_answer(
        self, column: GridColumn, text: str, minutes: int, unknown: set[str]
    ) -> tuple[Slot, ...]:
        word = fold(self._word(text))
        if word in FREE:
            return self._slots(column.day or "Mon-Sun", column.time, minutes)
        if word not in BUSY and word:
            unknown.add(text)
        return ()

    def _slots_of_times(
        self, column: GridColumn, text: str, minutes: int, unknown: set[str]
    ) -> tuple[Slot, ...]:
        return self._listed(text, unknown, lambda word: f"{self._word(column.day)} {word}")

    def _slots_of_days(
        self, column: GridColumn, text: str, minutes: int, unknown: set[str]
    ) -> tuple[Slot, ...]:
        return self._listed(
            text, unknown, lambda word: _with_end(word, self._word(column.time), minutes)
        )

    def _listed(self, text: str, unknown: set[str], entry: object) -> tuple[Slot, ...]:
        assert callable(entry)
        words = [text] if fold(text) in self._words else self._items(text)
        slots: list[Slot] = []
        for item in words:
            word = self._word(item)
            if not word or fold(word) in BUSY:
                continue
            try:
                slots += parse_availability(entry(word))
            except ValueError:
                unknown.add(item)
        return tuple(slots)

    def _items(self, text: str) -> list[str]:
        separator = self._field.separator
        if separator is None:
            return list_items(text.replace(",", ";"))
        pieces = text.split(separator.strip() or separator)
        return [piece.strip() for piece in pieces if piece.strip()]

    def _slots(self, day: str, time: str, minutes: int) -> tuple[Slot, ...]:
        try:
            return parse_availability(_with_end(self._word(day), self._word(time), minutes))
        except ValueError:
            return ()  # `_is_of_grid` or `_minutes` has said it

    # --- problems -----------------------------------------------------------------------------

    def _note_unknown(
        self, cells: Text, slots: Mapping[str, tuple[Slot, ...]], unknown: set[str]
    ) -> None:
        items_of = {
            text: [item for item in (text, *self._items(text)) if item in unknown] for text in slots
        }
        for position, cell in enumerate(cells.tolist()):
            for item in dict.fromkeys(items_of.get(cell, ())):
                self._unknown.setdefault(item, []).append(position)

    def _report(self) -> None:
        if not self._unknown:
            return
        example = next(iter(self._unknown))
        value = "busy" if self._field.cells == "answers" else "09:00-12:30"
        word = "the answer" if self._table.is_hidden(self._name) else quoted(example)
        self._table.add_answers_problem(
            self._name,
            {answer: sorted(set(rows)) for answer, rows in self._unknown.items()},
            "these answers are neither free nor busy"
            if self._field.cells == "answers"
            else "these answers are not understood",
            f"say what each means, in the form: {self._name}: {{answers: {{{word}: {value}}}}}",
            "unknown_answer",
        )


def _availability_text(
    row: tuple[str | None, ...], slots_of: Sequence[Mapping[str, tuple[Slot, ...]]]
) -> str | None:
    slots = [
        slot
        for cell, slots_of_cell in zip(row, slots_of, strict=True)
        if cell is not None
        for slot in slots_of_cell[cell]
    ]
    if slots:
        return format_availability(_joined(slots))
    return None if all(cell is None for cell in row) else _NO_TIME


def _joined(slots: Sequence[Slot]) -> list[Slot]:
    """Return slots in order, those joined that touch."""
    result: list[Slot] = []
    for slot in sorted(slots, key=lambda slot: (slot.week or 0, *slot[1:])):
        last = result[-1] if result else None
        if last is not None and last[:2] == slot[:2] and slot.start <= last.end:
            result[-1] = last._replace(end=max(last.end, slot.end))
        else:
            result.append(slot)
    return result


def _is_readable(text: str) -> bool:
    try:
        return bool(parse_availability(text))
    except ValueError:
        return False


def _start_of(text: str) -> int | None:
    """Return the minutes after midnight that a text names, where it names one time."""
    word = fold(text)
    if word in ("noon", "midday"):
        return 12 * 60
    match = _START.fullmatch(word)
    if match is None or (match["minute"] is None and match["half"] is None):
        return None
    hour, minute, half = int(match["hour"]), int(match["minute"] or 0), (match["half"] or "")[:1]
    if minute > 59 or hour > 23 or (half and not 1 <= hour <= 12):
        return None
    if not half and len(match["hour"]) == 1 and 1 <= hour <= 6:
        return None  # 2:00 can be two times
    if half:
        hour = hour % 12 + 12 * (half == "p")
    return hour * 60 + minute


def _with_end(day: str, time: str, minutes: int) -> str:
    start = _start_of(time)
    if start is None:
        return f"{day} {time}".strip()
    end = min(start + minutes, _MINUTES_PER_DAY)
    return f"{day} {start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"
