"""A scheme as notebooks show it: criteria, rules as sentences, and what comes first."""

from __future__ import annotations

from collections.abc import Sequence

from rmmatch.criteria import Criterion
from rmmatch.declarations.setting import SchemeContext
from rmmatch.files import markup
from rmmatch.rules import Rule
from rmmatch.scheme.objectives import Aim
from rmmatch.scheme.quotas import Quota
from rmmatch.scheme.tiers import TIERS

__all__ = ["aim_text", "direction_text", "quota_texts", "rule_texts", "scheme_html"]

_DIRECTIONS = {
    "reverse": "Reverse mentoring: the mentee is the senior of the two.",
    "traditional": "Traditional mentoring: the mentor is the senior of the two.",
    "peer": "Peer mentoring: neither is the senior of the two.",
}
_AIMS = {
    "pairs": "as many pairs as possible",
    "priority": "people with priority are paired",
    "participation": "as many people as possible have a partner",
    "kept_pairs": "as many earlier pairs as possible stay together",
    "fewest": "as few pairs as possible are listed as {kind!r}",
    "worst_pair": "the lowest score of any pair is as high as possible",
    "leximin": "the lowest scores are as high as possible, one after another",
    "rank_profile": "as many people as possible have their first choice, then their second",
    "spread": "pairs are spread over as many people as possible",
    "nash": "the product of the scores is as high as possible",
    "quota_shortfall": "quotas are missed by as little as possible",
    "blocking_pairs": "as few as possible would both rather have each other",
    "total": "the total score is as high as possible",
}
_FEWEST_REPEATS = "as few people as possible are paired with somebody they were paired with before"


def direction_text(direction: str) -> str:
    """Return in a sentence who is the senior of a pair.

    Parameters
    ----------
    direction : {'reverse', 'traditional', 'peer'}
    """
    return _DIRECTIONS[direction]


def aim_text(aim: Aim) -> str:
    """Return what a tier of an objective is for, in words.

    Parameters
    ----------
    aim : Aim

    Examples
    --------
    >>> aim_text(Aim(tier="total", within=0.02))
    'the total score is as high as possible (later aims may give up 2% of it)'
    """
    text = _AIMS.get(aim.tier, TIERS[aim.tier].words)
    if aim.tier == "fewest":
        is_repeat = aim.relation == "past_pair"
        text = _FEWEST_REPEATS if is_repeat else text.format(kind=aim.relation)
    return f"{text} (later aims may give up {100 * aim.within:g}% of it)" if aim.within else text


def rule_texts(rules: Sequence[Rule], setting: SchemeContext) -> tuple[str, ...]:
    """Return each rule in words; of one that reads a sensitive column only that it is confidential.

    Parameters
    ----------
    rules : sequence of Rule
    setting : SchemeContext
        Says which columns are sensitive.
    """
    return tuple(
        "A confidential rule" if rule.reads_sensitive(setting) else _sentence_case(rule.describe())
        for rule in rules
    )


def quota_texts(quotas: Sequence[Quota], setting: SchemeContext) -> tuple[str, ...]:
    """Return each quota in words; of one that reads a sensitive column not even what it is about.

    Parameters
    ----------
    quotas : sequence of Quota
    setting : SchemeContext
        Says which columns are sensitive.
    """
    return tuple(
        "A confidential quota"
        if quota.reads_sensitive(setting)
        else _sentence_case(quota.describe(setting))
        for quota in quotas
    )


def scheme_html(
    name: str,
    setting: SchemeContext,
    *,
    criteria: Sequence[tuple[str, Criterion]],
    rules: Sequence[Rule],
    quotas: Sequence[Quota],
    aims: Sequence[Aim],
) -> str:
    """Return a scheme as HTML.

    Parameters
    ----------
    name : str
    setting : SchemeContext
        Its direction, and which columns are sensitive: they are not named.
    criteria : sequence of (str, Criterion)
        Each with its label.
    rules : sequence of Rule
    quotas : sequence of Quota
    aims : sequence of Aim
    """
    n_hidden = len(setting.sensitive)
    hidden_text = (
        f"{n_hidden} confidential column{' is' if n_hidden == 1 else 's are'} never shown, and "
        "used only by the rules and quotas that name them."
    )
    total = sum(criterion.weight for _, criterion in criteria) or 1
    weights = [
        (label.replace("_", " "), f"{criterion.weight:g}", f"{criterion.weight / total:.0%}")
        for label, criterion in criteria
    ]
    return markup.block(
        markup.title(name or "Scheme"),
        markup.paragraph(direction_text(setting.direction)),
        markup.table(
            ("Criterion", "Weight", "Share of the score"),
            weights,
            "What makes a pair good",
        )
        if criteria
        else "",
        markup.numbered(rule_texts(rules, setting), "Rules that every pair must meet"),
        markup.numbered(quota_texts(quotas, setting), "Quotas"),
        markup.numbered(
            (_sentence_case(aim_text(aim)) for aim in aims),
            "What the pairing is for, the most important first",
        ),
        markup.paragraph(hidden_text) if n_hidden else "",
    )


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]
