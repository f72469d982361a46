"""What a pairing is, once somebody has made one: pairs, status, values, bounds, prices."""

from rmmatch.matching.certificate import Certificate, TierPrices
from rmmatch.matching.conflict import Change, Conflict, Wish
from rmmatch.matching.matching import Matching, Status
from rmmatch.matching.records.anonymity import anonymise
from rmmatch.matching.records.record import load_result, load_review, save_review
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
