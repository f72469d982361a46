"""What people wrote, made safe to put on a line of a letter, whatever it contains."""

from __future__ import annotations

import unicodedata

from rmmatch.cohort.names import TITLES

__all__ = ["first_name_of", "one_line"]

_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def one_line(text: str) -> str:
    r"""Return a text as one line: without line ends, control characters and marks of direction.

    Marks of direction can turn the text after them around, so that it reads as something else.

    Parameters
    ----------
    text : str

    Examples
    --------
    >>> one_line("Ann\r\nBcc: x@y.example"), one_line("Zoë \u202egnp.exe"), one_line("a\x00\uffff")
    ('Ann Bcc: x@y.example', 'Zoë gnp.exe', 'a')
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    characters = (_shown(character) for character in text)
    return " ".join("".join(characters).split())


def _shown(character: str) -> str:
    kind = unicodedata.category(character)
    if kind in ("Cc", "Zl", "Zp"):
        return " "
    is_no_character = kind == "Cs" or (ord(character) & 0xFFFE) == 0xFFFE  # no XML can hold these
    return "" if is_no_character or character in _DIRECTIONS else character


def first_name_of(name: str) -> str:
    """Return the first name of a full name: titles are dropped, and ``Surname, First`` is turned.

    A name that is only a surname, begins with an initial, or has a number is returned as it is.

    Parameters
    ----------
    name : str

    Examples
    --------
    >>> [first_name_of(name) for name in ("Dr Ann Lee", "Lee, Ann", "Dr Lee", "A. Lee", "Guest 7")]
    ['Ann', 'Ann', 'Dr Lee', 'A. Lee', 'Guest 7']
    """
    surname, comma, first = name.partition(",")
    words = f"{first} {surname}".split() if comma and first.strip() else name.split()
    n_titles = 0
    while n_titles < len(words) and words[n_titles].rstrip(".").casefold() in TITLES:
        n_titles += 1
    has_surname_only = n_titles > 0 and len(words) - n_titles < 2
    has_number = any(map(str.isdigit, name))
    if (
        has_number
        or has_surname_only
        or n_titles == len(words)
        or len(words[n_titles].rstrip(".")) < 2
    ):
        return name
    return words[n_titles]
