"""What a criterion is: a weight, what to do about missing data, and a score in [0, 1]."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from rmmatch.cohort import Cohort
from rmmatch.declarations.base import Declaration, Title, any_of, invalid_answer
from rmmatch.declarations.setting import SchemeContext
from rmmatch.pairwise.features import SparseRows
from rmmatch.pairwise.kernels import Dense, Kernel
from rmmatch.spelling import fold

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "AnyCriterion",
    "Criterion",
    "Degree",
    "RelatedWords",
    "Weight",
    "nearest_word",
    "related_degrees",
    "related_entries",
    "related_remarks",
    "related_to_each",
]

Weight = Annotated[float, Field(gt=0, le=1e300)]  # 10⁶ times a weight stays finite
Degree = Annotated[float, Field(ge=0, le=1)]
RelatedWords = dict[str, dict[str, Degree]]


class Criterion(Declaration):
    """Base of every criterion: scores pairs in [0, 1], higher is better.

    Write your own by subclassing: give it a ``type`` and a `score` (or, to be called block by
    block, a `prepare`). It is then usable from a scheme file by that type.

    Attributes
    ----------
    weight : float
        Positive; only its share of the sum of the weights matters.
    missing : {'neutral', 'zero', 'ignore'}
        What a pair without the data gets: 0.5, 0, or no part in the score (the other weights
        are scaled up for that pair).
    view : {'both', 'mentee', 'mentor'}
        Whose view of the pair the criterion belongs to.
    must_have : bool
        Whether a pair that scores 0 on it is forbidden; a pair without the data scores what
        `missing` says, and ``ignore`` allows it.
    name : str, optional
        What the author of the scheme calls it: the name of its column of contributions, and in
        texts for people.

    Examples
    --------
    >>> from typing import Literal
    >>> class SameInitial(Criterion):
    ...     type: Literal["same_initial"] = "same_initial"
    ...
    ...     def score(self, mentees, mentors):
    ...         first = [table.index.str[:1].to_numpy() for table in (mentees, mentors)]
    ...         return (first[0][:, None] == first[1][None, :]).astype(float)
    >>> SameInitial(weight=2).type
    'same_initial'
    """

    family: ClassVar[str] = "criterion"
    registry: ClassVar[dict[str, type[Declaration]]] = {}
    unsaveable: ClassVar[str | None] = None

    type: str
    weight: Weight = 1.0
    missing: Literal["neutral", "zero", "ignore"] = "neutral"
    view: Literal["both", "mentee", "mentor"] = "both"
    must_have: bool = False
    name: Title | None = None

    @property
    def label(self) -> str:
        """Name of the column of contributions, where the author of the scheme gives none."""
        return self.type

    @property
    def title(self) -> str:
        """The author's name of the criterion, or else its label."""
        return self.name or self.label

    def prepare(self, cohort: Cohort, setting: SchemeContext) -> Kernel:
        """Return the kernel of the scores: float64 in [0, 1], NaN where data is missing.

        By default the whole matrix that `score` returns, which is checked.

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
            `score` returned another shape, or values that are not numbers in [0, 1].
        """
        named = self.columns_used()
        answer = self.score(*(setting.frame(side, named) for side in cohort.sides))
        try:
            values = np.asarray(answer, dtype=np.float64)
        except (TypeError, ValueError):
            reason = "the scores are not a matrix of numbers"
            raise invalid_answer(self.title, reason, code="not_a_matrix") from None
        shape = (cohort.n_mentees, cohort.n_mentors)
        if values.shape != shape:
            reason = f"the scores have shape {values.shape}, not {shape}"
            raise invalid_answer(self.title, reason, code="wrong_shape")
        if np.any(values < 0) or np.any(values > 1):
            raise invalid_answer(self.title, "a score lies outside [0, 1]", code="out_of_range")
        return Dense(values)

    def score(self, mentees: pd.DataFrame, mentors: pd.DataFrame) -> Any:
        """Return the scores of all pairs, shape (n_mentees, n_mentors); NaN is missing.

        Parameters
        ----------
        mentees, mentors : DataFrame
            The two sides indexed by id, one column each of the tables (text or None), without
            the sensitive columns that `columns_used` does not name.
        """
        raise NotImplementedError(f"{type(self).__name__} defines neither score nor prepare")

    def fact(self, cohort: Cohort, setting: SchemeContext, mentee: int, mentor: int) -> str:
        """Return the facts behind a pair's score in a few words.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        mentee, mentor : int
            Positions, in cohort order.
        """
        return ""

    def shared_text(self, cohort: Cohort, setting: SchemeContext, mentee: int, mentor: int) -> str:
        """Return what the two have in common, as a sentence that both may read; or nothing.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        mentee, mentor : int
            Positions, in cohort order.
        """
        return ""


