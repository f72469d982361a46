"""What was changed and what that does, in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeGuard

from rmmatch.cohort import Cohort, Role
from rmmatch.matching.display import Shown, change_text, shown_text, tier_words, unit_of
from rmmatch.matching.rule_words import CONFIDENTIAL_RULE
from rmmatch.numeric import MILLION
from rmmatch.scheme import Scheme
from rmmatch.scoring.points import as_points

__all__ = ["ChangeWords", "tier_sentence", "what_if_title", "without_position"]


class ChangeWords:
    """The changes that were asked for, in words: with ids, and as a coordinator reads them.

    Parameters
    ----------
    scheme : Scheme
        Whose sensitive columns hide names.

    Attributes
    ----------
    with_ids, with_names : list of str
        The same changes, in the order they were added.
    """

    def __init__(self, scheme: Scheme) -> None:
        self._sensitive = scheme.sensitive
        self.with_ids: list[str] = []
        self.with_names: list[str] = []

    def add(self, text: str) -> None:
        """Add a change that names nobody.

        Parameters
        ----------
        text : str
        """
        self.with_ids.append(text)
        self.with_names.append(text)

    def add_people(self, text: str, cohort: Cohort, *people: tuple[Role, str]) -> None:
        """Add a change of people.

        Parameters
        ----------
        text : str
            With ``{}`` for each of the people.
        cohort : Cohort
            Where they are.
        *people : (role, id)
        """
        ids = [id_ for _, id_ in people]
        with_ids = text.format(*ids)
        if with_ids in self.with_ids:
            return  # somebody who is on both sides
        shown = cohort.hiding(self._sensitive)
        names = [shown.person_text(role, shown.side(role).position[id_]) for role, id_ in people]
        self.with_ids.append(with_ids)
        self.with_names.append(text.format(*names))


def what_if_title(changes: Sequence[str]) -> str:
    """Return the title of a what-if.

    Parameters
    ----------
    changes : sequence of str
        In words.
    """
    return f"What if: {'; '.join(changes) or 'nothing changes'}"


def without_position(change: str) -> str:
    """Return a change without the place of a rule that reads a sensitive column.

    Parameters
    ----------
    change : str
        In words.
    """
    if re.search(r" \((rules\[\d+\]|rule \d+)\)$", change) is None:
        return change
    action = "change" if " becomes " in change else change.split(" ", 1)[0]
    return f"{action} {CONFIDENTIAL_RULE}"


def tier_sentence(
    scheme: Scheme,
    tier: str,
    values: tuple[Shown | None, Shown | None],
    price: float,
    *,
    is_reweighed: bool,
) -> str:
    """Say what a tier was worth before and after a change.

    Parameters
    ----------
    scheme : Scheme
    tier : str
    values : tuple of two (float, tuple of float or None)
        Before and after, in the unit of `Result.objective`; None where there is no such tier.
    price : float
        What was lost, by the criteria before; 0 where it is nothing or not known.
    is_reweighed : bool
        Whether the criteria are not those of before.
    """
    texts = ["none" if value is None else _value_text(scheme, tier, value) for value in values]
    price_text = ""
    if price:
        unit = unit_of(scheme, tier)
        lost = round(price * abs(unit))
        if unit == MILLION and not is_reweighed and abs(lost) >= MILLION // 100:
            # so that the difference is that of the two figures beside it
            shown = [as_points(round(value * MILLION)) for value in values if _is_sum(value)]
            lost = (shown[0] - shown[1]) * (MILLION // 100) if len(shown) == 2 else lost
        by_text = ", by the weights before" if is_reweighed else ""
        price_text = f" ({change_text(scheme, tier, -lost)}{by_text})"
    words = tier_words(tier)
    return f"{words}: {texts[0]} before, {texts[1]} after{price_text}"


def _is_sum(value: Shown | None) -> TypeGuard[float]:
    return value is not None and not isinstance(value, tuple)


def _value_text(scheme: Scheme, tier: str, value: Shown) -> str:
    """Return the value of a tier as people read it: sums of scores in points."""
    if unit_of(scheme, tier) == MILLION and not isinstance(value, tuple):
        return f"{as_points(round(value * MILLION)):,} points"
    return shown_text(value)
