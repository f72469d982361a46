"""`match`: the one entrance to the solvers. Positions are in cohort order here, not below (I5)."""

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
from rmmatch.solving.formulation.formulation import (
    Formulation,
    formulate,
    full_model,
    to_cohort_order,
)
from rmmatch.solving.lexicographic.driver import solve_tiers
from rmmatch.solving.lexicographic.tier_methods import DualProof, Value
from rmmatch.solving.mip.select import needs_mip, select_solution_set
from rmmatch.solving.stopping import Stop

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from rmmatch.scoring.sweep.sweep import Sweep
    from rmmatch.solving.column_generation.checkpoint import Checkpoint

__all__ = ["match", "match_until", "overflow_as_scheme_error"]

# All in pairs of people.
_MAX_MATRIX_PAIRS = 400_000  # above, column generation is quicker, and far smaller; speed only
_MAX_TIE_MARKED_PAIRS = 4_000_000  # above, marks take too long: decides which of equals is taken
_MAX_TIE_MARKED_MIP_PAIRS = 250_000  # the same, where a mixed-integer program is needed
_MAX_REQUIRED_MATRIX_PAIRS = 40_000_000  # of the matrix, where a tier needs it; limit of input


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
        Seconds. The clock is looked at between steps; the best matching so far is returned with a
        true bound. Where no matching is allowed, the conflict is looked for in as much time again,
        by steps of three seconds at most.
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
        Show on stderr how far the solving is, where it takes longer than two seconds.
    checkpoint : str or Path, optional
        A file in which each round of a large cohort keeps its state, by numbers and without ids;
        where the file exists, the solving goes on from it. The file is removed when the result is
        proved. Smaller cohorts, up to 400,000 pairs, need none.

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
    loads_before: tuple[Ints, Ints] | None = None,
) -> Result:
    """Do what `match` does, until a stop that several calls may share is due.

    Parameters
    ----------
    stop : Stop
        In place of a time limit. Meanwhile it also heeds Ctrl-C.
    cohort : Cohort
    scheme : Scheme
    seed : int
    workers : int, optional
    executor : Executor, optional
    progress : bool
    checkpoint : str or Path, optional
        As for `match`, which has checked them.
    loads_before : tuple of two ndarrays of int64, shapes (n_mentees,) and (n_mentors,), optional
        In cohort order: how many pairs people have already, as of `formulate`.

    Returns
    -------
    Result
        As of `match`.
    """
    scores = PairScores(cohort, scheme)
    cohort, scheme = scores.cohort, scheme.in_ids_of(cohort)
    n_pairs = len(scores.mentees) * len(scores.mentors)
    formulation = formulate(scores, seed, loads_before)
    if n_pairs > _MAX_REQUIRED_MATRIX_PAIRS and formulation.needs_matrix:
        raise NotSupportedError(
            f"{', '.join(formulation.needs_matrix)}: only for up to "
            f"{_MAX_REQUIRED_MATRIX_PAIRS:,} pairs of people, and there are {n_pairs:,}: pair by "
            "region or programme, or leave the tier out"
        )
    # Modules are loaded where they are needed: of a small cohort's time most is loading.
    if n_pairs > _MAX_MATRIX_PAIRS and not formulation.needs_matrix:
        from rmmatch.scoring.sweep.sweep import Sweep
        from rmmatch.solving.column_generation.checkpoint import Checkpoint

        saved = None if checkpoint is None else Checkpoint(Path(checkpoint), cohort, scheme, seed)
        if saved is not None:
            saved.require_same_scores(
                lambda e, m: scores.scores_of_pairs(
                    formulation.mentee_order[e], formulation.mentor_order[m]
                )
            )
        sweep = Sweep(scores, workers=workers, executor=executor)
        with progress_bar("pairing", total=None, unit="round", is_shown=progress) as bar:
            progress_text = ProgressText(bar, scheme)
            with stop.heeding_interrupts(), overflow_as_scheme_error():
                optimised = _solve_without_matrix(
                    sweep, formulation, stop, seed, progress_text, saved
                )
    else:
        with stop.heeding_interrupts(), overflow_as_scheme_error():
            optimised = _solve_with_matrix(scores, formulation, stop)
    if stop.is_interrupted and optimised is not None and optimised.matching is None:
        raise KeyboardInterrupt
    result = Result(cohort, scheme, Status.INFEASIBLE, None, seed=seed, versions=_versions())
    if optimised is None:
        from rmmatch.solving.infeasibility.smallest_conflict import explain_infeasibility

        reason, conflict = explain_infeasibility(scores, formulation, stop.seconds)
        return result.replace(reason=reason, conflict=conflict)
    return _as_result(result, formulation, optimised, stop)


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
    """What solving with the matrix, or without, came to.

    Attributes
    ----------
    names : tuple of str
        Of the tiers of the objective, in order.
    matching : Matching or None
        None where time ran out before there was one.
    values, bounds, proofs : tuple
        An entry for each tier, in the tier's unit; further entries, as those of the marks that
        break ties, are left out of the result. A tier that was not proved in time has no proofs,
        and may have no bound. The prices in proofs are in id order.
    solver : str
        How it was solved, in words.
    """

    names: tuple[str, ...]
    matching: Matching | None
    values: tuple[Value, ...]
    bounds: tuple[Value | None, ...]
    proofs: tuple[tuple[DualProof, ...] | None, ...]
    solver: str


