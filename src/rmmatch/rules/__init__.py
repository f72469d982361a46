"""Rules: which pairs are forbidden, and who may not take part."""

from rmmatch.rules.base import AnyRule, Rule
from rmmatch.rules.must_have import MustHave
from rmmatch.rules.pairwise import (
    AttributeRule,
    AvailabilityRule,
    MinimumScore,
    PowerDistanceRule,
)
from rmmatch.rules.people import Eligible, NotWithdrawn
from rmmatch.rules.relations import NotOneself, Pairs, Relations, ReportingChain

__all__ = [
    "AnyRule",
    "AttributeRule",
    "AvailabilityRule",
    "Eligible",
    "MinimumScore",
    "MustHave",
    "NotOneself",
    "NotWithdrawn",
    "Pairs",
    "PowerDistanceRule",
    "Relations",
    "ReportingChain",
    "Rule",
    "always_in_force",
]


def always_in_force() -> tuple[Rule, ...]:
    """Return the rules that hold in every scheme, in the order they are tried."""
    return (
        NotOneself(),
        NotWithdrawn(),
        Relations(forbid=("declined",)),
        Relations(forbid=("forbidden",)),
    )
