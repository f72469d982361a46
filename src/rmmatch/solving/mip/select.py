"""Which way a problem goes: flow where that is all it needs."""

from __future__ import annotations

from collections.abc import Sequence

from rmmatch.solving.assignment.network import Network
from rmmatch.solving.formulation.formulation import Posed
from rmmatch.solving.lexicographic.flow_solutions import FlowWay
from rmmatch.solving.lexicographic.solution_set import Way
from rmmatch.solving.lexicographic.tier_methods import Stage

__all__ = ["beyond_flow", "routed"]


def beyond_flow(posed: Posed) -> tuple[str, ...]:
    """Return what is asked that flow alone cannot do."""
    asked = []
    if posed.limits.rows:
        asked.append("quotas")
    if not posed.limits.ask_nothing and not posed.limits.rows:
        asked.append("minimum loads of who is used")
    if any(aim.within for aim in posed.aims):
        asked.append("`within`")
    return tuple(asked)


def routed(network: Network, posed: Posed, stages: Sequence[Stage]) -> tuple[Way, str]:
    """Return the way that answers a problem's questions, and what it is in words.

    Parameters
    ----------
    network : Network
        Of all acceptable pairs.
    posed : Posed
    stages : sequence of Stage
        Those of the objective.

    Raises
    ------
    NotSupportedError
        There are too many pairs for a tier.
    """
    asked = beyond_flow(posed)
    has_blocking = any(stage.name == "blocking_pairs" for stage in stages)
    if not asked and not has_blocking:
        return FlowWay(network), (
            "OR-Tools assignment and minimum-cost flow; prices by shortest paths"
        )
    # What few schemes need is loaded only for them.
    from rmmatch.solving.mip.mip_solutions import ProgrammeWay

    if has_blocking:
        from rmmatch.solving.formulation.blocking_pairs import FewestBlocking
        from rmmatch.solving.mip.stability_solutions import BlockingWay

        stage = next(stage for stage in stages if isinstance(stage, FewestBlocking))
        others = ProgrammeWay.of(network, posed.limits)
        return BlockingWay.of(others, stage.blocking), (
            "OR-Tools minimum-cost flow where it keeps them, else GLOP and HiGHS, because of "
            + " and ".join(["blocking pairs", *asked])
        )
    return ProgrammeWay.of(network, posed.limits), (
        f"OR-Tools minimum-cost flow where it keeps them, else GLOP and HiGHS, because of "
        f"{' and '.join(asked)}"
    )
