"""What the answers of a form mean where a field has values of its own: roles, places, yes and no.

Sure is only what can hardly mean anything else; the rest has the value that is safest if the guess
is wrong: fewer places, not trained, busy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from rmmatch.cohort.cells import YES_NO, parse_whole_number
from rmmatch.cohort.side import NUMBER_COLUMNS, STATUSES
from rmmatch.spelling import fold

__all__ = ["FIXED_FIELDS", "NUMBER_WORD", "Meaning", "free_or_busy", "meaning"]


class Meaning(NamedTuple):
    """What an answer means.

    Attributes
    ----------
    value : str
        As a cohort has it.
    is_sure : bool
    second : str
        What else it may mean; empty where nothing is likely.
    """

    value: str
    is_sure: bool = True
    second: str = ""


_NUMBERS = {
    **dict.fromkeys(("zero", "none"), 0),
    **dict.fromkeys(("one", "a single"), 1),
    **dict.fromkeys(("two", "a couple"), 2),
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
}
NUMBER_WORD = re.compile(r"\b(?:" + "|".join(_NUMBERS) + r"|[0-9]{1,7})\b")
_AS_BOTH = re.compile(
    r"both\b|.*\bmentors? (?:and|&|\+) (?:as )?(?:an? )?mentees?\b"
    r"|.*\bmentees? (?:and|&|\+) (?:as )?(?:an? )?mentors?\b"
)
_AS_MENTOR = re.compile(
    r"(?:be|become|being|am|as|act as|acting as) (?:an? )?(?:\w+ )?mentors?\b|^(?:an? )?mentors?\b"
    r"|^offer(?:ing)? (?:mentoring|to mentor)|\bto mentor\b"
)
_AS_MENTEE = re.compile(
    r"(?:be|become|being|am|as|act as|acting as) (?:an? )?(?:\w+ )?mentees?\b|^(?:an? )?mentees?\b"
    r"|\bbe(?:ing)? mentored\b"
    r"|\b(?:have|find|want|need|get|like|seek|seeking|receive|looking for)"
    r" (?:an? )?(?!to )(?:\w+ )?mentor\b"
)
_NEGATION = re.compile(r"\b(?:not|no|never|neither|don'?t|nor|without)\b")
_HEDGE = re.compile(
    r"\b(?:but|part(?:ly|ial(?:ly)?)?|some|half|book(?:ed|ing)?|will|plan(?:ned|ning)?|going to"
    r"|in progress|started|due|upcoming|scheduled|soon|if|maybe|perhaps|think so|expired"
    r"|years? ago)\b"
)
_YES = re.compile(
    r"(?:yes|y|yep|yeah|attended|completed|complete|done|trained|have attended|fully"
    r"|i(?: have|'ve)? (?:attended|completed|done))\b"
)
_NO = re.compile(
    r"(?:no|n|nope|not yet|not|never|i(?: have|'ve) not|i haven'?t|haven'?t|did not|didn'?t)\b"
)
_TICKS = frozenset("x✓✔☑☒✅")
_RESERVE = re.compile(
    r"(?:on (?:the )?)?(?:wait(?:ing)?[ -]?list(?:ed)?|reserve(?: list)?|reserves|stand-?by"
    r"|back-?up|spare)"
)
_WITHDRAWN = re.compile(
    r"(?:has |have |i )?(?:withdrawn|withdrew|withdraw|dropped out|no longer (?:taking part"
    r"|participating|interested)|cancelled|left(?: the (?:scheme|programme|trust))?)"
)
_APPLICANT = re.compile(
    r"(?:applied|applying|application|active|confirmed|registered|signed up|enrolled|taking part"
    r"|participant|participating|new|submitted|eligible)"
)
_FREE = re.compile(
    r"(?:i(?:'m| am) )?(?:available|free)|yes|y|ok(?:ay)?|1|true|good|works|definitely(?: yes)?"
    r"|✓|✔|☑|✅"
)
_BUSY = re.compile(
    r"(?:i(?:'m| am) )?(?:not available|unavailable|not free|busy|away|working|on call)"
    r"|no|n|0|false|none|never|can(?:'?t|not)(?: do)?|doesn'?t work"
)
_ANY_TIME = re.compile(
    r"(?:i(?:'m| am) )?(?:very |fully |quite )?flexible|any ?time|any|always|no preference"
    r"|all (?:times|day)|open|whenever|i don'?t mind|anything|any of (?:these|the above)"
)
_WORKING_WEEK = "weekdays 09:00-17:00"
_DAY_PARTS = {
    "morning": "weekdays 09:00-12:30",
    "lunchtime": "weekdays 12:00-14:00",
    "lunch": "weekdays 12:00-14:00",
    "afternoon": "weekdays 13:30-17:00",
    "evening": "weekdays 17:00-20:00",
    "working hours": _WORKING_WEEK,
    "office hours": _WORKING_WEEK,
    "weekday": _WORKING_WEEK,
}


def _role(text: str) -> Meaning | None:
    bare = _without_brackets(text)
    if _NEGATION.search(bare):
        return None
    if _AS_BOTH.match(text):
        return Meaning("both", is_sure=not re.search(r"\bor\b|\beither\b", text))
    has_words = bool(re.search(r"\bmentors?\b", bare)), bool(re.search(r"\bmentees?\b", bare))
    is_mentor, is_mentee = bool(_AS_MENTOR.search(bare)), bool(_AS_MENTEE.search(bare))
    if bare == "either" or all(has_words) or (is_mentor and is_mentee):
        return Meaning("both", is_sure=False)
    if is_mentor or is_mentee:
        return Meaning("mentor" if is_mentor else "mentee")
    if any(has_words):
        return Meaning("mentor" if has_words[0] else "mentee", is_sure=False)
    return None


def _yes_no(text: str) -> Meaning | None:
    if text in YES_NO:
        return Meaning(YES_NO[text])
    if text in _TICKS:
        return Meaning("yes")
    if _NO.match(text):
        return Meaning("no")
    if _YES.match(text):
        is_sure = not (_HEDGE.search(text) or _NEGATION.search(text))
        return Meaning("yes" if is_sure else "no", is_sure, "" if is_sure else "yes")
    return Meaning("no", is_sure=False, second="yes")


def _status(text: str) -> Meaning | None:
    if text in STATUSES:
        return Meaning(text)
    for pattern, value in (
        (_RESERVE, "reserve"),
        (_WITHDRAWN, "withdrawn"),
        (_APPLICANT, "applicant"),
    ):
        if pattern.fullmatch(text):
            return Meaning(value)
    return Meaning("reserve", is_sure=False, second="applicant")


def _whole_number(text: str) -> Meaning | None:
    try:
        return Meaning(str(parse_whole_number(text)))
    except ValueError:
        pass
    if match := re.fullmatch(r"([0-9]{1,6})\.[0-9]+", text):
        return Meaning(match[1], is_sure=False)
    if re.match(r"-\s*[0-9]", text):
        return None
    numbers = [_NUMBERS[w] if w in _NUMBERS else int(w) for w in NUMBER_WORD.findall(text)]
    if not numbers:
        if re.fullmatch(
            r"no preference|any(?: number)?|as many as .*|happy with any.*|unsure|not sure|"
            r"don'?t know|flexible|i don'?t mind|several|multiple|many",
            text,
        ):
            return Meaning("1", is_sure=False, second="2")
        return None
    least, most = min(numbers), max(numbers)
    if len(numbers) > 1 and least != most:
        return Meaning(str(least), is_sure=False, second=str(most))
    if re.search(r"\bup to\b|\bat most\b|\bmax(?:imum)?\b|\bno more than\b", text):
        return Meaning(str(most))
    if re.search(r"\bor more\b|\bor above\b|\bat least\b|\+|\bplus\b|\bmore than\b|\bover\b", text):
        return Meaning(str(least), is_sure=False)
    if re.search(r"\bless than\b|\bfewer than\b|\bunder\b|\bor (?:less|fewer)\b", text):
        return Meaning(str(max(0, least - 1)), is_sure=False, second=str(least))
    rest = NUMBER_WORD.sub(" ", text)
    is_sure = not (_NEGATION.search(rest) or _HEDGE.search(rest) or re.search(r"\d", rest))
    return Meaning(str(least), is_sure)


def _availability(text: str) -> Meaning | None:
    if _ANY_TIME.fullmatch(text):
        return Meaning(_WORKING_WEEK, is_sure=False)
    word = re.sub(r"^(?:in the |all |most |weekday )|s$", "", text).removesuffix(" only")
    word = word.removesuffix("s")
    if word in _DAY_PARTS:
        return Meaning(_DAY_PARTS[word], is_sure=False)
    return None


def free_or_busy(answer: str) -> Meaning | None:
    """Return whether an answer in a grid of times means ``free`` or ``busy``.

    Parameters
    ----------
    answer : str

    Examples
    --------
    >>> free_or_busy("Available").value, free_or_busy("If I must")
    ('free', Meaning(value='busy', is_sure=False, second='free'))
    """
    text = fold(answer)
    if _FREE.fullmatch(text):
        return Meaning("free")
    if _BUSY.fullmatch(text):
        return Meaning("busy")
    return Meaning("busy", is_sure=False, second="free")


def _without_brackets(text: str) -> str:
    return " ".join(re.sub(r"\([^()]*\)", " ", text).split())


FIXED_FIELDS: Mapping[str, Callable[[str], Meaning | None]] = {
    "role": _role,
    "attended_training": _yes_no,
    "status": _status,
    **dict.fromkeys(NUMBER_COLUMNS, _whole_number),
    "availability": _availability,
}


def meaning(field: str, answer: str) -> Meaning | None:
    """Return what an answer of a field with values of its own means; None where nothing is likely.

    Parameters
    ----------
    field : str
        One of `FIXED_FIELDS`.
    answer : str
        As written.

    Examples
    --------
    >>> meaning("role", "Mentor (resident doctor or Band 5–7)")
    Meaning(value='mentor', is_sure=True, second='')
    >>> meaning("capacity", "Two or three")
    Meaning(value='2', is_sure=False, second='3')
    >>> meaning("attended_training", "Booked for 12/01").value
    'no'
    """
    return FIXED_FIELDS[field](fold(answer))
