"""The words that people use for days and times, and the tokens of a text about them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from rmmatch.spelling import fold

__all__ = ["DAYS", "DAY_WORDS", "PARTS_OF_DAY", "WEEKDAYS", "Token", "tokens_of"]

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WEEKDAYS = (0, 1, 2, 3, 4)
DAY_WORDS: dict[str, tuple[int, ...]] = {
    **{day: (index,) for index, day in enumerate(DAYS)},
    **{f"{day}s": (index,) for index, day in enumerate(DAYS)},
    **{day[:3]: (index,) for index, day in enumerate(DAYS)},
    "tues": (1,),
    "weds": (2,),
    "thur": (3,),
    "thurs": (3,),
    **dict.fromkeys(("weekday", "weekdays"), WEEKDAYS),
    **dict.fromkeys(("weekend", "weekends"), (5, 6)),
    **dict.fromkeys(("daily", "everyday"), tuple(range(7))),
}
# What words for a part of a day mean, as start and end in minutes after midnight.
_MORNING = (9 * 60, 12 * 60 + 30)
_AFTERNOON = (13 * 60 + 30, 17 * 60)
_EVENING = (17 * 60, 20 * 60)
PARTS_OF_DAY = {
    **dict.fromkeys(("am", "morning", "mornings"), _MORNING),
    **dict.fromkeys(("pm", "afternoon", "afternoons"), _AFTERNOON),
    **dict.fromkeys(("evening", "evenings"), _EVENING),
}
# Words that are understood only to say what may be meant.
_GUESSED_PARTS = {
    **dict.fromkeys(("eve", "eves"), _EVENING),
    **dict.fromkeys(("lunch", "lunchtime", "lunchtimes"), (12 * 60, 13 * 60)),
}
_ANY_TIME = frozenset({"flexible", "anytime", "always", "whenever"})
_LIMITS = {
    **dict.fromkeys(("after", "from", "onwards", "onward"), "after"),
    **dict.fromkeys(("before", "until", "till", "by"), "before"),
}
_JOINING_WORDS = frozenset({"and"})
_IDLE_WORDS = frozenset({"on", "in", "the", "every", "each", "from"})

_REWRITTEN = (
    (re.compile(r"\b([ap])\.\s?m\b\.?"), r"\1m"),
    (re.compile(r"(?<=[a-z])'s\b"), "s"),
    (re.compile(r"[()\[\]]"), " "),
    (re.compile(r"\b(?:every|each) day\b"), "daily"),
    (re.compile(r"\ball day\b"), ""),
    (re.compile(r"\bweek (days?|ends?)\b"), r"week\1"),
    (re.compile(r"\b(?:12(?::00)?\s*)?(?:noon|mid-?day)\b"), "12:00pm"),
    (re.compile(r"\bbetween\b([^,;]+?)\band\b"), r"\1-"),
    (re.compile(r"(?<=\d)\s?(?:until|till)\b|(?<=[ap]m)\s(?:until|till)\b"), " -"),
)
_GUESSED = (
    (re.compile(r"\bany ?time\b"), "anytime"),
    (re.compile(r"(?<=[\dm])\s?\+"), " onwards"),
)
_TOKEN = re.compile(
    r"(?P<week>(?:wk|week)\s*(?P<number>[0-9]+)\b)"
    r"|(?P<time>(?P<hour>[0-9]{1,2})(?:[:.](?P<minute>[0-9]{2}))?\s?(?P<half>[ap]m\b)?(?![0-9]))"
    r"|(?P<dash>to\b|-)"
    r"|(?P<word>[^\W\d_]+)"
    r"|(?P<joint>[\s,/&:.]+)"
)


class Token(NamedTuple):
    """A word, number or sign of a text about times.

    Attributes
    ----------
    kind : {'week', 'day', 'part', 'time', 'dash', 'anytime', 'after', 'before'}
    text : str
    is_apart : bool
        Whether a comma, a slash or "and" stands before it.
    number : int
        Of a week; hour of a time.
    minute : int
    half : str
        ``am`` or ``pm`` of a time; empty where it has none.
    span : tuple of int
        Of a part of a day: start and end, in minutes after midnight.
    """

    kind: str
    text: str
    is_apart: bool = False
    number: int = 0
    minute: int = 0
    half: str = ""
    span: tuple[int, int] = (0, 0)


def tokens_of(entry: str, *, is_guess: bool = False) -> Iterator[Token]:
    """Yield the tokens of an entry.

    Parameters
    ----------
    entry : str
        As written.
    is_guess : bool
        Whether words are understood that may mean several things.

    Raises
    ------
    ValueError
        Something is not understood; the message quotes it.
    """
    text = fold(entry)
    for pattern, rewritten in (*_REWRITTEN, *(_GUESSED if is_guess else ())):
        text = pattern.sub(rewritten, text)
    index, is_apart = 0, False
    while index < len(text):
        match = _TOKEN.match(text, index)
        if match is None:
            raise ValueError(f"{entry!r}: {text[index:].split()[0]!r} is not understood")
        index = match.end()
        kind, written = str(match.lastgroup), match.group().strip()
        if kind == "joint":
            is_apart = is_apart or not {*written}.isdisjoint(",/&")
        elif kind == "word" and written in _JOINING_WORDS:
            is_apart = True
        elif kind == "word" and written in _IDLE_WORDS and not (is_guess and written == "from"):
            pass
        else:
            if kind == "week":
                token = Token(kind, written, is_apart, int(match["number"]))
            elif kind == "time":
                minute, half = int(match["minute"] or 0), match["half"] or ""
                token = Token(kind, written, is_apart, int(match["hour"]), minute, half)
            elif kind == "word":
                token = _word_token(entry, written, is_apart, is_guess=is_guess)
            else:
                token = Token(kind, written, is_apart)
            yield token
            is_apart = False


def _word_token(entry: str, word: str, is_apart: bool, *, is_guess: bool) -> Token:
    if word in DAY_WORDS:
        return Token("day", word, is_apart)
    parts = {**PARTS_OF_DAY, **_GUESSED_PARTS} if is_guess else PARTS_OF_DAY
    if word in parts:
        return Token("part", word, is_apart, span=parts[word])
    if is_guess and word in _ANY_TIME:
        return Token("anytime", word, is_apart)
    if is_guess and word in _LIMITS:
        return Token(_LIMITS[word], word, is_apart)
    if word in _LIMITS:
        raise ValueError(f"{entry!r}: a time needs a start and an end")
    raise ValueError(f"{entry!r}: {word!r} is neither a day nor a time")
