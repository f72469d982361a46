"""Several answers in one cell: what stands between them, and which commas belong to a choice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from rmmatch.cohort.cells import list_items
from rmmatch.spelling import fold

__all__ = ["Separation", "hard_pieces", "separation", "written_pieces"]

_OPEN, _CLOSE = "([{", ")]}"
_MIN_CAPITAL_SHARE = 0.8  # of answers that begin with a capital, where choices are a form's own
_MAX_PIECE_CHARACTERS = 200  # of a choice; longer is free text
_MIN_CELLS_OF_CHOICE = 3  # that hold texts only ever seen side by side, so that they are one choice

Span = tuple[int, int]


class Separation(NamedTuple):
    """How the cells of a column come apart at a separator.

    Attributes
    ----------
    separator : str
    pieces : dict of str to int
        What the answers seem to be → in how many cells each stands.
    alone : dict of str to int
        Answers that are a whole cell somewhere → in how many cells.
    joined : int
        Cells with two answers or more.
    with_separator : int
        Cells in which the separator stands at all.
    choices : tuple of str
        Where a separator stands within an answer: the answers of the form, most frequent first.
    strays : int
        Answers that are not among `choices`, where there are any.
    """

    separator: str
    pieces: dict[str, int]
    alone: dict[str, int]
    joined: int
    with_separator: int
    choices: tuple[str, ...]
    strays: int

    @property
    def recurring(self) -> list[str]:
        """Answers that stand in a cell with others and also elsewhere."""
        return [
            piece
            for piece, count in self.pieces.items()
            if count > max(1, self.alone.get(piece, 0)) or 0 < self.alone.get(piece, 0) < count
        ]


def hard_pieces(counts: Mapping[str, int]) -> Counter[str]:
    """Return what stands between semicolons, line breaks, bars and bullets, with counts of cells.

    Parameters
    ----------
    counts : mapping of str to int
        Different cells, and how many there are of each.

    Examples
    --------
    >>> dict(hard_pieces({"A;B;": 2, "B": 1}))
    {'A': 2, 'B': 3}
    """
    pieces: Counter[str] = Counter()
    for cell, count in counts.items():
        for piece in list_items(cell):
            pieces[piece] += count
    return pieces


def written_pieces(
    cells: Sequence[str], separator: str = ",", *, has_form_style: bool | None = None
) -> list[tuple[str, ...]]:
    """Return the answers of each different cell, where the answers may hold the separator.

    A text that stands between separators is part of a longer answer where it is never seen without
    its neighbour, nor the neighbour without it. So a list of choices is recovered where each of
    them stands alone in a cell, whatever commas they hold, if no two share a text between commas.
    What stands in brackets is never cut, unless brackets of the column do not close.

    Parameters
    ----------
    cells : sequence of str
        Different cells.
    separator : str
    has_form_style : bool, optional
        Whether answers begin with a capital, so that a text that does not may be a part; by
        default as the beginnings of the cells suggest.

    Examples
    --------
    >>> written_pieces(["Data", "Digital, media and AI, Data", "Data, Exams (viva, OSCE)"])
    [('Data',), ('Digital, media and AI', 'Data'), ('Data', 'Exams (viva, OSCE)')]
    """
    with_brackets = all(map(_has_closed_brackets, cells))
    spans = [list(_spans(cell, separator, with_brackets)) for cell in cells]
    keys = [
        [fold(cell[start:end]) for start, end in spans_of_cell]
        for cell, spans_of_cell in zip(cells, spans, strict=True)
    ]
    if has_form_style is None:
        has_form_style = _has_form_style(cells)
    neighbours = _Neighbours(keys)
    result = []
    for cell, spans_of_cell, keys_of_cell in zip(cells, spans, keys, strict=True):
        pieces: list[Span] = []
        for place, (start, end) in enumerate(spans_of_cell):
            if place and neighbours.are_one(
                keys_of_cell[place - 1],
                keys_of_cell[place],
                is_continued=has_form_style and not _begins_an_answer(cell[start:end]),
            ):
                pieces[-1] = (pieces[-1][0], end)
            else:
                pieces.append((start, end))
        result.append(tuple(cell[start:end] for start, end in pieces))
    return result


class _Neighbours:
    """What stands before and after each text; None where several do, or nothing does."""

    def __init__(self, rows: Sequence[Sequence[str]]) -> None:
        self._before: dict[str, str | None] = {}
        self._after: dict[str, str | None] = {}
        for keys in rows:
            for place, key in enumerate(keys):
                before = keys[place - 1] if place else None
                after = keys[place + 1] if place + 1 < len(keys) else None
                if self._before.setdefault(key, before) != before:
                    self._before[key] = None
                if self._after.setdefault(key, after) != after:
                    self._after[key] = None

    def are_one(self, first: str, second: str, *, is_continued: bool) -> bool:
        """Whether a text is only seen after another, and that only before it."""
        if self._before[second] != first:
            return False
        return self._after[first] == second or is_continued


def separation(counts: Mapping[str, int], separator: str = ",") -> Separation:
    """Return how the cells of a column come apart at a separator.

    Parameters
    ----------
    counts : mapping of str to int
        Different cells, without what always separates answers, and how many there are of each.
    separator : str

    Examples
    --------
    >>> parts = separation({"Teaching": 9, "Exams, Teaching": 2, "Data, Exams": 1})
    >>> parts.pieces, parts.joined, parts.recurring
    ({'Teaching': 11, 'Exams': 3, 'Data': 1}, 3, ['Teaching', 'Exams'])
    """
    cells = list(counts)
    rows = written_pieces(cells, separator)
    uses: Counter[str] = Counter()
    for cell, pieces_of_cell in zip(cells, rows, strict=True):
        for key in {fold(piece) for piece in pieces_of_cell}:
            uses[key] += counts[cell]
    has_form_style = _has_form_style(cells)
    pieces: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    spelling: dict[str, str] = {}
    choices: set[str] = set()
    joined = with_separator = 0
    for cell, pieces_of_cell in zip(cells, rows, strict=True):
        keys: dict[str, None] = {}
        for piece in pieces_of_cell:
            is_choice = separator in piece and _is_choice(
                piece, uses[fold(piece)], separator, has_form_style
            )
            parts = [piece] if is_choice else _parts(piece, separator)
            labels = [spelling.setdefault(fold(part), part) for part in parts]
            keys.update(dict.fromkeys(labels))
            choices.update(labels if is_choice else ())
        pieces.update(dict.fromkeys(keys, counts[cell]))
        if len(keys) == 1:
            alone[next(iter(keys))] += counts[cell]
        joined += counts[cell] * (len(keys) > 1)
        with_separator += counts[cell] * (separator in cell)
    ordered = dict(sorted(pieces.items(), key=lambda item: (-item[1], item[0])))
    if choices:
        choices.update(piece for piece, count in ordered.items() if count > 1)
    return Separation(
        separator,
        ordered,
        dict(alone),
        joined,
        with_separator,
        tuple(piece for piece in ordered if piece in choices),
        len(ordered) - len(choices) if choices else 0,
    )


def _is_choice(piece: str, count: int, separator: str, has_form_style: bool) -> bool:
    """Whether a text that holds the separator is one answer, and no list of answers."""
    if len(piece) > _MAX_PIECE_CHARACTERS:
        return False
    if count >= _MIN_CELLS_OF_CHOICE or len(_parts(piece, separator)) == 1:
        return True
    parts = piece.split(separator)[1:]
    return has_form_style and all(part.strip()[:1].islower() for part in parts)


def _parts(piece: str, separator: str) -> list[str]:
    """Return what stands between separators that are not in brackets."""
    spans = _spans(piece, separator, with_brackets=_has_closed_brackets(piece))
    return [piece[start:end] for start, end in spans]


def _spans(cell: str, separator: str, with_brackets: bool) -> Iterator[Span]:
    """Yield where the texts between separators stand, without the space around them."""
    if not (with_brackets and any(sign in cell for sign in _OPEN)):
        start = 0
        for text in cell.split(separator):
            if text.strip():
                first = start + len(text) - len(text.lstrip())
                yield first, first + len(text.strip())
            start += len(text) + len(separator)
        return
    start = depth = 0
    for place, sign in enumerate(cell + separator):
        if with_brackets and sign in _OPEN:
            depth += 1
        elif with_brackets and sign in _CLOSE:
            depth -= 1
        elif sign == separator and depth <= 0:
            text = cell[start:place]
            if text.strip():
                first = start + len(text) - len(text.lstrip())
                yield first, first + len(text.strip())
            start = place + 1


def _has_closed_brackets(cell: str) -> bool:
    depth = 0
    for sign in cell:
        depth += (sign in _OPEN) - (sign in _CLOSE)
        if depth < 0:
            return False
    return depth == 0


def _begins_an_answer(text: str) -> bool:
    return not text[:1].islower()


def _has_form_style(cells: Sequence[str]) -> bool:
    """Whether nearly all cells begin with a capital, as the choices of a form do."""
    beginnings = [cell.lstrip()[:1] for cell in cells]
    letters = [letter for letter in beginnings if letter.isalpha()]
    return sum(map(str.isupper, letters)) >= _MIN_CAPITAL_SHARE * max(1, len(letters))
