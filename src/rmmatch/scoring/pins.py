"""Pins: the pairs that a scheme, or a table of relations, wants in every matching."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from rmmatch.cohort import Cohort, Relation
from rmmatch.errors import Problem
from rmmatch.scheme import Scheme

__all__ = ["pin_problems", "stated_pins"]


def stated_pins(cohort: Cohort, scheme: Scheme) -> Relation:
    """Return the pairs that the cohort's relations or the scheme's rules pin, as positions.

    Parameters
    ----------
    cohort : Cohort
    scheme : Scheme
        With people by the ids that they have in the cohort.
    """
    stated = cohort.relation("pinned")
    pairs = list(zip(stated.mentees.tolist(), stated.mentors.tolist(), strict=True))
    mentees, mentors = cohort.mentees.position, cohort.mentors.position
    for rule in scheme.rules:
        pairs += [(mentees[mentee], mentors[mentor]) for mentee, mentor in rule.pins()]
    return Relation.from_pairs(pairs)


def pin_problems(
    pins: Relation, cohort: Cohort, scheme: Scheme, forbidden_by: Sequence[str | None]
) -> Iterator[Problem]:
    """Yield why pins cannot be kept: a rule forbids one, or somebody has more than capacity.

    Parameters
    ----------
    pins : Relation
    cohort : Cohort
    scheme : Scheme
        With people by the ids that they have in the cohort.
    forbidden_by : sequence of str or None
        The first rule that forbids each pin.
    """
    for mentee_pos, mentor_pos, rule in zip(pins.mentees, pins.mentors, forbidden_by, strict=True):
        if rule is not None:
            pair = cohort.mentees.ids[mentee_pos], cohort.mentors.ids[mentor_pos]
            yield Problem(
                *_where_pinned(pair, scheme),
                ", ".join(pair),
                f"a rule forbids this pinned pair: {rule}",
                "drop the pin, or make the rule allow the pair",
                code="forbidden_pin",
            )
    for side, people in zip(cohort.sides, (pins.mentees, pins.mentors), strict=True):
        counts = np.bincount(people, minlength=len(side))
        for person in np.nonzero(counts > side.capacity)[0].tolist():
            yield Problem(
                "pins of the scheme and the relations",
                "",
                "",
                side.ids[person],
                f"{counts[person]} pins for a {side.role} of capacity {side.capacity[person]}",
                "drop pins, or raise the capacity",
                code="too_many_pins",
            )


def _where_pinned(pair: tuple[str, str], scheme: Scheme) -> tuple[str, str, str]:
    """Return file, row and path of a pin: a rule of the scheme, or the table of relations."""
    for index, rule in enumerate(scheme.rules):
        if pair in rule.pins():
            return scheme.source, "", f"rules[{index}].pin[{rule.pins().index(pair)}]"
    return "relations", "", "pinned"
