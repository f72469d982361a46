"""What people wrote, made safe to put on a line of a letter, whatever it contains."""

from __future__ import annotations

import unicodedata

from rmmatch.cohort.names import TITLES
from rmmatch.spelling import visible_text

__all__ = ["first_name_of", "one_line"]


def one_line(text: str) -> str:
    r"""Return a text as one line that every format holds, of characters that are seen.

    Parameters
    ----------
    text : str

    Examples
    --------
    >>> one_line("Ann\r\nBcc: x@y.example"), one_line("Zoë \u202egnp.exe"), one_line("a\x00\uffff")
    ('Ann Bcc: x@y.example', 'Zoë gnp.exe', 'a')
    """
    text = visible_text(text)
    return text if text.isascii() else "".join(filter(_is_in_xml, text))


def _is_in_xml(character: str) -> bool:
    """Whether XML has the character: no half of one, and no code that stands for none."""
    return unicodedata.category(character) != "Cs" and (ord(character) & 0xFFFE) != 0xFFFE


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
    if has_number or has_surname_only or n_titles == len(words):
        return name
    return name if len(words[n_titles].rstrip(".")) < 2 else words[n_titles]
