"""What a scheme decides for all its criteria and rules, and what a cohort lacks for it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rmmatch.cohort import Cohort, Role, Side
from rmmatch.errors import HIDDEN, nearest
from rmmatch.spelling import fold

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Direction", "Mismatch", "SchemeContext", "column_mismatches", "to_number"]


Direction = Literal["reverse", "traditional", "peer"]


class Mismatch(NamedTuple):
    """Something a criterion or rule needs and this cohort does not have.

    Attributes
    ----------
    key : str
        The key of the declaration it comes from; empty for the whole.
    value, reason, remedy, code : str
        As in `rmmatch.errors.Problem`.
    """

    key: str
    value: str
    reason: str
    remedy: str = ""
    code: str = "does_not_fit"


@dataclass(frozen=True)
class SchemeContext:
    """What a scheme decides for all its criteria and rules.

    Attributes
    ----------
    direction : {'reverse', 'traditional', 'peer'}
        Who is the senior: the mentee, the mentor, nobody.
    grades : mapping of str to float or None
        Level of each folded grade label; None means grades are written as numbers.
    labels : tuple of str
        The grade labels as the scheme writes them.
    cycle_weeks : int
        Length of the rota cycle that availability repeats in, in weeks.
    sensitive : frozenset of str
        Columns whose values are never shown.
    folder : Path or None
        Where files named in the scheme are looked for.
    """

    direction: Direction = "reverse"
    grades: Mapping[str, float] | None = None
    labels: tuple[str, ...] = ()
    cycle_weeks: int = 1
    sensitive: frozenset[str] = field(default_factory=frozenset)
    folder: Path | None = None

    def level(self, label: str) -> float | None:
        """Return the level of a grade label, or None where it has none.

        Parameters
        ----------
        label : str
            As it is written in a table.
        """
        if self.grades is not None:
            return self.grades.get(fold(label))
        return to_number(label)

    def levels(self, side: Side) -> NDArray[np.float64]:
        """Return the grade level of each person.

        Parameters
        ----------
        side : Side

        Returns
        -------
        ndarray of float64, shape (n_people,)
            Cohort order; NaN where the grade is missing or has no level.
        """
        level_by_label: dict[str | None, float] = {None: np.nan}
        grades = side.column("grade")
        for label in dict.fromkeys(grades):
            if label is not None:
                level = self.level(label)
                level_by_label[label] = np.nan if level is None else level
        return np.array([level_by_label[label] for label in grades], dtype=np.float64)

    def grade_mismatches(self, cohort: Cohort) -> Iterator[Mismatch]:
        """Yield every grade in the cohort that has no level.

        Parameters
        ----------
        cohort : Cohort
        """
        labels = [label for side in cohort.sides for label in side.column("grade")]
        for label in dict.fromkeys(label for label in labels if label is not None):
            if self.level(label) is None:
                hidden = "grade" in self.sensitive
                nearest_label = None if hidden else nearest(label, self.labels)
                yield Mismatch(
                    "grades",
                    HIDDEN if hidden else label,
                    (
                        "a grade"
                        if hidden
                        else f"the grade of {_people_with_grade(cohort, label, self.sensitive)}"
                    )
                    + " is not "
                    + (
                        "a number, and the scheme lists no grades"
                        if self.grades is None
                        else "one of the scheme's `grades`"
                    ),
                    (f"did you mean {nearest_label!r}? If not, " if nearest_label else "")
                    + "correct it, or add it to `grades:`",
                    code="unknown_grade",
                )

    def direction_remarks(self, cohort: Cohort) -> Iterator[str]:
        """Yield a remark where most mentees stand on the wrong side of most mentors.

        Parameters
        ----------
        cohort : Cohort
        """
        levels = [self.levels(side) for side in cohort.sides]
        known_levels = [side[~np.isnan(side)] for side in levels]
        if self.direction == "peer" or not all(map(len, known_levels)):
            return
        # np.median would load numpy's masked arrays, which takes as long as a small matching
        mentee, mentor = (float(np.sort(side)[len(side) // 2]) for side in known_levels)
        if (mentee < mentor) if self.direction == "reverse" else (mentee > mentor):
            seniors = "mentors" if mentor > mentee else "mentees"
            yield (
                f"the {seniors} have the higher grades, but the scheme says `direction: "
                f"{self.direction}`: are the two tables swapped?"
            )

    def frame(self, side: Side, named: tuple[str, ...] = ()) -> pd.DataFrame:
        """Return a side for a user's own function, without sensitive columns it did not name.

        Parameters
        ----------
        side : Side
        named : tuple of str
            Columns that the function names.
        """
        table = side.to_frame()
        return table.drop(columns=[c for c in self.sensitive - set(named) if c in table])


def _people_with_grade(cohort: Cohort, grade: str, hidden: Collection[str]) -> str:
    """Name the people with a grade, three at most."""
    people = []
    for side in cohort.sides:
        shows_names = side.has("name") and not {"name", "id"} & {*hidden}
        names = side.column("name") if shows_names else [None] * len(side)
        for person in np.flatnonzero(side.column("grade") == grade).tolist():
            name, id_ = names[person], side.ids[person]
            people.append(f"{side.role} {id_ if name is None else f'{name} ({id_})'}")
    return ", ".join(people[:3]) + (f" and {len(people) - 3} more" if len(people) > 3 else "")


def _table_text(cohort: Cohort, role: Role) -> str:
    """Return the name of the table of one side in brackets, where it is a file."""
    names = [source.name for source in cohort.sources]
    # The first table has the mentors, the second the mentees; or the first has everybody.
    if len(names) < 2 or not all("." in name for name in names[:2]):
        return ""
    is_relations = len(names) == 2 and len(cohort.sides[0]) + len(cohort.sides[1]) == (
        cohort.sources[0].n_rows
    )
    return f" ({names[0 if role == 'mentor' or is_relations else 1]})"


def column_mismatches(
    cohort: Cohort, name: str, roles: tuple[Role, ...] = ("mentee", "mentor")
) -> Iterator[Mismatch]:
    """Yield a mismatch where the table of a side has no column of a name.

    Parameters
    ----------
    cohort : Cohort
    name : str
        Of the column.
    roles : tuple of {'mentee', 'mentor'}
        The sides that must have it.
    """
    columns = list(dict.fromkeys(column for side in cohort.sides for column in side.columns))
    missing = [role for role in roles if not cohort.side(role).has(name)]
    if missing:
        nearest_column = nearest(name, [column for column in columns if column != name])
        whose = " nor the ".join(f"{role}s'" for role in missing)
        start = "neither the" if len(missing) == 2 else "the"
        yield Mismatch(
            "column",
            name,
            f"{start} {whose} table has a column {name!r}"
            if len(missing) == 2
            else f"{start} {whose} table{_table_text(cohort, missing[0])} has no column {name!r}",
            (f"did you mean {nearest_column!r}? If not, " if nearest_column else "")
            + "add the column, or say under `columns:` which header it has",
            code="missing_column",
        )


def to_number(text: str) -> float | None:
    """Return a finite number, or None where the text is not one.

    Parameters
    ----------
    text : str
    """
    try:
        number = float(text)
    except ValueError:
        return None
    return number if np.isfinite(number) else None
