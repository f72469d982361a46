"""Groups of similar texts, each with a label from the words that its texts have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from rmmatch.desk.survey.tags.free_text import TextVectors, Word, blocks_of
from rmmatch.numeric import Ints, Singles

__all__ = ["TextGroup", "groups_of"]

_MOST_LABEL_WORDS = 3  # wording


class TextGroup(NamedTuple):
    """Texts that are like the first of them: their positions, how like they are, and a label."""

    members: tuple[int, ...]
    similarities: tuple[float, ...]
    label: str


def groups_of(
    texts: Sequence[Sequence[Word]], vectors: TextVectors, *, at_least: float
) -> list[TextGroup]:
    """Return groups of similar texts, the largest first; a text like no other is in none.

    The text with the most texts like it starts a group of all of them, then the same for those
    that remain. The order of the texts decides nothing but which of two equal ones is first.

    Parameters
    ----------
    texts : sequence of sequence of Word
        No two alike.
    vectors : TextVectors
    at_least : float
        How like the first text of its group a text must be.
    """
    matrix = vectors.of(texts)
    neighbours = _neighbours(matrix, at_least)
    written = [" ".join(word.folded for word in words) for words in texts]
    order = sorted(range(len(texts)), key=lambda at: (-len(neighbours[at]), written[at]))
    is_free = np.ones(len(texts), dtype=bool)
    groups = []
    for first in order:
        members = neighbours[first][is_free[neighbours[first]]]
        if not is_free[first] or len(members) < 2:
            continue
        is_free[members] = False
        similarities = matrix[members] @ matrix[first]
        ranking = sorted(
            range(len(members)),
            key=lambda at: (-round(float(similarities[at]), 5), written[members[at]]),
        )
        groups.append(
            TextGroup(
                tuple(int(members[at]) for at in ranking),
                tuple(min(1.0, float(similarities[at])) for at in ranking),
                _label([texts[members[at]] for at in ranking]),
            )
        )
    return _named_apart(sorted(groups, key=lambda group: (-len(group.members), group.label)))


def _neighbours(matrix: Singles, at_least: float) -> list[Ints]:
    """Return, for each text, the positions of those that are like it, itself among them."""
    return [
        np.flatnonzero(row >= at_least)
        for rows in blocks_of(len(matrix))
        for row in matrix[rows] @ matrix.T
    ]


def _label(texts: Sequence[Sequence[Word]]) -> str:
    """Return the words that most of the texts have, in their usual order; else of the first."""
    counts: Counter[str] = Counter()
    places: dict[str, list[int]] = {}
    for words in texts:
        folded = list(dict.fromkeys(word.folded for word in words))
        counts.update(folded)
        for place, word in enumerate(folded):
            places.setdefault(word, []).append(place)
    ranking = sorted(counts, key=lambda word: (-counts[word], word))
    shared = [word for word in ranking if 2 * counts[word] > len(texts)][:_MOST_LABEL_WORDS]
    if not shared:
        return " ".join([word.folded for word in texts[0]][:_MOST_LABEL_WORDS])
    return " ".join(sorted(shared, key=lambda word: (sum(places[word]) / len(places[word]), word)))


def _named_apart(groups: Sequence[TextGroup]) -> list[TextGroup]:
    """Number the labels that several groups have."""
    seen: Counter[str] = Counter()
    apart = []
    for group in groups:
        seen[group.label] += 1
        number = seen[group.label]
        label = group.label if number == 1 else f"{group.label} {number}"
        apart.append(group._replace(label=label))
    return apart
