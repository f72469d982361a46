"""Column generation: exact assignment without the matrix of all pairs.

Each tier is solved over the arcs at hand (`restricted_master`). Its prices prove it over all
acceptable pairs as soon as none of these is worth more than the two prices of its people; until
then the pairs that are worth most more become arcs (`pricing`). Arcs are never dropped while a tier
is being proved.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import count, pairwise

import numpy as np

from rmmatch.numeric import Bools, Ints
from rmmatch.solving.assignment.duals import NotOptimal
from rmmatch.solving.assignment.network import DualPrices, dual_bound, is_feasible, tier_value
from rmmatch.solving.column_generation.arc_pool import (
    ArcArrays,
    PricingResult,
    VerifiedPrices,
    concatenate,
)
from rmmatch.solving.column_generation.checkpoint import Checkpoint
from rmmatch.solving.column_generation.events import (
    ColumnGenerationResult,
    PhaseStarted,
    RoundFinished,
)
from rmmatch.solving.column_generation.pricing import PricingProblem
from rmmatch.solving.column_generation.pricing_oracle import PricingOracle
from rmmatch.solving.column_generation.restricted_master import RestrictedMaster
from rmmatch.solving.column_generation.restricted_problem import RestrictedProblem
from rmmatch.solving.column_generation.warm_start import (
    artificial_discount,
    columns_for_unmatched,
    initial_columns,
)
from rmmatch.solving.formulation.implicit_tiers import ImplicitTier, LoadBounds
from rmmatch.solving.lexicographic.flow_solutions import FlowSolutions
from rmmatch.solving.lexicographic.level_methods import BottleneckMethod
from rmmatch.solving.lexicographic.tier_methods import DualProof
from rmmatch.solving.stopping import Stop

__all__ = ["generate_columns"]

_ROUNDS_PER_SAMPLE_TIER = 8  # rounds of each tier of a sample; speed only

_Events = Callable[[RoundFinished | PhaseStarted], None]


def generate_columns(
    oracle: PricingOracle,
    load_bounds: LoadBounds,
    tiers: Sequence[ImplicitTier],
    *,
    stop: Stop | None = None,
    progress: _Events | None = None,
    seed: int = 0,
    checkpoint: Checkpoint | None = None,
) -> ColumnGenerationResult | None:
    """Return a choice that maximises each tier in turn over all acceptable pairs, with its proof.

    Parameters
    ----------
    oracle : PricingOracle
        Knows the acceptable pairs.
    load_bounds : LoadBounds
        Bounds on everybody's number of pairs, and fixed pairs, in id order.
    tiers : sequence of ImplicitTier
        What is maximised, in order. With marks last, the choice is the same for every oracle and
        seed unless two choices have the same sum of marks.
    stop : Stop, optional
        Looked at between steps. Once it is due, the best choice at hand is returned with true
        bounds.
    progress : callable, optional
        Told of each round that is finished, and of each phase that is begun.
    seed : int
        Of the samples and of the draws among equal arcs.
    checkpoint : Checkpoint, optional
        Where to begin, and where to keep what each round comes to.

    Returns
    -------
    ColumnGenerationResult or None
        None where no choice is allowed.

    Raises
    ------
    OverflowError
        When a tier's weights are too large to be solved in 64 bits.
    ValueError
        A fixed pair is not acceptable.
    """
    begun = time.monotonic()
    run = _ColumnGeneration(oracle, load_bounds, tiers, stop or Stop(), progress, seed, checkpoint)
    start_s = time.monotonic() - begun
    if not run.problem.has_feasible_loads() or not run.find_feasible_columns():
        return None
    proofs: list[tuple[DualProof, ...] | None] = []
    bounds: list[int] = []
    for tier_idx, tier in enumerate(tiers):
        bound, proof = (
            run.solve_bottleneck(tier) if tier.kind == "worst" else run.solve_tier(tier_idx)
        )
        bounds.append(bound)
        if proof is None:
            break
        proofs.append(proof)
    bounds += [run.problem.trivial_bound(tier) for tier in tiers[len(bounds) :]]
    proofs += [None] * (len(tiers) - len(proofs))
    return run.result(tuple(bounds), tuple(proofs), start_s)


class _ColumnGeneration:
    """One run: the rounds of each tier, over a restricted problem that grows by pricing.

    A bound holds for any prices (invariant I3). After a tier is proved, the problem keeps every
    choice that is best for it (I2).
    """

    def __init__(
        self,
        oracle: PricingOracle,
        load_bounds: LoadBounds,
        tiers: Sequence[ImplicitTier],
        stop: Stop,
        progress: _Events | None,
        seed: int,
        checkpoint: Checkpoint | None = None,
    ) -> None:
        self._oracle, self._load_bounds, self._tiers = oracle, load_bounds, tuple(tiers)
        self._stop, self._progress, self._checkpoint = stop, progress, checkpoint
        self._rng = np.random.default_rng(seed)
        self._rounds: list[RoundFinished] = []
        self._master = RestrictedMaster(min(oracle.shape))
        start = None if checkpoint is None else checkpoint.start
        if start is None:
            start = initial_columns(oracle, load_bounds, self._rng, self._price_sample_and_report)
        self._guessed_prices, self._margin = start.prices, start.margin
        if self._guessed_prices is not None:
            self._master.artificial_discount = artificial_discount(
                oracle, load_bounds, self._guessed_prices, self._rng
            )
        self.problem = RestrictedProblem(oracle, load_bounds, start, self._rng)
        self._save_checkpoint(self._guessed_prices)

    def _save_checkpoint(self, prices: DualPrices | None) -> None:
        """Keep the arcs at hand, and prices of the first tier of scores."""
        if self._checkpoint is not None and prices is not None:
            pool = self.problem.pool
            self._checkpoint.save((pool.rows, pool.columns, pool.scores), prices, self._margin)

    def _price_sample_and_report(self, load_bounds: LoadBounds) -> DualPrices:
        """Return prices of a sample, and report that everybody's turn has come."""
        prices = self._price_sample(load_bounds)
        max_loads = self._load_bounds.max_load_mentees, self._load_bounds.max_load_mentors
        n_people = max(int(np.count_nonzero(loads)) for loads in max_loads)
        self._report(PhaseStarted("beginning", n_people))
        return prices

    def _price_sample(self, load_bounds: LoadBounds) -> DualPrices:
        """Return prices of a sample for the first tier of scores, not quite proved."""
        seed = int(self._rng.integers(2**32))
        run = _ColumnGeneration(
            self._oracle, load_bounds, self._tiers, self._stop, self._report_sample, seed
        )
        for tier_idx, tier in enumerate(self._tiers):
            if tier.kind == "worst":
                continue  # what is good enough in a sample is not so among all
            _, prices = run.solve_and_price(tier_idx, n_rounds=_ROUNDS_PER_SAMPLE_TIER)
            # what a sample found out about artificial arcs holds for all
            self._master.may_use_artificial = run._master.may_use_artificial
            if prices is None:
                break
            if tier.kind == "scores":
                return prices
            run.problem.restrict_to_optima(tier, prices)
        return self._zero_prices()

    def _zero_prices(self) -> DualPrices:
        n_mentees, n_mentors = self._oracle.shape
        return np.zeros(n_mentees, dtype=np.int64), np.zeros(n_mentors, dtype=np.int64)

    def find_feasible_columns(self) -> bool:
        """Phase one: bring arcs to hand that meet every least load.

        Returns
        -------
        bool
            False where it is proved that no pairs can.
        """
        problem = self.problem
        least_mentees, most_mentees, least_mentors, most_mentors = problem.load_limits
        n_needed = int(least_mentees.sum() + least_mentors.sum())
        if not n_needed:
            return True
        one_each = np.ones(1, dtype=np.int64)
        needs = ImplicitTier(
            "needs",
            "constant",
            unit=0,
            load_reward_mentees=one_each,
            rewarded_load_mentees=least_mentees,
            load_reward_mentors=one_each,
            rewarded_load_mentors=least_mentors,
        )
        no_mentees, no_mentors = self._zero_prices()
        problem.load_limits = no_mentees, most_mentees, no_mentors, most_mentors
        bound, _ = self._price_until_proved(needs, None, enough=n_needed)
        problem.load_limits = self._load_bounds.bounds
        problem.best_pairs = None
        return bound >= n_needed

    def solve_tier(self, tier_idx: int) -> tuple[int, tuple[DualProof, ...] | None]:
        """Return a bound of a tier, and what proves it; then only its best choices are left."""
        bound, prices = self.solve_and_price(tier_idx)
        if prices is None:
            return bound, None
        self.problem.restrict_to_optima(self._tiers[tier_idx], prices)
        return bound, (DualProof(0, prices),)

    def solve_bottleneck(self, tier: ImplicitTier) -> tuple[int, tuple[DualProof, ...] | None]:
        """Return a bound of the lowest score of a choice, and what proves it, as `solve_tier` does.

        The best level over the arcs at hand is put to all pairs until it is proved. The question
        whether a choice needs a pair at that level is a tier like others.
        """
        problem = self.problem
        max_pairs = problem.max_pairs()
        problem.add_high_scores()
        while not self._stop.is_due:
            pool = problem.pool
            outcome = BottleneckMethod(tier.name, pool.scores, max_pairs).optimise(
                FlowSolutions(problem.network()), (), self._stop
            )
            assert outcome is not None, "the arcs at hand hold a choice"
            chosen = np.zeros(pool.rows.size, dtype=np.bool_)
            chosen[outcome.solution_set.arc_idx[outcome.chosen]] = True
            problem.set_best_pairs(chosen)
            if outcome.proofs is None:
                break
            if not outcome.proofs:
                return 0, ()  # no choice has any pair
            level = int(pool.scores[chosen].min())
            level_tier = ImplicitTier(tier.name, "above", unit=level, n_max_pairs=max_pairs)
            _, prices = self._price_until_proved(level_tier, outcome.proofs[0].prices, enough=0)
            if prices is not None:
                problem.restrict_to_min_score(level)
                return level, (DualProof(level, prices),)
        return self._oracle.max_score, None

    def solve_and_price(
        self, tier_idx: int, *, n_rounds: int | None = None
    ) -> tuple[int, DualPrices | None]:
        """Return a bound of a tier, and the prices that prove it if there was time.

        After `n_rounds` prices are returned that prove it over the arcs at hand only.
        """
        tier = self._tiers[tier_idx]
        if tier.kind == "marks":
            self.problem.add_tight_arcs(tier, self._stop)
        is_first = all(before.kind != "scores" for before in self._tiers[:tier_idx])
        near_prices = self._guessed_prices if is_first and tier.kind == "scores" else None
        return self._price_until_proved(tier, near_prices, n_rounds=n_rounds)

    def _price_until_proved(
        self,
        tier: ImplicitTier,
        near_prices: DualPrices | None,
        *,
        enough: int | None = None,
        n_rounds: int | None = None,
    ) -> tuple[int, DualPrices | None]:
        """Solve the arcs at hand and price all pairs in turn, until a tier is proved.

        Without a proof it ends after `n_rounds`, when time is up, or at a choice of value `enough`.
        """
        problem = self.problem
        bound = problem.trivial_bound(tier)
        u, v = near_prices or self._zero_prices()
        verified = VerifiedPrices(*self._oracle.shape)
        n_new: int | None = None
        for n_done in count(1):
            if self._stop.is_due:
                break
            times = [time.monotonic()]
            network, linear_tier = problem.network(), problem.linear_tier(tier)
            self._report(PhaseStarted("choosing", network.n_arcs, tier.name))
            solution = self._master.solve(
                network,
                linear_tier,
                (u, v),
                problem.is_best_pair(),
                self._stop,
                n_new=n_new,
                may_use_artificial=tier.kind == "scores",
            )
            if is_feasible(network, solution.chosen):
                problem.set_best_pairs(solution.chosen)
            times.append(time.monotonic())
            value = tier_value(network, linear_tier, solution.chosen)
            if value == enough:
                return value, None
            if solution.prices is None:
                break
            u, v = solution.prices
            if n_done == n_rounds:
                return bound, (u, v)
            dropped = verified.dropped_since(u, v)
            self._report(PhaseStarted("asking", network.n_arcs, tier.name))
            priced = self._price_all_pairs(tier, u, v, dropped)
            verified.record(dropped, (u, v), priced)
            times.append(time.monotonic())
            solve_s, sweep_s = (end - start for start, end in pairwise(times))
            level = tier.unit if tier.kind == "above" else value
            self._rounds.append(
                RoundFinished(tier.name, network.n_arcs, level, priced.n_found, solve_s, sweep_s)
            )
            self._report(self._rounds[-1])
            if not priced.n_found:
                if dual_bound(network, linear_tier, u, v) != value:
                    if self._master.may_use_artificial:
                        # people do stay alone, or in other artificial arcs
                        self._master.may_use_artificial = False
                        continue
                    raise NotOptimal(f"tier {tier.name!r}: the prices do not prove this choice")
                return value, self._price_out_people_without_places(tier, u, v)
            bound = min(
                bound,
                dual_bound(network, linear_tier, u + priced.max_violation_mentees, v),
                dual_bound(network, linear_tier, u, v + priced.max_violation_mentors),
            )
            n_new = priced.n_found
            new_arcs = [
                (priced.rows, priced.columns, priced.scores),
                *self._columns_for_unmatched(solution.unmatched, (u, v)),
            ]
            del network, linear_tier, solution, priced  # each takes as much memory as the arcs
            problem.add_arcs(*concatenate(new_arcs))
            self._save_checkpoint(self._guessed_prices if near_prices is None else (u, v))
        return bound, None

    def _price_out_people_without_places(self, tier: ImplicitTier, u: Ints, v: Ints) -> DualPrices:
        """Raise the price of people with maximum load 0 until none of their pairs is violated.

        Pricing skips such people, but the certificate must hold for *all* pairs. Any price at least
        ``max weight - min price of the other side`` proves it and costs nothing in the bound, as
        ``max_load * price == 0``. Changes `u` and `v` in place and returns them.
        """
        max_weight = tier.max_weight(self._oracle.max_score)
        without_mentees = self._load_bounds.max_load_mentees == 0
        without_mentors = self._load_bounds.max_load_mentors == 0
        if without_mentees.any():
            u[without_mentees] = max(0, max_weight - int(v[~without_mentors].min(initial=0)))
        if without_mentors.any():
            v[without_mentors] = max(0, max_weight - int(u.min(initial=0)))
        return u, v

    def _report(self, event: RoundFinished | PhaseStarted) -> None:
        if self._progress is not None:
            self._progress(event)

    def _report_sample(self, event: RoundFinished | PhaseStarted) -> None:
        """Of a sample pass on only how far the samples are."""
        if isinstance(event, PhaseStarted) and event.phase in ("beginning", "pricing"):
            self._report(PhaseStarted("pricing", event.count))

    def _price_all_pairs(
        self, tier: ImplicitTier, u: Ints, v: Ints, dropped: tuple[Bools, Bools]
    ) -> PricingResult:
        if self.problem.holds_all_arcs:
            return PricingResult(*self._oracle.shape)
        pricing_problem = PricingProblem(
            self.problem.implicit_arcs,
            self.problem.pool,
            tier,
            self._guessed_prices,
            self._oracle.max_score,
            self._rng,
        )
        return pricing_problem.price(u, v, dropped, self._margin)

    def _columns_for_unmatched(
        self, unmatched: tuple[Ints, Ints] | None, prices: DualPrices
    ) -> list[ArcArrays]:
        """Return arcs of people who stay alone because their artificial arcs lose too little."""
        discount = self._master.artificial_discount
        if unmatched is None or discount is None or not unmatched[0].size:
            return []
        return [
            columns_for_unmatched(
                self._oracle, self._load_bounds, prices, discount, unmatched, self._rng
            )
        ]

    def result(
        self,
        bounds: tuple[int, ...],
        proofs: tuple[tuple[DualProof, ...] | None, ...],
        start_s: float,
    ) -> ColumnGenerationResult:
        """Return the best choice found, if need be a greedy one, with bounds and proofs."""
        problem, rounds = self.problem, tuple(self._rounds)
        if problem.best_pairs is None:
            problem.choose_greedily(self._tiers)
        pairs = problem.best_pairs
        if pairs is None:
            return ColumnGenerationResult(None, None, None, None, bounds, proofs, rounds, start_s)
        values = problem.values(pairs, self._tiers)
        return ColumnGenerationResult(*pairs, values, bounds, proofs, rounds, start_s)
