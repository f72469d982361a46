"""What the cells of a column look like, counted; the cells themselves are quoted nowhere."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rmmatch.spelling import fold

__all__ = ["Profile", "agreement", "profile_of"]

_MAX_DISTINCT = 2000  # distinct cells that are looked at; speed only
_ROLE_CODES = 3  # of mentor, mentee and both, in a raw export
_EMAIL = re.compile(r"[^@\s;,]+@[^@\s;,]+\.[^@\s;,.]{2,}")
_DAY = r"\b(mon|tue|tues|wed|weds|thu|thur|thurs|fri|sat|sun)(day|sday|nesday|rsday|urday)?s?\b"
_TIME = re.compile(
    rf"{_DAY}|\b\d{{1,2}}([:.]\d\d)?\s?(am|pm|a\.m|p\.m)|\b\d\d?:\d\d\b"
    r"|\b(week ?days?|weekends?|mornings?|afternoons?|evenings?|lunch ?times?|any ?time|flexible)\b"
)
_GRADE = re.compile(
    r"fy\s?[12]|f[12]|foundation (year|doctor).*|(ct|imt|gpst|st|acf|pa)\s?\d.*|consultant.*"
    r"|registrar"
    r"|(senior |junior )?clinical fellow.*|sas.*|associate specialist|specialty doctor"
    r"|core trainee.*"
    r"|gp( trainee)?|matron.*|.*\bband \d[a-d]?\b.*|vsm.*|(aa|ao|eo|heo|seo|g[67]|scs\s?\d?)(/.*)?"
    r"|grade [67]|(executive|administrative|higher executive|senior executive) officer.*"
    r"|year ?\d+|(1st|2nd|3rd|[4-9]th|first|second|third|fourth|fifth|final)[ -]?year.*"
    r"|freshman|sophomore|junior|senior|(post|under)?-?graduate.*|ph\.?d.*|masters?.*|postdoc.*"
    r"|(assistant|associate|full)? ?professor|lecturer|senior .*|junior .*|mid.?level|entry.?level"
    r"|(senior |middle )?manager|director|executive|\d{1,2}(\.\d)?(st|nd|rd|th)?( ?years?)?"
    r"|\d+ ?(-|to) ?\d+( years?)?|level \d+|l\d+|[a-d]\d|p[g]?y ?\d|\d(st|nd|rd|th) grade"
)
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
_CAPACITY = re.compile(
    r"\d{1,2}(\.0)?\+?|.*\b(none|one|two|three|four|five|six|single|no preference|more|any|either"
    r"|yes|no|maybe|\d)\b.*"
)
_YES_NO = re.compile(r"(yes|no|y|n|true|false|0|1|maybe|unsure|not sure|not yet)\b.*")
_ROLE = re.compile(
    r"(.*\b(mentors?|mentees?|mentoring|mentored|both|either|tutors?|tutees?|bigs?|littles?)\b.*)"
)
_DATE = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}.*|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}.*|\d{5}(\.\d+)?"
    r"|\d{1,2}(st|nd|rd|th)? [a-z]{3,9} \d{4}.*|[a-z]{3,9} \d{1,2},? \d{4}.*"
)
_CONSTANT_FROM = 3  # cells: of fewer, that all are alike says nothing


@dataclass(frozen=True)
class Profile:
    """Shares of the filled cells of a column, from 0 to 1.

    Attributes
    ----------
    n_rows, n_filled, n_distinct : int
    emails, times, grades, numbers, capacities, yes_no, yes, roles, dates : float
        What the cells look like.
    words : float
        Words in a cell, on average.
    """

    n_rows: int
    n_filled: int
    n_distinct: int
    emails: float
    times: float
    grades: float
    numbers: float
    capacities: float
    yes_no: float
    yes: float
    roles: float
    dates: float
    words: float

    @property
    def is_constant(self) -> bool:
        """Whether all of several rows say the same."""
        return self.n_distinct == 1 and self.n_filled >= _CONSTANT_FROM

    @property
    def is_distinct(self) -> bool:
        """Whether every row is filled, and no two are alike."""
        return self.n_filled == self.n_distinct == self.n_rows > 0


def profile_of(cells: Sequence[str | None]) -> Profile:
    """Return what the cells of a column look like.

    Parameters
    ----------
    cells : sequence of str or None
        None where a cell is empty.

    Examples
    --------
    >>> profile = profile_of(["a@x.example", "b@x.example", None])
    >>> profile.emails, profile.n_filled, profile.is_distinct
    (1.0, 2, False)
    """
    counts = Counter(cell for cell in cells if cell is not None)
    folds = Counter[str]()
    for cell, count in list(counts.items())[:_MAX_DISTINCT]:
        folds[fold(cell[:200])] += count
    n_seen = sum(folds.values())

    def share(pattern: re.Pattern[str], *, anywhere: bool = False) -> float:
        matches = pattern.search if anywhere else pattern.fullmatch
        return sum(n for text, n in folds.items() if matches(text)) / n_seen if n_seen else 0.0

    return Profile(
        n_rows=len(cells),
        n_filled=counts.total(),
        n_distinct=len(folds) if len(counts) <= _MAX_DISTINCT else len(counts),
        emails=share(_EMAIL),
        times=share(_TIME, anywhere=True),
        grades=share(_GRADE),
        numbers=share(_NUMBER),
        capacities=share(_CAPACITY),
        yes_no=share(_YES_NO),
        yes=sum(n for text, n in folds.items() if text in ("yes", "y", "true")) / (n_seen or 1),
        roles=share(_ROLE),
        dates=share(_DATE),
        words=sum(n * len(text.split()) for text, n in folds.items()) / (n_seen or 1),
    )


def agreement(need: str, profile: Profile | None) -> tuple[int, str]:
    """Return whether cells are what a field needs: 1, 0 (they do not tell) or -1, and in words.

    Parameters
    ----------
    need : str
        As in `FieldKind.values`.
    profile : Profile or None
        None where there are no answers.

    Examples
    --------
    >>> agreement("email", profile_of(["12 High Street", "4 Mill Lane"]))
    (-1, '0 of 2 cells are addresses')
    """
    if profile is None or not profile.n_filled or not need:
        return 0, ""
    n = profile.n_filled

    def counted(share: float, words: str, enough: float, too_few: float) -> tuple[int, str]:
        verdict = 1 if share >= enough else -1 if share < too_few else 0
        return verdict, f"{round(share * n)} of {n} cells are {words}"

    if profile.is_constant and need in ("id", "name", "name_part", "email"):
        return -1, f"all {n} cells are alike"
    match need:
        case "email":
            return counted(profile.emails, "addresses", 0.9, 0.3)
        case "id":
            if profile.is_distinct:
                return 1, f"{n} cells, no two alike"
            return 0, f"{profile.n_distinct} different in {n} cells"
        case "name" | "name_part":
            if max(profile.emails, profile.numbers, profile.yes_no) > 0.3 or profile.words > 7:
                return -1, "the cells are no names"
            is_varied = profile.n_distinct >= 0.5 * n and 1 <= profile.words <= 5
            return int(is_varied), f"{profile.n_distinct} different in {n} cells"
        case "times":
            return counted(profile.times, "days or times", 0.6, 0.15)
        case "grade":
            if max(profile.emails, profile.yes_no * (profile.numbers < 0.5)) > 0.5:
                return -1, "the cells are no grades"
            if n >= 20 and profile.n_distinct > 0.9 * n:
                return -1, f"{profile.n_distinct} different answers in {n} cells"
            verdict, words = counted(profile.grades, "of a scale of grades", 0.5, 0)
            return verdict, words if verdict else ""
        case "capacity":
            return counted(profile.capacities, "numbers", 0.7, 0.2)
        case "role":
            if profile.numbers == 1 and profile.n_distinct <= _ROLE_CODES:
                return 0, "the cells are codes"
            return counted(profile.roles, "mentor, mentee or both", 0.8, 0.5)
        case "yes_no":
            return counted(profile.yes_no, "yes or no", 0.7, 0.3)
        case "date":
            return counted(profile.dates, "dates", 0.8, 0.5)
        case "number":
            return counted(profile.numbers, "numbers", 0.9, 0.5)
        case "people":
            if profile.yes > 0.4 or profile.numbers > 0.7:
                return -1, "the cells are no people"
            return 0, f"{n} of {profile.n_rows} cells are filled"
        case "goals":
            if max(profile.emails, profile.yes_no, profile.numbers) > 0.7:
                return -1, "the cells are no goals"
            return 0, ""
        case "consent":
            return (1, "few different answers") if profile.n_distinct <= 3 else (0, "")
    return 0, ""
