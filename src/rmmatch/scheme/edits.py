"""A scheme with other pairs and people named in it: each function returns a changed copy.

The copy knows the file of the scheme, so that tables it names are still found.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from rmmatch.criteria.table import Table
from rmmatch.rules import Pairs
from rmmatch.rules.relations import IdPair
from rmmatch.scheme.model import Scheme

__all__ = ["unname", "with_pairs", "without_pairs"]


def with_pairs(
    scheme: Scheme, *, pin: Iterable[IdPair] = (), forbid: Iterable[IdPair] = ()
) -> Scheme:
    """Return a scheme with one more rule that pins and forbids pairs; unchanged where none is.

    Parameters
    ----------
    scheme : Scheme
    pin, forbid : iterable of (mentee id, mentor id)

    Examples
    --------
    >>> with_pairs(Scheme(), pin=[("E1", "M2")]).rules[0].pins()
    (('E1', 'M2'),)
    """
    rule = Pairs(pin=tuple(pin), forbid=tuple(forbid))
    if not (rule.pin or rule.forbid):
        return scheme
    return scheme.model_copy(update={"rules": (*scheme.rules, rule)})


def without_pairs(
    scheme: Scheme,
    *,
    drops_pin: Callable[[IdPair], bool] = lambda pair: False,
    drops_forbidden: Callable[[IdPair], bool] = lambda pair: False,
) -> Scheme:
    """Return a scheme whose rules pin and forbid fewer pairs by name.

    Parameters
    ----------
    scheme : Scheme
    drops_pin, drops_forbidden : callable
        Given a pair of (mentee id, mentor id) that is pinned, or forbidden, tells whether it is
        so no longer. By default all stay.

    Examples
    --------
    >>> scheme = with_pairs(Scheme(), pin=[("E1", "M2")], forbid=[("E1", "M3")])
    >>> rule = without_pairs(scheme, drops_pin=lambda pair: "E1" in pair).rules[0]
    >>> rule.pin, rule.forbid
    ((), (('E1', 'M3'),))
    """
    rules = tuple(
        rule.model_copy(
            update={
                "pin": tuple(pair for pair in rule.pin if not drops_pin(pair)),
                "forbid": tuple(pair for pair in rule.forbid if not drops_forbidden(pair)),
            }
        )
        if isinstance(rule, Pairs)
        else rule
        for rule in scheme.rules
    )
    return scheme.model_copy(update={"rules": rules})


def unname(scheme: Scheme, mentees: Collection[str], mentors: Collection[str]) -> Scheme:
    """Return a scheme whose lists of pairs, and tables of scores, do not name some people.

    Parameters
    ----------
    scheme : Scheme
    mentees, mentors : collection of str
        Their ids.

    Examples
    --------
    >>> unname(with_pairs(Scheme(), pin=[("E1", "M2")]), {"E1"}, set()).rules[0].pins()
    ()
    """

    def names_them(pair: IdPair) -> bool:
        return pair[0] in mentees or pair[1] in mentors

    criteria = tuple(
        criterion.model_copy(
            update={
                "rows": tuple(row for row in criterion.rows if not names_them((row[0], row[1])))
            }
        )
        if isinstance(criterion, Table) and criterion.rows
        else criterion
        for criterion in scheme.criteria
    )
    scheme = without_pairs(scheme, drops_pin=names_them, drops_forbidden=names_them)
    return scheme.model_copy(update={"criteria": criteria})
