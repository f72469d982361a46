"""What rules did to people and their partners, in words that read alike everywhere."""

from __future__ import annotations

from collections.abc import Mapping

from rmmatch.cohort.cells import YES_NO
from rmmatch.rules import Rule, always_in_force
from rmmatch.rules.people import Eligible, NotWithdrawn
from rmmatch.rules.relations import NotOneself, Relations
from rmmatch.scoring import PairScores
from rmmatch.spelling import fold

__all__ = ["CONFIDENTIAL_RULE", "exclusion_counts_text", "exclusion_text", "partners_excluded_text"]

CONFIDENTIAL_RULE = "a confidential rule"
"""What a committee reads of a rule on a sensitive column."""


def exclusion_text(scores: PairScores, rule_name: str) -> str:
    """Say what a rule on people found of somebody: "has not attended training".

    Parameters
    ----------
    scores : PairScores
    rule_name : str
        One of `PairScores.rules`.
    """
    if isinstance(_open_rule(scores, rule_name), NotWithdrawn):
        return "has left the scheme"
    words = _person_words(scores, rule_name, "has")
    return words or f"excluded by {_shown_name(scores, rule_name)}"


def exclusion_counts_text(scores: PairScores, counts: Mapping[str, int]) -> list[str]:
    """Say how many partners each rule excluded, most first: "5 had not attended training".

    Parameters
    ----------
    scores : PairScores
    counts : mapping of str to int
        Numbers of partners by the names of rules, as `PairScores.partners` yields them.
    """
    most_first = sorted(counts.items(), key=lambda item: -item[1])
    return [partners_excluded_text(scores, rule, str(count)) for rule, count in most_first]


def partners_excluded_text(scores: PairScores, rule_name: str, count: str) -> str:
    """Say how many partners a rule excluded.

    Parameters
    ----------
    scores : PairScores
    rule_name : str
        One of `PairScores.rules`, or `CONFIDENTIAL_RULE`.
    count : str
        How many, in words or as a number.
    """
    words = _person_words(scores, rule_name, "had") or _partner_words(scores, rule_name)
    return f"{count} {words}"


def _partner_words(scores: PairScores, rule_name: str) -> str:
    """Return what happened to partners whom a rule excluded."""
    rule = _open_rule(scores, rule_name)
    if isinstance(rule, NotOneself):
        return "excluded as the same person"
    if isinstance(rule, Relations) and rule.forbid == ("declined",):
        return "excluded because one of the two had declined the other"
    if isinstance(rule, Relations) and rule.forbid == ("forbidden",):
        return "excluded by the list of forbidden pairs"
    return f"excluded by {_shown_name(scores, rule_name)}"


def _open_rule(scores: PairScores, rule_name: str) -> Rule | None:
    """Return a rule by its name; None where it reads a sensitive column."""
    if rule_name not in scores.rules:
        return None
    rule = scores.rule_list[scores.rules.index(rule_name)]
    return None if rule.reads_sensitive(scores.setting) else rule


def _shown_name(scores: PairScores, rule_name: str) -> str:
    """Return how a rule is named within a sentence."""
    if _open_rule(scores, rule_name) is not None:
        return f"the rule '{rule_name}'"
    if rule_name not in scores.rules:
        return rule_name
    number = scores.rules.index(rule_name) - len(always_in_force()) + 1
    return f"{CONFIDENTIAL_RULE} (rule {number})" if number > 0 else rule_name


def _person_words(scores: PairScores, rule_name: str, has: str) -> str:
    """Return what a rule on people alone found, with "has" or "had"; empty for other rules."""
    rule = _open_rule(scores, rule_name)
    if isinstance(rule, NotWithdrawn):
        return "withdrew"
    if not isinstance(rule, Eligible) or getattr(rule, "name", None):
        return ""
    words = rule.column.replace("_", " ").split()
    if not all(YES_NO.get(fold(value)) == "yes" for value in rule.values):
        return f"{has} no {' or '.join(map(repr, rule.values))} under {' '.join(words)}"
    if words[0].endswith("ed"):  # attended_training
        return f"{has} not {' '.join(words)}"
    if words[-1].endswith("ed"):  # eligibility_confirmed
        return f"{has} no {' '.join((words[-1], *words[:-1]))}"
    return f"{has} no yes under {' '.join(words)}"
