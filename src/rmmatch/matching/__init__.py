"""What a pairing is, once somebody has made one: pairs, status, values, bounds, prices."""

from rmmatch.matching.anonymising import anonymise
from rmmatch.matching.conflict import Change, Conflict, Wish
from rmmatch.matching.model import Certificate, Matching, Status, TierPrices
from rmmatch.matching.records import load_result, load_review, save_review
from rmmatch.matching.result import Result
from rmmatch.matching.review import Review, Step
from rmmatch.matching.strategy import Strategy

__all__ = [
    "Certificate",
    "Change",
    "Conflict",
    "Matching",
    "Result",
    "Review",
    "Status",
    "Step",
    "Strategy",
    "TierPrices",
    "Wish",
    "anonymise",
    "load_result",
    "load_review",
    "save_review",
]