def _solve_with_matrix(
    scores: PairScores, formulation: Formulation, stop: Stop
) -> _Optimised | None:
    """Solve over all acceptable pairs at once; None where no matching is allowed."""
    n_pairs = len(scores.mentees) * len(scores.mentors)
    is_marked = n_pairs <= _MAX_TIE_MARKED_MIP_PAIRS or not needs_mip(formulation)
    network, methods = full_model(scores, formulation, is_marked=is_marked)
    solutions, how = select_solution_set(network, formulation, methods)
    try:
        solution = solve_tiers(solutions, methods, stop=stop)
    except TimeoutError:
        return _Optimised(
            formulation.tier_names, None, (), (), (None,) * len(formulation.tier_names), how
        )
    if solution is None:
        return None
    matching = None
    values = list(solution.values or ())
    if solution.chosen is not None:
        for place, name in enumerate(formulation.tier_names):
            value = values[place]
            if isinstance(value, int):
                cost = formulation.side_constraints.quota_cost(name, network, solution.chosen)
                values[place] = value - cost
        arcs = solution.chosen
        mentees, mentors = network.mentees[arcs], network.mentors[arcs]
        matching = Matching.at(
            scores.cohort, formulation.mentee_order[mentees], formulation.mentor_order[mentors]
        )
    return _Optimised(
        formulation.tier_names,
        matching,
        tuple(values),
        solution.bounds,
        solution.proofs,
        f"{', '.join(formulation.tier_names)} over {network.n_arcs} acceptable pairs by {how}",
    )


def _solve_without_matrix(
    sweep: Sweep,
    formulation: Formulation,
    stop: Stop,
    seed: int,
    progress_text: ProgressText,
    checkpoint: Checkpoint | None,
) -> _Optimised | None:
    """Solve over few pairs, and scan all for pairs that disprove their prices."""
    from rmmatch.solving.column_generation.driver import generate_columns

    scores = sweep.scores
    oracle = IdOrderOracle(sweep, formulation.mentee_order, formulation.mentor_order)
    n_mentees, n_mentors = scores.shape
    is_marked = n_mentees * n_mentors <= _MAX_TIE_MARKED_PAIRS
    tiers = formulation.tiers if is_marked else formulation.tiers[:-1]
    solution = generate_columns(
        oracle,
        formulation.load_bounds,
        tiers,
        stop=stop,
        progress=progress_text,
        seed=seed,
        checkpoint=checkpoint,
    )
    if checkpoint is not None and (solution is None or None not in solution.prices):
        checkpoint.remove()
    if solution is None:
        return None
    matching = None
    if solution.mentees is not None and solution.mentors is not None:
        mentees, mentors = (
            formulation.mentee_order[solution.mentees],
            formulation.mentor_order[solution.mentors],
        )
        matching = Matching.at(scores.cohort, mentees, mentors)
    n_arcs = max((step.n_arcs for step in solution.rounds), default=0)
    return _Optimised(
        formulation.tier_names,
        matching,
        solution.values or (),
        solution.bounds,
        solution.proofs,
        f"{', '.join(formulation.tier_names)} by OR-Tools over at most {n_arcs} of "
        f"{len(scores.mentees)} × {len(scores.mentors)} pairs at a time, in "
        f"{len(solution.rounds)} rounds; all pairs swept "
        + "; ".join(("by price, because their matrix is large", *sweep.executor_failures)),
    )


