"""What two spellings of a word, an id or a name have in common."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from typing import TypeVar

__all__ = ["FoldedKeys", "fold", "unaccented", "visible_text"]

V = TypeVar("V")

_LOOKALIKE_CHARACTERS = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′´`ʼʹʻ＇｀", "'"),
        **dict.fromkeys("“”„‟″«»＂", '"'),
        **dict.fromkeys("‐‑‒–—―−﹘﹣－", "-"),
        # Nothing is seen of these: soft hyphen, zero-width space and joiners, marks of direction.
        **dict.fromkeys("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\u2066\u2067\u2068\u2069\ufeff"),
    }
)

# They order text against the eye: a name must not turn around what stands beside it.
_BIDI_CONTROLS = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)


def fold(text: str) -> str:
    """Return what two spellings of one id, e-mail, name or word have in common.

    Case, Unicode form (NFC, NFD, full width, ligatures), spaces, and the shape of quotes and
    dashes are ignored. Everything that compares what people wrote compares this; what they wrote
    is shown as it is.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        ``fold(fold(text)) == fold(text)``.

    Examples
    --------
    >>> fold("  Career   Development "), fold("O’Brien – Ward 6") == fold("o'brien - ward 6")
    ('career development', True)
    """
    if text.isascii():
        return " ".join(text.replace("`", "'").casefold().split())
    text = unicodedata.normalize("NFKC", text.translate(_LOOKALIKE_CHARACTERS)).translate(
        _LOOKALIKE_CHARACTERS
    )
    # Lower case may come apart again, as that of İ does.
    text = unicodedata.normalize("NFKC", text.casefold()).translate(_LOOKALIKE_CHARACTERS)
    return " ".join(text.split())


def unaccented(text: str) -> str:
    """Return a text without the marks on its letters.

    Parameters
    ----------
    text : str
        In any case.

    Examples
    --------
    >>> unaccented("zoë núñez")
    'zoe nunez'
    """
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


class FoldedKeys(Mapping[str, V]):
    """A mapping whose keys are compared by `fold` and listed as written.

    Parameters
    ----------
    items : mapping of str
        Where two keys have one fold, the first key counts.

    Examples
    --------
    >>> position = FoldedKeys({"E001": 0, "Anne–Marie": 1})
    >>> position["e001"], "anne-marie" in position, list(position)
    (0, True, ['E001', 'Anne–Marie'])
    """

    __slots__ = ("_exact", "_folded")

    def __init__(self, items: Mapping[str, V]) -> None:
        self._exact = dict(items)
        self._folded: dict[str, V] | None = None

    def __getitem__(self, key: str) -> V:
        if key in self._exact:  # most keys come from the same source
            return self._exact[key]
        if not isinstance(key, str):
            raise KeyError(key)
        if self._folded is None:
            self._folded = {}
            for written, value in self._exact.items():
                self._folded.setdefault(fold(written), value)
        return self._folded[fold(key)]

    def __contains__(self, key: object) -> bool:
        try:
            self[key]  # type: ignore[index]
        except (KeyError, TypeError):
            return False
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(self._exact)

    def __len__(self) -> int:
        return len(self._exact)


def visible_text(text: str) -> str:
    r"""Return a text without characters that nobody sees and that change how others look.

    Parameters
    ----------
    text : str

    Examples
    --------
    >>> visible_text("Ann\u202e Lee\r\n\x07")
    'Ann Lee'
    """
    shown = "".join(
        " " if char.isspace() else char
        for char in text
        if char not in _BIDI_CONTROLS and (char.isspace() or unicodedata.category(char) != "Cc")
    )
    return " ".join(shown.split())
