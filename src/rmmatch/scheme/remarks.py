"""What to check in a scheme and a cohort: misspelt columns, missing data, what is not used.

Each function looks at one of these, given what the scheme says; `Scheme.remarks` and
`Scheme.problems` put them together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches

from rmmatch.cohort import Cohort, Reading, column_name
from rmmatch.cohort.columns import RELATION_COLUMNS, STANDARD_COLUMNS
from rmmatch.declarations.setting import Mismatch, SchemeContext
from rmmatch.rules import Pairs, Relations, ReportingChain, Rule
from rmmatch.scheme.quotas import Quota

__all__ = [
    "ALWAYS_READ_RELATIONS",
    "absent_columns",
    "missing_data",
    "missing_reasons",
    "misspelt_columns",
    "places_too_few",
    "reading_mismatches",
    "undecided_columns",
    "unmapped_headers",
    "unused_relations",
]

ALWAYS_READ_RELATIONS = frozenset({"declined", "forbidden", "manual", "pinned", "same_person"})

# Columns that decide who is paired whatever a scheme says.
_DECISIVE_COLUMNS = frozenset(
    {"capacity", "email", "id", "min_load", "name", "priority", "role", "status"}
    | {"preferences", *RELATION_COLUMNS}
)


def absent_columns(
    cohort: Cohort, sensitive: Collection[str], monitored: Collection[str]
) -> Iterator[str]:
    """Yield a sentence on each private column that no table has: it may be misspelt.

    Parameters
    ----------
    cohort : Cohort
    sensitive, monitored : collection of str
        As in `Scheme`.
    """
    for name in sensitive:
        if not cohort.has_column(name) and name not in cohort.relations:
            private = "sensitive" if name not in monitored else "for monitoring only"
            yield f"the scheme says that {name!r} is {private}, but no table has such a column"


def missing_reasons(
    rules: Sequence[Rule], quotas: Sequence[Quota], setting: SchemeContext
) -> Iterator[str]:
    """Yield a sentence on each rule and quota that uses a sensitive column and does not say why.

    A sensitive list of people is no matter: a rule on one is about two people, not about a group.
    The sentence names no column.

    Parameters
    ----------
    rules : sequence of Rule
    quotas : sequence of Quota
    setting : SchemeContext
    """
    families: tuple[tuple[str, Sequence[Rule | Quota]], ...] = (("Rule", rules), ("Quota", quotas))
    for word, members in families:
        for number, member in enumerate(members, start=1):
            if isinstance(member, Pairs | Relations | ReportingChain):
                continue
            attributes = {*member.columns_used()}.difference(RELATION_COLUMNS)
            if not member.reason and attributes & setting.sensitive:
                yield (
                    f"{word} {number} uses a sensitive column and gives no reason. "
                    "Add `reason:` to it: why it is needed, and who agreed to it."
                )


def misspelt_columns(cohort: Cohort, used: Collection[str]) -> Iterator[str]:
    """Yield a sentence on each column that nothing reads and whose name says something should.

    Parameters
    ----------
    cohort : Cohort
    used : collection of str
        Columns and kinds of relation that the scheme reads.
    """
    for side in cohort.sides:
        for name in side.columns:
            if name in used or name in STANDARD_COLUMNS:
                continue
            if name in ALWAYS_READ_RELATIONS:
                yield (
                    f"{side.role}s: the column {name!r} is not used; list such pairs in a table of "
                    "relations"
                )
                continue
            absent = [column for column in STANDARD_COLUMNS if column not in side.columns]
            if hits := get_close_matches(name, absent, n=1, cutoff=0.8):
                yield f"{side.role}s: the column {name!r} is not used; did you mean {hits[0]!r}?"


def places_too_few(cohort: Cohort) -> Iterator[str]:
    """Yield a sentence where at least half of a side's applicants must stay without a partner.

    Parameters
    ----------
    cohort : Cohort
    """
    for side, partner_side in zip(cohort.sides, cohort.sides[::-1], strict=True):
        n_people = int(((side.status == "applicant") & (side.capacity > 0)).sum())
        n_places = int(partner_side.capacity[partner_side.status != "withdrawn"].sum())
        if 2 * n_places > n_people or not n_people:
            continue
        role, partner_role = side.role, partner_side.role
        n_without = n_people - n_places
        has_text = f"{role} will have no" if n_without == 1 else f"{role}s will have no"
        yield (
            f"There are {n_people:,} {role}{'s' * (n_people > 1)} and only {n_places:,} "
            f"place{'s' * (n_places != 1)} with {partner_role}s: at least {n_without:,} "
            f"{has_text} {partner_role}. If {partner_role}s can take more, enter it in the column "
            f"`capacity`, or write `capacity: {{{partner_role}s: 2}}` in the scheme for those who "
            "left it empty."
        )


def missing_data(cohort: Cohort, scored: Iterable[str]) -> Iterator[str]:
    """Yield, for each column that is scored, how many people left it empty.

    Parameters
    ----------
    cohort : Cohort
    scored : iterable of str
        The columns.
    """
    for name in dict.fromkeys(scored):
        counts = [
            f"{count} of {len(side)} {side.role}s"
            for side in cohort.sides
            if (count := side.count_missing(name))
        ]
        if counts:
            yield f"{name}: missing for {' and '.join(counts)}"


def unused_relations(
    cohort: Cohort, used: Collection[str], sensitive: Collection[str]
) -> Iterator[str]:
    """Yield a sentence on each kind of relation that pairs have and no rule reads.

    Parameters
    ----------
    cohort : Cohort
    used : collection of str
        Kinds that rules and tiers read.
    sensitive : collection of str
        Kinds of which nothing is told.
    """
    for kind, pairs in cohort.relations.items():
        is_silent = kind in sensitive or kind in used or kind in ALWAYS_READ_RELATIONS
        if len(pairs) and not is_silent:
            what = "1 pair is" if len(pairs) == 1 else f"{len(pairs)} pairs are"
            yield f"{what} listed as {kind!r}, but no rule of the scheme forbids such pairs"


def unmapped_headers(cohort: Cohort, columns: Mapping[str, str]) -> Iterator[Mismatch]:
    """Yield the headers that a scheme maps and the cohort still has.

    Parameters
    ----------
    cohort : Cohort
    columns : mapping of str to str
        From header to standard column name, as in `Scheme.columns`.
    """
    for header, name in columns.items():
        is_same = column_name(header) == column_name(name)
        if not is_same and cohort.has_column(column_name(header)):
            yield Mismatch(
                "",
                header,
                f"is {name!r} in the scheme, but the tables were read without the scheme",
                "read it with read_cohort(..., scheme=scheme)",
                "read_without_scheme",
            )


def reading_mismatches(cohort: Cohort, reading: Reading) -> Iterator[Mismatch]:
    """Yield what a scheme says of reading its tables, where these were read without.

    Parameters
    ----------
    cohort : Cohort
    reading : Reading
        What the scheme says: `Scheme.reading`.
    """
    for key in ("people", "capacity", "each_side"):
        value, value_read = getattr(reading, key), getattr(cohort.reading, key)
        is_heeded = (
            all(value_read.get(name) == entry for name, entry in value.items())
            if isinstance(value, dict)
            else value_read or not value
        )
        if not is_heeded:
            yield Mismatch(
                key,
                "",
                f"the tables were read without the scheme's `{key}:`",
                "read them with read_cohort(..., scheme=scheme)",
                "read_without_scheme",
            )


def undecided_columns(cohort: Cohort, used: Collection[str] | None) -> Iterator[Mismatch]:
    """Yield the columns that a pairing depends on and that a form has an open question about.

    Parameters
    ----------
    cohort : Cohort
    used : collection of str or None
        Columns that the scheme reads; None where that is not known.
    """
    for name in cohort.reading.undecided:
        if used is None or name in used or name in _DECISIVE_COLUMNS:
            yield Mismatch(
                "",
                "",
                f"the form has an open question about {name!r}, which the pairing depends on",
                "answer it in the form, and read the tables again",
                "undecided",
            )
