"""`match`: the one door to the solvers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from rmmatch import __version__
from rmmatch.cohort import Cohort
from rmmatch.errors import NotSupportedError, require_seconds, require_whole
from rmmatch.matching import Certificate, Matching, Result, Status, Strategy, TierPrices
from rmmatch.matching.outlets import outlet
from rmmatch.numeric import Ints
from rmmatch.progress import progress_bar
from rmmatch.scheme import Scheme
from rmmatch.scheme.tiers import TIERS
from rmmatch.scoring import PairScores
from rmmatch.solving.column_generation.pricing_oracle import IdOrderOracle
from rmmatch.solving.column_generation.progress_text import ProgressText
from rmmatch.solving.formulation.formulation import Formulation, formulate, full_model
from rmmatch.solving.lexicographic.driver import solve_tiers
from rmmatch.solving.lexicographic.tier_methods import DualProof, Value
from rmmatch.solving.mip.select import needs_mip, select_solution_set
from rmmatch.solving.stopping import Stop

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from rmmatch.scoring.sweep.sweep import Sweep
    from rmmatch.solving.column_generation.checkpoint import Checkpoint

__all__ = ["match", "match_until", "overflow_as_scheme_error"]

_MAX_MATRIX_PAIRS = 400_000  # above, doing without the matrix is quicker, and far smaller
_MAX_TIE_MARKED_PAIRS = 4_000_000  # above, breaking ties by marks takes as long as all the rest
_MAX_TIE_MARKED_MIP_PAIRS = 250_000  # the same, where quotas or the like need a programme
_MAX_REQUIRED_MATRIX_PAIRS = 40_000_000  # of the matrix, where a tier needs it


def match(
    cohort: Cohort,
    scheme: Scheme,
    *,
    time_limit: float | None = None,
    strategy: Strategy | str | None = None,
    seed: int = 0,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: bool = False,
    checkpoint: str | Path | None = None,
) -> Result:
    """Pair a cohort as well as its scheme allows, and prove it.

    Each tier of the scheme's objective is optimised among the matchings that are best for all
    tiers before it. Where there are reserves, pairs of two applicants come before everything
    (``applicants`` in the result), but for ``kept_pairs`` as the first tier: as many as possible,
    or the largest sum of their scores where ``total`` comes first; so no reserve takes a partner
    whom that needs. (Where ``blocking_pairs`` is first there is no such tier: nobody prefers a
    reserve to an applicant.) Among matchings that are equal in every tier, the one with the largest
    sum of marks is taken, a mark being a 20-bit hash of the seed and the two ids; above 4,000,000
    pairs, and with quotas, ``within`` or ``if_used`` above 250,000, the one found first when people
    stand in the order of their ids and `seed` draws among equal pairs. So the order of rows and
    columns of the input never matters.

    Ctrl-C in the main thread stops as the time limit does, between steps; a second one stops at
    once, by a KeyboardInterrupt.

    Parameters
    ----------
    cohort : Cohort
    scheme : Scheme
    time_limit : float, optional
        Seconds. It is looked at between steps; the best matching so far is returned with a true
        bound. Where there is none, what is in conflict is looked for in as much time again, by
        steps of three seconds at most.
    strategy : Strategy or str, optional
        Another way of pairing, from `rmmatch.strategies`, or its name there, as ``"greedy"``; its
        result carries no proof.
    seed : int
        Of the rule that breaks ties, and of strategies that draw.
    workers : int, optional
        Threads that look through all pairs of people where these are more than 400,000; by
        default as many as there are cores for this process. Smaller cohorts need none.
    executor : concurrent.futures.Executor, optional
        Looks through the pairs of large cohorts in place of the threads: a pool of processes, or
        a cluster. Neither it nor `workers` changes the result.
    progress : bool
        Show on stderr how far it is, where it takes longer than two seconds.
    checkpoint : str or Path, optional
        A file in which each round of a large cohort keeps what it has come to, by numbers and
        without ids; where it is there, the solving goes on from it. It is removed when the
        result is proved. Smaller cohorts, up to 400,000 pairs, need none.

    Returns
    -------
    Result
        ``OPTIMAL`` with a certificate, also with no pair at all where nobody may be paired;
        ``FEASIBLE`` where it was stopped or a strategy paired; ``INFEASIBLE`` with a reason and
        the smallest conflict where not everything that is asked for can hold.

    Raises
    ------
    SchemeError
        The cohort and the scheme do not fit; every reason is listed.
    NotSupportedError
        The cohort is too large for a tier or a quota that needs all pairs at once; or the numbers
        of a cohort that was built by hand are too large to be added up in 64 bits.
    CohortError
        A strategy paired somebody who is not in the cohort.
    ProblemsError
        There is no strategy of this name; the nearest is given.
    RecordError
        The checkpoint is of another cohort, scheme or seed, or cannot be read or written.
    KeyboardInterrupt
        Somebody pressed Ctrl-C before any matching was at hand, or twice.
    TypeError
        An argument is of another kind.
    ValueError
        `time_limit` is not positive, `workers` is less than 1, or `seed` less than 0.

    Examples
    --------
    >>> import rmmatch as rm
    >>> cohort, scheme = rm.synthetic.demo()
    >>> result = rm.match(cohort, scheme)
    >>> result.status, result.gap
    (<Status.OPTIMAL: 'optimal'>, 0.0)
    """
    require_seconds(time_limit=time_limit)
    if workers is not None:
        require_whole(1, workers=workers)
    require_whole(0, seed=seed)
    if executor is not None and not hasattr(executor, "submit"):
        raise TypeError(f"executor must be a concurrent.futures.Executor, not {executor!r}")
    stop = Stop.after(time_limit)
    if isinstance(strategy, str):
        strategy = cast("Strategy", outlet("strategy_of_name")(strategy))
    if strategy is not None:
        return _solve_by_strategy(PairScores(cohort, scheme), strategy, seed)
    return match_until(
        stop,
        cohort,
        scheme,
        seed=seed,
        workers=workers,
        executor=executor,
        progress=progress,
        checkpoint=checkpoint,
    )


def match_until(
    stop: Stop,
    cohort: Cohort,
    scheme: Scheme,
    *,
    seed: int = 0,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: bool = False,
    checkpoint: str | Path | None = None,
) -> Result:
    """Do what `match` does, until something that is asked of several solves says stop.

    Parameters
    ----------
    stop : Stop
        Also heeds Ctrl-C meanwhile.
    cohort, scheme, seed, workers, executor, progress, checkpoint
        As for `match`.
    """
    scores = PairScores(cohort, scheme)
    cohort, scheme = scores.cohort, scheme.in_ids_of(cohort)
    n_pairs = len(scores.mentees) * len(scores.mentors)
    posed = formulate(scores, seed)
    if n_pairs > _MAX_REQUIRED_MATRIX_PAIRS and posed.needs_matrix:
        raise NotSupportedError(
            f"{', '.join(posed.needs_matrix)}: only for up to {_MAX_REQUIRED_MATRIX_PAIRS:,} pairs of people, and "
            f"there are {n_pairs:,}: pair by region or programme, or leave the tier out"
        )
    # What a way needs is loaded when it is taken: of a small cohort's time most is loading.
    if n_pairs > _MAX_MATRIX_PAIRS and not posed.needs_matrix:
        from rmmatch.scoring.sweep.sweep import Sweep
        from rmmatch.solving.column_generation.checkpoint import Checkpoint

        kept = None if checkpoint is None else Checkpoint(Path(checkpoint), cohort, scheme, seed)
        if kept is not None:
            kept.require_same_scores(
                lambda e, m: scores.scores_of_pairs(posed.mentee_order[e], posed.mentor_order[m])
            )
        sweep = Sweep(scores, workers=workers, executor=executor)
        with progress_bar("pairing", total=None, unit="round", is_shown=progress) as bar:
            watch = ProgressText(bar, scheme)
            with stop.heeding_interrupts(), overflow_as_scheme_error():
                found = _solve_without_matrix(sweep, posed, stop, seed, watch, kept)
    else:
        with stop.heeding_interrupts(), overflow_as_scheme_error():
            found = _solve_with_matrix(scores, posed, stop)
    if stop.is_interrupted and found is not None and found.matching is None:
        raise KeyboardInterrupt
    result = Result(cohort, scheme, Status.INFEASIBLE, None, seed=seed, versions=_versions())
    if found is None:
        from rmmatch.solving.infeasibility.smallest_conflict import explain_infeasibility

        reason, conflict = explain_infeasibility(scores, posed, stop.seconds)
        return result.replace(reason=reason, conflict=conflict)
    return _as_result(result, posed, found, stop)


@contextmanager
def overflow_as_scheme_error() -> Iterator[None]:
    """Say what to do where numbers are too large: those that are read from files never are."""
    try:
        yield
    except OverflowError as error:
        raise NotSupportedError(
            f"{error}: the sums of a tier must stay within 64 bits, so give smaller numbers; "
            "priorities up to 1,000,000 always do"
        ) from error


@dataclass(frozen=True, eq=False)
class _Optimised:
    """What either way of solving found, people by their positions in the cohort.

    `values`, `bounds` and `proofs` have an entry a tier of the objective, in order; a tier that
    was not proved in time has no proofs, and may have no bound.
    """

    names: tuple[str, ...]
    matching: Matching | None
    values: tuple[Value, ...]
    bounds: tuple[Value | None, ...]
    proofs: tuple[tuple[DualProof, ...] | None, ...]
    solver: str


def _solve_with_matrix(scores: PairScores, posed: Formulation, stop: Stop) -> _Optimised | None:
    """Solve over all acceptable pairs at once; None where no matching is allowed."""
    n_pairs = len(scores.mentees) * len(scores.mentors)
    is_marked = n_pairs <= _MAX_TIE_MARKED_MIP_PAIRS or not needs_mip(posed)
    network, stages = full_model(scores, posed, is_marked=is_marked)
    way, how = select_solution_set(network, posed, stages)
    try:
        solution = solve_tiers(way, stages, stop=stop)
    except TimeoutError:
        return _Optimised(posed.tier_names, None, (), (), (None,) * len(posed.tier_names), how)
    if solution is None:
        return None
    matching = None
    values = list(solution.values or ())
    if solution.chosen is not None:
        for at, name in enumerate(posed.tier_names):
            worth = values[at]
            if isinstance(worth, int):
                values[at] = worth - posed.side_constraints.quota_cost(
                    name, network, solution.chosen
                )
        arcs = solution.chosen
        mentees, mentors = network.mentees[arcs], network.mentors[arcs]
        matching = Matching.at(
            scores.cohort, posed.mentee_order[mentees], posed.mentor_order[mentors]
        )
    return _Optimised(
        posed.tier_names,
        matching,
        tuple(values),
        solution.bounds,
        solution.proofs,
        f"{', '.join(posed.tier_names)} over {network.n_arcs} acceptable pairs by {how}",
    )


def _solve_without_matrix(
    sweep: Sweep,
    posed: Formulation,
    stop: Stop,
    seed: int,
    watch: ProgressText,
    kept: Checkpoint | None,
) -> _Optimised | None:
    """Solve over few pairs, and sweep all for what disproves their prices."""
    from rmmatch.solving.column_generation.driver import generate_columns

    scores = sweep.scores
    oracle = IdOrderOracle(sweep, posed.mentee_order, posed.mentor_order)
    n_mentees, n_mentors = scores.shape
    is_marked = n_mentees * n_mentors <= _MAX_TIE_MARKED_PAIRS
    tiers = posed.tiers if is_marked else posed.tiers[:-1]
    solution = generate_columns(
        oracle, posed.load_bounds, tiers, stop=stop, progress=watch, seed=seed, checkpoint=kept
    )
    if kept is not None and (solution is None or None not in solution.prices):
        kept.remove()
    if solution is None:
        return None
    matching = None
    if solution.mentees is not None and solution.mentors is not None:
        mentees, mentors = (
            posed.mentee_order[solution.mentees],
            posed.mentor_order[solution.mentors],
        )
        matching = Matching.at(scores.cohort, mentees, mentors)
    n_arcs = max((step.n_arcs for step in solution.rounds), default=0)
    return _Optimised(
        posed.tier_names,
        matching,
        solution.values or (),
        solution.bounds,
        solution.proofs,
        f"{', '.join(posed.tier_names)} by OR-Tools over at most {n_arcs} of {len(scores.mentees)} × "
        f"{len(scores.mentors)} pairs at a time, in {len(solution.rounds)} rounds; all pairs swept "
        + "; ".join(("by price, because their matrix is large", *sweep.executor_failures)),
    )


def _as_result(result: Result, posed: Formulation, found: _Optimised, stop: Stop) -> Result:
    """Fill in a result."""
    proofs = found.proofs[: len(found.names)]
    bounds = zip(found.names, found.bounds, strict=False)
    certificate, by = _certificate(posed, found.names, proofs)
    result = result.replace(
        bounds={name: bound for name, bound in bounds if bound is not None},
        certificate=certificate,
        solver=found.solver,
    )
    if found.matching is None:
        return result.replace(
            status=Status.NO_SOLUTION_FOUND, reason="the time limit passed before any matching"
        )
    proved = all(of_tier is not None for of_tier in proofs)
    if stop.is_interrupted and not proved:
        result = result.replace(solver=f"{result.solver}; interrupted by Ctrl-C")
    return result.replace(
        status=Status.OPTIMAL if proved else Status.FEASIBLE,
        proof=by,
        matching=found.matching,
        values=dict(zip(found.names, found.values, strict=False)),
    )


def _certificate(
    posed: Formulation, names: tuple[str, ...], proofs: tuple[tuple[DualProof, ...] | None, ...]
) -> tuple[Certificate, str]:
    """Return the prices of the first tiers, as far as these alone prove them, and what proves all.

    Prices say nothing of what comes after a tier that they do not prove, or that leaves slack.
    """
    tiers: list[TierPrices] = []
    by = "prices" if all(of_tier is not None for of_tier in proofs) else ""
    loose = {aim.tier for aim in posed.aims if aim.within and TIERS[aim.tier].form != "bottleneck"}
    for name, of_tier in zip(names, proofs, strict=True):
        if of_tier is None:
            break
        if any(proof.prices is None for proof in of_tier):
            return Certificate(tuple(tiers)), by and "solver"
        for proof in of_tier:
            assert proof.prices is not None
            u, v = proof.prices
            tiers.append(
                TierPrices(
                    name,
                    _to_cohort_order(u, posed.mentee_order),
                    _to_cohort_order(v, posed.mentor_order),
                    proof.level,
                )
            )
        if name in loose and name != names[-1]:
            return Certificate(tuple(tiers)), by and "solver"
    return Certificate(tuple(tiers)), by


def _to_cohort_order(prices: Ints, order: Ints) -> Ints:
    """Return prices by the order of the cohort."""
    spread = np.empty_like(prices)
    spread[order] = prices
    return spread


def _solve_by_strategy(scores: PairScores, strategy: Strategy, seed: int) -> Result:
    """Return what a strategy paired, with its value on each tier."""
    matching = strategy.pair(scores, seed=seed)
    rows, columns = matching.positions(scores.cohort)
    posed = formulate(scores, seed)
    network, stages = full_model(scores, posed)
    place = np.full(scores.shape, -1, dtype=np.int64)
    place[posed.mentee_order[network.mentees], posed.mentor_order[network.mentors]] = np.arange(
        network.n_arcs
    )
    chosen = np.zeros(network.n_arcs, dtype=bool)
    arcs = place[rows, columns]
    chosen[arcs[arcs >= 0]] = True
    values = {stage.name: stage.value(network, chosen) for stage in stages[:-1]}
    for name, worth in values.items():
        if isinstance(worth, int):
            values[name] = worth - posed.side_constraints.quota_cost(name, network, chosen)
    return Result(
        scores.cohort,
        scores.scheme,
        Status.FEASIBLE,
        matching,
        values=values,
        solver=f"strategy {strategy.name}",
        seed=seed,
        versions=_versions(),
    )


def _versions() -> dict[str, str]:
    import ortools

    return {"rmmatch": __version__, "ortools": ortools.__version__, "numpy": np.__version__}
