"""The classes of answers and parts of a scheme, for annotations and `isinstance`.

Nobody needs these names to use the library: they are what its functions return. They are here so
that no path to a module is public; everything is loaded when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rmmatch.analysis.alternatives import Alternative, Alternatives
    from rmmatch.analysis.explanations import Explanation
    from rmmatch.analysis.prices import PairPrices
    from rmmatch.analysis.robustness import Confidence
    from rmmatch.analysis.shortlists import Shortlist
    from rmmatch.analysis.trade_offs import TradeOff
    from rmmatch.checking import Findings, Outcome
    from rmmatch.declarations.meetings import Meetings
    from rmmatch.desk.letters.writing import Letters
    from rmmatch.desk.survey.goal_tags import GoalTags, TagProposal
    from rmmatch.lifecycle.rematch import Notice
    from rmmatch.lifecycle.reserves import Estimate, Reserve
    from rmmatch.matching import Certificate, Change, Conflict, Review, Step, TierPrices, Wish
    from rmmatch.research.comparison import Comparison
    from rmmatch.scheme.objectives import Aim
    from rmmatch.scheme.quotas import Quota
    from rmmatch.scoring import PairScore
    from rmmatch.stability import Preferences

_HOMES = {
    "Aim": "rmmatch.scheme.objectives",
    "Alternative": "rmmatch.analysis.alternatives",
    "Alternatives": "rmmatch.analysis.alternatives",
    "Certificate": "rmmatch.matching",
    "Change": "rmmatch.matching",
    "Comparison": "rmmatch.research.comparison",
    "Confidence": "rmmatch.analysis.robustness",
    "Conflict": "rmmatch.matching",
    "Estimate": "rmmatch.lifecycle.reserves",
    "Explanation": "rmmatch.analysis.explanations",
    "Findings": "rmmatch.checking",
    "GoalTags": "rmmatch.desk.survey.goal_tags",
    "Letters": "rmmatch.desk.letters.writing",
    "Meetings": "rmmatch.declarations.meetings",
    "Notice": "rmmatch.lifecycle.rematch",
    "Outcome": "rmmatch.checking",
    "PairPrices": "rmmatch.analysis.prices",
    "PairScore": "rmmatch.scoring",
    "Preferences": "rmmatch.stability",
    "Quota": "rmmatch.scheme.quotas",
    "Reserve": "rmmatch.lifecycle.reserves",
    "Review": "rmmatch.matching",
    "Shortlist": "rmmatch.analysis.shortlists",
    "Step": "rmmatch.matching",
    "TagProposal": "rmmatch.desk.survey.goal_tags",
    "TierPrices": "rmmatch.matching",
    "TradeOff": "rmmatch.analysis.trade_offs",
    "Wish": "rmmatch.matching",
}

__all__ = [
    "Aim",
    "Alternative",
    "Alternatives",
    "Certificate",
    "Change",
    "Comparison",
    "Confidence",
    "Conflict",
    "Estimate",
    "Explanation",
    "Findings",
    "GoalTags",
    "Letters",
    "Meetings",
    "Notice",
    "Outcome",
    "PairPrices",
    "PairScore",
    "Preferences",
    "Quota",
    "Reserve",
    "Review",
    "Shortlist",
    "Step",
    "TagProposal",
    "TierPrices",
    "TradeOff",
    "Wish",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'rmmatch.types' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
