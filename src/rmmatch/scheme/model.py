"""The scheme: what a committee decided, as one frozen value that reads and writes YAML and JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from rmmatch.cohort import Cohort, Reading, column_name
from rmmatch.cohort.columns import RELATION_COLUMNS
from rmmatch.cohort.commas import comma_problems
from rmmatch.cohort.edits import emptied
from rmmatch.cohort.identities import OTHERS
from rmmatch.cohort.identities.doubts import remarks as doubt_remarks
from rmmatch.cohort.identities.doubts import unsettled
from rmmatch.cohort.identities.names import NAME_COLUMNS
from rmmatch.criteria import AnyCriterion, Criterion
from rmmatch.criteria.table import Table
from rmmatch.declarations.base import ColumnName, NotEmpty
from rmmatch.declarations.meetings import Meetings
from rmmatch.declarations.setting import Direction, Mismatch, SchemeContext
from rmmatch.errors import Problem
from rmmatch.rules import AnyRule, Pairs, Rule
from rmmatch.scheme.consistency import (
    monitored_uses,
    part_errors,
    people_settled,
    places_of_sides,
    private_columns,
)
from rmmatch.scheme.display import scheme_html
from rmmatch.scheme.document import SchemeDocument
from rmmatch.scheme.objectives import DEFAULT_OBJECTIVE, Aim, Entry
from rmmatch.scheme.quotas import Quota
from rmmatch.scheme.remarks import (
    ALWAYS_READ_RELATIONS,
    absent_columns,
    idle_aims,
    missing_data,
    missing_reasons,
    misspelt_columns,
    one_group_mismatches,
    places_too_few,
    reading_mismatches,
    undecided_columns,
    unmapped_headers,
    unused_relations,
)
from rmmatch.scheme.text import distinct_names, plain_data
from rmmatch.spelling import fold

__all__ = ["Scheme"]

# Lists of people that protect somebody whatever the scheme says.
_PROTECTIVE_RELATIONS = frozenset({"conflict", "declined", "forbidden"})

Grades = Annotated[
    Annotated[tuple[str, ...], NotEmpty, Tag("list")]
    | Annotated[dict[str, float], NotEmpty, Tag("mapping")],
    # One of the two is meant, so that a mistake in it is not also reported for the other.
    Discriminator(lambda value: "mapping" if isinstance(value, Mapping) else "list"),
]


class Scheme(SchemeDocument):
    """What makes a pair good, what forbids it, and what the whole pairing is for.

    A scheme knows policy, not people; it is checked against a cohort when the two meet (`score`,
    `match`, `validate`).

    Attributes
    ----------
    version : 1
        Of the file format.
    name : str
    direction : {'reverse', 'traditional', 'peer'}
        In a ``reverse`` scheme the mentee is the senior.
    grades : tuple of str or dict of float
        The grade scale, low to high; or a level for each label.
    cycle_weeks : int
        Length of the rota cycle of the availability, in weeks.
    columns : dict
        Survey question → standard column name, for `read_cohort`.
    people : dict
        Whom a name in a list of people means: an id, an e-mail address, or ``outside`` for
        somebody who does not take part. The key ``others`` says ``outside`` of all names that
        lead to nobody, with the digest that the list was shown with.
    capacity : dict
        Places of people whose cell is empty, by side: ``{mentors: 2}``.
    each_side : bool
        The ids of each table were numbered for themselves: they become ``M1`` and ``E1``.
    monitoring_only : tuple of str
        Columns kept for equality monitoring: nothing of the scheme may use them, and nothing shows
        them; as they are stored, also where a survey question was given.
    sensitive : tuple of str
        Columns that only the rules and quotas that name them may use, and nothing shows; as they
        are stored. Those of `monitoring_only` are among them.
    criteria : tuple of Criterion
    rules : tuple of Rule
    quotas : tuple of Quota
    min_load : {'hard', 'if_used'}
        What the column `min_load` asks of people who apply: so many pairs at least, or so many
        unless they have none.
    objective : tuple of str or Aim
        Tiers, each optimised before the next: names, or mappings with options. `aims` has them
        all in one form. By default as many applicants with a partner as possible, then as many
        pairs, then people with a priority, then the total score.
    meetings : Meetings, optional

    Examples
    --------
    >>> scheme = Scheme.from_dict({
    ...     "criteria": [{"type": "goals", "weight": 4}],
    ...     "rules": [{"type": "relations", "forbid": ["tutor"]}],
    ... })
    >>> scheme.criteria[0].weight, scheme.objective
    (4.0, ('participation', 'pairs', 'priority', 'total'))
    """

    version: Literal[1] = 1
    name: str = ""
    direction: Direction = "reverse"
    grades: Grades | None = None
    cycle_weeks: Annotated[int, Field(ge=1, le=53)] = 1
    columns: dict[str, str] = Field(default_factory=dict)
    people: Annotated[dict[str, str], AfterValidator(people_settled)] = Field(default_factory=dict)
    capacity: Annotated[
        dict[str, Annotated[int, Field(ge=0, le=1_000_000)]], AfterValidator(places_of_sides)
    ] = Field(default_factory=dict)
    each_side: bool = False
    monitoring_only: tuple[ColumnName, ...] = ()
    sensitive: Annotated[tuple[ColumnName, ...], Field(validate_default=True)] = ()
    criteria: tuple[AnyCriterion, ...] = ()
    rules: tuple[AnyRule, ...] = ()
    quotas: tuple[Quota, ...] = ()
    min_load: Literal["hard", "if_used"] = "hard"
    objective: Annotated[tuple[Entry, ...], NotEmpty] = DEFAULT_OBJECTIVE
    meetings: Meetings | None = None

    @field_validator("objective", "grades")
    @classmethod
    def _no_repeats(cls, value: Any, info: ValidationInfo) -> Any:
        names: list[str] = [*(value or ())]
        if info.field_name == "objective":
            aims = (entry if isinstance(entry, Aim) else Aim(tier=entry) for entry in value)
            names = [aim.label for aim in aims]
        if len({*map(fold, names)}) < len(names):
            raise ValueError("has the same name twice")
        return value

    @field_validator("monitoring_only", "sensitive")
    @classmethod
    def _as_stored(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        """Take a survey question for the column it is, so that both ways of naming it hide it."""
        value = private_columns(value, info.data.get("columns", {}), str(info.field_name))
        monitored = info.data.get("monitoring_only", ())
        return (*(name for name in value if name not in monitored), *monitored)

    @model_validator(mode="after")
    def _parts_go_together(self) -> Self:
        private = self.sensitive, self.monitoring_only
        if errors := [*part_errors(self._parts, *private, self.columns)]:
            raise ValidationError.from_exception_data("Scheme", errors)
        return self

    @property
    def _parts(self) -> dict[str, Sequence[Any]]:
        families = {key: getattr(self, key) for key in ("criteria", "rules", "quotas")}
        return {**families, "objective": self.aims}

    # --- construction ----------------------------------------------------------------------

    if TYPE_CHECKING:  # what may be given; pydantic makes of it what the attributes say

        def __init__(
            self,
            *,
            version: Literal[1] = 1,
            name: str = "",
            direction: Direction = "reverse",
            grades: Sequence[str] | Mapping[str, float] | None = None,
            cycle_weeks: int = 1,
            columns: Mapping[str, str] = ...,
            people: Mapping[str, str] = ...,
            capacity: Mapping[str, int] = ...,
            each_side: bool = False,
            sensitive: Sequence[str] = (),
            monitoring_only: Sequence[str] = (),
            criteria: Sequence[Criterion | Mapping[str, Any] | Callable[..., Any]] = (),
            rules: Sequence[Rule | Mapping[str, Any]] = (),
            quotas: Sequence[Quota | Mapping[str, Any]] = (),
            min_load: Literal["hard", "if_used"] = "hard",
            objective: Sequence[str | Aim | Mapping[str, Any]] = DEFAULT_OBJECTIVE,
            meetings: Meetings | Mapping[str, Any] | None = None,
        ) -> None: ...

    def to_dict(self) -> dict[str, Any]:
        """Return the scheme as plain data, only what was set and what names it.

        Raises
        ------
        NotSupportedError
            A criterion is a plain function, which has no text.
        """
        return plain_data(self, self.criteria)

    # --- meeting a cohort ------------------------------------------------------------------

    @property
    def aims(self) -> tuple[Aim, ...]:
        """The tiers of the objective, each with its options."""
        return tuple(
            entry if isinstance(entry, Aim) else Aim(tier=entry) for entry in self.objective
        )

    @property
    def source(self) -> str:
        """Name of the file it came from, for messages."""
        return self._file.name if self._file else "scheme"

    @property
    def setting(self) -> SchemeContext:
        """What the criteria and rules need to know of the scheme."""
        levels: Mapping[str, float] | None = None
        if isinstance(self.grades, dict):
            levels = {fold(label): level for label, level in self.grades.items()}
        elif self.grades is not None:
            levels = {fold(label): float(level) for level, label in enumerate(self.grades)}
        return SchemeContext(
            direction=self.direction,
            grades=levels,
            labels=tuple(self.grades or ()),
            cycle_weeks=self.cycle_weeks,
            sensitive=frozenset((*self.sensitive, *self.monitoring_only)),
            folder=self._file.parent if self._file else None,
        )

    @property
    def reading(self) -> Reading:
        """How its tables are to be read."""
        people, capacity = dict(self.people), dict(self.capacity)
        return Reading(people, capacity, self.each_side, self.sensitive)

    def in_ids_of(self, cohort: Cohort) -> Self:
        """Return the scheme with everybody it names by the ids that they have in a cohort.

        Who is nobody there stays as written, for `problems` to say. Columns that the cohort was
        read with as sensitive, as by a form, are sensitive in the scheme too. The scheme itself is
        returned where nothing changes.

        Parameters
        ----------
        cohort : Cohort
        """
        hidden = [
            name
            for name in cohort.reading.sensitive
            if name not in self.sensitive and (cohort.has_column(name) or name in cohort.relations)
        ]
        if hidden:
            sensitive = (*self.sensitive, *hidden)
            return self.model_copy(update={"sensitive": sensitive}).in_ids_of(cohort)
        if not any(isinstance(member, Pairs | Table) for member in (*self.criteria, *self.rules)):
            return self
        scheme = self.inlined()
        members = {
            key: tuple(
                member.in_ids_of(cohort) if isinstance(member, Pairs | Table) else member
                for member in getattr(scheme, key)
            )
            for key in ("criteria", "rules")
        }
        if all(member == getattr(scheme, key) for key, member in members.items()):
            return self
        return scheme.model_copy(update=members)

    def inlined(self) -> Self:
        """Return the scheme with the tables it names written in it, so that it stands alone."""
        criteria = tuple(
            criterion.inlined(self.setting) if isinstance(criterion, Table) else criterion
            for criterion in self.criteria
        )
        return self.model_copy(update={"criteria": criteria})

    def readable(self, cohort: Cohort) -> Cohort:
        """Return a cohort as this scheme may read it.

        Nothing shows its sensitive columns, and those kept for monitoring only are empty.

        Parameters
        ----------
        cohort : Cohort
        """
        return emptied(cohort.hiding(self.sensitive), self.monitoring_only)

    def problems(self, cohort: Cohort) -> list[Problem]:
        """Return everything the scheme needs of a cohort and does not find, in order.

        Parameters
        ----------
        cohort : Cohort
        """
        cohort, setting = self.readable(cohort), self.setting
        mismatches = [  # of monitored columns: a part may have come in unvalidated
            (
                f"{use.family}[{use.position}]",
                Mismatch("", "", use.reason, use.remedy, "monitoring_only"),
            )
            for use in monitored_uses(self._parts, self.monitoring_only, self.columns)
        ]
        mismatches += [
            (f"{family}[{index}]", misfit)
            for family, members in (("criteria", self.criteria), ("rules", self.rules))
            for index, member in enumerate(members)
            for misfit in member.misfits(cohort, setting)
        ]
        for index, quota in enumerate(self.quotas):
            mismatches += [
                (f"quotas[{index}]", misfit) for misfit in quota.misfits(cohort, setting)
            ]
        for index, aim in enumerate(self.aims):
            mismatches += [(f"objective[{index}]", misfit) for misfit in aim.misfits(cohort)]
        mismatches += [("", misfit) for misfit in one_group_mismatches(cohort, self.direction)]
        mismatches += [("columns", misfit) for misfit in unmapped_headers(cohort, self.columns)]
        mismatches += [("", misfit) for misfit in reading_mismatches(cohort, self.reading)]
        used = None if self._reads_undeclared else self.columns_used()
        mismatches += [("", misfit) for misfit in undecided_columns(cohort, used)]
        problems = (
            Problem(
                self.source,
                "",
                _mismatch_path(where, misfit),
                misfit.value,
                misfit.reason,
                misfit.remedy,
                code=misfit.code,
            )
            for where, misfit in mismatches
        )
        commas = comma_problems(cohort, self.list_columns(), setting.sensitive)
        return list(dict.fromkeys((*problems, *commas, *self._unsettled(cohort))))

    def _unsettled(self, cohort: Cohort) -> Iterator[Problem]:
        """Yield the names in lists of people that must be settled first."""
        settled = {**cohort.reading.people, **self.people}  # a form may say it too
        if cohort.doubts:  # else nobody need be looked up, which takes a second in a large cohort
            yield from unsettled(
                cohort.doubts,
                cohort.directory,
                self._lists_read(cohort),
                others=next((v for k, v in settled.items() if fold(k) == OTHERS), ""),
                sensitive=cohort.reading.sensitive,
            )

    def _lists_read(self, cohort: Cohort) -> frozenset[str]:
        """Return the lists of people that may decide who is paired."""
        used = self.columns_used()
        if self._reads_undeclared:
            used |= {doubt.column for doubt in cohort.doubts}
        return _PROTECTIVE_RELATIONS | used

    @property
    def _reads_undeclared(self) -> bool:
        """Whether somebody's own class, or function, may read what it does not declare."""
        members = (*self.criteria, *self.rules, *self.quotas, *self.aims)
        own = (m for m in members if not type(m).__module__.startswith("rmmatch."))
        return any(not member.columns_used() for member in own)

    def columns_used(self) -> frozenset[str]:
        """Return the columns and kinds of relation that criteria, rules, quotas and tiers name."""
        members = (*self.criteria, *self.rules, *self.quotas, *self.aims)
        return frozenset(name for member in members for name in member.columns_used())

    def list_columns(self) -> frozenset[str]:
        """Return the columns of which some criterion, rule or quota reads each cell as a list."""
        members = (*self.criteria, *self.rules, *self.quotas)
        return frozenset(name for member in members for name in member.list_columns())

    def columns_unread(self, cohort: Cohort) -> tuple[str, ...]:
        """Return the columns of a cohort that no pairing by this scheme depends on, sorted.

        Not among them are names and e-mail addresses, by which people are found, and
        ``declined``, which holds whatever the scheme says.

        Parameters
        ----------
        cohort : Cohort
        """
        used = {
            *NAME_COLUMNS,
            *self.columns_used(),
            *ALWAYS_READ_RELATIONS.intersection(RELATION_COLUMNS),
        }
        return tuple(sorted({name for side in cohort.sides for name in side.columns} - used))

    def notes(self, cohort: Cohort) -> tuple[str, ...]:
        """Return a cohort's notes but those on sensitive columns, which may name people.

        Parameters
        ----------
        cohort : Cohort
        """
        hidden = tuple(f"{name}: " for name in self.sensitive)
        return tuple(note for note in cohort.notes if not note.startswith(hidden))

    def remarks(self, cohort: Cohort) -> Iterator[str]:
        """Yield what a coordinator should know of before trusting the run.

        That is what the reader noticed, but of sensitive columns; then what is odd about the scheme
        with this cohort.

        Parameters
        ----------
        cohort : Cohort
        """
        yield from self.notes(cohort)
        yield from absent_columns(cohort, self.sensitive, self.monitoring_only)
        yield from missing_reasons(self.rules, self.quotas, self.setting)
        if not self.criteria:
            yield "the scheme has no criteria, so every pair scores 0"
        yield from places_too_few(cohort)
        mapped = {column_name(name) for name in self.columns.values()}
        yield from misspelt_columns(cohort, mapped | self.columns_used())
        hidden = {*self.sensitive, *cohort.reading.sensitive}
        yield from doubt_remarks(cohort.doubts, self._lists_read(cohort), hidden)
        used = {name for member in (*self.rules, *self.aims) for name in member.columns_used()}
        yield from idle_aims(cohort, self.aims, self.rules)
        yield from unused_relations(cohort, used, self.sensitive)
        scored = (name for criterion in self.criteria for name in criterion.columns_used())
        yield from missing_data(cohort, scored)
        members, cohort = (*self.criteria, *self.rules, *self.quotas), self.readable(cohort)
        yield from dict.fromkeys(r for m in members for r in m.remarks(cohort, self.setting))

    def public_description(self, rule: Rule, index: int) -> str:
        """Return what a rule is called: its author's name, or what it does.

        Of a rule that reads a sensitive column only its number is given, from 1.

        Parameters
        ----------
        rule : Rule
            One of `rules`.
        index : int
            Its position among them.
        """
        if rule.reads_sensitive(self.setting):
            return f"a confidential rule (rule {index + 1})"
        return rule.title

    def criterion_labels(self) -> tuple[str, ...]:
        """Return a distinct name for each criterion, in order."""
        other_columns = ("mentee", "mentor", "score")  # of a table of pairs
        return distinct_names((criterion.title for criterion in self.criteria), other_columns)

    def _repr_html_(self) -> str:
        return scheme_html(
            self.name,
            self.setting,
            criteria=list(zip(self.criterion_labels(), self.criteria, strict=True)),
            rules=self.rules,
            quotas=self.quotas,
            aims=self.aims,
        )


def _mismatch_path(where: str, misfit: Mismatch) -> str:
    if misfit.key in Scheme.model_fields:
        return misfit.key
    return f"{where}.{misfit.key}" if misfit.key else where
