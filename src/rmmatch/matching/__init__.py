"""What a pairing is, once somebody has made one: pairs, status, values, bounds, prices."""

from rmmatch.matching.model import Certificate, Matching, Status, TierPrices
from rmmatch.matching.records import load_result
from rmmatch.matching.result import Result

__all__ = ["Certificate", "Matching", "Result", "Status", "TierPrices", "load_result"]
