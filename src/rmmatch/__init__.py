"""Pair mentors with mentees by optimisation, explain every pair, prove the result.

The public list is below; everything is loaded when it is first used, so that importing rmmatch
costs next to nothing and OR-Tools is loaded by the first `match`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rmmatch import criteria, errors, rules, strategies, synthetic, types
    from rmmatch.analysis.alternatives import alternatives
    from rmmatch.analysis.explanations import explain
    from rmmatch.analysis.prices import prices_of_pairs, prices_of_rules
    from rmmatch.analysis.robustness import confidence
    from rmmatch.analysis.shortlists import shortlist
    from rmmatch.analysis.trade_offs import trade_off
    from rmmatch.analysis.what_if import WhatIf, what_if
    from rmmatch.checking import Violation, check
    from rmmatch.cohort import Cohort, read_cohort
    from rmmatch.cohort.forms import Form
    from rmmatch.desk.folders import SchemeFolder, open_folder
    from rmmatch.desk.letters.writing import letters
    from rmmatch.desk.survey.proposal import propose_form
    from rmmatch.desk.survey.tag_proposals import propose_tags
    from rmmatch.errors import (
        CohortError,
        FolderError,
        FormError,
        RmmatchError,
        SchemeError,
        UnknownPersonError,
    )
    from rmmatch.lifecycle.adoption import adopt
    from rmmatch.lifecycle.carry_over import CarryOver, carry_over
    from rmmatch.lifecycle.rematch import Rematch, rematch
    from rmmatch.lifecycle.reserves import Reserves, reserves
    from rmmatch.lifecycle.reviewing import approve, match_again, review, undo
    from rmmatch.matching import (
        Matching,
        Result,
        Status,
        anonymise,
        load_result,
        save_review,
    )
    from rmmatch.research.comparison import compare
    from rmmatch.scheme import Scheme
    from rmmatch.scoring import PairScores, score, validate
    from rmmatch.solving import match

_HOMES = {
    "CarryOver": "rmmatch.lifecycle.carry_over",
    "Cohort": "rmmatch.cohort",
    "CohortError": "rmmatch.errors",
    "FolderError": "rmmatch.errors",
    "Form": "rmmatch.cohort.forms",
    "FormError": "rmmatch.errors",
    "Matching": "rmmatch.matching",
    "PairScores": "rmmatch.scoring",
    "Rematch": "rmmatch.lifecycle.rematch",
    "Reserves": "rmmatch.lifecycle.reserves",
    "Result": "rmmatch.matching",
    "RmmatchError": "rmmatch.errors",
    "Scheme": "rmmatch.scheme",
    "SchemeError": "rmmatch.errors",
    "SchemeFolder": "rmmatch.desk.folders",
    "Status": "rmmatch.matching",
    "UnknownPersonError": "rmmatch.errors",
    "Violation": "rmmatch.checking",
    "WhatIf": "rmmatch.analysis.what_if",
    "adopt": "rmmatch.lifecycle.adoption",
    "alternatives": "rmmatch.analysis.alternatives",
    "anonymise": "rmmatch.matching",
    "approve": "rmmatch.lifecycle.reviewing",
    "carry_over": "rmmatch.lifecycle.carry_over",
    "check": "rmmatch.checking",
    "compare": "rmmatch.research.comparison",
    "confidence": "rmmatch.analysis.robustness",
    "criteria": "",
    "errors": "",
    "explain": "rmmatch.analysis.explanations",
    "letters": "rmmatch.desk.letters.writing",
    "load_result": "rmmatch.matching",
    "match": "rmmatch.solving",
    "match_again": "rmmatch.lifecycle.reviewing",
    "open_folder": "rmmatch.desk.folders",
    "prices_of_pairs": "rmmatch.analysis.prices",
    "prices_of_rules": "rmmatch.analysis.prices",
    "propose_form": "rmmatch.desk.survey.proposal",
    "propose_tags": "rmmatch.desk.survey.tag_proposals",
    "read_cohort": "rmmatch.cohort",
    "rematch": "rmmatch.lifecycle.rematch",
    "reserves": "rmmatch.lifecycle.reserves",
    "review": "rmmatch.lifecycle.reviewing",
    "rules": "",
    "save_review": "rmmatch.matching",
    "score": "rmmatch.scoring",
    "shortlist": "rmmatch.analysis.shortlists",
    "strategies": "",
    "synthetic": "",
    "trade_off": "rmmatch.analysis.trade_offs",
    "types": "",
    "undo": "rmmatch.lifecycle.reviewing",
    "validate": "rmmatch.scoring",
    "what_if": "rmmatch.analysis.what_if",
}

__version__ = "0.1.0"

__all__ = [
    "CarryOver",
    "Cohort",
    "CohortError",
    "FolderError",
    "Form",
    "FormError",
    "Matching",
    "PairScores",
    "Rematch",
    "Reserves",
    "Result",
    "RmmatchError",
    "Scheme",
    "SchemeError",
    "SchemeFolder",
    "Status",
    "UnknownPersonError",
    "Violation",
    "WhatIf",
    "adopt",
    "alternatives",
    "anonymise",
    "approve",
    "carry_over",
    "check",
    "compare",
    "confidence",
    "criteria",
    "errors",
    "explain",
    "letters",
    "load_result",
    "match",
    "match_again",
    "open_folder",
    "prices_of_pairs",
    "prices_of_rules",
    "propose_form",
    "propose_tags",
    "read_cohort",
    "rematch",
    "reserves",
    "review",
    "rules",
    "save_review",
    "score",
    "shortlist",
    "strategies",
    "synthetic",
    "trade_off",
    "types",
    "undo",
    "validate",
    "what_if",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'rmmatch' has no attribute {name!r}")
    home = _HOMES[name]
    if not home:
        return importlib.import_module(f"rmmatch.{name}")
    value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public list and what every module has, not the modules that are loaded."""
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
