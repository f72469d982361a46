"""Which way a problem goes: flow where that is all it needs."""

from __future__ import annotations

from rmmatch.solving.flowway import FlowWay
from rmmatch.solving.network import Network
from rmmatch.solving.objective import Posed
from rmmatch.solving.programme import ProgrammeWay
from rmmatch.solving.ways import Way

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


def routed(network: Network, posed: Posed) -> tuple[Way, str]:
    """Return the way that answers a problem's questions, and what it is in words.

    Parameters
    ----------
    network : Network
        Of all acceptable pairs.
    posed : Posed
    """
    asked = beyond_flow(posed)
    if not asked:
        return FlowWay(network), (
            "OR-Tools assignment and minimum-cost flow; prices by shortest paths"
        )
    return ProgrammeWay.of(network, posed.limits), (
        f"OR-Tools minimum-cost flow where it keeps them, else GLOP and HiGHS, because of "
        f"{' and '.join(asked)}"
    )
