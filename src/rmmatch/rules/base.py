"""What a rule is: it forbids pairs, or people, and never scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from rmmatch.cohort import Cohort
from rmmatch.declarations.base import Declaration, Reason, any_of, invalid_answer
from rmmatch.declarations.setting import SchemeContext
from rmmatch.pairwise.base import Block
from rmmatch.pairwise.kernels import Composite, Dense, Kernel

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["AnyRule", "Missing", "Rule", "broken_where"]

Missing = Literal["forbid", "allow"]


class Rule(Declaration):
    """Base of every rule: says which pairs are forbidden.

    `reason` says why the rule is needed and who agreed to it; it is kept with the scheme and
    decides nothing. A rule that reads a sensitive column should have one.

    Write your own by subclassing: give it a ``type`` and a `forbids` (or, to be called block by
    block, a `prepare`). It is then usable from a scheme file by that type.

    Examples
    --------
    >>> from typing import Literal
    >>> class NotSameInitial(Rule):
    ...     type: Literal["not_same_initial"] = "not_same_initial"
    ...
    ...     def forbids(self, mentees, mentors):
    ...         first = [table.index.str[:1].to_numpy() for table in (mentees, mentors)]
    ...         return first[0][:, None] == first[1][None, :]
    >>> NotSameInitial().describe()
    'not same initial'
    """

    family: ClassVar[str] = "rule"
    registry: ClassVar[dict[str, type[Declaration]]] = {}

    type: str
    reason: Reason = ""

    @property
    def score_floor(self) -> float | None:
        """Scores below this are forbidden by the rule; None for a rule that is not about scores."""
        return None

    def pins(self) -> tuple[tuple[str, str], ...]:
        """Return the (mentee, mentor) ids that the rule wants paired."""
        return ()

    def prepare(self, cohort: Cohort, setting: SchemeContext) -> Kernel:
        """Return the kernel of the mask: True where the pair is forbidden.

        By default the whole matrix that `forbids` returns, which is checked.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
            What the scheme says besides its criteria and rules: grades, direction, cycle.

        Returns
        -------
        Kernel
            Asked with positions in cohort order.

        Raises
        ------
        SchemeError
            `forbids` returned another shape or type.
        """
        named = self.columns_used()
        answer = self.forbids(*(setting.frame(side, named) for side in cohort.sides))
        try:
            mask = np.asarray(answer)
        except ValueError:
            reason = "the mask is not a matrix"
            raise invalid_answer(self.type, reason, code="not_a_matrix") from None
        shape = (cohort.n_mentees, cohort.n_mentors)
        if mask.shape != shape or mask.dtype != np.bool_:
            reason = f"the mask is {mask.dtype} of shape {mask.shape}, not bool of {shape}"
            raise invalid_answer(self.type, reason, code="wrong_shape")
        return Dense(mask)

    def forbids(self, mentees: pd.DataFrame, mentors: pd.DataFrame) -> Any:
        """Return True for the pairs that are forbidden, shape (n_mentees, n_mentors).

        Parameters
        ----------
        mentees, mentors : DataFrame
            The two sides indexed by id, one column each of the tables (text or None); sensitive
            columns only where `columns_used` names them.
        """
        raise NotImplementedError(f"{type(self).__name__} defines neither forbids nor prepare")

    def describe(self) -> str:
        """Return what the rule is about in a few words, for counts and violations."""
        return self.type.replace("_", " ")

    def fact(self, cohort: Cohort, setting: SchemeContext, mentee: int, mentor: int) -> str:
        """Return why this pair is forbidden, in a few words.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        mentee, mentor : int
            Positions, in cohort order.
        """
        return ""


def broken_where(measure: Kernel, missing: Missing, broken: Any) -> Composite:
    """Return the mask of a rule on a measured quantity.

    Parameters
    ----------
    measure : Kernel
        Float64; NaN where data is missing.
    missing : {'forbid', 'allow'}
        What happens to a pair whose data is missing.
    broken : callable
        True where a known quantity breaks the rule.
    """

    def mask(values: Block) -> Block:
        unknown = np.isnan(values)
        return np.where(unknown, missing == "forbid", broken(values))

    return Composite((measure,), mask)


AnyRule = any_of(Rule)
