"""People who do not exist: cohorts of any size to try schemes on, and the bundled demo."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rmmatch.cohort import Cohort, read_cohort
from rmmatch.numeric import Ints, Text
from rmmatch.scheme import Scheme

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    import pandas as pd

__all__ = ["cohort", "demo", "demo_files", "frames"]


# Each is (label, relative frequency among mentors, among mentees).
_GRADES = (
    ("FY1", 6, 0),
    ("FY2", 9, 0),
    ("ST1", 12, 0),
    ("ST2", 13, 0),
    ("ST3", 16, 0),
    ("ST4", 15, 0),
    ("ST5", 12, 0),
    ("ST6", 9, 0),
    ("ST7", 5, 7),
    ("ST8", 3, 11),
    ("Consultant", 0, 82),
)
_GOALS = (
    ("career development", 30, 6),
    ("inclusive leadership", 14, 30),
    ("cultural awareness", 8, 26),
    ("differential attainment", 12, 18),
    ("wellbeing", 18, 10),
    ("teaching", 16, 14),
    ("speaking up", 8, 14),
    ("supporting international graduates", 10, 12),
    ("research", 12, 5),
    ("quality improvement", 9, 6),
    ("flexible training", 7, 4),
    ("recruitment", 3, 9),
)
_SPECIALITIES = (
    ("general practice", 26, 20),
    ("acute medicine", 13, 12),
    ("anaesthetics", 11, 12),
    ("paediatrics", 10, 9),
    ("psychiatry", 9, 9),
    ("general surgery", 8, 9),
    ("emergency medicine", 8, 7),
    ("obstetrics and gynaecology", 6, 7),
    ("geriatric medicine", 4, 5),
    ("cardiology", 3, 4),
    ("respiratory medicine", 2, 3),
    ("radiology", 2, 3),
)
_WORKPLACES = (
    ("Northfield Hospital", 28, 26),
    ("Southmoor Hospital", 22, 21),
    ("Eastbridge Infirmary", 16, 16),
    ("Westholme Hospital", 12, 12),
    ("Harbour Road Surgery", 9, 9),
    ("Mill Lane Health Centre", 7, 9),
    ("Oakwood Clinic", 6, 7),
)
_ORGANISATIONS = {
    "Northfield Hospital": "North and East Trust",
    "Eastbridge Infirmary": "North and East Trust",
    "Southmoor Hospital": "South Trust",
    "Westholme Hospital": "West Trust",
    "Harbour Road Surgery": "Primary Care Network",
    "Mill Lane Health Centre": "Primary Care Network",
    "Oakwood Clinic": "Community Trust",
}
# Self-described, and no finer than a rule of such a scheme needs.
_BACKGROUNDS = (("ethnic minority background", 94, 8), ("any other background", 6, 92))
_HALF_DAYS = tuple(
    (f"{day} {half}", weight, weight)
    for day, weight in (("Mon", 4), ("Tue", 6), ("Wed", 7), ("Thu", 6), ("Fri", 3))
    for half in ("am", "pm")
)
_UNTIDY_COLUMNS = ("goals", "speciality", "workplace", "availability", "ethnicity")


def cohort(n_mentors: int, n_mentees: int, *, seed: int = 0, untidy: float = 0.02) -> Cohort:
    """Return a cohort of synthetic doctors: trainees as mentors, their seniors as mentees.

    Parameters
    ----------
    n_mentors, n_mentees : int
    seed : int
        The same seed gives the same people.
    untidy : float
        Share of the answers that are left blank, and again of those in another case; in [0, 0.5].

    Returns
    -------
    Cohort
        As `frames` describes; it fits the scheme of `demo`.

    Raises
    ------
    ValueError
        A size is negative, or `untidy` lies outside [0, 0.5].
    CohortError
        A side has nobody.

    Examples
    --------
    >>> people = cohort(30, 20, seed=7)
    >>> people.n_mentors, people.n_mentees, people.mentors.ids[:2]
    (30, 20, ('M001', 'M002'))
    """
    return read_cohort(*frames(n_mentors, n_mentees, seed=seed, untidy=untidy))


def frames(
    n_mentors: int, n_mentees: int, *, seed: int = 0, untidy: float = 0.02
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tables of a synthetic cohort, as two survey exports would hold them.

    Goals, specialities and workplaces are skewed as in life: a few are common, and the two sides
    want different things. People are free on one to five half days a week. A manager or
    supervisor mostly works where the trainee does; about half of them do not take part, and are
    called ``X…``. Managers of mentees stand before them in the table, so no chain is a circle.

    Parameters
    ----------
    n_mentors, n_mentees : int
    seed : int
        The same seed gives the same tables.
    untidy : float
        Share of the answers that are left blank, and again of those in another case; in [0, 0.5].

    Returns
    -------
    mentors, mentees : DataFrame
        Text columns; capacity and priority are whole numbers. Blank cells are ``""``.

    Raises
    ------
    ValueError
        A size is negative, or `untidy` lies outside [0, 0.5].

    Examples
    --------
    >>> mentors, mentees = frames(3, 2, seed=1)
    >>> mentors.name.tolist(), mentees.email.tolist()
    (['Mentor 001', 'Mentor 002', 'Mentor 003'], ['e001@example.org', 'e002@example.org'])
    """
    if n_mentors < 0 or n_mentees < 0:
        raise ValueError(f"sizes must not be negative, not {n_mentors} and {n_mentees}")
    if not 0 <= untidy <= 0.5:
        raise ValueError(f"untidy must lie in [0, 0.5], not {untidy}")
    for_mentors, for_mentees, for_links = (
        np.random.default_rng([seed, stream]) for stream in range(3)
    )
    mentors = _draw_people(n_mentors, 1, for_mentors)
    mentees = _draw_people(n_mentees, 2, for_mentees)
    _relate(mentors, mentees, for_links)
    _make_untidy(mentors, untidy, for_mentors)
    _make_untidy(mentees, untidy, for_mentees)
    return mentors, mentees


