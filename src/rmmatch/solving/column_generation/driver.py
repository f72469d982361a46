"""Exact assignment without the matrix: few arcs, their prices, and a sweep for what disproves them.

Each tier is solved over the arcs at hand. Its prices prove it over all acceptable pairs as soon
as none of these is worth more than the two prices of its people; until then the pairs that are
worth most more become arcs. Arcs are never dropped while a tier is being proved.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import count, pairwise

import numpy as np

from rmmatch.numeric import Bools, Ints
from rmmatch.solving.assignment.duals import NotOptimal
from rmmatch.solving.assignment.greedy import greedy_choice
from rmmatch.solving.assignment.network import (
    LinearTier,
    Network,
    count_loads,
    dual_bound,
    is_feasible,
    optimal_face,
    tier_value,
)
from rmmatch.solving.column_generation.arc_pool import (
    MAX_EXPLICIT_ARCS,
    ArcPool,
    PricingResult,
    VerifiedPrices,
    best_arcs_per_person,
    concatenate,
)
from rmmatch.solving.column_generation.checkpoint import Checkpoint
from rmmatch.solving.column_generation.events import (
    ColumnGenerationResult,
    PhaseStarted,
    RoundFinished,
)
from rmmatch.solving.column_generation.implicit_arcs import (
    ArcBlock,
    ExplicitArcs,
    ImplicitArcs,
    scan,
)
from rmmatch.solving.column_generation.pricing import PricingProblem
from rmmatch.solving.column_generation.pricing_oracle import PricingOracle
from rmmatch.solving.column_generation.restricted_master import RestrictedMaster
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

_CANDIDATE_ARCS_PER_PERSON = 10  # arcs a person to begin with where marks decide
_BOTTLENECK_PAIRS_PER_PERSON = 12  # pairs a person that are tried first where the worst one counts
_ROUNDS_PER_SAMPLE_TIER = 8  # of each tier of a sample
_MAX_TIGHT_ARCS_PER_PERSON = 60  # arcs a person that are solved at once


def generate_columns(
    oracle: PricingOracle,
    frame: LoadBounds,
    tiers: Sequence[ImplicitTier],
    *,
    stop: Stop | None = None,
    progress: Callable[[RoundFinished | PhaseStarted], None] | None = None,
    seed: int = 0,
    checkpoint: Checkpoint | None = None,
) -> ColumnGenerationResult | None:
    """Return a choice that maximises each tier in turn over all acceptable pairs, with its proof.

    Parameters
    ----------
    oracle : PricingOracle
        Knows the acceptable pairs.
    frame : LoadBounds
        Bounds on everybody, and fixed pairs.
    tiers : sequence of ImplicitTier
        What is maximised, in order. With marks last, the choice is the same for every oracle and
        seed unless two choices have the same sum of marks.
    stop : Stop, optional
        Looked at between steps. Once it is due, the best choice at hand is returned with true
        bounds.
    progress : callable, optional
        Told of each round, and of what is begun.
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
    run = _ColumnGeneration(oracle, frame, tiers, stop or Stop(), progress, seed, checkpoint)
    start_s = time.monotonic() - begun
    if not run.has_feasible_loads() or not run.find_feasible_columns():
        return None
    proofs: list[tuple[DualProof, ...] | None] = []
    bounds: list[int] = []
    for at, tier in enumerate(tiers):
        top, proof = run.solve_bottleneck(tier) if tier.kind == "worst" else run.solve_tier(at)
        bounds.append(top)
        if proof is None:
            break
        proofs.append(proof)
    bounds += [run.trivial_bound(tier) for tier in tiers[len(bounds) :]]
    proofs += [None] * (len(tiers) - len(proofs))
    return run.result(tuple(bounds), tuple(proofs), start_s)


