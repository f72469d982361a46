"""A cohort and its scheme under other names: as plain data that scores every pair as before."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from random import Random
from typing import Any, TypeAlias

from rmmatch.cohort import Cohort, Role, Side
from rmmatch.cohort.cells import YES_NO
from rmmatch.cohort.columns import RELATION_COLUMNS, STANDARD_COLUMNS
from rmmatch.criteria import Attribute, Goals, PowerDistance, Speciality, Workplace
from rmmatch.errors import NotSupportedError
from rmmatch.matching.records.pseudonyms import (
    NumberPseudonyms,
    PeoplePseudonyms,
    WordPseudonyms,
    move_times,
)
from rmmatch.rules import AttributeRule, Eligible, PowerDistanceRule, always_in_force
from rmmatch.scheme import Scheme
from rmmatch.scheme.quotas import Quota

__all__ = ["PLAIN_KEYS", "Disguise", "compared_columns"]

_STANDARD_NAMES = frozenset(
    {*STANDARD_COLUMNS, *RELATION_COLUMNS}
    | {"forbidden", "kept", "manual", "paired_before", "pinned", "same_person"}
)
_NUMBER_COLUMNS = ("capacity", "min_load", "priority")
# Keys of criteria, rules and quotas whose values are numbers, or words of rmmatch's own.
PLAIN_KEYS = frozenset(
    {
        *("at_least", "at_most", "each", "enough", "far", "gap", "generous", "levels", "max_gap"),
        *("measure", "min_gap", "min_minutes", "missing", "must_have", "parity", "penalty"),
        *("prefer", "ranked", "rarity", "relation", "scale", "side", "soft", "spread", "target"),
        *("tier", "type", "view", "weight", "within"),
    }
)
_COLUMN_MEMBERS = (Attribute, AttributeRule, Eligible, Goals, Speciality, Workplace)
_REASON = "written in the original scheme"  # it may name people
_ColumnPseudonyms: TypeAlias = WordPseudonyms | NumberPseudonyms
_DegreeTable = Mapping[str, Mapping[str, float]]


class Disguise:
    """What everybody and everything of a cohort and a scheme is called instead.

    Parameters
    ----------
    cohort : Cohort
    scheme : Scheme
        With everything it names written in it.
    chance : Random
        Draws the names.

    Attributes
    ----------
    people : People

    Raises
    ------
    NotSupportedError
        The scheme has a criterion or a rule of somebody's own, which may read anything.
    """

    def __init__(self, cohort: Cohort, scheme: Scheme, chance: Random) -> None:
        own = [
            type(member).__name__
            for member in (*scheme.criteria, *scheme.rules)
            if not type(member).__module__.startswith("rmmatch.")
        ]
        if own:
            raise NotSupportedError(
                f"a run with criteria or rules of your own ({', '.join(own)}) cannot be made "
                "anonymous: they may read anything that is written of people"
            )
        self._cohort, self._scheme, self._chance = cohort, scheme, chance
        self.people = PeoplePseudonyms(cohort, chance)
        members = (*scheme.criteria, *always_in_force(), *scheme.rules, *scheme.quotas)
        self._used = {"pinned", *(name for member in members for name in member.columns_used())}
        self._used |= {name for aim in scheme.aims for name in aim.columns_used()}
        self._names = self._new_names()
        self._columns = {name: self._column(name) for name in sorted(compared_columns(scheme))}

    # --- columns ---------------------------------------------------------------------------

    def name(self, name: str) -> str:
        """Return what a column or a kind of relation is called; as before where rmmatch names it.

        A name of somebody's own may be the text of a question.

        Parameters
        ----------
        name : str
            As the cohort has it.
        """
        if name not in self._names and name not in _STANDARD_NAMES:
            self._names[name] = f"column_{len(self._names) + 1}"
        return self._names.get(name, name)

    def tier(self, label: str) -> str:
        """Return what a tier is called: some have a kind of relation in their name.

        Parameters
        ----------
        label : str
            As of `Aim.label`.
        """
        name, space, kind = label.partition(" ")
        return f"{name} {self.name(kind)}" if space else label

    def _new_names(self) -> dict[str, str]:
        names = {name for side in self._cohort.sides for name in side.columns}
        names |= {*self._cohort.relations, *self._used, *self._scheme.sensitive}
        own = sorted(names - _STANDARD_NAMES)
        self._chance.shuffle(own)
        return {name: f"column_{number}" for number, name in enumerate(own, 1)}

    def _column(self, name: str) -> _ColumnPseudonyms:
        scheme = self._scheme
        cells = {cell for side in self._cohort.sides for cell in side.column(name)} - {None}
        has_levels = any(
            isinstance(member, PowerDistance | PowerDistanceRule)
            for member in (*scheme.criteria, *scheme.rules)
        )
        is_measured = name == "grade" and has_levels and scheme.grades is None
        is_measured |= any(
            (isinstance(member, Attribute) and member.prefer == "close")
            or (isinstance(member, AttributeRule) and member.relation == "within")
            for member in (*scheme.criteria, *scheme.rules)
            if name == getattr(member, "column", None)
        )
        if is_measured:
            return NumberPseudonyms(cells, self._chance)
        answers = any(isinstance(rule, Eligible) and rule.column == name for rule in scheme.rules)
        answers |= name in _condition_columns(scheme)
        ranked = list(scheme.grades or ()) if name == "grade" else []
        if isinstance(scheme.grades, dict):
            ranked.sort(key=scheme.grades.__getitem__)
        return WordPseudonyms(cells, self._chance, ranked=ranked, plain=YES_NO if answers else ())

    # --- people ----------------------------------------------------------------------------

    def cohort(self) -> dict[str, Any]:
        """Return the people, without what nothing reads, notes, and where the tables came from."""
        cohort = self._cohort
        times = move_times(
            [side.calendars for side in cohort.sides], self._scheme.cycle_weeks, self._chance
        )
        sides: dict[str, Any] = {
            side.role: self._side(side, calendars)
            for side, calendars in zip(cohort.sides, times, strict=True)
        }
        places = [self.people.places(side.role) for side in cohort.sides]
        relations = {}
        for kind in sorted(cohort.relations.keys() & self._used, key=self.name):
            pairs = cohort.relations[kind]
            moved = sorted(
                (places[0][mentee], places[1][mentor])
                for mentee, mentor in zip(
                    pairs.mentees.tolist(), pairs.mentors.tolist(), strict=True
                )
            )
            relations[self.name(kind)] = [[e for e, _ in moved], [m for _, m in moved]]
        managers: dict[str, list[str]] = {}
        for report, chain in cohort.managers.items() if "line_manager" in self._used else ():
            managers_of_report = managers.setdefault(self.people.id(report), [])
            managers_of_report += [
                id_ for id_ in map(self.people.id, chain) if id_ not in managers_of_report
            ]
        return {
            **sides,
            "relations": relations,
            "managers": {report: sorted(chain) for report, chain in sorted(managers.items())},
            "notes": [],
            "sources": [],
        }

    def _side(self, side: Side, calendars: Sequence[Sequence[Any]]) -> dict[str, Any]:
        order = self.people.orders[side.role]
        plain: dict[str, Any] = {"ids": self.people.ids(side.role)}
        plain["status"] = side.status[order].tolist()
        plain |= {name: getattr(side, name)[order].tolist() for name in _NUMBER_COLUMNS}
        columns = {self.name(name): self._cells(side, name) for name in side.columns}
        used = {self.name(name) for name in self._used}
        plain["columns"] = {name: columns[name] for name in sorted(columns.keys() & used)}
        if "availability" in self._used:
            codes: dict[int, int] = {}  # numbered by who stands first
            calendar_codes = side.calendar[order].tolist()
            plain["calendar"] = [
                -1 if code < 0 else codes.setdefault(code, len(codes)) for code in calendar_codes
            ]
            plain["calendars"] = [[list(slot) for slot in calendars[code]] for code in codes]
        if "preferences" in self._used:
            partner_role: Role = "mentor" if side.role == "mentee" else "mentee"
            places = self.people.places(partner_role)
            plain["preferences"] = [
                [places[wished] for wished in side.preferences[person].tolist()] for person in order
            ]
        return plain

    def _cells(self, side: Side, name: str) -> list[str | None]:
        """Return a column; of lists of people and of times only who has any, by an empty cell."""
        column = self._columns.get(name)
        cells = (side.columns[name][person] for person in self.people.orders[side.role])
        return [
            None if cell is None else "" if column is None else column.cell(cell) for cell in cells
        ]

    # --- the scheme ------------------------------------------------------------------------

    def scheme(self) -> dict[str, Any]:
        """Return the scheme, without what is for reading tables, its name and its meetings."""
        scheme, data = self._scheme, self._scheme.to_dict()
        as_it_is = ("version", "direction", "cycle_weeks")
        new: dict[str, Any] = {key: data[key] for key in as_it_is if key in data}
        if scheme.min_load != "hard":
            new["min_load"] = scheme.min_load
        if isinstance(scheme.grades, dict):
            new["grades"] = {self._cell("grade", label): n for label, n in scheme.grades.items()}
        elif scheme.grades is not None:
            new["grades"] = [self._cell("grade", label) for label in scheme.grades]
        if sensitive := {*scheme.sensitive}.difference(scheme.monitoring_only):
            new["sensitive"] = sorted(map(self.name, sensitive))
        for key in ("criteria", "rules", "objective"):
            if key in data:
                new[key] = [
                    entry if isinstance(entry, str) else self._entry(entry) for entry in data[key]
                ]
        if scheme.quotas:
            quotas = zip(scheme.quotas, data["quotas"], strict=True)
            new["quotas"] = [self._quota(quota, entry) for quota, entry in quotas]
        return new

    def _cell(self, name: str, text: str) -> str:
        column = self._columns.get(name)
        if column is None:  # a scale that nothing reads
            column = self._columns[name] = self._column(name)
        return column.cell(text)

    def _entry(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        """Return a criterion, a rule or a tier in the names of the disguise."""
        new = {key: value for key, value in entry.items() if key in PLAIN_KEYS}
        column = str(entry.get("column"))
        for key, value in entry.items():
            if key in PLAIN_KEYS or value is None or key == "name":  # names are somebody's words
                continue
            if key == "reason":
                new[key] = _REASON
                continue
            if key in ("column", "kind"):
                new[key] = self.name(value)
            elif key == "forbid" and entry["type"] == "relations":
                new[key] = [self.name(kind) for kind in value]
            elif key in ("pin", "forbid"):
                new[key] = sorted(self.people.pair(*pair) for pair in value)
            elif key == "rows":
                new[key] = sorted([*self.people.pair(*row[:2]), row[2]] for row in value)
            elif key in ("values", "any"):
                new[key] = sorted(self._cell(column, text) for text in value)
            elif key == "only_where":
                new[key] = self._condition(value)
            elif key == "related":
                words = self._columns[column]
                new[key] = _rename_table(value, words.of_scheme)
            elif key == "distances":
                new[key] = _rename_table(value, self._columns[column].cell)
            else:
                raise AssertionError(f"nobody has said how to hide {key!r}")
        return new

    def _condition(self, only_where: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
        return {
            self.name(name): sorted(self._cell(name, text) for text in only_where[name])
            for name in sorted(only_where, key=self.name)
        }

    def _quota(self, quota: Quota, entry: Mapping[str, Any]) -> dict[str, Any]:
        new = {key: value for key, value in entry.items() if key in PLAIN_KEYS}
        if quota.reason:
            new["reason"] = _REASON
        if quota.column is not None:
            new["column"] = self.name(quota.column)
        if quota.any is not None:
            new["any"] = sorted(self._cell(str(quota.column), text) for text in quota.any)
        if quota.only_where is not None:
            new["only_where"] = self._condition(quota.only_where)
        if quota.value is not None and quota.column is not None:
            role: Role = "mentor" if quota.side == "mentors" else "mentee"
            new["value"] = self._quota_value(role, quota.column, quota.value)
        wanted: tuple[tuple[Role, dict[str, str] | None], ...] = (
            ("mentor", quota.mentor),
            ("mentee", quota.mentee),
        )
        for side, values in wanted:
            if values is not None:
                new[side] = {
                    self.name(column): self._quota_value(side, column, values[column])
                    for column in sorted(values, key=self.name)
                }
        return new

    def _quota_value(self, role: Role, column: str, value: str) -> str:
        cells = [cell for cell in self._cohort.side(role).column(column) if cell is not None]
        return self._columns[column].of_scheme(value, cells)


def compared_columns(scheme: Scheme) -> set[str]:
    """Return the columns whose cells are compared as words or as numbers.

    Of the others only those are read that list people or times, which a cohort has as positions,
    ids and minutes.

    Parameters
    ----------
    scheme : Scheme
    """
    compared = {column for quota in scheme.quotas for column in quota.columns_used()}
    compared |= _condition_columns(scheme)
    for member in (*scheme.criteria, *scheme.rules):
        if isinstance(member, _COLUMN_MEMBERS):
            compared.add(member.column)
        elif isinstance(member, PowerDistance | PowerDistanceRule):
            compared.add("grade")
    return compared


def _condition_columns(scheme: Scheme) -> set[str]:
    """Return the columns whose answers decide whom a part of the scheme binds."""
    members = (*scheme.criteria, *scheme.rules, *scheme.quotas)
    return {name for member in members for name in getattr(member, "only_where", None) or ()}


def _rename_table(table: _DegreeTable, rename: Any) -> dict[str, dict[str, float]]:
    """Return a table of two words and a number in other words, in an order that is theirs.

    Two spellings of one word stay two: the spaces behind it mean nothing.
    """
    new: dict[str, dict[str, float]] = {}
    for word, degrees in table.items():
        row: dict[str, float] = {}
        for second_word, number in degrees.items():
            row[_unused_word(rename(second_word), row)] = number
        new[_unused_word(rename(word), new)] = dict(sorted(row.items()))
    return dict(sorted(new.items()))


def _unused_word(word: str, taken: Collection[str]) -> str:
    while word in taken:
        word += " "
    return word
