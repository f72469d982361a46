"""Is a matching valid, and is it proved optimal? Knows no solver and shares no code with one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from rmmatch.cohort import Cohort, Side, read_pairs
from rmmatch.errors import nearest
from rmmatch.matching import Certificate, Result, Status
from rmmatch.matching.result import shown_value
from rmmatch.scheme import Scheme
from rmmatch.scoring import PairScores

__all__ = ["Findings", "Violation", "check"]

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_LARGEST_PRICE = 2**60  # beyond it a difference of prices would leave 64 bits


@dataclass(frozen=True)
class Violation:
    """One thing that is wrong with a matching.

    Attributes
    ----------
    rule : str
        What is broken: a rule's description, or ``id``, ``capacity``, ``minimum load``, ``pin``,
        ``repeated pair``, ``value``, ``proof``.
    mentee, mentor : str
        Ids; empty where it is not about a pair.
    message : str
        One sentence.
    """

    rule: str
    mentee: str
    mentor: str
    message: str

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True)
class _Claim:
    """What a result says of itself."""

    status: Status
    values: dict[str, int]
    bounds: dict[str, int]
    certificate: Certificate | None


class Findings(list[Violation]):
    """The violations, a list that is empty for a valid matching.

    Attributes
    ----------
    objective : dict of str to float
        What the allowed pairs are worth on each tier, in order.
    best : dict of str to float
        The same of the result it was compared with; empty where there was none.
    """

    def __init__(self, violations: Iterable[Violation] = ()) -> None:
        super().__init__(violations)
        self.objective: dict[str, float] = {}
        self.best: dict[str, float] = {}

    def by_rule(self) -> dict[str, int]:
        """Return the number of violations of each rule."""
        return dict(Counter(violation.rule for violation in self))


@overload
def check(result: Result, /) -> Findings: ...
@overload
def check(
    cohort: Cohort, scheme: Scheme, pairs: Any, /, *, best: Result | None = None
) -> Findings: ...
def check(*args: Any, best: Result | None = None) -> Findings:
    """Check a result, or a pairing made by hand, against the cohort and the scheme.

    A result is checked for validity (ids, rules, capacities, minimum loads, pins), for the values
    it claims, and for its proof: the bound of every tier is computed anew from the cohort and the
    prices, pair by pair in whole numbers.

    Parameters
    ----------
    result : Result
        As ``check(result)``.
    cohort : Cohort
        With `scheme` and `pairs`, as ``check(cohort, scheme, pairs)``.
    scheme : Scheme
    pairs : DataFrame, path of a csv or xlsx, or iterable of (mentee id, mentor id)
        With columns ``mentee`` and ``mentor``.
    best : Result, optional
        The optimum, whose values are then given beside those of `pairs`.

    Returns
    -------
    Findings
        A list of `Violation`, empty when valid; with the pairs' own ``objective``.

    Raises
    ------
    CohortError
        The list of pairs cannot be read.
    NoMatchingError
        The result has no matching.
    SchemeError
        The cohort and the scheme do not fit, so that nothing can be said of the pairs.

    Examples
    --------
    >>> import rmmatch as rm
    >>> cohort, scheme = rm.synthetic.demo()
    >>> rm.check(rm.match(cohort, scheme))
    []
    """
    if len(args) == 1:
        result: Result = args[0]
        claim = _Claim(result.status, dict(result.values), dict(result.bounds), result.certificate)
        return _Checker(result.scores).run(list(result.made), claim)
    if len(args) != 3:
        raise TypeError("give check(result), or check(cohort, scheme, pairs)")
    cohort, scheme, pairs = args
    findings = _Checker(PairScores(cohort, scheme)).run(read_pairs(pairs), None)
    if best is not None:
        findings.best = best.objective
    return findings


class _Checker:
    """One cohort under one scheme, and how to look at pairs."""

    def __init__(self, scores: PairScores) -> None:
        self.scores = scores
        self.cohort = scores.cohort
        self.scheme = scores.scheme
        pins = scores.pins
        ids = zip(pins.mentees.tolist(), pins.mentors.tolist(), strict=True)
        self.pinned = {(scores.mentees[e], scores.mentors[m]) for e, m in ids}

    def run(self, pairs: list[tuple[str, str]], claim: _Claim | None) -> Findings:
        findings = Findings(self._misread(pairs))
        known = self._known(pairs)
        at = self.cohort.mentees.position, self.cohort.mentors.position
        rows = np.array([at[0][mentee] for mentee, _ in known], dtype=np.int64)
        columns = np.array([at[1][mentor] for _, mentor in known], dtype=np.int64)
        allowed = self.scores.listed_forbidden_by(rows, columns) < 0
        findings += self._forbidden(rows[~allowed], columns[~allowed])
        findings += self._loads(known)
        for mentee, mentor in sorted(self.pinned - set(pairs)):
            findings.append(
                Violation("pin", mentee, mentor, f"{mentee} and {mentor} are pinned and not paired")
            )
        worth = self._worth(rows[allowed], columns[allowed])
        findings.objective = {
            tier: shown_value(self.scheme, tier, value) for tier, value in worth.items()
        }
        if claim is not None:
            findings += self._claims(worth, claim)
        return findings

    # --- validity --------------------------------------------------------------------------

    def _known(self, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
        at = self.cohort.mentees.position, self.cohort.mentors.position
        return [pair for pair in dict.fromkeys(pairs) if pair[0] in at[0] and pair[1] in at[1]]

    def _misread(self, pairs: list[tuple[str, str]]) -> Iterator[Violation]:
        """Yield the ids that nobody has, with the nearest, and the pairs that stand there twice."""
        for (mentee, mentor), count in Counter(pairs).items():
            for id_, side in ((mentee, self.cohort.mentees), (mentor, self.cohort.mentors)):
                if id_ not in side.position:
                    near = nearest(id_, side.ids)
                    hint = f"; nearest id: {near!r}" if near else ""
                    yield Violation(
                        "id", mentee, mentor, f"no {side.role} has the id {id_!r}{hint}"
                    )
            if count > 1:
                yield Violation(
                    "repeated pair",
                    mentee,
                    mentor,
                    f"{mentee} and {mentor} are listed {count} times",
                )

    def _forbidden(self, rows: Ints, columns: Ints) -> Iterator[Violation]:
        """Yield every rule that forbids each of these pairs, not only the first."""
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
            mentee, mentor = self.scores.mentees[row], self.scores.mentors[column]
            for rule, why in self.scores.broken_rules(row, column):
                told = f": {why}" if why else ""
                yield Violation(
                    rule, mentee, mentor, f"{mentee} and {mentor}: forbidden, {rule}{told}"
                )

    def _loads(self, pairs: list[tuple[str, str]]) -> Iterator[Violation]:
        for index, side in enumerate(self.cohort.sides):
            load = Counter(pair[index] for pair in pairs)
            for person, id_ in enumerate(side.ids):
                least, most = _bounds(side, person)
                ids = (id_, "") if index == 0 else ("", id_)
                if load[id_] > most and side.status[person] != "withdrawn":
                    yield Violation(
                        "capacity", *ids, f"{id_} has {load[id_]} pairs and a capacity of {most}"
                    )
                if load[id_] < least:
                    yield Violation(
                        "minimum load", *ids, f"{id_} has {load[id_]} pairs and needs {least}"
                    )

    # --- value -----------------------------------------------------------------------------

    def _tiers(self) -> list[str]:
        has_reserves = any("reserve" in side.status for side in self.cohort.sides)
        return [*(["applicants"] if has_reserves else []), *self.scheme.objective]

    def _worth(self, rows: Ints, columns: Ints) -> dict[str, int]:
        """Return what listed allowed pairs are worth on each tier."""
        scores = self.scores.listed(rows, columns).score
        mentees, mentors = self._applicants()
        both = mentees[rows] & mentors[columns]
        worth = {tier: int(self._weights(tier, scores, both).sum()) for tier in self._tiers()}
        if "priority" in worth:
            for side, people in zip(self.cohort.sides, (rows, columns), strict=True):
                worth["priority"] += sum(side.priority[np.unique(people)].tolist())
        return worth

    def _applicants(self) -> tuple[Bools, Bools]:
        mentees, mentors = (np.asarray(side.status != "reserve") for side in self.cohort.sides)
        return mentees, mentors

    def _weights(self, tier: str, scores: Ints, both: Bools) -> Ints:
        """Return what pairs add to a tier; `both`: neither of the two is a reserve."""
        if tier == "pairs":
            return np.ones_like(scores)
        if tier == "priority":
            return np.zeros_like(scores)
        if tier == "total":
            return scores
        each = scores if self.scheme.objective[0] == "total" else np.ones_like(scores)
        return np.where(both, each, 0)

    # --- proof -----------------------------------------------------------------------------

    def _claims(self, worth: dict[str, int], claim: _Claim) -> Iterator[Violation]:
        for tier in dict.fromkeys((*worth, *claim.values)):
            claimed, given = claim.values.get(tier), worth.get(tier)
            if claimed != given:
                yield Violation(
                    "value", "", "", f"claims {claimed} on the tier {tier}, the pairs give {given}"
                )
        for tier, value in worth.items():
            if claim.bounds.get(tier, value) < value:
                yield Violation(
                    "proof",
                    "",
                    "",
                    f"claims the bound {claim.bounds[tier]} on the tier {tier}, the pairs give "
                    f"{value}",
                )
            if claim.bounds.get(tier) != value:
                break  # what comes after is bounded among better matchings only
        proved = set()
        if claim.certificate is not None:
            bounds, malformed = self._bounds_of(claim.certificate, worth)
            if malformed:
                yield Violation("proof", "", "", malformed)
            for tier, bound in bounds.items():
                if bound != claim.bounds.get(tier):
                    yield Violation(
                        "proof",
                        "",
                        "",
                        f"claims the bound {claim.bounds.get(tier)} on the tier {tier}, its prices "
                        f"prove {bound}",
                    )
                if bound == worth[tier]:
                    proved.add(tier)
        missing = [tier for tier in self._tiers() if tier not in proved]
        if claim.status is Status.OPTIMAL and missing:
            yield Violation(
                "proof", "", "", f"called optimal, and not proved on: {', '.join(missing)}"
            )

    def _bounds_of(
        self, certificate: Certificate, worth: dict[str, int]
    ) -> tuple[dict[str, int], str]:
        """Compute what the prices prove, tier by tier, and what is wrong with their form."""
        tiers = self._tiers()
        names = [prices.tier for prices in certificate.tiers]
        if names != tiers[: len(names)]:
            return {}, f"the prices are for the tiers {', '.join(names)}"
        for prices in certificate.tiers:
            for given, count in zip(
                (prices.mentees, prices.mentors), self.scores.shape, strict=True
            ):
                if given.shape != (count,):
                    return {}, "there is not one price a person"
                if given.dtype != np.int64:
                    return {}, "the prices are not whole numbers of 64 bits"
                if ((given > _LARGEST_PRICE) | (given < -_LARGEST_PRICE)).any():
                    return {}, "a price is too large to be computed with"
        bounds = dict.fromkeys(names, 0)
        for side_index, side in enumerate(self.cohort.sides):
            for person in range(len(side)):
                least, most = _bounds(side, person)
                for prices in certificate.tiers:
                    price = int((prices.mentees, prices.mentors)[side_index][person])
                    reward = int(side.priority[person]) if prices.tier == "priority" else 0
                    if least > most:
                        return {}, f"{side.ids[person]} needs more than their capacity"
                    gain, least, most = _best_loads(price, reward, least, most)
                    bounds[prices.tier] += gain
        for rows, columns in self.scores.blocks():
            self._add_pairs(bounds, certificate, rows, columns)
        # A tier is bounded among the matchings that are best before it: that is only known where
        # the matching reached the bound of every tier before.
        for index, tier in enumerate(names):
            if bounds[tier] != worth[tier]:
                return {name: bounds[name] for name in names[: index + 1]}, ""
        return bounds, ""

    def _add_pairs(
        self, bounds: dict[str, int], certificate: Certificate, rows: Ints, columns: Ints
    ) -> None:
        scores = self.scores.block(rows, columns)
        mentees, mentors = self._applicants()
        both = mentees[rows][:, None] & mentors[columns][None, :]
        must = np.zeros(scores.shape, dtype=bool)
        pins = self.scores.pins
        here = (pins.mentees >= rows[0]) & (pins.mentees <= rows[-1])
        must[pins.mentees[here] - rows[0], pins.mentors[here]] = True
        may = (scores >= 0) & ~must
        for prices in certificate.tiers:
            gain = self._weights(prices.tier, scores, both)
            gain = gain - prices.mentees[rows][:, None] - prices.mentors[columns][None, :]
            bounds[prices.tier] += _sum(gain[must]) + _sum(gain[may & (gain > 0)])
            must |= may & (gain > 0)
            may &= gain == 0


def _bounds(side: Side, person: int) -> tuple[int, int]:
    """Return the least and most pairs a person may have; a minimum binds applicants only."""
    status = side.status[person]
    least = int(side.min_load[person]) if status == "applicant" else 0
    return least, 0 if status == "withdrawn" else int(side.capacity[person])


def _best_loads(price: int, reward: int, least: int, most: int) -> tuple[int, int, int]:
    """Return the most that ``reward·min(load, 1) + price·load`` is worth, and at which loads."""
    candidates = sorted({least, min(max(1, least), most), most})
    worth = {load: reward * min(load, 1) + price * load for load in candidates}
    best = max(worth.values())
    reached = [load for load in candidates if worth[load] == best]
    return best, reached[0], reached[-1]


def _sum(numbers: Ints) -> int:
    """Sum without overflow: high and low halves of 32 bits apart."""
    low = numbers & 0xFFFFFFFF
    return (int((numbers >> 32).sum()) << 32) + int(low.sum())
