"""Which question fills which field: every header against every field, then one column a field."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import sqrt

from rapidfuzz import fuzz

from rmmatch.cohort.columns import column_name
from rmmatch.desk.survey.mapping.field_kinds import FieldKind
from rmmatch.desk.survey.mapping.fields import FIELDS, NO_FIELD, PROMISE
from rmmatch.desk.survey.mapping.groups import choice_of, day_grids, stem_of
from rmmatch.desk.survey.mapping.headers import header_of, words_of
from rmmatch.desk.survey.mapping.profiles import Profile, agreement, profile_of
from rmmatch.desk.survey.mapping.tools import SurveyTool, tool_of
from rmmatch.spelling import fold

__all__ = ["OFFER", "PROPOSE", "SURE", "FieldProposal", "propose_fields"]

SURE = 0.8  # written active; below, a person is asked
PROPOSE = 0.55  # asked with "use it" first
OFFER = 0.4  # asked only where a protecting field might be meant
_HINT = 0.72  # what a hint is worth beside an alias
_CONTINUED = 0.6  # what "if other, please specify" is worth
_SEGMENT = 0.97  # what a sentence is worth beside the whole header
_ROLES = re.compile(r"mentor\b.*\bmentee|mentee\b.*\bmentor\b")
_ROLES_IN_BRACKETS = 0.85
_SIDE = (
    r"(mentors?|mentees?|buddy|buddies|newcomers?|tutors?|tutees?|bigs?|littles?|coach(es)?"
    r"|coachees?|guides?)"
)
_EITHER_ROLE = re.compile(rf"(are you an? )?{_SIDE} ?(/|or) ?(an? )?{_SIDE}\??")
# "I would like to register as a": the answers go on with the sentence.
_OPEN_ROLE = re.compile(r"(\bas|\bto be|^(i am|i'm|are you)) an?\W*$")
_FIRST = re.compile(r"(.*[^\W\d_]{3})1", re.DOTALL)
_PROMISE = 0.82
_PROMISED = ("consent", "attended_training")
_GRID = 0.9  # columns named by days or times
_SHORT = 160  # characters of a header; what is said in a longer one may be about something else
_SLIP = 88  # likeness from which two words are one, of letters that both have; rapidfuzz ratio
_SLIP_LETTERS = 6
_WHOSE = ("mentor", "mentee", "mentor's", "mentee's", "student", "participant", "your")
_MOST = 0.5  # of the headers
_NOUNS = 3  # words of a header whose last one says what it is: "Data science programme"
_AGREES = 0.5  # of what is missing to 1 when the cells are what the field needs

_ORDER = {kind.name: place for place, kind in enumerate(FIELDS)}
KIND_BY_NAME = {kind.name: kind for kind in FIELDS}


@dataclass(frozen=True)
class FieldProposal:
    """What one column of an export probably is.

    Attributes
    ----------
    header : str
        As written.
    field : str
        The field; ``first_name``, ``last_name``, ``timestamp`` and ``consent`` are those of a form
        beside the columns of a cohort. Empty where none is proposed.
    confidence : float
        From 0 to 1; from `SURE` on it may be used unasked.
    evidence : str
        Why, without a single answer of anybody.
    is_sensitive : bool
        It asks what people keep private.
    is_tools : bool
        The survey tool wrote it: no question of the form.
    rivals : tuple of tuple
        Other fields and their confidence, the likeliest first.
    """

    header: str
    field: str = ""
    confidence: float = 0.0
    evidence: str = ""
    is_sensitive: bool = False
    is_tools: bool = False
    rivals: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class _Candidate:
    place: int
    kind: FieldKind
    confidence: float
    evidence: str
    is_tools: bool = False


def propose_fields(
    headers: Sequence[str], columns: Sequence[Sequence[str | None]] | None = None
) -> list[FieldProposal]:
    """Propose a field for each column of an export.

    Parameters
    ----------
    headers : sequence of str
        As the export has them.
    columns : sequence of sequence of str or None, optional
        The answers, one sequence a header. They may confirm a header, or say that it is not what
        it seems.

    Returns
    -------
    list of FieldProposal
        One a header, in order.

    Examples
    --------
    >>> for proposal in propose_fields(["Timestamp", "Who is your line manager?", "T-shirt size"]):
    ...     print(proposal.field or "nothing")
    timestamp
    line_manager
    nothing
    """
    profiles = [profile_of(column) for column in columns] if columns is not None else None
    tool = tool_of(headers)
    candidates: list[_Candidate] = []
    tools: set[int] = set()
    start = _common_start(headers)
    folded = {fold(header) for header in headers}
    for place, written in enumerate(headers):
        profile = profiles[place] if profiles else None
        if tool and fold(written) in tool.own:
            candidate = _of_tool(place, written, tool, profile)
            if candidate is None or candidate.confidence >= SURE:
                tools.add(place)
            if candidate:
                candidates.append(candidate)
            continue
        asked = _without(_without_first(written, folded), start)
        candidates.extend(_candidates(place, asked, profile))
    for pattern, places in day_grids(headers):
        evidence = f"{len(places)} columns as {pattern!r}"
        for place in places:
            if place not in tools:
                kind = KIND_BY_NAME["availability"]
                candidates = [c for c in candidates if (c.place, c.kind) != (place, kind)]
                candidates.append(_Candidate(place, kind, _GRID, evidence))
    chosen = _assigned(candidates, headers)
    return [
        _proposal(place, written, chosen.get(place), candidates, place in tools, tool)
        for place, written in enumerate(headers)
    ]


def _common_start(headers: Sequence[str]) -> str:
    """Return "mentor" where most headers start with it: there it says whose table this is."""
    starts = Counter(fold(header).split(" ", 1)[0] for header in headers if " " in header.strip())
    for word in _WHOSE:
        if starts[word] >= max(_MOST * len(headers), 3):
            return word
    return ""


def _without(written: str, start: str) -> str:
    first, _, remainder = written.strip().partition(" ")
    return remainder if start and remainder and fold(first) == start else written


def _without_first(written: str, headers: Set[str]) -> str:
    """Return a header without a 1 at its end, where another has a 2 there: choice1, choice2."""
    match = _FIRST.fullmatch(written.strip())
    return match[1] if match and fold(f"{match[1]}2") in headers else written


def _proposal(
    place: int,
    written: str,
    choice: _Candidate | None,
    candidates: Sequence[_Candidate],
    is_tools: bool,
    tool: SurveyTool | None,
) -> FieldProposal:
    rivals = tuple(
        (candidate.kind.name, round(candidate.confidence, 2))
        for candidate in sorted(candidates, key=lambda candidate: -candidate.confidence)
        if candidate.place == place and candidate is not choice
    )
    if choice is None:
        evidence = f"{tool.name} writes it itself" if is_tools and tool else ""
        return FieldProposal(written, evidence=evidence, is_tools=is_tools, rivals=rivals)
    return FieldProposal(
        written,
        choice.kind.name,
        round(choice.confidence, 2),
        choice.evidence,
        choice.kind.is_sensitive,
        is_tools,
        rivals,
    )


def _of_tool(
    place: int, written: str, tool: SurveyTool, profile: Profile | None
) -> _Candidate | None:
    name = tool.own[fold(written)]
    if not name or (profile is not None and not profile.n_filled):
        return None
    kind = KIND_BY_NAME[name]
    verdict, words = agreement(kind.values, profile)
    if verdict < 0:
        return None
    if name in ("email", "name", "first_name", "last_name"):
        sure = 0.82  # the account: what people wrote themselves is better
        return _Candidate(place, kind, sure, f"column of {tool.name}; {words}", is_tools=True)
    evidence = f"column of {tool.name}" + (f"; {words}" if words else "")
    return _Candidate(place, kind, 0.9 if verdict == 0 else 0.95, evidence, is_tools=True)


def _candidates(place: int, written: str, profile: Profile | None) -> list[_Candidate]:
    candidates = []
    for kind in FIELDS:
        score, phrase = _header_score(written, kind)
        if not score:
            continue
        # Of a question with a column a choice, the cells are ticks or ranks.
        is_choice = kind.values == "goals" and choice_of(written) != ""
        verdict, words = (0, "") if is_choice else agreement(kind.values, profile)
        if verdict < 0 and not kind.does_protect:
            continue
        if verdict < 0:
            score = min(score, OFFER)
        elif verdict > 0:
            score += (1 - score) * _AGREES
        if column_name(written) == kind.name:
            score = max(score, SURE)  # without a form it would be read so as well
        evidence = f"the header says {phrase!r}" + (f"; {words}" if words else "")
        candidates.append(_Candidate(place, kind, score, evidence))
    if profile is not None:
        candidates.extend(_by_values(place, profile, {c.kind.name for c in candidates}))
    return candidates


def _by_values(place: int, profile: Profile, present: set[str]) -> list[_Candidate]:
    """Return fields that the cells alone suggest: never sure."""
    suggestions = []
    for name, share in (
        ("email", profile.emails),
        # who all are one thing need no column that says so
        ("role", profile.roles if profile.words <= 6 and 2 <= profile.n_distinct <= 6 else 0),
    ):
        if share >= 0.9 and name not in present and profile.n_filled > 1:
            words = agreement(KIND_BY_NAME[name].values, profile)[1]
            suggestions.append(_Candidate(place, KIND_BY_NAME[name], PROPOSE, words))
    return suggestions


def _assigned(candidates: Sequence[_Candidate], headers: Sequence[str]) -> dict[int, _Candidate]:
    """Return one field a column, and one column a field that takes only one; the best first."""
    order = sorted(
        candidates, key=lambda c: (-round(c.confidence, 6), _ORDER[c.kind.name], c.place)
    )
    chosen: dict[int, _Candidate] = {}
    taken: set[str] = set()
    stems: set[tuple[str, str]] = set()
    for candidate in order:
        name, is_shared = candidate.kind.name, candidate.kind.is_several
        least = OFFER if candidate.kind.does_protect else PROPOSE
        if candidate.confidence < least or candidate.place in chosen:
            continue
        stem = (name, stem_of(headers[candidate.place]))
        is_series = stem in stems  # subject_1, subject_2
        may_share = is_shared and (
            name != "speciality" or candidate.confidence >= SURE or is_series
        )
        if name in taken and not may_share and not candidate.kind.is_sensitive:
            continue
        chosen[candidate.place] = candidate
        taken.add(name)
        stems.add(stem)
    return chosen


# Words ---------------------------------------------------------------------------------------


@lru_cache(maxsize=65536)
def _header_score(written: str, kind: FieldKind) -> tuple[float, str]:
    """Return how much a header is the question of a field, and the words that say it."""
    header = header_of(written)
    whole = header.text
    best, phrase = 0.0, ""
    for segment in header.segments:
        context = whole if len(whole) <= _SHORT else segment
        if NO_FIELD.search(context) and not kind.does_protect:
            continue
        if PROMISE.search(segment) and not kind.does_protect and kind.name not in _PROMISED:
            continue
        if kind.veto_pattern and kind.veto_pattern.search(context):
            continue
        words, n_saying = words_of(segment)
        factor = 1.0 if segment == whole else _SEGMENT
        for lines, value in ((kind.alias_words, factor), (kind.hint_words, factor * _HINT)):
            for line in lines:
                matched = _matched(line, words)
                is_most = (
                    lines is kind.alias_words
                    or len(line) >= _MOST * n_saying
                    or (len(words) <= _NOUNS and _is_one(words[-1], line[-1]))
                )
                if matched and is_most:
                    score = value * _covered(len(line), max(n_saying, len(line)))
                    if score > best:
                        best, phrase = score, " ".join(dict.fromkeys(matched))
    if kind.name == "role" and _ROLES.search(header.remarks):
        best, phrase = max((best, phrase), (_ROLES_IN_BRACKETS, "mentor / mentee"))
    if kind.name == "role" and _EITHER_ROLE.fullmatch(whole):
        best, phrase = max((best, phrase), (_ROLES_IN_BRACKETS, whole))
    if kind.name == "role" and _OPEN_ROLE.search(whole):
        best, phrase = max((best, phrase), (_ROLES_IN_BRACKETS, "as a …"))
    if kind.name == "consent" and PROMISE.search(whole):
        best, phrase = max((best, phrase), (_PROMISE, "I promise"))
    return best * (_CONTINUED if header.is_continued and not kind.does_protect else 1), phrase


def _covered(n_matched: int, n_words: int) -> float:
    """Return the score of an alias: the more of a header it is, and the longer, the surer."""
    return min(1.0, 0.45 + 0.55 * sqrt(n_matched / n_words) + 0.06 * (n_matched - 1))


def _matched(line: Sequence[frozenset[str]], words: Sequence[str]) -> list[str] | None:
    """Return the words of a header that an alias has, or None where one is missing."""
    if len(words) == 1 and len(line) > 1:  # a short name: firstname
        return list(words) if words[0] in _joined(tuple(line)) else None
    matched = []
    for alternatives in line:
        word = next((word for word in words if _is_one(word, alternatives)), None)
        if word is None:
            return None
        matched.append(word)
    return matched


@lru_cache(maxsize=4096)
def _joined(line: tuple[frozenset[str], ...]) -> frozenset[str]:
    return frozenset("".join(words) for words in product(*line))


@lru_cache(maxsize=65536)
def _is_one(word: str, alternatives: frozenset[str]) -> bool:
    if word in alternatives:
        return True
    return len(word) >= _SLIP_LETTERS and any(
        len(target) >= _SLIP_LETTERS
        and word[0] == target[0]
        and not word.startswith(target)
        and not target.startswith(word)
        and abs(len(word) - len(target)) <= 1
        and fuzz.ratio(word, target) >= _SLIP
        for target in alternatives
    )
