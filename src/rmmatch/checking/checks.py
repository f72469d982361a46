"""`check`: a result, or a pairing made by hand, against the cohort and the scheme."""

from __future__ import annotations

import secrets
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any, overload

import numpy as np

from rmmatch.checking.findings import Findings
from rmmatch.checking.levels import load_bounds
from rmmatch.checking.outcomes import Outcome
from rmmatch.checking.proof import Proof, proved_bounds
from rmmatch.checking.quotas import quota_violations
from rmmatch.checking.tier_values import TierValues
from rmmatch.checking.violations import Violation
from rmmatch.cohort import Cohort, read_pairs
from rmmatch.errors import require_whole
from rmmatch.matching import Certificate, Result, Status
from rmmatch.matching.display import Value, shown_value
from rmmatch.numeric import MILLION, Ints
from rmmatch.progress import Bar, progress_bar
from rmmatch.scheme import Scheme
from rmmatch.scheme.tiers import TIERS
from rmmatch.scoring import PairScores

__all__ = ["check"]


@dataclass(frozen=True)
class _Claim:
    """What a result says of itself."""

    status: Status
    values: dict[str, Value]
    bounds: dict[str, Value]
    certificate: Certificate | None
    proof: str

    @property
    def tiers(self) -> frozenset[str]:
        """The tiers that it tells anything of."""
        priced = () if self.certificate is None else self.certificate.tiers
        return frozenset((*self.values, *self.bounds, *(prices.tier for prices in priced)))


@dataclass(frozen=True)
class _CheckOptions:
    """How a proof is to be looked at: as `check` is told."""

    workers: int | None = None
    exhaustive: bool = False
    seed: int | None = None
    progress: bool = False


@overload
def check(
    result: Result,
    /,
    *,
    workers: int | None = None,
    exhaustive: bool = False,
    seed: int | None = None,
    progress: bool = False,
) -> Findings: ...
@overload
def check(
    cohort: Cohort, scheme: Scheme, pairs: Any, /, *, best: Result | None = None
) -> Findings: ...
def check(  # numpydoc ignore=PR01,PR02
    *args: Any,
    best: Result | None = None,
    workers: int | None = None,
    exhaustive: bool = False,
    seed: int | None = None,
    progress: bool = False,
) -> Findings:
    """Check a result, or a pairing made by hand, against the cohort and the scheme.

    A result is checked for validity (ids, rules, capacities, minimum loads, pins), for the values
    it claims, and for its proof: the bound of every tier is computed anew from the cohort and the
    prices, pair by pair in whole numbers. Of more than a million pairs those are dismissed unscored
    that cannot be worth their prices (`rmmatch.checking.dismissal`), and a sample of them is scored
    after all; what was looked at stands in the findings' ``outcome``.

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
    workers : int, optional
        Threads that look at the proof of a result; by default as many as there are cores, one
        where there is little to do. The findings do not depend on it.
    exhaustive : bool
        Score every pair of people, however many there are, and dismiss none.
    seed : int, optional
        Of the sample; by default a fresh one each time. A sample is drawn again by its seed.
    progress : bool
        Show a bar on stderr where looking at the proof takes longer than two seconds, and say
        beforehand how long it will take where that is over a minute.

    Returns
    -------
    Findings
        A list of `Violation`, empty when valid; with the pairs' own ``objective``, and the
        ``outcome``: what was looked at, and what rests on the solver's word.

    Raises
    ------
    CohortError
        The list of pairs cannot be read.
    NoMatchingError
        The result has no matching.
    SchemeError
        The cohort and the scheme do not fit, so that nothing can be said of the pairs.
    TypeError
        What is given is no result, or not these three things.
    ValueError
        `workers` is not positive, or `seed` negative.

    Examples
    --------
    >>> import rmmatch as rm
    >>> cohort, scheme = rm.synthetic.demo()
    >>> rm.check(rm.match(cohort, scheme))
    []
    """
    if workers is not None:
        require_whole(1, workers=workers)
    if seed is not None:
        require_whole(0, seed=seed)
    if len(args) == 1:
        result: Result = args[0]
        if not hasattr(result, "certificate"):
            raise TypeError(f"give check(result), not check({type(result).__name__})")
        claim = _Claim(
            result.status,
            dict(result.values),
            dict(result.bounds),
            result.certificate,
            result.proof,
        )
        manner = _CheckOptions(workers, exhaustive, seed, progress)
        return _Checker(result.scores, manner, claim.tiers).run(list(result.made), claim)
    if len(args) != 3:
        raise TypeError("give check(result), or check(cohort, scheme, pairs)")
    cohort, scheme, pairs = args
    findings = _Checker(PairScores(cohort, scheme)).run(read_pairs(pairs), None)
    if best is not None:
        findings.best = best.objective
    return findings


