"""What a check finds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from rmmatch.checking.outcomes import Outcome
from rmmatch.checking.violations import Violation
from rmmatch.files.json_data import JsonAnswer, json_data
from rmmatch.matching.callable_values import CallableCounts
from rmmatch.matching.display import Shown

__all__ = ["Findings"]


class Findings(list[Violation], JsonAnswer):
    """The violations, a list that is empty for a valid matching.

    Attributes
    ----------
    objective : dict of str to float or tuple of float
        What the allowed pairs are worth on each tier, in order.
    best : dict of str to float or tuple of float
        The same of the result it was compared with; empty where there was none.
    outcome : Outcome
        What was looked at, in numbers and in words.
    """

    def __init__(self, violations: Iterable[Violation] = ()) -> None:
        super().__init__(violations)
        self.objective: dict[str, Shown] = {}
        self.best: dict[str, Shown] = {}
        self.outcome = Outcome()

    def to_dict(self) -> dict[str, Any]:
        """Return violations, objective, best and outcome as plain JSON data."""
        return {
            "is_valid": not self,
            "violations": [violation.to_dict() for violation in self],
            "objective": json_data(self.objective),
            "best": json_data(self.best),
            "outcome": self.outcome.to_dict(),
        }

    @property
    def by_rule(self) -> CallableCounts:
        """The number of violations of each rule."""
        return CallableCounts(Counter(violation.rule for violation in self))
