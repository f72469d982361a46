"""Headers as words: what a question says once remarks, quotes and numbers are taken off."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rmmatch.spelling import fold, unaccented

__all__ = ["Header", "header_of", "stemmed", "words_of"]

# What a form adds to a question: how to answer it.
_REMARKS = re.compile(
    r"(please )?\b(select|tick|check|choose|pick|mark)\b[^.?!()\[\]]{0,25}"
    r"\b(all|any|one|two|three|four|five|\d+|up to)\b[^.?!()\[\]]{0,40}"
    r"|\(?\b(optional|required|if applicable|max(imum)? \d+ (words|characters))\b\)?"
)
# How Qualtrics writes a question with a column a choice.
_SELECTED_CHOICE = re.compile(r" - Selected Choice(?: - (.+))?$")
_GRID = re.compile(r"(?P<stem>.*?)\s*\[(?P<row>[^\[\]]+)\]\s*", re.DOTALL)
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_COPY = re.compile(r"(?<=[^\W\d_][?.!:)])\s?(\d)$|(?<=[a-z]{3})([2-9])$|\s\((\d)\)$")
_CONTINUED = re.compile(
    r"not (listed|mentioned|included|indicated|shown) (above|in the)|^(if )?(\W*)other\b(?! than)"
    r"|if you (chose|selected|answered|ticked|picked|said) |^if (so|yes|no|not|other|applicable)\b"
    r"|(please|to) (specify|elaborate|explain)|\bother:|please describe$|text$"
)
# What goes on in brackets behind a question continues nothing: "(or one not listed above)".
_ASIDE = re.compile(r"\((?!\W*(not|if|other)\b)[^()]*\)")
_NAME_PART = re.compile(r"^(?:your )?name \((first|last|given|family|middle)(?: name)?\)$")
# What short names of a questionnaire leave out.
_SHORT_WORDS = {"no": "number", "num": "number", "nr": "number", "pref": "preferred"}
_SPLIT_CAPITALS = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
# Words that say nothing of what is asked; they count neither for an alias nor against it.
_STOP_WORDS = (
    "a an and any are as at be been being by can currently current could describe did do "
    "does each enter following for from give given have has i i'm if in indicate into is it "
    "its kindly let list may me most mainly main my of on or other our own please provide "
    "select specify state tell that the their them there these this those to us was we were "
    "what what's which will with would you you'd your yours yourself primary s about below "
    "e g eg ie etc "
)
_STOP = frozenset(_STOP_WORDS.split())
_ALIKE = {
    "specialty": "speciality",
    "specialties": "speciality",
    "specialisation": "specialisation",
    "specialization": "specialisation",
    "organization": "organisation",
    "organizational": "organisation",
    "organizations": "organisation",
    "program": "programme",
    "center": "centre",
    "paired": "matched",
    "pair": "matched",
    "match": "matched",
    "matching": "matched",
    "pairing": "matched",
    "dept": "department",
    "org": "organisation",
    "buddies": "buddy",
    "mail": "email",
    "mgr": "manager",
}


@dataclass(frozen=True)
class Header:
    """A header, and what is left of it for comparing.

    Attributes
    ----------
    written : str
        As the export has it.
    text : str
        Folded, without remarks on how to answer and without what stands in brackets.
    remarks : str
        What stands in brackets, folded.
    stem, row : str
        Of a grid, ``stem [row]``, as written; without one the row is empty.
    copy : int
        Which copy of a repeated question this is, from 1: Microsoft Forms writes a digit behind.
    is_continued : bool
        It only goes on with the question before: "If other, please specify".
    """

    written: str
    text: str
    remarks: str
    stem: str
    row: str
    copy: int
    is_continued: bool = False

    @property
    def segments(self) -> tuple[str, ...]:
        """The text, then its first sentence and the sentences that ask, where it has several."""
        sentences = [s.strip() for s in re.split(r"(?<=[.?!:])\s+|\s-\s", self.text) if s.strip()]
        asking = [s for s in sentences if s.endswith("?")]
        return tuple(dict.fromkeys([self.text, *sentences[:1], *asking]))


@lru_cache(maxsize=4096)
def header_of(written: str) -> Header:
    r"""Return a header in its parts.

    Parameters
    ----------
    written : str

    Examples
    --------
    >>> header_of("What are your goals?\u00a0(select all that apply)2").text
    'what are your goals?'
    >>> header_of("When are you free? [Monday]").row
    'Monday'
    """
    title = _SELECTED_CHOICE.sub(lambda m: f" [{m[1]}]" if m[1] else "", " ".join(written.split()))
    grid = _GRID.fullmatch(title)
    stem, row = (grid["stem"], grid["row"].strip()) if grid and grid["stem"] else (title, "")
    if " " not in title:  # short names of a questionnaire: line_manager, LineManager
        title = _SPLIT_CAPITALS.sub(" ", title)
    text = (
        unaccented(fold(title))
        .replace("e-mail", "email")
        .replace("e-learning", "elearning")
        .replace("_", " ")
    )
    text = re.sub(r"\bno\.(?=\s|$)", "number", text)
    if " " not in written.strip() and " " in text:
        first, *others = text.split(" ")  # num_students is a number, student_num an id
        text = " ".join([first, *(_SHORT_WORDS.get(word, word) for word in others)])
        text = re.sub(r"^(no|num|nr) of\b", "number of", re.sub(r"^pref\b", "preferred", text))
    text = re.sub(r"   \w+$", "", text)  # a box of REDCap: goals___2
    text = re.sub(r"^(q?\d+[a-z]?[.):]|q\d+)\s*", "", text)
    copy = 1
    repeated = _COPY.search(text)
    if repeated:
        text = text[: repeated.start()]
        copy = int(next(digit for digit in repeated.groups() if digit))
    text = _NAME_PART.sub(r"\1 name", text)
    bare = _BRACKETS.sub(" ", _REMARKS.sub(" ", text))
    bare = re.sub(r"\s+([?.!:,;])", r"\1", " ".join(bare.split())).strip(" *-:;,")
    bare = bare or text.strip("()[] ")
    remarks = " ".join(_BRACKETS.findall(text))
    return Header(
        written,
        bare,
        remarks,
        stem.strip(),
        row,
        copy,
        _CONTINUED.search(_ASIDE.sub("", text)) is not None,
    )


def words_of(text: str) -> tuple[tuple[str, ...], int]:
    """Return the words of a folded text, and how many of them say something.

    Parameters
    ----------
    text : str

    Examples
    --------
    >>> words_of("which sites are you based at?")
    (('which', 'site', 'are', 'you', 'based', 'at'), 2)
    """
    words = list(_words(text))
    return tuple(stemmed(word) for word in words), sum(word not in _STOP for word in words)


def _words(text: str) -> Iterator[str]:
    for match in _WORD.finditer(text):
        yield match[0].removesuffix("'s")


def stemmed(word: str) -> str:
    """Return a word without its plural, in one spelling.

    Parameters
    ----------
    word : str

    Examples
    --------
    >>> stemmed("specialties"), stemmed("goals"), stemmed("class")
    ('speciality', 'goal', 'class')
    """
    word = _ALIKE.get(word, word)
    if len(word) > 4 and word.endswith("ies"):
        word = word[:-3] + "y"
    elif len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is", "'s")):
        word = word[:-1]
    return _ALIKE.get(word, word)
