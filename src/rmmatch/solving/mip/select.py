"""Which way a problem goes: flow where that is all it needs."""

from __future__ import annotations

from collections.abc import Sequence

from rmmatch.scheme.tiers import TIERS
from rmmatch.solving.assignment.network import Network
from rmmatch.solving.formulation.formulation import Formulation
from rmmatch.solving.lexicographic.flow_solutions import FlowSolutions
from rmmatch.solving.lexicographic.solution_set import SolutionSet
from rmmatch.solving.lexicographic.tier_methods import TierMethod

__all__ = ["needs_mip", "select_solution_set"]


def needs_mip(posed: Formulation) -> tuple[str, ...]:
    """Return what is asked that flow alone cannot do."""
    asked = []
    if posed.side_constraints.constraints:
        asked.append("quotas")
    if not posed.side_constraints.is_empty and not posed.side_constraints.constraints:
        asked.append("minimum loads of who is used")
    if any(aim.within for aim in posed.aims):
        asked.append("`within`")
    return tuple(asked)


def select_solution_set(
    network: Network, posed: Formulation, stages: Sequence[TierMethod]
) -> tuple[SolutionSet, str]:
    """Return the way that answers a problem's questions, and what it is in words.

    Parameters
    ----------
    network : Network
        Of all acceptable pairs.
    posed : Formulation
    stages : sequence of TierMethod
        Those of the objective.

    Raises
    ------
    NotSupportedError
        There are too many pairs for a tier.
    """
    asked = needs_mip(posed)
    blocking = [TIERS[stage.name] for stage in stages if TIERS[stage.name].form == "blocking"]
    if not asked and not blocking:
        return FlowSolutions(network), (
            "OR-Tools assignment and minimum-cost flow; prices by shortest paths"
        )
    # What few schemes need is loaded only for them.
    from rmmatch.solving.mip.mip_solutions import MipSolutions

    if blocking:
        from rmmatch.solving.formulation.blocking_pairs import FewestBlockingPairs
        from rmmatch.solving.mip.stability_solutions import StabilitySolutions

        stage = next(stage for stage in stages if isinstance(stage, FewestBlockingPairs))
        others = MipSolutions.of(network, posed.side_constraints)
        return StabilitySolutions.of(others, stage.blocking_pairs), (
            "OR-Tools minimum-cost flow where it keeps them, else GLOP and HiGHS, because of "
            + " and ".join([*(tier.words for tier in blocking), *asked])
        )
    return MipSolutions.of(network, posed.side_constraints), (
        f"OR-Tools minimum-cost flow where it keeps them, else GLOP and HiGHS, because of "
        f"{' and '.join(asked)}"
    )
