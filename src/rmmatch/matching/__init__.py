"""What a pairing is, once somebody has made one: pairs, status, values, bounds, prices."""

from rmmatch.matching.model import Certificate, Matching, Status, TierPrices
from rmmatch.matching.records import load_result
from rmmatch.matching.result import Result
from rmmatch.matching.strategy import Strategy

__all__ = ["Certificate", "Matching", "Result", "Status", "Strategy", "TierPrices", "load_result"]
