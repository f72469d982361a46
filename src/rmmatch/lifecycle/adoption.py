"""A pairing made by hand, such as a list or an edited workbook, as a result like any other."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from rmmatch.cohort import Cohort
from rmmatch.matching import Result
from rmmatch.matching.review import Step, to_timestamp
from rmmatch.scheme import Scheme
from rmmatch.solving import match
from rmmatch.strategies import Listed

if TYPE_CHECKING:
    from rmmatch.cohort.reading import PairsLike

__all__ = ["adopt"]


def adopt(
    pairs: PairsLike,
    cohort: Cohort,
    scheme: Scheme,
    *,
    by: str = "",
    comment: str = "",
    at: datetime | None = None,
) -> Result:
    """Make a pairing that somebody made by hand a result: to check, review, approve and save.

    Nothing is solved, and nothing is claimed to be best: its status is ``FEASIBLE``. `check` says
    which rules the list breaks, and `approve` refuses it while it breaks one.

    Parameters
    ----------
    pairs : path, DataFrame or iterable of (mentee, mentor)
        A table has the columns ``mentee`` and ``mentor``, as `Matching.to_csv` writes them; people
        by id, e-mail address or full name.
    cohort : Cohort
    scheme : Scheme
    by : str
        Who made the list; kept in the record.
    comment : str
        For the coordinator alone.
    at : datetime, optional
        When, with a time zone; now by default.

    Returns
    -------
    Result
        In the state ``proposed``.

    Raises
    ------
    CohortError
        The list cannot be read, or somebody in it is not in the cohort; all problems are listed.
    SchemeError
        The scheme and the cohort do not go together.

    Examples
    --------
    >>> import rmmatch as rm
    >>> cohort, scheme = rm.synthetic.demo()
    >>> best = rm.match(cohort, scheme)
    >>> by_hand = rm.adopt(list(best.made)[1:], cohort, scheme, by="A. Coordinator")
    >>> by_hand.status.name, len(by_hand.made), rm.check(by_hand)
    ('FEASIBLE', 37, [])
    """
    result = match(cohort, scheme, strategy=Listed(pairs, name="list made by hand"))
    step = Step("proposed", to_timestamp(at), by.strip(), comment=comment.strip())
    return result.replace(review=result.review.with_step(step))
