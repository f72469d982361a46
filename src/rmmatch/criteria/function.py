"""Function: a plain Python function as a criterion."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import field_serializer

from rmmatch.criteria.base import Criterion
from rmmatch.errors import NotSupportedError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Function"]


class Function(Criterion):
    """A function of the two sides, for trying an idea out.

    It gets two DataFrames indexed by id (mentees, mentors; sensitive columns left out) and
    returns scores in [0, 1] of shape ``(n_mentees, n_mentors)``. A function has no text that
    could be read back safely, so such a scheme cannot be saved: subclass `Criterion` for that.

    Examples
    --------
    >>> import numpy as np
    >>> Function(function=lambda mentees, mentors: np.ones((len(mentees), len(mentors)))).type
    'function'
    """

    unsaveable: ClassVar[str | None] = (
        "a scheme with a plain function as a criterion cannot be saved: code is not data. "
        "Write it as a subclass of rmmatch.criteria.Criterion with a `type`, which can."
    )

    type: Literal["function"] = "function"
    function: Callable[..., Any]

    @property
    def label(self) -> str:
        """Name of the function."""
        return str(getattr(self.function, "__name__", "function")).strip("<>")

    def score(self, mentees: pd.DataFrame, mentors: pd.DataFrame) -> Any:
        """Return what the function returns.

        Parameters
        ----------
        mentees, mentors : DataFrame
            The two sides, as `Criterion.score` gets them.
        """
        return self.function(mentees, mentors)

    @field_serializer("function")
    def _refuse(self, function: Callable[..., Any]) -> str:
        raise NotSupportedError(self.unsaveable)
