"""How many people of each group take part and have a partner; small counts are not shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from rmmatch.analysis.explanations.audiences import CONTACT, count_texts_of_parts
from rmmatch.cohort import Side
from rmmatch.cohort.cells import YES_NO
from rmmatch.desk.page.view_data import GroupCounts
from rmmatch.matching import Result
from rmmatch.numeric import Ints
from rmmatch.spelling import fold

__all__ = ["group_counts"]

_MAX_GROUPS = 12  # values of a column that are shown as groups; wording
_NO_ANSWER = "no answer"


def group_counts(result: Result) -> tuple[GroupCounts, ...]:
    """Return a table for each side and each column of few words that the scheme uses.

    Sensitive columns have none. Counts from 1 to 4 are "fewer than 5", and another is hidden where
    the total would give one of them away.

    Parameters
    ----------
    result : Result
    """
    return tuple(
        table
        for side, paired in zip(result.cohort.sides, result.positions, strict=True)
        for table in _tables_of_side(result, side, paired)
    )


def _tables_of_side(result: Result, side: Side, paired: Ints) -> Iterator[GroupCounts]:
    scheme = result.scheme
    hidden = {*scheme.sensitive, *scheme.monitoring_only, *CONTACT, *result.cohort.relations}
    takes_part = side.status != "withdrawn"
    has_partner = np.bincount(paired, minlength=len(side)) > 0
    for name in sorted((scheme.columns_used() | {"grade"}) - hidden):
        if name not in side.columns:
            continue
        words = [str(cell) if cell else _NO_ANSWER for cell in side.column(name)]
        groups = Counter(words) - Counter({_NO_ANSWER: words.count(_NO_ANSWER)})
        if not 2 <= len(groups) <= _MAX_GROUPS or all(fold(word) in YES_NO for word in groups):
            continue
        texts = [
            count_texts_of_parts(
                {
                    word: sum(
                        flag and other_word == word
                        for other_word, flag in zip(words, flags.tolist(), strict=True)
                    )
                    for word in sorted(set(words))
                },
                "committee",
            )
            for flags in (takes_part, has_partner)
        ]
        rows = tuple((word, texts[0][word], texts[1][word]) for word in texts[0])
        yield GroupCounts(f"{side.role.capitalize()}s by {name.replace('_', ' ')}", rows)
