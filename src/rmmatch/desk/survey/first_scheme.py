"""A first scheme for the columns that are there: a beginning, with a reason for each line."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from rmmatch.cohort import Cohort, column_name
from rmmatch.cohort.columns import RELATION_COLUMNS
from rmmatch.cohort.forms import Form
from rmmatch.desk.survey.cells.grades import grade_levels, grade_spellings
from rmmatch.errors import ProblemsError
from rmmatch.scheme import Scheme
from rmmatch.spelling import fold

__all__ = ["first_scheme"]

_HEAD = """\
# A first scheme, made from the columns of your tables. Read it, and change it as your scheme needs.
#
# A line that starts with "#" and a space is an explanation. A line that starts with "#" and no
# space is a setting that is switched off: delete its "#" to switch it on.
# `rmmatch template FOLDER` writes a scheme with every setting, each explained.

version: 1
name: Our mentoring scheme
"""
_DIRECTION = {
    "reverse": "the mentees are the senior people",
    "traditional": "the mentors are the senior people: in their grades most of them are",
}
_PLAIN = re.compile(r"(?!null|true|false)[A-Za-z][A-Za-z0-9_]*", re.IGNORECASE)
_KINDS = tuple(kind for kind in RELATION_COLUMNS if kind != "declined")
_BEST_GAP = 4  # grades between two people that score most, where the scale is long enough; wording


# Where two grades of a ladder are there, all of it is: next month's answers may have the others.
_LADDERS = (
    ("FY1", "FY2", *(f"ST{year}" for year in range(1, 9)), "Consultant"),
    tuple(f"Band {band}" for band in ("2", "3", "4", "5", "6", "7", "8a", "8b", "8c", "8d", "9")),
    ("AA", "AO", "EO", "HEO", "SEO", "G7", "G6", "SCS1", "SCS2", "SCS3"),
)


class _Setting(NamedTuple):
    """One criterion or rule that a scheme may have, and why."""

    family: str
    value: dict[str, Any]
    reason: str


def first_scheme(
    cohort: Cohort, form: Form | None = None, people: Mapping[str, str] | None = None
) -> str:
    """Return the text of a first scheme for a cohort: it can be used at once.

    It has a criterion for each column that it knows how to score, the rules that a reverse
    mentoring scheme should have, and no quotas. A setting that the columns do not fit is switched
    off, with the reason.

    Parameters
    ----------
    cohort : Cohort
    form : Form, optional
        Its private columns, and those of the cohort, become those of the scheme.
    people : mapping of str to str, optional
        Names in lists of people → ``outside``, or an id.

    Returns
    -------
    str
        YAML with comments, which `Scheme.from_text` reads.

    Examples
    --------
    >>> import rmmatch as rm
    >>> cohort, _ = rm.synthetic.demo()
    >>> scheme = rm.Scheme.from_text(first_scheme(cohort))
    >>> scheme.problems(cohort), [criterion.type for criterion in scheme.criteria][:2]
    ([], ['goals', 'speciality'])
    """
    return "\n".join(_lines(cohort, form, people or {})) + "\n"


def _lines(cohort: Cohort, form: Form | None, people: Mapping[str, str]) -> Iterator[str]:
    # A form may name a header: what the cohort was read with has the columns that it fills.
    written = (*cohort.reading.sensitive, *map(column_name, form.sensitive if form else ()))
    private = [name for name in dict.fromkeys(written) if cohort.has_column(name)]
    levels, unknown = _levels(cohort) if "grade" not in private else ({}, [])
    base: dict[str, Any] = {"direction": _direction(cohort, levels)}
    yield from _HEAD.splitlines()
    yield f"direction: {base['direction']}    # {_DIRECTION[base['direction']]}"
    if levels:
        base["grades"] = levels
        yield ""
        yield "# The grades from low (1) to high. Their order is a proposal: please check it."
        yield from _mapping_lines("grades", levels)
        if unknown:
            yield "  # These have no place yet. Give each its number, and switch it on:"
            yield from (f"#  {_flow(label)}: 1" for label in unknown)
    if private:
        yield ""
        yield "# Private columns. They are never shown, and only rules and quotas that name one"
        yield "# may use it."
        yield f"sensitive: {_flow(private)}"
        base["sensitive"] = private
    if people:
        yield ""
        yield "# Names in lists of people who do not take part."
        yield from _mapping_lines("people", people)
    settings = list(_settings(cohort, levels, set(private)))
    for family, title in (
        ("criteria", "# What makes a good pair. How much each counts is its `weight`."),
        ("rules", "# Which pairs are not allowed."),
    ):
        yield ""
        yield title
        entries = [setting for setting in settings if setting.family == family]
        faults = [_fault(setting, base, cohort) for setting in entries]
        if entries and "" not in faults:
            yield "# Delete the `[]` when you switch one on."
        yield f"{family}:" if "" in faults else f"{family}: []"
        for setting, fault in zip(entries, faults, strict=True):
            yield from _comment_lines(setting.reason)
            if fault:
                yield from _comment_lines(f"Switched off: {fault}")
            yield f"{'#' if fault else ''}  - {_flow(setting.value)}"
    yield ""
    yield "# What matters most, in order: the second only decides between pairings that are equally"
    yield "# good by the first, and so on. As many people as possible have a partner; then as many"
    yield "# pairs as possible; then people with a priority; then the points of all pairs together."
    yield "objective: [participation, pairs, priority, total]"


def _levels(cohort: Cohort) -> tuple[dict[str, int], list[str]]:
    """Return a level for each grade as it is written, and the grades that have none.

    Grades that are all numbers need no levels.
    """
    counts = Counter(
        cell for side in cohort.sides for cell in side.column("grade").tolist() if cell is not None
    )
    if not counts or all(_is_number(label) for label in counts):
        return {}, []
    labels = [label for label, _ in counts.most_common()]
    rungs = [
        rung
        for ladder in _LADDERS
        if len({fold(rung) for rung in ladder} & {fold(label) for label in labels}) > 1
        for rung in ladder
    ]
    levels, spellings = grade_levels([*labels, *rungs]), grade_spellings([*labels, *rungs])
    written = {label: levels[label] for label in levels}
    for label, variants in spellings.items():
        written |= dict.fromkeys(variants, levels[label])
    known = {fold(label) for label in written}
    unknown = [label for label in labels if fold(label) not in known]
    return dict(sorted(written.items(), key=lambda item: item[1])), unknown


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _grade_values(cohort: Cohort, levels: Mapping[str, float]) -> list[list[float]]:
    """Return the known levels of the mentees and of the mentors, sorted."""

    def level(cell: str) -> float | None:
        return levels.get(cell, float(cell) if _is_number(cell) else None)

    return [
        sorted(
            value
            for cell in side.column("grade").tolist()
            if cell is not None and (value := level(cell)) is not None
        )
        for side in cohort.sides
    ]


def _direction(cohort: Cohort, levels: Mapping[str, float]) -> str:
    mentees, mentors = _grade_values(cohort, levels)
    if not mentees or not mentors:
        return "reverse"
    is_reverse = mentees[len(mentees) // 2] >= mentors[len(mentors) // 2]
    return "reverse" if is_reverse else "traditional"


def _settings(cohort: Cohort, levels: Mapping[str, float], private: set[str]) -> Iterator[_Setting]:
    """Yield what a scheme of this kind should have, as far as there are columns for it."""

    def has(name: str) -> bool:
        # a criterion may not read a private column
        return cohort.has_column(name) and name not in private

    if has("goals"):
        value: dict[str, Any] = {"type": "goals", "weight": 4, "measure": "coverage"}
        reason = "Goals in common: the share of the mentee's goals that the mentor has too."
        yield _Setting("criteria", value, reason)
    if has("speciality"):
        yield _Setting("criteria", {"type": "speciality", "weight": 2}, "The same speciality.")
    if has("workplace"):
        value = {"type": "workplace", "weight": 1, "prefer": "different"}
        reason = "A different workplace. `prefer` can be the `same` one as well."
        yield _Setting("criteria", value, reason)
    if has("availability"):
        reason = "Free time that both have: 180 minutes a week get the full score."
        yield _Setting("criteria", {"type": "availability", "weight": 2, "enough": 180}, reason)
    if has("grade"):
        target, spread = _gap(cohort, levels)
        value = {"type": "power_distance", "weight": 1, "target": target, "spread": spread}
        reason = f"The gap between the grades: {target} gets the full score, {spread} away from it "
        yield _Setting("criteria", value, f"{reason}none.")
    if has("preferences"):
        reason = "Who people asked for."
        yield _Setting("criteria", {"type": "preference", "weight": 1, "side": "both"}, reason)
    yield from _rules(cohort, has("grade"))


def _rules(cohort: Cohort, has_grade: bool) -> Iterator[_Setting]:
    kinds = [kind for kind in _KINDS if cohort.has_column(kind) or kind in cohort.relations]
    if kinds:
        reason = "Nobody with somebody they are related to in one of these ways."
        yield _Setting("rules", {"type": "relations", "forbid": kinds}, reason)
    if cohort.has_column("line_manager"):
        reason = "Nobody with their manager, their manager's manager, and one level more."
        yield _Setting("rules", {"type": "reporting_chain", "levels": 3}, reason)
    if cohort.has_column("attended_training"):
        value: dict[str, Any] = {"type": "eligible", "column": "attended_training"}
        sides = [side.role for side in cohort.sides if side.has("attended_training")]
        if len(sides) == 1:
            value["side"] = f"{sides[0]}s"
        reason = "Only people who have attended training. An empty cell is a no."
        yield _Setting("rules", value, reason)
    if has_grade:
        value = {"type": "power_distance", "min_gap": 1, "missing": "forbid"}
        reason = "The senior person is at least one grade above the other one."
        yield _Setting("rules", value, reason)
    if cohort.has_column("availability"):
        value = {"type": "availability", "min_minutes": 60, "missing": "forbid"}
        reason = "At least an hour a week in which both are free."
        yield _Setting("rules", value, reason)


def _gap(cohort: Cohort, levels: Mapping[str, float]) -> tuple[int, int]:
    """Return the gap that scores most, and how far from it a gap scores nothing."""
    values = [value for side in _grade_values(cohort, levels) for value in side]
    span = int(max(values) - min(values)) if values else 0
    target = max(1, min(_BEST_GAP, span // 2))
    return target, max(1, target - 1)


def _fault(setting: _Setting, base: Mapping[str, Any], cohort: Cohort) -> str:
    """Return why a setting does not fit the cohort; empty where it does."""
    try:
        scheme = Scheme.from_dict({**base, setting.family: [setting.value]})
    except ProblemsError as error:
        return error.items[0].reason
    problems = scheme.problems(cohort.replace(doubts=()))
    if not problems:
        return ""
    value = f": {problems[0].value!r}" if problems[0].value else ""
    return f"{problems[0].reason}{value}"


def _comment_lines(text: str) -> Iterator[str]:
    line = ""
    for word in text.split():
        if len(line) + len(word) > 90:
            yield f"  # {line}"
            line = ""
        line = f"{line} {word}".strip()
    yield f"  # {line}"


def _mapping_lines(key: str, values: Mapping[str, Any]) -> Iterator[str]:
    yield f"{key}:"
    for name, value in values.items():
        yield f"  {_flow(name)}: {_flow(value)}"


def _flow(value: Any) -> str:
    """Return a value as YAML on one line; what could mean something else is in quotes."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {_flow(entry)}' for key, entry in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return value
    return json.dumps(value, ensure_ascii=False)