def related_remarks(related: RelatedWords, cohort: Cohort, column: str) -> Iterator[str]:
    """Yield a remark on the words of a table of related values that nobody in the cohort wrote.

    Parameters
    ----------
    related : dict of dict of float
    cohort : Cohort
    column : str
        Of several values a cell.
    """
    written = {fold(name) for name in cohort.labels(column, several=True).names}
    words = dict.fromkeys(word for key, row in related.items() for word in (key, *row))
    missing = [word for word in words if fold(word) not in written]
    if missing:
        yield (
            f"`related` of {column!r} lists words that nobody has in this column: "
            f"{', '.join(missing)}"
        )


def related_degrees(related: RelatedWords, names: tuple[str, ...]) -> dict[tuple[int, int], float]:
    """Return the degree of every related pair of codes, both ways round.

    Parameters
    ----------
    related : dict of dict
        ``{a: {b: degree}}``; where both directions are written the larger counts for both.
    names : tuple of str
        The vocabulary; words outside it are passed over.

    Returns
    -------
    dict of (int, int) to float
        Codes are positions in `names`.
    """
    if not related:
        return {}
    code = {fold(name): index for index, name in enumerate(names)}
    degrees: dict[tuple[int, int], float] = {}
    for word, row in related.items():
        for related_word, degree in row.items():
            pair = code.get(fold(word)), code.get(fold(related_word))
            if pair[0] is None or pair[1] is None:
                continue
            for key in ((pair[0], pair[1]), (pair[1], pair[0])):
                degrees[key] = max(degree, degrees.get(key, 0.0))
    return degrees


def related_entries(
    degrees: Mapping[tuple[int, int], float], n_words: int, itself: float = 1.0
) -> SparseRows:
    """Return the degree of every word (a row) to every related word (a feature), and to itself.

    Parameters
    ----------
    degrees : mapping of (int, int) to float
        By codes of two words.
    n_words : int
    itself : float
        The degree of a word to itself.

    Returns
    -------
    SparseRows
        `n_words` rows of `n_words` features, by code.
    """
    words = np.arange(n_words)
    unlike = {pair: degree for pair, degree in degrees.items() if pair[0] != pair[1]}
    codes = np.array(list(unlike), dtype=np.int64).reshape(len(unlike), 2)
    numbers = np.array(list(unlike.values()), dtype=np.float64)
    return SparseRows.from_terms(
        np.concatenate([words, codes[:, 0]]),
        np.concatenate([words, codes[:, 1]]),
        np.concatenate([np.full(n_words, itself), numbers]),
        (n_words, n_words),
    )


def related_to_each(
    related: RelatedWords, names: tuple[str, ...], words: list[int]
) -> dict[int, dict[int, float]]:
    """Return for each of a few words, by code, which of these words it is related to.

    Parameters
    ----------
    related : dict of dict of float
    names : tuple of str
        The vocabulary.
    words : list of int
        Codes; one may stand there twice.

    Returns
    -------
    dict of int to dict of int to float
        The degree of each related word, by its code, of each word that has any.
    """
    codes = list(dict.fromkeys(words))
    degrees = related_degrees(related, tuple(names[code] for code in codes))
    to_each: dict[int, dict[int, float]] = {}
    for (word, related_word), degree in degrees.items():
        to_each.setdefault(codes[word], {})[codes[related_word]] = degree
    return to_each


def nearest_word(
    word: int, place_by_word: Mapping[int, int], to_each: Mapping[int, Mapping[int, float]]
) -> tuple[float, int]:
    """Return which of a person's words is nearest to a word.

    Parameters
    ----------
    word : int
        Code.
    place_by_word : mapping of int to int
        The place of each of the person's words, by code; of equally near words the first counts.
    to_each : mapping of int to mapping of int to float
        As `related_to_each` gives it.

    Returns
    -------
    degree : float
        In [0, 1].
    nearest : int
        Code of one of the person's words; the first of these where the degree is 0.
    """
    degrees = {
        candidate: degree
        for candidate, degree in to_each.get(word, {}).items()
        if candidate in place_by_word
    }
    if word in place_by_word:
        degrees[word] = 1.0
    best = max(degrees, key=lambda code: (degrees[code], -place_by_word[code]), default=None)
    if best is None or not degrees[best]:
        return 0.0, next(iter(place_by_word))
    return degrees[best], best


def _from_callable(value: Any) -> Any:
    if callable(value) and not isinstance(value, (Criterion, type)):
        return {"type": "function", "function": value}
    return value


AnyCriterion = any_of(Criterion, _from_callable)
