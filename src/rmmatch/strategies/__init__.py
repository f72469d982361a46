"""Named ways of pairing that can be compared: the optimum, the classical, the naïve, a list.

Each is a frozen value with a ``name`` and one method, ``pair(scores, *, seed)``; anything else of
that shape (`rmmatch.matching.Strategy`) works in `rmmatch.match` and `rmmatch.compare` too.

All but `Listed` return valid matchings as far as pair rules, pins, capacities, withdrawals and
reserves go. Minimum loads and quotas are promised by `SchemeObjective` and `Total` alone. None
depends on the order of the input.
"""

from rmmatch.errors import Problem, ProblemsError, nearest
from rmmatch.matching import Strategy
from rmmatch.strategies.deferred_acceptance import MenteeProposing, MentorProposing
from rmmatch.strategies.greedy import Greedy
from rmmatch.strategies.listed import Listed
from rmmatch.strategies.random_order import Random
from rmmatch.strategies.scheme_objective import SchemeObjective
from rmmatch.strategies.total import Total

__all__ = [
    "Greedy",
    "Listed",
    "MenteeProposing",
    "MentorProposing",
    "Random",
    "SchemeObjective",
    "Strategy",
    "Total",
    "strategy_of_name",
]

_STRATEGY_BY_NAME: dict[str, type[Strategy]] = {
    "scheme": SchemeObjective,
    "total": Total,
    "mentee_proposing": MenteeProposing,
    "mentor_proposing": MentorProposing,
    "greedy": Greedy,
    "random": Random,
    "listed": Listed,
}


def strategy_of_name(name: str) -> Strategy:
    """Return the strategy that has a name.

    Parameters
    ----------
    name : str
        ``scheme``, ``total``, ``mentee_proposing``, ``mentor_proposing``, ``greedy``, ``random`` or
        ``listed``. ``scheme`` is the scheme's own objective; ``listed`` is the relation ``manual``
        of the cohort.

    Raises
    ------
    ProblemsError
        There is no such strategy; the nearest name is given.

    Examples
    --------
    >>> strategy_of_name("greedy")
    Greedy(name='greedy')
    """
    if name in _STRATEGY_BY_NAME:
        return _STRATEGY_BY_NAME[name]()
    nearest_name = nearest(name, list(_STRATEGY_BY_NAME))
    remedy = (
        f"did you mean {nearest_name!r}?"
        if nearest_name
        else f"one of {', '.join(_STRATEGY_BY_NAME)}"
    )
    reason = "there is no such strategy"
    raise ProblemsError(
        [Problem("strategies", "", "", name, reason, remedy, code="unknown_strategy")]
    )
