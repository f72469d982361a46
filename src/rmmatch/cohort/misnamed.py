"""Headers that seem to mean a column that binds people, and are not read as it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable

from rmmatch.cohort.cells import YES_NO
from rmmatch.cohort.columns import RELATION_COLUMNS, STANDARD_COLUMNS, column_name
from rmmatch.files.documents import quoted
from rmmatch.spelling import fold, unaccented

__all__ = ["column_meant", "has_answers", "lines_to_settle"]

_MAX_SHORT_WORDS = 4  # of a header that is no question; wording
_MIN_LIKENESS = 0.85  # of letters, for a slip; wording
_MAX_NAME_WORDS = 4  # of a name that is proposed; wording
_OTHER_BINDING = ("capacity", "min_load", "priority", "status", "preferences")
# Lists of people by a word that has no other meaning in a short header.
_PEOPLE_WORDS = frozenset({"line_manager", "supervisor", "tutor", "examiner"})
# What may stand beside the name of a column without changing what it is.
_FILLERS = frozenset(
    {
        *("a", "academic", "address", "any", "applicable", "clinical", "current", "details"),
        *("direct", "e", "educational", "email", "for", "full", "given", "id", "if"),
        *("interest", "is", "known", "list", "mail", "main", "mentee", "mentees", "mentor"),
        *("mentors", "my", "name", "names", "nhs", "no", "number", "of", "our", "own"),
        *("people", "person", "personal", "phd", "please", "potential", "present", "primary"),
        *("s", "staff", "surname", "the", "their", "who", "with", "work", "your"),
    }
)
_FURTHER = frozenset({"second", "third", "another", "other", "additional"})
# A question that asks for people, and one that asks about them.
_ASKS_FOR_PEOPLE = re.compile(
    r"(who|whom|names?|please|enter|give|list|state|write|provide|your|my|the|e-?mail|which|is "
    r"there|are there|line|educational|clinical|any)\b"
)
_ASKS_ABOUT = re.compile(
    r"\b(how|why|agree\w*|approv\w*|aware|consent\w*|discuss\w*|experience\w*|feel|help\w*|inform\w*"
    r"|permission|relationship|support\w*|train\w*|describe|skills?|goals?|improve|manage|handle)\b"
)
# "No, but Dr Marsh" and "N. Patel" name somebody: only cells of these words alone do not.
_PLAIN_WORDS = frozenset(
    {
        *filter(str.isalpha, YES_NO),
        *("a", "agree", "agreed", "any", "anybody", "anyone", "applicable", "approved", "at"),
        *("aware", "do", "don", "have", "i", "is", "know", "knowledge", "known", "maybe", "moment"),
        *("my", "na", "never", "nil", "nobody", "none", "not", "of", "one", "present", "sure"),
        *("t", "that", "the", "there", "to", "unsure", "yet"),
    }
)
_PHRASES = {
    "past_pair": re.compile(
        r"\b(previous|past|former)( \w+)? (mentors?|mentees?|pairs?|partners?)\b"
    ),
    "declined": re.compile(r"\b(not|never|avoid)\b.*\b(paired?|pairing|match(ed)?)\b.*\bwith\b"),
    "conflict": re.compile(r"\bconflicts? of interests?\b"),
    "capacity": re.compile(r"\bhow many (mentees?|mentors?)\b(?!.*\b(have you|did you|had)\b)"),
}


def column_meant(header: str, columns: Collection[str]) -> str | None:
    """Return the column that a header seems to mean, None where it seems to mean none.

    Only columns that bind people are looked for: lists that protect, places, priority, status,
    preferences.

    Parameters
    ----------
    header : str
        As written, of a column that is read as none of these.
    columns : collection of str
        The columns that the table has already.

    Examples
    --------
    >>> column_meant("Line manager's name", []), column_meant("tutr", []), column_meant("Hobby", [])
    ('line_manager', 'tutor', None)
    >>> column_meant("How do you handle conflict?", [])
    >>> column_meant("Tutor 2", ["tutor"]), column_meant("Tutor's e-mail", ["tutor"])
    ('tutor', None)
    """
    text = re.sub(r"'s?\b", "", unaccented(fold(header)))
    words = re.findall(r"[a-z]+|[0-9]+", text)
    candidates = (*RELATION_COLUMNS, *_OTHER_BINDING)
    for name in candidates:
        beside = _words_beside(name, words)
        if beside is None:
            continue
        if name in columns:
            if beside and all(word.isdigit() or word in _FURTHER for word in beside):
                return name
        elif _is_meant(name, beside, len(words)):
            return name
    content = "".join(word for word in words if word not in _FILLERS)
    absent = {name.replace("_", ""): name for name in candidates if name not in columns}
    if hits := difflib.get_close_matches(content, absent, n=1, cutoff=_MIN_LIKENESS):
        return absent[hits[0]]
    return _asked_for(text, words, columns)


def _words_beside(name: str, words: list[str]) -> list[str] | None:
    """Return the words of a header beside those of a name; None where one of these is lacking."""
    wanted = {_singular(word) for word in name.split("_")}
    singular = [_singular(word) for word in words]
    if name == "line_manager" and "line" not in singular:
        wanted = {"manager"}
        if not all(word == "manager" or word in _FILLERS for word in singular):
            return None
    if not wanted.issubset(singular):
        return None
    return [word for word, base in zip(words, singular, strict=True) if base not in wanted]


def _is_meant(name: str, beside: list[str], n_words: int) -> bool:
    has_fillers_only = all(word.isdigit() or word in _FILLERS | _FURTHER for word in beside)
    if name in _PEOPLE_WORDS:
        return has_fillers_only or n_words <= _MAX_SHORT_WORDS
    if name == "status":  # of a job, a visa, a marriage
        return not beside
    return has_fillers_only


def _asked_for(text: str, words: list[str], columns: Collection[str]) -> str | None:
    """Return the column that a long question asks for."""
    question = " ".join(words)
    is_asked = bool(_ASKS_FOR_PEOPLE.match(question)) and not _ASKS_ABOUT.search(question)
    for name in sorted(_PEOPLE_WORDS.difference(columns)):
        if is_asked and re.search(rf"\b{name.replace('_', ' ')}s?\b", question):
            return name
    for name, phrase in _PHRASES.items():
        is_likely = is_asked or name == "capacity" or len(words) <= _MAX_SHORT_WORDS
        if is_likely and name not in columns and phrase.search(text):
            return name
    return None


def _singular(word: str) -> str:
    return word.removesuffix("s") if len(word) > 3 else word


def has_answers(cells: Iterable[str | None]) -> bool:
    """Tell whether a cell holds any word but those of a plain yes, no or nothing: it may be a name.

    Parameters
    ----------
    cells : iterable of str or None
    """
    return any(
        cell is not None and not _PLAIN_WORDS.issuperset(re.findall(r"[^\W\d_]+", fold(cell)))
        for cell in set(cells)
    )


def lines_to_settle(header: str, name: str, columns: Collection[str]) -> str:
    """Return what to write where a header means a column, and where it does not.

    Parameters
    ----------
    header : str
    name : str
        The column that it seems to mean.
    columns : collection of str
        The columns that the table has.

    Examples
    --------
    >>> print(lines_to_settle("Tutor group", "tutor", []))
    if it is, `columns: {"Tutor group": tutor}`; if not, `columns: {"Tutor group": tutor_group}` \
(in a form: `tutor: "Tutor group"`, or `ignore: ["Tutor group"]`)
    """
    written = quoted(header)
    words = re.findall(r"[^\W_]+", column_name(header.replace("'", "").replace("’", "")))
    own = "_".join(words[:_MAX_NAME_WORDS]) or "something_else"
    if own in STANDARD_COLUMNS or (own in columns and own != column_name(header)):
        own += "_text"
    return (
        f"if it is, `columns: {{{written}: {name}}}`; if not, `columns: {{{written}: {own}}}` "
        f"(in a form: `{name}: {written}`, or `ignore: [{written}]`)"
    )
