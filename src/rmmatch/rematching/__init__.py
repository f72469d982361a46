"""When somebody leaves: pair again with the least disturbance, and choose spares beforehand."""

from rmmatch.rematching.again import rematch
from rmmatch.rematching.model import Rematch
from rmmatch.rematching.spares import Reserves, reserves

__all__ = ["Rematch", "Reserves", "rematch", "reserves"]
