"""The different cells of a column, each with the number of its cells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from rmmatch.cohort.cells import clean
from rmmatch.spelling import fold

__all__ = ["cells_text", "quoted_list", "shortened", "tally"]

_MAX_SHOWN_CHARACTERS = 50  # of one value; wording
_MAX_SHOWN_VALUES = 6  # of a list; wording


def tally(cells: Iterable[str | None]) -> dict[str, int]:
    """Return each different cell as it is most often written, with the number of its cells.

    Cells are told apart by `rmmatch.spelling.fold`; missing ones are left out. The most frequent
    comes first, and of equals the first in the alphabet.

    Parameters
    ----------
    cells : iterable of str or None

    Examples
    --------
    >>> tally(["yes", "Yes ", "yes", None, "n/a", "No"])
    {'yes': 3, 'No': 1}
    """
    written: dict[str, dict[str, int]] = {}
    for cell, count in Counter(cells).items():
        text = None if cell is None else clean(str(cell))
        if text is not None:
            text = " ".join(text.split(" "))
            spellings = written.setdefault(fold(text), {})
            spellings[text] = spellings.get(text, 0) + count
    counted = [
        (min(spellings, key=lambda text: (-spellings[text], text)), sum(spellings.values()))
        for spellings in written.values()
    ]
    return dict(sorted(counted, key=lambda item: (-item[1], item[0])))


def cells_text(count: int) -> str:
    """Return a number of cells in words.

    Parameters
    ----------
    count : int

    Examples
    --------
    >>> cells_text(1), cells_text(3412)
    ('1 cell', '3,412 cells')
    """
    return "1 cell" if count == 1 else f"{count:,} cells"


def quoted_list(counts: Mapping[str, int], *, with_counts: bool = True) -> str:
    """Return values in quotation marks, the first few, with the number of their cells.

    Parameters
    ----------
    counts : mapping of str to int
    with_counts : bool

    Examples
    --------
    >>> quoted_list({"Maybe": 7, "Booked": 1})
    "'Maybe' (7 cells), 'Booked' (1 cell)"
    """
    texts = [
        f"'{shortened(value)}'" + (f" ({cells_text(count)})" if with_counts else "")
        for value, count in list(counts.items())[:_MAX_SHOWN_VALUES]
    ]
    if len(counts) > _MAX_SHOWN_VALUES:
        texts.append(f"and {len(counts) - _MAX_SHOWN_VALUES:,} more")
    return ", ".join(texts)


def shortened(value: str) -> str:
    """Return a value on one line, cut where it is long.

    Parameters
    ----------
    value : str
    """
    text = " ".join(value.split())
    if len(text) <= _MAX_SHOWN_CHARACTERS:
        return text
    return text[: _MAX_SHOWN_CHARACTERS - 1].rstrip() + "…"
