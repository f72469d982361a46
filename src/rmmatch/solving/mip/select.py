"""Which solution set a problem needs: that of flows where they are enough."""

from __future__ import annotations

from collections.abc import Sequence

from rmmatch.scheme.tiers import TIERS
from rmmatch.solving.assignment.network import Network
from rmmatch.solving.formulation.formulation import Formulation
from rmmatch.solving.lexicographic.flow_solutions import FlowSolutions
from rmmatch.solving.lexicographic.solution_set import SolutionSet
from rmmatch.solving.lexicographic.tier_methods import TierMethod

__all__ = ["needs_mip", "select_solution_set"]


def needs_mip(formulation: Formulation) -> tuple[str, ...]:
    """Return what is required that flow alone cannot do, in words; empty where flow is enough.

    Parameters
    ----------
    formulation : Formulation
    """
    reasons = []
    if formulation.side_constraints.constraints:
        reasons.append("quotas")
    if not formulation.side_constraints.is_empty and not formulation.side_constraints.constraints:
        reasons.append("minimum loads of who is used")
    if any(aim.within for aim in formulation.aims):
        reasons.append("`within`")
    return tuple(reasons)


def select_solution_set(
    network: Network, formulation: Formulation, methods: Sequence[TierMethod]
) -> tuple[SolutionSet, str]:
    """Return the solution set of a problem, with no tier held yet, and its solvers in words.

    Parameters
    ----------
    network : Network
        Of all acceptable pairs.
    formulation : Formulation
    methods : sequence of TierMethod
        Those of the objective.

    Returns
    -------
    solutions : SolutionSet
    solvers : str

    Raises
    ------
    NotSupportedError
        There are too many pairs for a tier.
    """
    reasons = needs_mip(formulation)
    blocking = [TIERS["blocking_pairs"] for method in methods if method.name == "blocking_pairs"]
    if not reasons and not blocking:
        return FlowSolutions(network), (
            "OR-Tools assignment and minimum-cost flow; prices by shortest paths"
        )
    # What few schemes need is loaded only for them.
    from rmmatch.solving.mip.mip_solutions import MipSolutions

    if blocking:
        from rmmatch.solving.formulation.blocking_pairs import FewestBlockingPairs
        from rmmatch.solving.mip.stability_solutions import StabilitySolutions

        method = next(method for method in methods if isinstance(method, FewestBlockingPairs))
        solutions = MipSolutions.of(network, formulation.side_constraints)
        return StabilitySolutions.of(solutions, method.blocking_pairs), (
            "OR-Tools minimum-cost flow where it keeps them, else GLOP and HiGHS, because of "
            + " and ".join([*(tier.words for tier in blocking), *reasons])
        )
    return MipSolutions.of(network, formulation.side_constraints), (
        f"OR-Tools minimum-cost flow where it keeps them, else GLOP and HiGHS, because of "
        f"{' and '.join(reasons)}"
    )