class _ColumnGeneration:
    """What is known at one moment: arcs, the bounds the proved tiers leave, the best choice."""

    def __init__(
        self,
        oracle: PricingOracle,
        frame: LoadBounds,
        tiers: Sequence[ImplicitTier],
        stop: Stop,
        progress: Callable[[RoundFinished | PhaseStarted], None] | None,
        seed: int,
        checkpoint: Checkpoint | None = None,
    ) -> None:
        self._oracle, self._load_bounds, self._tiers = oracle, frame, tuple(tiers)
        self._shape = oracle.shape
        self._stop, self._progress = stop, progress
        self._rng = np.random.default_rng(seed)
        self._steps: list[RoundFinished] = []
        self._bounds = frame.bounds
        everybody = np.flatnonzero(frame.max_load_mentees), np.flatnonzero(frame.max_load_mentors)
        self._implicit_arcs: ImplicitArcs | ExplicitArcs = ImplicitArcs(
            oracle, [ArcBlock(*everybody)], self._rng
        )
        self._master = RestrictedMaster(min(self._shape))
        self._checkpoint = checkpoint
        start = None if checkpoint is None else checkpoint.start
        if start is None:
            start = initial_columns(oracle, frame, self._rng, self._prices_of_sample_and_report)
        self._holds_all_arcs, self._guessed_prices, self._margin = (
            start.holds_all_arcs,
            start.prices,
            start.margin,
        )
        self._pool = ArcPool(self._shape[1], start.rows, start.columns, start.scores)
        if self._guessed_prices is not None:
            self._master.artificial_discount = artificial_discount(
                oracle, frame, self._guessed_prices, self._rng
            )
        self._mark_fixed_arcs()
        self._best: tuple[Ints, Ints, Ints] | None = None
        self._save_checkpoint(self._guessed_prices)

    def _save_checkpoint(self, prices: tuple[Ints, Ints] | None) -> None:
        """Keep the arcs at hand, and prices of the first tier of scores."""
        if self._checkpoint is not None and prices is not None:
            pool = self._pool
            self._checkpoint.save((pool.rows, pool.columns, pool.scores), prices, self._margin)

    def _prices_of_sample_and_report(self, frame: LoadBounds) -> tuple[Ints, Ints]:
        """Return prices of a sample, and tell that everybody's turn has come."""
        found = self._prices_of_sample(frame)
        people = self._load_bounds.max_load_mentees, self._load_bounds.max_load_mentors
        self._report(PhaseStarted("beginning", max(int(np.count_nonzero(some)) for some in people)))
        return found

    def _prices_of_sample(self, frame: LoadBounds) -> tuple[Ints, Ints]:
        """Return prices of a sample for the first tier of scores, not quite proved."""
        seed = int(self._rng.integers(2**32))
        run = _ColumnGeneration(
            self._oracle, frame, self._tiers, self._stop, self._report_sample, seed
        )
        found = tuple(np.zeros(size, dtype=np.int64) for size in self._shape)
        for at, tier in enumerate(self._tiers):
            if tier.kind == "worst":
                continue  # what is good enough in a sample is not so among all
            _, proof = run.solve_and_price(at, n_rounds=_ROUNDS_PER_SAMPLE_TIER)
            # what a sample found out holds for all
            self._master.may_use_artificial = run._master.may_use_artificial
            if proof is None:
                break
            if tier.kind == "scores":
                return proof
            run.restrict_to_optima(at, proof)
        return found[0], found[1]

    def _mark_fixed_arcs(self) -> None:
        mentees, mentors = self._load_bounds.fixed_mentees, self._load_bounds.fixed_mentors
        if not mentees.size:
            return
        # whole rows and columns of the fixed are few
        found = scan(self._oracle, None, np.unique(mentees), np.unique(mentors), self._rng)
        wanted = ArcPool(self._shape[1], mentees, mentors, np.zeros_like(mentees))
        for rows, columns, scores in found:
            keep = wanted.contains(rows, columns)
            self._pool = self._pool.with_arcs(rows[keep], columns[keep], scores[keep])
        self._pool.mark_fixed(mentees, mentors)
        if self._pool.fixed.sum() != mentees.size:
            raise ValueError("a fixed pair is not acceptable")

    @property
    def _is_late(self) -> bool:
        return self._stop.is_due

    def _network(self) -> Network:
        pool = self._pool
        return Network(*self._shape, pool.rows, pool.columns, pool.fixed, *self._bounds)

    def _linear_tier(self, tier: ImplicitTier) -> LinearTier:
        return tier.as_linear_tier(self._pool.rows, self._pool.columns, self._pool.scores)

    def has_feasible_loads(self) -> bool:
        """Tell whether each person, taken alone, can be given what they must have."""
        fixed = count_loads(self._network(), self._pool.fixed)
        least_mentees, most_mentees, least_mentors, most_mentors = self._bounds
        return bool(
            (np.maximum(least_mentees, fixed[0]) <= most_mentees).all()
            and (np.maximum(least_mentors, fixed[1]) <= most_mentors).all()
        )

    def find_feasible_columns(self) -> bool:
        """Bring the arcs together that meet every least; False where that is proved impossible."""
        least_mentees, most_mentees, least_mentors, most_mentors = self._bounds
        needed = int(least_mentees.sum() + least_mentors.sum())
        if not needed:
            return True
        one = np.ones(1, dtype=np.int64)
        needs = ImplicitTier(
            "needs",
            "constant",
            unit=0,
            load_reward_mentees=one,
            rewarded_load_mentees=least_mentees,
            load_reward_mentors=one,
            rewarded_load_mentors=least_mentors,
        )
        none = np.zeros_like(least_mentees), np.zeros_like(least_mentors)
        self._bounds = none[0], most_mentees, none[1], most_mentors
        top, _ = self._price_until_proved(needs, None, enough=needed)
        self._bounds = self._load_bounds.bounds
        self._best = None
        return top >= needed

    def solve_tier(self, at: int) -> tuple[int, tuple[DualProof, ...] | None]:
        """Return a bound of a tier, and what proves it; then only its best choices are left."""
        top, proof = self.solve_and_price(at)
        if proof is None:
            return top, None
        self.restrict_to_optima(at, proof)
        return top, (DualProof(0, proof),)

    def solve_bottleneck(self, tier: ImplicitTier) -> tuple[int, tuple[DualProof, ...] | None]:
        """Do the same for the worst pair: the best level over the arcs at hand, until it is proved.

        The question whether a choice needs a pair at that level is a tier like others.
        """
        most = self._max_pairs()
        if not self._holds_all_arcs:
            for rows, columns, scores in self._implicit_arcs.pairs_scoring_at_least(
                self._implicit_arcs.score_threshold(_BOTTLENECK_PAIRS_PER_PERSON * sum(self._shape))
            ):
                good = best_arcs_per_person(
                    rows, columns, scores, _CANDIDATE_ARCS_PER_PERSON, self._rng
                )
                self._add_arcs(rows[good], columns[good], scores[good])
        while not self._is_late:
            pool = self._pool
            way = FlowSolutions(self._network())
            settled = BottleneckMethod(tier.name, pool.scores, most).optimise(way, (), self._stop)
            assert settled is not None, "the arcs at hand hold a choice"
            chosen = np.zeros(pool.rows.size, dtype=np.bool_)
            chosen[settled.solution_set.arc_idx[settled.chosen]] = True
            self._set_best_choice(chosen)
            if settled.proofs is None:
                break
            if not settled.proofs:
                return 0, ()  # no choice has any pair
            level = int(pool.scores[chosen].min())
            question = ImplicitTier(tier.name, "above", unit=level, max_key=most)
            _, proof = self._price_until_proved(question, settled.proofs[0].prices, enough=0)
            if proof is not None:
                kept = np.flatnonzero(self._pool.scores >= level)
                self._pool = self._pool.subset(kept, self._pool.fixed[kept])
                self._implicit_arcs = self._implicit_arcs.with_min_score(level)
                return level, (DualProof(level, proof),)
        return self._oracle.max_score, None

    def _max_pairs(self) -> int:
        """Return a number of pairs that no choice exceeds."""
        (n, m), frame = self._shape, self._load_bounds
        sides = (frame.max_load_mentees, m), (frame.max_load_mentors, n)
        return int(min(np.minimum(most, others).sum() for most, others in sides))

    def solve_and_price(
        self, at: int, *, n_rounds: int | None = None
    ) -> tuple[int, tuple[Ints, Ints] | None]:
        """Return a bound of a tier, and the prices that prove it if there was time.

        After `n_rounds` prices are returned that prove it over the arcs at hand only.
        """
        tier = self._tiers[at]
        if tier.kind == "marks":
            self._collect_tight_arcs(tier)
        is_first = all(before.kind != "scores" for before in self._tiers[:at])
        near = self._guessed_prices if is_first and tier.kind == "scores" else None
        return self._price_until_proved(tier, near, n_rounds=n_rounds)

    def _price_until_proved(
        self,
        tier: ImplicitTier,
        near: tuple[Ints, Ints] | None,
        *,
        enough: int | None = None,
        n_rounds: int | None = None,
    ) -> tuple[int, tuple[Ints, Ints] | None]:
        top = self.trivial_bound(tier)
        u, v = near or (np.zeros(self._shape[0], np.int64), np.zeros(self._shape[1], np.int64))
        verified = VerifiedPrices(*self._shape)
        n_new: int | None = None
        for n_done in count(1):
            if self._is_late:
                break
            clock = [time.monotonic()]
            network, posed = self._network(), self._linear_tier(tier)
            self._report(PhaseStarted("choosing", network.n_arcs, tier.name))
            solved = self._master.solve(
                network,
                posed,
                (u, v),
                self._mark_best_choice(),
                self._stop,
                n_new=n_new,
                may_use_artificial=tier.kind == "scores",
            )
            if is_feasible(network, solved.chosen):
                self._set_best_choice(solved.chosen)
            clock.append(time.monotonic())
            own = tier_value(network, posed, solved.chosen)
            if own == enough:
                return own, None
            if solved.prices is None:
                break
            u, v = solved.prices
            if n_done == n_rounds:
                return top, (u, v)
            fell = verified.dropped_since(u, v)
            self._report(PhaseStarted("asking", network.n_arcs, tier.name))
            swept = self._price_all_pairs(tier, u, v, fell)
            verified.record(fell, (u, v), swept)
            clock.append(time.monotonic())
            seconds = [end - start for start, end in pairwise(clock)]
            told = tier.unit if tier.kind == "above" else own
            self._steps.append(
                RoundFinished(tier.name, network.n_arcs, told, swept.n_found, *seconds)
            )
            self._report(self._steps[-1])
            if not swept.n_found:
                if dual_bound(network, posed, u, v) != own:
                    if self._master.may_use_artificial:
                        # people do stay alone, or in other couples
                        self._master.may_use_artificial = False
                        continue
                    raise NotOptimal(f"tier {tier.name!r}: the prices do not prove this choice")
                return own, self._price_out_people_without_places(tier, u, v)
            top = min(
                top,
                dual_bound(network, posed, u + swept.max_violation_mentees, v),
                dual_bound(network, posed, u, v + swept.max_violation_mentors),
            )
            n_new = swept.n_found
            found = [
                (swept.rows, swept.columns, swept.scores),
                *self._columns_for_unmatched(solved.unmatched, (u, v)),
            ]
            del network, posed, solved, swept  # each takes as much memory as the arcs
            self._add_arcs(*concatenate(found))
            self._save_checkpoint(self._guessed_prices if near is None else (u, v))
        return top, None

    def _price_out_people_without_places(
        self, tier: ImplicitTier, u: Ints, v: Ints
    ) -> tuple[Ints, Ints]:
        """Make people without a place, whom no sweep looks at, too dear for anybody."""
        top = tier.max_weight(self._oracle.max_score)
        closed = self._load_bounds.max_load_mentees == 0, self._load_bounds.max_load_mentors == 0
        if closed[0].any():
            u[closed[0]] = max(0, top - int(v[~closed[1]].min(initial=0)))
        if closed[1].any():
            v[closed[1]] = max(0, top - int(u.min(initial=0)))
        return u, v

    def _report(self, told: RoundFinished | PhaseStarted) -> None:
        if self._progress is not None:
            self._progress(told)

    def _report_sample(self, told: RoundFinished | PhaseStarted) -> None:
        """Of a sample pass on only how far the samples are."""
        if isinstance(told, PhaseStarted) and told.phase in ("beginning", "pricing"):
            self._report(PhaseStarted("pricing", told.count))

    def _mark_best_choice(self) -> Bools:
        """Mark the arcs of the choice before."""
        return self._pool.fixed if self._best is None else self._pool.are_among(*self._best[:2])

    def _set_best_choice(self, chosen: Bools) -> None:
        pool = self._pool
        self._best = pool.rows[chosen], pool.columns[chosen], pool.scores[chosen]

    def _price_all_pairs(
        self, tier: ImplicitTier, u: Ints, v: Ints, fell: tuple[Bools, Bools]
    ) -> PricingResult:
        """Ask all pairs."""
        if self._holds_all_arcs:
            return PricingResult(*self._shape)
        to_all = PricingProblem(
            self._implicit_arcs,
            self._pool,
            tier,
            self._guessed_prices,
            self._oracle.max_score,
            self._rng,
        )
        return to_all.price(u, v, fell, self._margin)

    def _columns_for_unmatched(
        self, alone: tuple[Ints, Ints] | None, now: tuple[Ints, Ints]
    ) -> list[tuple[Ints, Ints, Ints]]:
        """Return arcs of people who stay alone because their couples lose too little."""
        give = self._master.artificial_discount
        if alone is None or give is None or not alone[0].size:
            return []
        return [columns_for_unmatched(self._oracle, self._load_bounds, now, give, alone, self._rng)]

    def _collect_tight_arcs(self, tier: ImplicitTier) -> None:
        """Take all pairs that are tight so far, or some good ones where they are too many."""
        if self._holds_all_arcs:
            return
        parts, count = [], 0
        for part in self._implicit_arcs.pairs():
            parts.append(part)
            count += part[0].size
            if count > MAX_EXPLICIT_ARCS or self._is_late:
                break
        else:
            pairs = concatenate(parts)
            self._holds_all_arcs = count <= _MAX_TIGHT_ARCS_PER_PERSON * sum(self._shape)
            if self._holds_all_arcs:
                self._add_arcs(*pairs)
                return
            self._implicit_arcs = ExplicitArcs(pairs, self._rng)
        for rows, columns, scores in self._implicit_arcs.pairs(per_row=_MAX_TIGHT_ARCS_PER_PERSON):
            best = best_arcs_per_person(
                rows,
                columns,
                tier.weights_of_pairs(rows, columns, scores),
                _CANDIDATE_ARCS_PER_PERSON,
                self._rng,
            )
            self._add_arcs(rows[best], columns[best], scores[best])
            if self._is_late:
                return

    def _add_arcs(self, rows: Ints, columns: Ints, scores: Ints) -> None:
        self._pool = self._pool.with_arcs(rows, columns, scores)

    def restrict_to_optima(self, at: int, proof: tuple[Ints, Ints]) -> None:
        """Leave only the choices that are best for a tier."""
        tier = self._tiers[at]
        face, kept = optimal_face(self._network(), self._linear_tier(tier), *proof)
        self._pool = self._pool.subset(kept, face.fixed)
        self._bounds = (
            face.min_load_mentees,
            face.max_load_mentees,
            face.min_load_mentors,
            face.max_load_mentors,
        )
        self._implicit_arcs = self._implicit_arcs.optimal_face(tier, *proof)

    def trivial_bound(self, tier: ImplicitTier) -> int:
        """Return a bound that any weights of this kind keep to."""
        pool, (n, m) = self._pool, self._shape
        if tier.kind == "worst":
            return self._oracle.max_score
        least_mentees, most_mentees, least_mentors, most_mentors = self._bounds
        fixed = np.flatnonzero(pool.fixed)
        only = pool.subset(fixed, pool.fixed[fixed])
        network = Network(
            n,
            m,
            only.rows,
            only.columns,
            only.fixed,
            least_mentees,
            np.maximum(least_mentees, np.minimum(most_mentees, m)),
            least_mentors,
            np.maximum(least_mentors, np.minimum(most_mentors, n)),
        )
        posed = tier.as_linear_tier(only.rows, only.columns, only.scores)
        top = tier.max_weight(self._oracle.max_score)
        none = np.zeros(n, dtype=np.int64), np.zeros(m, dtype=np.int64)
        return min(
            dual_bound(network, posed, none[0] + top, none[1]),
            dual_bound(network, posed, none[0], none[1] + top),
        )

    def result(
        self,
        bounds: tuple[int, ...],
        proofs: tuple[tuple[DualProof, ...] | None, ...],
        start_s: float,
    ) -> ColumnGenerationResult:
        """Return what is known."""
        if self._best is None:
            pool, frame = self._pool, self._load_bounds
            network = Network(*self._shape, pool.rows, pool.columns, pool.fixed, *frame.bounds)
            chosen = greedy_choice(network, [self._linear_tier(tier) for tier in self._tiers])
            if chosen is None:
                return ColumnGenerationResult(
                    None, None, None, None, bounds, proofs, tuple(self._steps), start_s
                )
            self._set_best_choice(chosen)
        assert self._best is not None
        rows, columns, scores = self._best
        taken = np.ones(rows.size, dtype=np.bool_)
        network = Network(*self._shape, rows, columns, taken, *self._load_bounds.bounds)
        values = tuple(
            (int(scores.min()) if scores.size else 0)
            if tier.kind == "worst"
            else tier_value(network, tier.as_linear_tier(rows, columns, scores), taken)
            for tier in self._tiers
        )
        return ColumnGenerationResult(
            rows, columns, scores, values, bounds, proofs, tuple(self._steps), start_s
        )
