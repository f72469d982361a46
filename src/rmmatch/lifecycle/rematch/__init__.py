"""When somebody leaves: pair again with the least disturbance, and choose spares beforehand."""

from rmmatch.lifecycle.rematch.api import rematch
from rmmatch.lifecycle.rematch.model import Rematch
from rmmatch.lifecycle.rematch.notices import Notice
from rmmatch.lifecycle.reserves.api import Estimate, Reserve, Reserves, reserves

__all__ = ["Estimate", "Notice", "Rematch", "Reserve", "Reserves", "rematch", "reserves"]
