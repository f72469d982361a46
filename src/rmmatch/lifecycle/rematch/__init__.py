"""When somebody leaves: pair again with the least disturbance."""

from rmmatch.lifecycle.rematch.api import rematch
from rmmatch.lifecycle.rematch.model import Rematch
from rmmatch.lifecycle.rematch.notices import Notice

__all__ = ["Notice", "Rematch", "rematch"]