def _as_result(
    result: Result, formulation: Formulation, optimised: _Optimised, stop: Stop
) -> Result:
    """Fill in a result, in cohort order."""
    proofs = optimised.proofs[: len(optimised.names)]
    bounds = zip(optimised.names, optimised.bounds, strict=False)
    certificate, proved_by = _certificate(formulation, optimised.names, proofs)
    result = result.replace(
        bounds={name: bound for name, bound in bounds if bound is not None},
        certificate=certificate,
        solver=optimised.solver,
    )
    if optimised.matching is None:
        return result.replace(
            status=Status.NO_SOLUTION_FOUND,
            reason="the time limit passed before a pairing was found",
        )
    proved = all(tier_proofs is not None for tier_proofs in proofs)
    if stop.is_interrupted and not proved:
        result = result.replace(solver=f"{result.solver}; interrupted by Ctrl-C")
    return result.replace(
        status=Status.OPTIMAL if proved else Status.FEASIBLE,
        proof=proved_by,
        matching=optimised.matching,
        values=dict(zip(optimised.names, optimised.values, strict=False)),
    )


def _certificate(
    formulation: Formulation,
    names: tuple[str, ...],
    proofs: tuple[tuple[DualProof, ...] | None, ...],
) -> tuple[Certificate, str]:
    """Return the prices of the leading tiers that prices alone prove, and what proves all tiers.

    What proves all tiers is ``"prices"``, ``"solver"``, or ``""`` if not all are proved. Prices say
    nothing of what comes after a tier that they do not prove, or that leaves slack.
    """
    tiers: list[TierPrices] = []
    proved_by = "prices" if all(tier_proofs is not None for tier_proofs in proofs) else ""
    tiers_with_slack = {
        aim.label for aim in formulation.aims if aim.within and TIERS[aim.tier].form != "bottleneck"
    }
    for name, tier_proofs in zip(names, proofs, strict=True):
        if tier_proofs is None:
            break
        if any(proof.prices is None for proof in tier_proofs):
            return Certificate(tuple(tiers)), proved_by and "solver"
        for proof in tier_proofs:
            assert proof.prices is not None
            u, v = proof.prices
            tiers.append(
                TierPrices(
                    name,
                    to_cohort_order(u, formulation.mentee_order),
                    to_cohort_order(v, formulation.mentor_order),
                    proof.level,
                )
            )
        if name in tiers_with_slack and name != names[-1]:
            return Certificate(tuple(tiers)), proved_by and "solver"
    return Certificate(tuple(tiers)), proved_by


def _solve_by_strategy(scores: PairScores, strategy: Strategy, seed: int) -> Result:
    """Return the pairs of a strategy, with their value in each tier."""
    matching = strategy.pair(scores, seed=seed)
    rows, columns = matching.positions(scores.cohort)
    formulation = formulate(scores, seed)
    network, methods = full_model(scores, formulation)
    arc_of_pair = np.full(scores.shape, -1, dtype=np.int64)
    arc_of_pair[
        formulation.mentee_order[network.mentees], formulation.mentor_order[network.mentors]
    ] = np.arange(network.n_arcs)
    chosen = np.zeros(network.n_arcs, dtype=bool)
    arcs = arc_of_pair[rows, columns]
    chosen[arcs[arcs >= 0]] = True
    values = {method.name: method.value(network, chosen) for method in methods[:-1]}
    for name, value in values.items():
        if isinstance(value, int):
            values[name] = value - formulation.side_constraints.quota_cost(name, network, chosen)
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
