"""What criteria and rules have in common: how they are declared, registered and read back."""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, ConfigDict, GetJsonSchemaHandler, PlainValidator
from pydantic_core import CoreSchema, PydanticCustomError

from rmmatch.cohort import Cohort, Role, Side
from rmmatch.cohort.cells import column_name
from rmmatch.errors import HIDDEN, Problem, SchemeError, nearest
from rmmatch.spelling import fold

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "ColumnName",
    "Declared",
    "Direction",
    "Misfit",
    "NotEmpty",
    "Setting",
    "any_of",
    "column_misfits",
    "misanswered",
    "to_number",
]

Direction = Literal["reverse", "traditional", "peer"]
# Written in a scheme as in the header of a table, kept as the cohort keeps it.
ColumnName = Annotated[str, AfterValidator(column_name)]


def _not_empty(values: Any) -> Any:
    if not values:
        raise ValueError("is empty")
    return values


# Unlike `min_length` it says nothing where an item of the list is already wrong.
NotEmpty = AfterValidator(_not_empty)


class Misfit(NamedTuple):
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
class Setting:
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
        """Return the level of a grade label, or None where it has none."""
        if self.grades is not None:
            return self.grades.get(fold(label))
        return to_number(label)

    def levels(self, side: Side) -> NDArray[np.float64]:
        """Return the grade level of each person, shape (n,); NaN where it is missing."""
        known: dict[str | None, float] = {None: np.nan}
        grades = side.column("grade")
        for label in dict.fromkeys(grades):
            if label is not None:
                level = self.level(label)
                known[label] = np.nan if level is None else level
        return np.array([known[label] for label in grades], dtype=np.float64)

    def grade_misfits(self, cohort: Cohort) -> Iterator[Misfit]:
        """Yield every grade in the cohort that has no level."""
        labels = [label for side in cohort.sides for label in side.column("grade")]
        for label in dict.fromkeys(label for label in labels if label is not None):
            if self.level(label) is None:
                hidden = "grade" in self.sensitive
                near = None if hidden else nearest(label, self.labels)
                yield Misfit(
                    "grades",
                    HIDDEN if hidden else label,
                    f"the grade of {_whose(cohort, label)} is not "
                    + (
                        "a number, and the scheme has no scale"
                        if self.grades is None
                        else "on the scheme's scale"
                    ),
                    "correct it, or add it to `grades:`"
                    + (f"; nearest on the scale: {near!r}" if near else ""),
                    code="unknown_grade",
                )

    def direction_remarks(self, cohort: Cohort) -> Iterator[str]:
        """Yield a remark where most mentees stand on the wrong side of most mentors."""
        levels = [self.levels(side) for side in cohort.sides]
        known = [side[~np.isnan(side)] for side in levels]
        if self.direction == "peer" or not all(map(len, known)):
            return
        # np.median would load numpy's masked arrays, which takes as long as a small matching
        mentee, mentor = (float(np.sort(side)[len(side) // 2]) for side in known)
        if (mentee < mentor) if self.direction == "reverse" else (mentee > mentor):
            seniors = "mentors" if mentor > mentee else "mentees"
            yield (
                f"by their grades the {seniors} are the seniors, and the scheme's direction is "
                f"{self.direction}: are the tables swapped?"
            )

    def frame(self, side: Side, named: tuple[str, ...] = ()) -> pd.DataFrame:
        """Return a side for a user's own function, without sensitive columns it did not name."""
        table = side.to_frame()
        return table.drop(columns=[c for c in self.sensitive - set(named) if c in table])


class Declared(BaseModel, ABC):
    """A frozen declaration with a `type` by which a scheme file names it.

    A subclass with a ``type`` of its own is registered when its class statement runs. Running
    the same statement twice (a notebook cell) replaces the class; another class under a taken
    ``type`` is refused.
    """

    # Built when first used: a scheme uses few of them, and building all would double the import.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)

    family: ClassVar[str]
    registry: ClassVar[dict[str, type[Declared]]]

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Register the class under its `type`."""
        super().__pydantic_init_subclass__(**kwargs)
        info = cls.model_fields.get("type")
        if info is None or not isinstance(info.default, str):
            return
        taken = cls.registry.get(info.default)
        if taken is not None and (taken.__module__, taken.__qualname__) != (
            cls.__module__,
            cls.__qualname__,
        ):
            raise TypeError(f"the {cls.family} type {info.default!r} is taken by {taken!r}")
        cls.registry[info.default] = cls

    def columns_used(self) -> tuple[str, ...]:
        """Return the names of the cohort columns this declaration reads."""
        return ()

    def misfits(self, cohort: Cohort, setting: Setting) -> Iterator[Misfit]:
        """Yield what this declaration needs and the cohort does not have.

        By default every column of `columns_used` must be in the tables of both sides.
        """
        for name in self.columns_used():
            yield from column_misfits(cohort, name)

    def remarks(self, cohort: Cohort, setting: Setting) -> Iterator[str]:
        """Yield what a coordinator should know of, though nothing stops the run."""
        yield from ()

    def reads_sensitive(self, setting: Setting) -> bool:
        """Whether a sensitive column is among the columns used."""
        return any(name in setting.sensitive for name in self.columns_used())


def _whose(cohort: Cohort, grade: str) -> str:
    """Name the people with a grade, three at most."""
    ids = [
        f"{side.role} {side.ids[person]}"
        for side in cohort.sides
        for person in np.flatnonzero(side.column("grade") == grade).tolist()
    ]
    return ", ".join(ids[:3]) + (f" and {len(ids) - 3} more" if len(ids) > 3 else "")


def column_misfits(
    cohort: Cohort, name: str, roles: tuple[Role, ...] = ("mentee", "mentor")
) -> Iterator[Misfit]:
    """Yield a misfit for each named side whose table has no such column."""
    known = list(dict.fromkeys(column for side in cohort.sides for column in side.columns))
    missing = [role for role in roles if not cohort.side(role).has(name)]
    if missing:
        near = nearest(name, [column for column in known if column != name])
        whose = " nor the ".join(f"{role}s'" for role in missing)
        start = "neither the" if len(missing) == 2 else "the"
        yield Misfit(
            "column",
            name,
            f"{start} {whose} table has a column {name!r}"
            if len(missing) == 2
            else f"{start} {whose} table has no column {name!r}",
            (f"nearest column: {near!r}; " if near else "")
            + "add it, or map a header to it under `columns:`",
            code="missing_column",
        )


def to_number(text: str) -> float | None:
    """Return a finite number, or None where the text is not one."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def misanswered(name: str, reason: str, *, code: str) -> SchemeError:
    """Return the error about what a user's own function returned."""
    remedy = "return one value a pair, shape (n_mentees, n_mentors)"
    return SchemeError([Problem("scheme", "", name, "", reason, remedy, code=code)])


class _FamilySchema:
    """JSON Schema of a family: one of the registered classes, whenever it is asked for."""

    def __init__(self, base: type[Declared]) -> None:
        self.base = base

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        classes = [self.base.registry[tag] for tag in sorted(self.base.registry)]
        for cls in classes:
            cls.model_rebuild()
        return {
            "oneOf": [
                handler(cls.__pydantic_core_schema__)
                for cls in classes
                if not getattr(cls, "unsaveable", None)
            ]
        }


def any_of(base: Any, convert: Callable[[Any], Any] = lambda value: value) -> Any:
    """Return the annotated type "any registered member of this family".

    Parameters
    ----------
    base : type of Declared
        The base class of the family.
    convert : callable
        Applied to a value first; turns a short form into a mapping or a member.
    """

    def known() -> list[str]:
        members = base.registry.items()
        return sorted(tag for tag, cls in members if not getattr(cls, "unsaveable", None))

    def validate(value: Any) -> Any:
        value = convert(value)
        if isinstance(value, base):
            return value
        if not isinstance(value, Mapping) or not isinstance(value.get("type"), str):
            raise PydanticCustomError(
                "no_type",
                "a {family} is a mapping with a `type`",
                {"family": base.family, "remedy": f"one of: {', '.join(known())}"},
            )
        tag = value["type"]
        if tag not in base.registry:
            near = nearest(tag, known())
            remedy = f"did you mean {near!r}?" if near else f"one of: {', '.join(known())}"
            raise PydanticCustomError(
                "unknown_type",
                "there is no {family} of type '{tag}'",
                {"family": base.family, "tag": tag, "remedy": remedy},
            )
        return base.registry[tag].model_validate(value)

    return Annotated[Any, PlainValidator(validate), _FamilySchema(base)]
