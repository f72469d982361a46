"""When somebody leaves: pair again with the least disturbance, and choose spares beforehand."""

from rmmatch.rematching.again import rematch
from rmmatch.rematching.model import Rematch
from rmmatch.rematching.notices import Notice
from rmmatch.rematching.spares import Estimate, Reserve, Reserves, reserves

__all__ = ["Estimate", "Notice", "Rematch", "Reserve", "Reserves", "rematch", "reserves"]