class _Checker:
    """One cohort under one scheme, and how to look at pairs."""

    def __init__(
        self,
        scores: PairScores,
        options: _CheckOptions = _CheckOptions(),
        recorded: Collection[str] = (),
    ) -> None:
        self.scores = scores
        self.options = options
        self.tier_values = TierValues(scores, recorded)
        self.cohort = scores.cohort
        self.scheme = scores.scheme
        self.slack: dict[str, Callable[[int], int]] = {a.label: a.slack for a in self.scheme.aims}
        pins = scores.pins
        ids = zip(pins.mentees.tolist(), pins.mentors.tolist(), strict=True)
        self.pinned = {(scores.mentees[e], scores.mentors[m]) for e, m in ids}

    def run(self, pairs: list[tuple[str, str]], claim: _Claim | None) -> Findings:
        pairs = list(self.cohort.ids_of_pairs(pairs))
        findings = Findings(self._misnamed_people(pairs))
        pairs_in_cohort = self._pairs_in_cohort(pairs)
        at = self.cohort.mentees.position, self.cohort.mentors.position
        rows = np.array([at[0][mentee] for mentee, _ in pairs_in_cohort], dtype=np.int64)
        columns = np.array([at[1][mentor] for _, mentor in pairs_in_cohort], dtype=np.int64)
        allowed = self.scores.forbidden_by_of_pairs(rows, columns) < 0
        findings += self._forbidden_pairs(rows[~allowed], columns[~allowed])
        findings += self._load_violations(rows, columns)
        for mentee, mentor in sorted(self.pinned - set(pairs)):
            message = f"{mentee} and {mentor} are pinned and not paired"
            findings.append(Violation("pin", mentee, mentor, message, code="pin"))
        findings += quota_violations(self.tier_values.quotas, rows[allowed], columns[allowed])
        values = self.tier_values.values_of_pairs(rows[allowed], columns[allowed])
        findings.objective = {
            tier: shown_value(self.scheme, tier, value) for tier, value in values.items()
        }
        if claim is None:
            findings.outcome = Outcome.of_list()
            return findings
        proof = None
        if claim.certificate is not None:
            proof = self._compute_proof(claim.certificate)
            findings += self._wrong_dismissals(proof)
        bounds = {} if proof is None else self._reached_bounds(proof.bounds, values)
        malformed = "" if proof is None else proof.malformed
        findings += self._false_claims(values, claim, bounds, malformed)
        trusted = self._trusted_tiers(values, claim, self._unproved_tiers(values, bounds))
        findings.outcome = Outcome.of(proof, trusted, self.scheme)
        return findings

    # --- validity --------------------------------------------------------------------------

    def _pairs_in_cohort(self, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
        at = self.cohort.mentees.position, self.cohort.mentors.position
        return [pair for pair in dict.fromkeys(pairs) if pair[0] in at[0] and pair[1] in at[1]]

    def _misnamed_people(self, pairs: list[tuple[str, str]]) -> Iterator[Violation]:
        """Yield who is nobody in the cohort, or may be several people, and pairs listed twice."""
        for (mentee, mentor), count in Counter(pairs).items():
            for id_, side in ((mentee, self.cohort.mentees), (mentor, self.cohort.mentors)):
                if id_ not in side.position:
                    hint = self.cohort.directory.hint(id_, side.role)
                    message = f"no {side.role} has the id {id_!r}" + (f"; {hint}" if hint else "")
                    code = "unknown_person"
                    if self.cohort.directory.look_up(id_, side.role).kind == "several":
                        message = f"{id_!r} is the name of several {side.role}s; {hint}"
                        code = "ambiguous_person"
                    yield Violation("id", mentee, mentor, message, code=code)
            if count > 1:
                yield Violation(
                    "repeated pair",
                    mentee,
                    mentor,
                    f"{mentee} and {mentor} are listed {count} times",
                    code="repeated_pair",
                )

    def _forbidden_pairs(self, rows: Ints, columns: Ints) -> Iterator[Violation]:
        """Yield every rule that forbids each of these pairs, not only the first."""
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
            mentee, mentor = self.scores.mentees[row], self.scores.mentors[column]
            for rule, why in self.scores.broken_rules(row, column):
                reason = f": {why}" if why else ""
                message = f"{mentee} and {mentor}: forbidden, {rule}{reason}"
                yield Violation(rule, mentee, mentor, message, code="forbidden_pair")

    def _load_violations(self, rows: Ints, columns: Ints) -> Iterator[Violation]:
        """Yield who has too many pairs, or too few."""
        for index, (side, people) in enumerate(
            zip(self.cohort.sides, (rows, columns), strict=True)
        ):
            load = np.bincount(people, minlength=len(side))
            least, most = load_bounds(side)
            if self.scheme.min_load == "if_used":
                least = np.where(load > 0, least, 0)
            # A pair of somebody who withdrew is forbidden: that is told of the pair.
            over = (load > most) & (side.status != "withdrawn")
            for person in np.flatnonzero(over | (load < least)).tolist():
                id_ = side.ids[person]
                ids = (id_, "") if index == 0 else ("", id_)
                has = f"{id_} has {load[person]} pairs and"
                if over[person]:
                    message = f"{has} a capacity of {most[person]}"
                    yield Violation("capacity", *ids, message, code="capacity")
                if load[person] < least[person]:
                    message = f"{has} needs {least[person]}"
                    yield Violation("minimum load", *ids, message, code="minimum_load")

    # --- proof -----------------------------------------------------------------------------

    def _false_claims(
        self,
        values: dict[str, Value],
        claim: _Claim,
        bounds: dict[str, Value],
        malformed: str,
    ) -> Iterator[Violation]:
        """Yield what is claimed and not so; `bounds` are what the prices prove."""
        for tier in dict.fromkeys((*values, *claim.values)):
            claimed, computed = claim.values.get(tier), values.get(tier)
            if claimed != computed:
                message = f"claims {claimed} on the tier {tier}, the pairs give {computed}"
                yield Violation("value", "", "", message, code="wrong_value")
        for tier, value in values.items():
            bound = claim.bounds.get(tier)
            if isinstance(value, int) and _is_below(bound, value):
                message = f"claims the bound {bound} on the tier {tier}, the pairs give {value}"
                yield Violation("proof", "", "", message, code="wrong_bound")
            if not self._reaches_bound(tier, value, bound):
                break  # what comes after is bounded among better matchings only
        if malformed:
            yield Violation("proof", "", "", malformed, code="malformed_prices")
        priced = {prices.tier for prices in claim.certificate.tiers} if claim.certificate else ()
        for tier, bound in bounds.items():
            # without pairs a tier is proved by no prices at all; nobody need have claimed it
            is_claimed = tier in priced or tier in claim.bounds
            if is_claimed and bound != claim.bounds.get(tier):
                message = (
                    f"claims the bound {claim.bounds.get(tier)} on the tier {tier}, its prices "
                    f"prove {bound}"
                )
                yield Violation("proof", "", "", message, code="wrong_bound")
        missing = self._unproved_tiers(values, bounds)
        trusted = self._trusted_tiers(values, claim, missing)
        missing = [tier for tier in missing if tier not in trusted]
        if claim.status is Status.OPTIMAL and missing:
            message = f"called optimal, and not proved on: {', '.join(missing)}"
            yield Violation("proof", "", "", message, code="not_proved")

    def _unproved_tiers(self, values: dict[str, Value], bounds: dict[str, Value]) -> list[str]:
        """Return the tiers on which prices do not prove the pairs to be best."""
        return [
            tier
            for tier in self.tier_values.tiers
            if tier not in bounds or not self._reaches_bound(tier, values[tier], bounds[tier])
        ]

    def _trusted_tiers(
        self, values: dict[str, Value], claim: _Claim, unproved: list[str]
    ) -> list[str]:
        """Return the tiers without a proof that are the solver's word, on top of the values."""
        if claim.proof != "solver" or not self._needs_solver:
            return []
        return [tier for tier in unproved if self._is_claimed(tier, values, claim)]

    @property
    def _needs_solver(self) -> bool:
        """Whether the scheme asks for what flow, and so prices of people, cannot hold."""
        scheme = self.scheme
        return bool(
            scheme.quotas
            or scheme.min_load == "if_used"
            or any(a.within or TIERS[a.tier].form == "blocking" for a in scheme.aims)
        )

    def _is_claimed(self, tier: str, values: dict[str, Value], claim: _Claim) -> bool:
        return tier in claim.bounds and self._reaches_bound(tier, values[tier], claim.bounds[tier])

    def _compute_proof(self, certificate: Certificate) -> Proof:
        """Compute what the prices prove."""
        options = self.options
        return proved_bounds(
            self.scores,
            self.tier_values,
            certificate,
            workers=options.workers,
            exhaustive=options.exhaustive,
            seed=secrets.randbits(32) if options.seed is None else options.seed,
            new_bar=self._progress_bar,
            report_line=self._print_line,
        )

    def _reached_bounds(
        self, bounds: dict[str, Value], values: dict[str, Value]
    ) -> dict[str, Value]:
        """Return the bounds up to the first that the pairs do not reach.

        A tier is bounded among the matchings that are best before it: that is only known where
        the matching reached the bound of every tier before.
        """
        names = list(bounds)
        for index, tier in enumerate(names):
            if not self._reaches_bound(tier, values[tier], bounds[tier]):
                return {name: bounds[name] for name in names[: index + 1]}
        return bounds

    def _wrong_dismissals(self, proof: Proof) -> Iterator[Violation]:
        for mentee, mentor, bound, score in () if proof.sample is None else proof.sample.wrong:
            ids = self.scores.mentees[mentee], self.scores.mentors[mentor]
            ceiling_text = (
                "as forbidden" if bound < 0 else f"as worth {bound / MILLION:.6f} at most"
            )
            bound_text = ceiling_text if bound <= 2 * MILLION else "by prices alone"
            score_text = "is forbidden" if score < 0 else f"scores {score / MILLION:.6f}"
            message = (
                f"{ids[0]} and {ids[1]}: dismissed {bound_text}, and {score_text}: no proof is at "
                "hand"
            )
            yield Violation("proof", *ids, message, code="wrong_dismissal")

    def _reaches_bound(self, tier: str, value: Value, bound: Value | None) -> bool:
        """Whether a value is as good as its bound, or as good as the scheme asks (`within`)."""
        if not isinstance(value, int) or not isinstance(bound, int):
            return value == bound
        allowed = self.slack[tier](bound) if tier in self.slack else 0
        return bound - allowed <= value <= bound

    def _progress_bar(self, n_pairs: int) -> Bar:
        title = "checking the proof"
        return progress_bar(title, total=n_pairs, unit="pair", is_shown=self.options.progress)

    def _print_line(self, line: str) -> None:
        if self.options.progress:
            print(f"checking the proof: {line}", file=sys.stderr)


def _is_below(bound: Value | None, value: int) -> bool:
    """Whether a bound is below a value it should not be below."""
    return isinstance(bound, int) and bound < value
