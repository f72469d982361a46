"""Grades as British forms write them: which are the same, and their order from low to high."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from rmmatch.spelling import fold

__all__ = ["grade_levels", "grade_scale", "grade_spellings"]


class _Grade(NamedTuple):
    """A grade of the vocabulary: its family, its level beside other families, how it is written."""

    family: str
    level: int
    name: str


# Levels beside each other where a scheme has doctors and other staff: a proposal, by pay and role.
_BANDS = {"2": 1, "3": 2, "4": 3, "5": 4, "6": 6, "7": 8, "8a": 10, "8b": 12, "8c": 14, "8d": 15}
_BANDS |= {"8": 10, "9": 16}
_CIVIL_SERVICE = ("AA", "AO", "EO", "HEO", "SEO", "G7", "G6", "SCS", "SCS1", "SCS2", "SCS3", "SCS4")
_CIVIL_SERVICE_NAMES = {
    "administrative assistant": "AA",
    "administrative officer": "AO",
    "executive officer": "EO",
    "higher executive officer": "HEO",
    "senior executive officer": "SEO",
    "deputy director": "SCS1",
    "director general": "SCS3",
    "permanent secretary": "SCS4",
}
_NAMED: tuple[tuple[str, str, int, str], ...] = (
    ("doctor", r"medical students?", 2, "Medical student"),
    ("doctor", r"(?:trust|junior) (?:grade )?(?:doctor|clinical fellow)|sho", 6, "Trust grade"),
    ("doctor", r"clinical fellow", 8, "Clinical fellow"),
    ("doctor", r"senior clinical fellow", 10, "Senior clinical fellow"),
    ("doctor", r"registrar|(?:specialist|specialty) registrar|spr", 9, "Registrar"),
    ("doctor", r"sas(?: doctor| grade)?|speciali?ty doctor|staff grade", 12, "SAS doctor"),
    ("doctor", r"associate specialist|specialist(?: grade)?", 13, "Associate specialist"),
    ("doctor", r"(?:locum |nhs )?consultant(?: doctor| grade)?", 14, "Consultant"),
    ("doctor", r"clinical director", 16, "Clinical director"),
    ("doctor", r"(?:associate )?medical director", 17, "Medical director"),
    ("band", r"(?:vsm|very senior manager)(?: ?/ ?director)?|vsm.*", 17, "VSM"),
    ("academic", r"(?:undergraduate|ug)(?: student)?", 1, "Undergraduate"),
    ("academic", r"master'?s?(?: student)?|msc(?: student)?|postgraduate taught", 3, "Master's"),
    ("academic", r"phd(?: student| candidate)?|doctoral (?:student|researcher)", 5, "PhD student"),
    ("academic", r"research assistant", 6, "Research assistant"),
    (
        "academic",
        r"post-?doc(?:toral)?(?: researcher| fellow| research(?:er| fellow| associate))?"
        r"|research (?:associate|fellow)",
        8,
        "Research fellow",
    ),
    ("academic", r"senior research fellow", 10, "Senior research fellow"),
    ("academic", r"(?:assistant professor|lecturer)", 10, "Lecturer"),
    ("academic", r"(?:associate professor|senior lecturer)", 12, "Senior lecturer"),
    ("academic", r"reader", 13, "Reader"),
    ("academic", r"(?:full )?professor", 14, "Professor"),
)
_NAMED_PATTERNS = tuple(
    (re.compile(pattern), _Grade(family, level, name)) for family, pattern, level, name in _NAMED
)
_YEAR = r"(?:\s*(?:-|,)?\s*(?:year|yr|y)?\s*)([1-9])"
_FOUNDATION = re.compile(
    rf"(?:fy|f|foundation(?: doctor| trainee| programme)?){_YEAR}(?: doctor| trainee)?"
)
_TRAINEE = re.compile(
    r"(?P<stem>(?:gp ?)?st|str|spr|ct|cst|cmt|imt|accs(?: ct)?|gp ?specialty trainee"
    r"|special(?:i?ty|ist) (?:trainee|training|registrar)"
    r"|core(?: \w+)? (?:trainee|training)|internal medicine (?:trainee|training))"
    rf"{_YEAR}(?: doctor| trainee| registrar)?"
)
_BAND = re.compile(r"(?:\b(?:afc )?band\s*|\bb|\bafc\s*|^(?=[0-9][a-d]$))([2-9])\s*([a-d])?\b")
_BRACKETS = re.compile(r"\(([^()]*)\)")
_CIVIL = re.compile(
    r"(aa|ao|eo|heo|seo)|(?:g|grade)\s*([67])|scs\s*-?\s*(?:pay ?band|pb|band)?\s*([1-4])?"
)


def _grade_of(text: str) -> _Grade | None:
    """Return the grade that a text means and nothing else; None where that is not clear."""
    folded = fold(text)
    grades = {grade for form in _forms(folded) if (grade := _exact_grade(form))}
    # "Specialty registrar (ST3)": the number says more than the word.
    grades = {grade for grade in grades if any(map(str.isdigit, grade.name))} or grades
    if grades:
        return grades.pop() if len(grades) == 1 else None
    bands = {number + letter for number, letter in _BAND.findall(folded)}
    if len(bands) == 1 and not re.search(r"[-–/+]\s*(?:band )?[2-9]|\bor\b|\bto\b", folded):
        band = bands.pop()
        if band in _BANDS:
            return _Grade("band", _BANDS[band], f"Band {band}")
    return None


def _forms(folded: str) -> list[str]:
    """Return a text, what stands before its brackets, and what stands in them."""
    before = " ".join(_BRACKETS.sub(" ", folded).split())
    return [folded, before, *(inside.strip() for inside in _BRACKETS.findall(folded))]


def _exact_grade(text: str) -> _Grade | None:
    text = re.sub(r"[.,]", "", text).strip()
    if match := _FOUNDATION.fullmatch(text):
        year = int(match[1])
        return _Grade("doctor", 3 + year, f"FY{year}") if year <= 2 else None
    if match := _TRAINEE.fullmatch(text):
        return _trainee(re.sub(r"\s", "", match["stem"]), int(match[2]))
    if match := _CIVIL.fullmatch(text):
        grade = match[1] or (f"g{match[2]}" if match[2] else "scs" + (match[3] or ""))
        return _civil_service(grade.upper())
    if text in _CIVIL_SERVICE_NAMES:
        return _civil_service(_CIVIL_SERVICE_NAMES[text])
    return next((grade for pattern, grade in _NAMED_PATTERNS if pattern.fullmatch(text)), None)


def _civil_service(name: str) -> _Grade:
    return _Grade("civil service", 1 + _CIVIL_SERVICE.index(name), name)


def _trainee(stem: str, year: int) -> _Grade | None:
    if stem.startswith("gp"):
        stem, most = "GPST", 4
    elif stem in ("imt", "cmt") or stem.startswith("internal"):
        stem, most = "IMT", 4
    elif stem.startswith("accs"):
        stem, most = "ACCS", 4
    elif stem in ("ct", "cst") or stem.startswith("core"):
        stem, most = "CT", 4
    else:
        stem, most = "ST", 9
    return _Grade("doctor", 5 + year, f"{stem}{year}") if year <= most else None


def _grouped(values: Iterable[str]) -> tuple[dict[_Grade, list[str]], tuple[str, ...]]:
    """Return the values by the grade they mean, and those that mean none."""
    groups: dict[_Grade, list[str]] = {}
    unknown = []
    unique: dict[str, str] = {}
    for value in values:
        unique.setdefault(fold(value), value)
    for value in unique.values():
        grade = _grade_of(value)
        if grade is None:
            unknown.append(value)
        else:
            groups.setdefault(grade, []).append(value)
    if any(grade.family == "band" for grade in groups):  # among bands "6" is one
        for value in [value for value in unknown if fold(value) in _BANDS]:
            unknown.remove(value)
            grade = _Grade("band", _BANDS[fold(value)], f"Band {fold(value)}")
            groups.setdefault(grade, []).append(value)
    return groups, tuple(unknown)


def _label(grade: _Grade, values: list[str]) -> str:
    """Return how a grade is written: as the vocabulary has it where somebody wrote that."""
    return next((value for value in values if fold(value) == fold(grade.name)), values[0])


def grade_spellings(values: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return grades that are written in several ways → the other ways.

    Parameters
    ----------
    values : iterable of str
        Different cells, the most frequent first.

    Examples
    --------
    >>> grade_spellings(["Foundation Year 1", "ST3", "FY1", "ST 3 ", "ST4"])
    {'FY1': ('Foundation Year 1',), 'ST3': ('ST 3 ',)}
    >>> grade_spellings(["Band 6", "6", "7", "Band 7"]), grade_spellings(["6", "7"])
    ({'Band 6': ('6',), 'Band 7': ('7',)}, {})
    """
    groups, _ = _grouped(values)
    spellings = {}
    for grade, written in groups.items():
        label = _label(grade, written)
        if len(written) > 1:
            spellings[label] = tuple(value for value in written if value != label)
    return spellings


