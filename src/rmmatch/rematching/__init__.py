"""When somebody leaves: pair again with the least disturbance, and choose spares beforehand."""

from rmmatch.rematching.again import rematch
from rmmatch.rematching.model import Rematch

__all__ = ["Rematch", "rematch"]
