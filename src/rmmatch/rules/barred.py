"""People whom a rule on a column bars from everybody, because nobody opposite has their value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from rmmatch.cohort import Cohort, Ragged, Role, Side
from rmmatch.declarations.named_answers import or_text
from rmmatch.declarations.setting import Mismatch, SchemeContext
from rmmatch.errors import HIDDEN, nearest
from rmmatch.files.documents import quoted
from rmmatch.numeric import Bools, Ints
from rmmatch.spelling import fold

__all__ = ["BarredPeople", "barred_mismatches", "barred_people"]

_MAX_SHOWN_PEOPLE = 5  # wording
_MAX_SHOWN_VALUES = 3  # wording
_MAX_COMPARED_VALUES = 1_000  # in search of a slip; speed only
# How people write that any value will do, folded; wording of a remedy only.
_INDIFFERENT = re.compile(
    r"(i )?(have )?(no (strong |particular )?pref\w*|either|any\b.*|open\b.*|all|both|whatever"
    r"|(it )?do(es)? ?n[o']?t (matter|mind)\b.*|don'?t mind\b.*|doesn'?t matter\b.*"
    r"|not (bothered|fussed|important)|no matter|indifferent|flexible|happy with (any|either)\b.*)"
)
_PLAIN_WORD = re.compile(r"[A-Za-z][\w' ]*")


class BarredPeople(NamedTuple):
    """The people of one side whose values nobody on the other side has.

    Attributes
    ----------
    role : {'mentee', 'mentor'}
    people : ndarray of int64
        Positions, in cohort order.
    values : tuple of str
        Their values, the commonest first.
    """

    role: Role
    people: Ints
    values: tuple[str, ...]


def barred_people(
    cohort: Cohort,
    column: str,
    *,
    several: bool,
    allows_blank: bool,
    bound: tuple[Bools, Bools] | None = None,
    exempt: tuple[Bools, Bools] | None = None,
) -> list[BarredPeople]:
    """Return whom a rule bars from everybody that asks for the same value, or for a shared one.

    Parameters
    ----------
    cohort : Cohort
    column : str
    several : bool
        Whether a cell may hold several values, of which one must be shared.
    allows_blank : bool
        Whether the rule allows pairs in which somebody left the column empty.
    bound : (ndarray of bool, ndarray of bool), optional
        Which mentees and mentors the rule binds, of whom one makes it bind a pair.
    exempt : (ndarray of bool, ndarray of bool), optional
        Which mentees and mentors may be paired with anybody.
    """
    labels = cohort.labels(column, several=several)
    rows_of = labels.mentees, labels.mentors
    barred = []
    for index, side in enumerate(cohort.sides):
        rows, partner_rows = rows_of[index], rows_of[1 - index]
        if not len(partner_rows) or (allows_blank and not partner_rows.lengths.all()):
            continue
        is_barred = _is_pairable(side) & (rows.lengths > 0) & ~_shares(rows, partner_rows)
        if bound is not None and not bound[1 - index].all():
            is_barred &= bound[index]
        if exempt is not None:
            is_barred &= ~exempt[index] & ~exempt[1 - index].any()
        people = np.flatnonzero(is_barred)
        if people.size:
            codes = np.concatenate([rows[person] for person in people.tolist()])
            distinct, counts = np.unique(codes, return_counts=True)
            order = np.argsort(-counts, kind="stable")
            names = tuple(labels.names[code] for code in distinct[order].tolist())
            barred.append(BarredPeople(side.role, people, names))
    return barred


def barred_mismatches(
    cohort: Cohort, setting: SchemeContext, column: str, barred: Sequence[BarredPeople]
) -> Iterator[Mismatch]:
    """Yield a mismatch for each side of which people are barred, and what to write.

    Where some of their values say in words that any value will do, only these are named: they
    are likely the cause of the others.

    Parameters
    ----------
    cohort : Cohort
    setting : SchemeContext
        The values of a sensitive column are not shown.
    column : str
    barred : sequence of BarredPeople
    """
    indifferent = [v for group in barred for v in group.values if _INDIFFERENT.fullmatch(fold(v))]
    for group in barred:
        if indifferent and not {*indifferent} & {*group.values}:
            continue
        values = [value for value in group.values if value in indifferent] or [*group.values]
        count, shown = len(group.people), [*values][:_MAX_SHOWN_VALUES]
        partner: Role = "mentor" if group.role == "mentee" else "mentee"
        if column in setting.sensitive:
            yield Mismatch(
                "any",
                HIDDEN,
                f"excludes somebody from every pair: no {partner} has their value",
                "add the answer that means no preference to the rule, `any: [the answer]`; if "
                "the rule is right as it is, `any: []`",
                code="bars_everybody",
            )
            continue
        people = [cohort.person_text(group.role, person) for person in group.people.tolist()]
        names = ", ".join(people[:_MAX_SHOWN_PEOPLE])
        names += f" and {count - _MAX_SHOWN_PEOPLE:,} more" * (count > _MAX_SHOWN_PEOPLE)
        whom = f"1 {group.role}" if count == 1 else f"{count:,} {group.role}s"
        words = or_text(shown) if len(values) == len(shown) else f"{or_text(shown)} (or others)"
        yield Mismatch(
            "any",
            "; ".join(shown),
            f"no {partner} has {words} under {column.replace('_', ' ')!r}, so this rule excludes "
            f"{whom} from every pair: {names}",
            _remedy(cohort, column, partner, shown, is_in_words=bool(indifferent)),
            code="bars_everybody",
        )


def _remedy(
    cohort: Cohort, column: str, partner: Role, values: Sequence[str], *, is_in_words: bool
) -> str:
    line = ", ".join(value if _PLAIN_WORD.fullmatch(value) else quoted(value) for value in values)
    what = "this means" if len(values) == 1 else "one of these means"
    lines = [
        f"if {what} that any value will do, write in the rule `any: [{line}]`",
        "if the rule is right as it is, write `any: []`",
    ]
    if is_in_words:
        return "; ".join(lines)
    cells = [cell for cell in dict.fromkeys(cohort.side(partner).column(column)) if cell]
    close_value = nearest(values[0], cells[:_MAX_COMPARED_VALUES])
    hint = [f"did you mean {close_value!r}?"] if close_value else []
    return "; ".join([*hint, *lines[::-1]])


def _is_pairable(side: Side) -> Bools:
    is_pairable: Bools = np.asarray(
        (side.status != "withdrawn") & (side.capacity > 0), dtype=np.bool_
    )
    return is_pairable


def _shares(rows: Ragged, partner_rows: Ragged) -> Bools:
    """Return which rows have an entry that some row of the other side has."""
    shares = np.zeros(len(rows), dtype=np.bool_)
    shares[rows.rows[np.isin(rows.indices, np.unique(partner_rows.indices))]] = True
    return shares