def grade_levels(values: Iterable[str]) -> dict[str, int]:
    """Return the level of each grade, from 1; grades of different staff may share one.

    The order within doctors, bands, the Civil Service and academic staff is theirs; how doctors
    stand beside other staff is a proposal.

    Parameters
    ----------
    values : iterable of str
        Different cells, the most frequent first; those that mean no grade are left out.

    Examples
    --------
    >>> grade_levels(["ST3", "FY1", "IMT3", "Consultant", "Wizard"])
    {'FY1': 1, 'IMT3': 2, 'ST3': 2, 'Consultant': 3}
    """
    groups, _ = _grouped(values)
    ranks = {level: rank for rank, level in enumerate(sorted({g.level for g in groups}), 1)}
    ordered = sorted(groups, key=lambda grade: (grade.level, grade.family, grade.name))
    return {_label(grade, groups[grade]): ranks[grade.level] for grade in ordered}


def grade_scale(
    values: Iterable[str],
) -> tuple[tuple[str, ...], Mapping[str, tuple[str, ...]], tuple[str, ...]]:
    """Return the grades from low to high, their other spellings, and values that are no grade.

    Where `grade_levels` gives two grades one level, a scheme should have the levels, not the list.

    Parameters
    ----------
    values : iterable of str
        Different cells, the most frequent first.

    Returns
    -------
    tuple of (tuple of str, dict of str to tuple of str, tuple of str)

    Examples
    --------
    >>> grade_scale(["Consultant", "F1", "ST3", "Foundation Year 1", "Wizard"])
    (('F1', 'ST3', 'Consultant'), {'F1': ('Foundation Year 1',)}, ('Wizard',))
    """
    values = list(values)
    return tuple(grade_levels(values)), grade_spellings(values), _grouped(values)[1]