def demo() -> tuple[Cohort, Scheme]:
    """Return the bundled example: a deanery's 60 mentors, 45 mentees and its scheme.

    Returns
    -------
    Cohort, Scheme

    Examples
    --------
    >>> people, scheme = demo()
    >>> people.n_mentors, people.n_mentees, scheme.sensitive
    (60, 45, ('ethnicity', 'graduate_route'))
    """
    with as_file(files("rmmatch") / "demo") as folder:
        scheme = Scheme.from_file(folder / "scheme.yaml")
        people = read_cohort(
            folder / "mentors.csv",
            folder / "mentees.csv",
            scheme=scheme,
        )
    return people, scheme


def demo_files() -> tuple[Traversable, ...]:
    """Return the files of the bundled example, to be copied: each has a name and bytes.

    Examples
    --------
    >>> [file.name for file in demo_files()]
    ['mentees.csv', 'mentors.csv', 'scheme.yaml']
    """
    folder = files("rmmatch") / "demo"
    return tuple(sorted(folder.iterdir(), key=lambda file: file.name))


# One side --------------------------------------------------------------------------------------


def _draw_people(n: int, side: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw one side without its relations; `side` is where its frequencies stand: 1 or 2."""
    import pandas as pd

    letter, role = ("M", "Mentor") if side == 1 else ("E", "Mentee")
    numbers = [f"{number:0{max(3, len(str(n)))}}" for number in range(1, n + 1)]
    workplace = _draw(_WORKPLACES, side, n, rng)
    ethnicity = _draw(_BACKGROUNDS, side, n, rng)
    # Who may be a mentor, and who a mentee, is published; each person confirms it on the form.
    meets = ethnicity == _BACKGROUNDS[side - 1][0]
    trained = rng.random(n) < 0.95
    return pd.DataFrame(
        {
            "id": [letter + number for number in numbers],
            "name": [f"{role} {number}" for number in numbers],
            "email": [f"{letter.lower()}{number}@example.org" for number in numbers],
            "grade": _draw(_GRADES, side, n, rng),
            "goals": _draw_several(_GOALS, side, 1 + _integers_below(4, n, rng), rng),
            "speciality": _draw(_SPECIALITIES, side, n, rng),
            "organisation": np.array([_ORGANISATIONS[place] for place in workplace], dtype=object),
            "workplace": workplace,
            "availability": _draw_several(_HALF_DAYS, side, 1 + _integers_below(5, n, rng), rng),
            "capacity": 1 + (rng.random(n) < (0.05 if side == 1 else 0.0)).astype(np.int64),
            "priority": (rng.random(n) < 0.12).astype(np.int64),
            "attended_training": _where(trained, "yes", "no"),
            "eligibility_confirmed": _where(meets, "yes", "no"),
            "ethnicity": ethnicity,
        }
    )


def _integers_below(limit: int, n: int, rng: np.random.Generator) -> Ints:
    # Only `random` is drawn from: its stream is the least likely ever to change.
    return (rng.random(n) * limit).astype(np.int64)


def _draw(
    table: Sequence[tuple[str, int, int]], side: int, n: int, rng: np.random.Generator
) -> Text:
    """Draw one label a person by the frequencies of the side."""
    weights = np.array([row[side] for row in table], dtype=np.float64)
    steps = np.cumsum(weights) / weights.sum()
    labels = np.array([row[0] for row in table], dtype=object)
    drawn: Text = labels[np.searchsorted(steps, rng.random(n), side="right")]
    return drawn


def _draw_several(
    table: Sequence[tuple[str, int, int]], side: int, counts: Ints, rng: np.random.Generator
) -> Text:
    """Draw `counts` different labels a person, joined by ``;``, in the order of the table."""
    weights = np.array([row[side] for row in table], dtype=np.float64)
    # The k smallest of independent exponential times: k draws without replacement.
    times = -np.log1p(-rng.random((len(counts), len(table)))) / weights
    chosen = times.argsort(axis=1).argsort(axis=1) < counts[:, None]
    sets, codes = np.unique(chosen @ (1 << np.arange(len(table))), return_inverse=True)
    cells = np.array(
        [
            "; ".join(row[0] for place, row in enumerate(table) if bits >> place & 1)
            for bits in sets.tolist()
        ],
        dtype=object,
    )
    joined: Text = cells[codes]
    return joined


def _where(condition: NDArray[np.bool_], yes: str, no: str) -> Text:
    chosen: Text = np.where(condition, np.array(yes, dtype=object), np.array(no, dtype=object))
    return chosen


# Relations, and the cells as people fill them in ---------------------------------------------


def _relate(mentors: pd.DataFrame, mentees: pd.DataFrame, rng: np.random.Generator) -> None:
    """Add the columns of relations."""
    n, seniors = len(mentors), mentees["id"].to_numpy(dtype=object)
    shares = {"line_manager": 0.9, "supervisor": 0.8, "tutor": 0.15, "past_pair": 0.08}
    for column, share in {**shares, "conflict": 0.03}.items():
        taking_part = _colleagues(mentors, mentees, rng)
        outside = np.array(
            [f"X{number:03}" for number in _integers_below(max(1, n), n, rng).tolist()]
        )
        ids = np.where(rng.random(n) < 0.5, taking_part, outside.astype(object))
        mentors[column] = np.where(rng.random(n) < share, ids, "")
    above = (rng.random(len(seniors)) * np.arange(len(seniors))).astype(np.int64)
    reports = (rng.random(len(seniors)) < 0.4) & (np.arange(len(seniors)) > 0)
    mentees["line_manager"] = np.where(reports, seniors[above], "") if len(seniors) else ""


def _colleagues(mentors: pd.DataFrame, mentees: pd.DataFrame, rng: np.random.Generator) -> Text:
    """Return for each mentor a mentee of the same workplace, or somebody outside."""
    places = mentees["workplace"].to_numpy(dtype=object)
    names, codes = np.unique(places.astype(str), return_inverse=True)
    order = codes.argsort(kind="stable")
    counts = np.bincount(codes, minlength=len(names))
    starts = np.cumsum(counts) - counts
    colleagues = np.full(len(mentors), "X000", dtype=object)
    draws = rng.random(len(mentors))
    for code, name in enumerate(names):
        works_there = (mentors["workplace"] == name).to_numpy()
        picked = starts[code] + (draws[works_there] * counts[code]).astype(np.int64)
        colleagues[works_there] = mentees["id"].to_numpy(dtype=object)[order[picked]]
    return colleagues


def _make_untidy(people: pd.DataFrame, share: float, rng: np.random.Generator) -> None:
    """Leave answers blank, or write them in another case, as people do."""
    for column in _UNTIDY_COLUMNS:
        cells = people[column].to_numpy(dtype=object).copy()
        draws = rng.random(len(cells))
        for place in np.flatnonzero(draws < 2 * share).tolist():
            cells[place] = "" if draws[place] < share else f"{cells[place].capitalize()} "
        people[column] = cells
    answers = people["attended_training"].to_numpy(dtype=object).copy()
    respelt = {"yes": ("Y", "TRUE", "Yes", "1"), "no": ("N", "FALSE", "No", "0")}
    which = _integers_below(4, len(answers), rng)
    for place in np.flatnonzero(rng.random(len(answers)) < 5 * share).tolist():
        answers[place] = respelt[answers[place]][which[place]]
    people["attended_training"] = answers
