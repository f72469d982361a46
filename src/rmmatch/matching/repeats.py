"""Pairs that the scheme wants as few of as possible: how many there are, and which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from rmmatch.cohort import Cohort
from rmmatch.matching.display import Value, list_text, n_text
from rmmatch.numeric import Ints, pair_keys
from rmmatch.scheme import Scheme
from rmmatch.scheme.objectives import Aim
from rmmatch.scoring import PairScores

__all__ = ["counted_pairs_text", "pair_sentences", "repeat_notes"]

_MAX_SHOWN_PAIRS = 20  # of one kind; wording


def counted_pairs_text(scheme: Scheme, values: Mapping[str, Value], n_pairs: int) -> str:
    """Return how many pairs there are, and how many of each kind to be avoided.

    Parameters
    ----------
    scheme : Scheme
    values : mapping of str to int or tuple of int
        As of `Result.values`.
    n_pairs : int

    Examples
    --------
    >>> scheme = Scheme(objective=["pairs", {"tier": "fewest", "kind": "past_pair"}])
    >>> counted_pairs_text(scheme, {"pairs": 3, "fewest past_pair": -1}, 3)
    '3 pairs, 1 of them a repeat'
    >>> counted_pairs_text(scheme, {"pairs": 1, "fewest past_pair": -1}, 1)
    '1 pair, which is a repeat'
    """
    texts = []
    for aim in scheme.aims:
        value = values.get(aim.label)
        if aim.tier != "fewest" or not isinstance(value, int) or not n_pairs:
            continue
        kind_text = _kind_text(aim, max(1, -value))
        if n_pairs == 1:
            texts.append(f"which is {'' if value else 'not '}{kind_text}")
        else:
            count = "all" if -value == n_pairs else f"{-value:,}" if value else "none"
            texts.append(f"{count} of them {kind_text}")
    return n_text(n_pairs, "pair") + (f", {list_text(texts)}" if texts else "")


def repeat_notes(
    scheme: Scheme,
    cohort: Cohort,
    positions: tuple[Ints, Ints],
    values: Mapping[str, Value],
    *,
    is_proved: bool,
) -> tuple[str, ...]:
    """Return a sentence on the pairs of each kind to be avoided, which names them.

    Parameters
    ----------
    scheme : Scheme
    cohort : Cohort
        Without the names that are sensitive.
    positions : tuple of two ndarrays of int64, each of shape (n_pairs,)
        Of the pairs, in cohort order: `Result.positions`.
    values : mapping of str to int or tuple of int
        As of `Result.values`.
    is_proved : bool
        Whether there cannot be fewer.
    """
    sentences = []
    n_mentors = len(cohort.mentors)
    keys = pair_keys(*positions, n_mentors)
    for aim in scheme.aims:
        if aim.tier != "fewest" or aim.label not in values:
            continue
        relation = cohort.relation(aim.relation)
        is_listed = np.isin(keys, pair_keys(relation.mentees, relation.mentors, n_mentors))
        people = (side_people[is_listed].tolist() for side_people in positions)
        pairs = [*zip(*people, strict=True)]
        if not pairs:
            continue
        shown = [
            f"{cohort.person_text('mentee', mentee)} and {cohort.person_text('mentor', mentor)}"
            for mentee, mentor in pairs[:_MAX_SHOWN_PAIRS]
        ]
        if (n_more := len(pairs) - len(shown)) > 0:
            shown.append(f"{n_more:,} more")
        whole = f"{len(pairs):,} of {n_text(len(keys), 'pair')}" if len(keys) > 1 else "The pair"
        fewest = " (the fewest possible)" if is_proved and not aim.within else ""
        sentences.append(
            f"{whole} {'is' if len(pairs) == 1 else 'are'} "
            f"{_kind_text(aim, len(pairs))}{fewest}: {'; '.join(shown)}."
        )
    return tuple(sentences)


def pair_sentences(scores: PairScores, mentee: int, mentor: int, *, is_made: bool) -> Iterator[str]:
    """Yield a sentence on each list of pairs to be avoided that a pair is on.

    Parameters
    ----------
    scores : PairScores
    mentee, mentor : int
        Positions, in cohort order.
    is_made : bool
    """
    verb = "is" if is_made else "would be"
    for aim in scores.scheme.aims:
        if aim.tier == "fewest":
            relation = scores.cohort.relation(aim.relation)
            if ((relation.mentees == mentee) & (relation.mentors == mentor)).any():
                yield f"This pair {verb} {_kind_text(aim, 1)}: the scheme wants as few as possible."


def _kind_text(aim: Aim, count: int) -> str:
    """Return what so many pairs of a kind to be avoided are."""
    if aim.relation == "past_pair":
        return "a repeat" if count == 1 else "repeats"
    return f"listed as {aim.relation!r}"
