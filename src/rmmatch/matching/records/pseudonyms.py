"""Ids, words, numbers and times that mean nothing, and compare like those that they stand for."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from random import Random

from rmmatch.cohort import Cohort, Role, Slot
from rmmatch.cohort.cells import LIST_SEPARATOR, list_items
from rmmatch.declarations.setting import to_number
from rmmatch.spelling import fold

__all__ = ["NumberPseudonyms", "PeoplePseudonyms", "WordPseudonyms", "move_times", "numbered_names"]

_SEPARATORS = re.compile(f"({LIST_SEPARATOR.pattern})")
_MINUTES_PER_DAY = 24 * 60  # minutes; exactness
_SHIFT_RANGE = 10_000, 99_999  # what is added to numbers of people; privacy


def numbered_names(letter: str, count: int) -> list[str]:
    """Return a number of names whose order as text is the order of their numbers.

    Parameters
    ----------
    letter : str
        Begins each name.
    count : int

    Examples
    --------
    >>> numbered_names("E", 3), numbered_names("E", 10)[:2]
    (['E1', 'E2', 'E3'], ['E01', 'E02'])
    """
    width = len(str(count))
    return [f"{letter}{number:0{width}}" for number in range(1, count + 1)]


class PeoplePseudonyms:
    """New ids, and a new order of the rows, neither of which tells of the old ones.

    Parameters
    ----------
    cohort : Cohort
    chance : Random
        Draws the order.

    Attributes
    ----------
    orders : dict of list of int
        By role, the old position of who stands at each new one.
    """

    def __init__(self, cohort: Cohort, chance: Random) -> None:
        self._cohort = cohort
        self.orders: dict[Role, list[int]] = {}
        folded = [{fold(id_) for id_ in side.ids} for side in cohort.sides]
        ids_on_two_sides = folded[0] & folded[1]  # one person, who must not be paired with themself
        self._ids: dict[str, str] = {}  # by fold: a person on both sides has one id
        for side, letter in zip(cohort.sides, "EM", strict=True):
            order = list(range(len(side)))
            chance.shuffle(order)
            self.orders[side.role] = order
            ids_of_side = [
                fold(side.ids[place])
                for place in order
                if fold(side.ids[place]) not in ids_on_two_sides
            ]
            self._ids |= zip(ids_of_side, numbered_names(letter, len(ids_of_side)), strict=True)
        shared_ids = sorted(ids_on_two_sides)
        chance.shuffle(shared_ids)
        self._ids |= zip(shared_ids, numbered_names("B", len(shared_ids)), strict=True)
        outside = {
            fold(id_)
            for report, chain in cohort.managers.items()
            for id_ in (report, *chain)
            if fold(id_) not in self._ids
        }
        strangers = sorted(outside)
        chance.shuffle(strangers)
        self._ids |= zip(strangers, numbered_names("X", len(strangers)), strict=True)

    def id(self, id_: str) -> str:
        """Return the new id of a person, in the cohort or outside.

        Parameters
        ----------
        id_ : str
            The old id.
        """
        new = self._ids.get(fold(id_))
        if new is None:  # whom a scheme names and nobody knows
            new = self._ids[fold(id_)] = f"nobody{len(self._ids)}"
        return new

    def ids(self, role: Role) -> list[str]:
        """Return the new ids of a side, in the new order.

        Parameters
        ----------
        role : {'mentee', 'mentor'}
        """
        old = self._cohort.side(role).ids
        return [self.id(old[place]) for place in self.orders[role]]

    def pair(self, mentee: str, mentor: str) -> list[str]:
        """Return the new ids of a pair.

        Parameters
        ----------
        mentee, mentor : str
            The two people as the cohort knows them: by id, e-mail address or full name.
        """
        [(first, second)] = self._cohort.ids_of_pairs([(mentee, mentor)])
        return [self.id(first), self.id(second)]

    def places(self, role: Role) -> dict[int, int]:
        """Return the new position of each old one.

        Parameters
        ----------
        role : {'mentee', 'mentor'}
        """
        return {old: new for new, old in enumerate(self.orders[role])}


class WordPseudonyms:
    """Codes for what stands in a column: the same for the same word, and so for the same cell.

    Parameters
    ----------
    cells : collection of str
        What people wrote, as `list_items` splits several words.
    chance : Random
        Draws which word gets which code.
    ranked : sequence of str
        The labels of a scale: their codes are numbered in its order.
    plain : collection of str
        Words that stay, folded.

    Examples
    --------
    >>> words = WordPseudonyms(["North ; south", "SOUTH"], Random(1))
    >>> words.cell("North ; south").replace(words.cell("South"), "?").count("?")
    1
    >>> words.of_scheme("nowhere")
    'unused1'
    """

    def __init__(
        self,
        cells: Collection[str],
        chance: Random,
        *,
        ranked: Sequence[str] = (),
        plain: Collection[str] = (),
    ) -> None:
        # A line break is a space in a whole cell, and separates words in a list: where there is
        # one, what stands between spaces is coded, so that both ways of reading find the same.
        self._has_lines = any(len(cell.splitlines()) > 1 for cell in cells)
        ranked_words = dict.fromkeys(
            part for label in ranked for word in _words_of_cell(label) for part in self._parts(word)
        )
        other_words = sorted(
            {part for cell in cells for word in _words_of_cell(cell) for part in self._parts(word)}
            - ranked_words.keys()
        )
        chance.shuffle(other_words)
        self._codes = {
            word: f"v{number}" for number, word in enumerate((*ranked_words, *other_words), 1)
        }
        self._codes |= {word: word for word in self._codes.keys() & set(plain)}
        self._unused: dict[str, str] = {word: word for word in plain}

    def cell(self, text: str) -> str:
        """Return what stands for a whole cell.

        Parameters
        ----------
        text : str
            What the cell holds.
        """
        pieces = _SEPARATORS.split(text)  # words and separators in turn
        pieces[::2] = map(self._piece, pieces[::2])
        return "".join(pieces)

    def of_scheme(self, text: str, among: Iterable[str] | None = None) -> str:
        """Return what stands for a word of the scheme.

        Parameters
        ----------
        text : str
        among : iterable of str, optional
            The cells in which somebody must have the word; else its code is like no other, so
            that it does not look like a slip for one of theirs.
        """
        word = fold(text)
        is_there = among is None or any(word in _words_of_cell(cell) for cell in among)
        return self._code(word) if is_there else self._other(word)

    def _code(self, word: str) -> str:
        return " ".join(self._codes.get(part) or self._other(part) for part in self._parts(word))

    def _parts(self, word: str) -> list[str]:
        return word.split() if self._has_lines else [word]

    def _other(self, word: str) -> str:
        return self._unused.setdefault(word, f"unused{len(self._unused) + 1}")

    def _piece(self, piece: str) -> str:
        # Spaces round a word decide whether two whole cells are the same.
        inner = fold(f";{piece};")[1:-1]
        word = inner.strip()
        if not word:
            # of what nobody sees, a space without width is a word, and an empty cell is none
            return f"\u200b{inner}" if piece.strip() else inner
        return inner.replace(word, self._code(word), 1)


def _words_of_cell(cell: str) -> list[str]:
    return [word for word in map(fold, list_items(cell)) if word]


class NumberPseudonyms:
    """Numbers with one and the same number added to each, so that their differences stay.

    Where a sum would be rounded, as with 0.1, nothing is added.

    Parameters
    ----------
    cells : collection of str
        What people wrote; what is no number has a code.
    chance : Random
        Draws the number that is added.

    Examples
    --------
    >>> numbers = NumberPseudonyms(["31", "44.5", "31.0"], Random(1))
    >>> new = [numbers.cell(cell) for cell in ("31", "44.5", "31.0")]
    >>> float(new[1]) - float(new[0]), float(new[2]) - float(new[0]), new[0] == new[2]
    (13.5, 0.0, False)
    """

    def __init__(self, cells: Collection[str], chance: Random) -> None:
        number_by_word = {fold(cell): to_number(cell) for cell in cells}
        values = {number for number in number_by_word.values() if number is not None}
        shift = chance.randint(*_SHIFT_RANGE)
        if any(Fraction(value + shift) != Fraction(value) + shift for value in values):
            shift = 0
        self._cells: dict[str, str] = {}
        spelt: dict[float, int] = {}
        for word, number in sorted(number_by_word.items()):
            if number is not None:
                # one number may be spelt in several ways, which are several words
                n_before = spelt[number] = spelt.get(number, -1) + 1
                self._cells[word] = _number_text(number + shift, n_before)
        self._words = WordPseudonyms([cell for cell in cells if to_number(cell) is None], chance)

    def cell(self, text: str) -> str:
        """Return what stands for a whole cell.

        Parameters
        ----------
        text : str
            What the cell holds.
        """
        return self._cells.get(fold(text)) or self._words.cell(text)

    def of_scheme(self, text: str, among: Iterable[str] | None = None) -> str:
        """Return what stands for a word of the scheme.

        Parameters
        ----------
        text : str
        among : iterable of str, optional
            As of `WordPseudonyms.of_scheme`.
        """
        pseudonym = self._cells.get(fold(text))
        if pseudonym is not None and (among is None or fold(text) in map(fold, among)):
            return pseudonym
        return self._words.of_scheme(text, among)


def _number_text(number: float, n_zeros: int) -> str:
    text = str(int(number)) if number.is_integer() and abs(number) < 2**53 else repr(number)
    return text if not n_zeros else text + ("." if "." not in text else "") + "0" * n_zeros


@dataclass(frozen=True)
class _DayPiece:
    """A stretch of a day that each is free in as a whole or not at all."""

    day: int
    start: int
    end: int


def move_times(
    calendars: Sequence[Sequence[tuple[Slot, ...]]], cycle_weeks: int, chance: Random
) -> list[list[list[Slot]]]:
    """Return availabilities at other times, of which any two share as many minutes as before.

    The week is cut wherever anybody's time begins or ends, and the pieces are laid out one after
    the other in an order that is drawn, as are the weeks of the cycle.

    Parameters
    ----------
    calendars : sequence of sequence of tuple of Slot
        Of each side.
    cycle_weeks : int
    chance : Random
    """
    edges: dict[int, set[int]] = {}
    for slot in (slot for side in calendars for slots in side for slot in slots):
        edges.setdefault(slot.day, set()).update((slot.start, slot.end))
    pieces = [
        _DayPiece(day, start, end)
        for day, times in sorted(edges.items())
        for start, end in pairwise(sorted(times))
    ]
    chance.shuffle(pieces)
    new_places = dict(zip(pieces, _lay_out_pieces(pieces), strict=True))
    of_day: dict[int, list[_DayPiece]] = {}
    for piece in sorted(pieces, key=lambda piece: piece.start):
        of_day.setdefault(piece.day, []).append(piece)
    weeks = list(range(1, cycle_weeks + 1))
    chance.shuffle(weeks)
    week_of: Mapping[int | None, int | None] = dict(enumerate(weeks, 1))

    def moved(slots: tuple[Slot, ...]) -> list[Slot]:
        stretches = [
            (week_of.get(slot.week, slot.week), *place)
            for slot in slots
            for piece in of_day[slot.day]
            if slot.start <= piece.start and piece.end <= slot.end
            for place in new_places[piece]
        ]
        return _join_pieces(stretches)

    return [[moved(slots) for slots in side] for side in calendars]


def _lay_out_pieces(pieces: Sequence[_DayPiece]) -> list[list[tuple[int, int, int]]]:
    """Return where each piece comes to lie: day, start and end, in two parts round midnight."""
    places, minute = [], 0
    for piece in pieces:
        end, parts = minute + piece.end - piece.start, []
        while minute < end:
            stop = min(end, (minute // _MINUTES_PER_DAY + 1) * _MINUTES_PER_DAY)
            parts.append(
                (
                    minute // _MINUTES_PER_DAY,
                    minute % _MINUTES_PER_DAY,
                    stop - minute // _MINUTES_PER_DAY * _MINUTES_PER_DAY,
                )
            )
            minute = stop
        places.append(parts)
    return places


def _join_pieces(stretches: Iterable[tuple[int | None, int, int, int]]) -> list[Slot]:
    """Return stretches sorted, those that touch as one."""
    slots: list[Slot] = []
    for week, day, start, end in sorted(set(stretches), key=lambda slot: (slot[0] or 0, *slot[1:])):
        last = slots[-1] if slots else None
        if last is not None and last[:2] == (week, day) and start <= last.end:
            slots[-1] = last._replace(end=max(end, last.end))
        else:
            slots.append(Slot(week, day, start, end))
    return slots
