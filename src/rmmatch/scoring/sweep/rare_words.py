"""Kernels over many words without the rare ones: the few pairs that share a rare word are listed.

All other pairs have the same values under the common words, which are few features, and so have a
fast form. Memory stays in proportion to what is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rmmatch.cohort import Relation
from rmmatch.numeric import Ints
from rmmatch.pairwise.features import SparseRows, nonzero_products
from rmmatch.pairwise.kernels import (
    Composite,
    Counts,
    FewerThan,
    Jaccard,
    Kernel,
    MaxProduct,
    Profiles,
    Share,
)

__all__ = ["WithoutRarePairs", "relation_from_keys", "relation_keys", "without_rare_pairs"]

WithoutRarePairs = tuple[Kernel, tuple[Relation, ...]]

# Pairs that may be listed for each entry: words that up to eight people a side have are rare.
_LISTED_PAIRS_PER_ENTRY = 4  # pairs; speed only


def without_rare_pairs(kernel: Kernel, cells: int) -> WithoutRarePairs:
    """Return a kernel of few features, and the pairs of which that kernel knows nothing.

    Parameters
    ----------
    kernel : Kernel
    cells : int
        A table over distinct profiles of no more cells needs no thinning.

    Returns
    -------
    Kernel
        `kernel` itself where that is quickest, as where too many features are common.
    tuple of Relation
        For all pairs but these the two kernels have the same values.
    """
    if isinstance(kernel, Composite):
        splits = [without_rare_pairs(inner, cells) for inner in kernel.kernels]
        relations = tuple(relation for _, pairs in splits for relation in pairs)
        return replace(kernel, kernels=tuple(inner for inner, _ in splits)), relations
    if isinstance(kernel, (Share, Jaccard, FewerThan)):
        counts, relations = without_rare_pairs(kernel.counts, cells)
        assert isinstance(counts, Counts)
        return (kernel if counts is kernel.counts else replace(kernel, counts=counts)), relations
    if not isinstance(kernel, (Counts, MaxProduct)):
        return kernel, ()
    sides = kernel.mentees, kernel.mentors
    n_cells = len(sides[0].features) * len(sides[1].features)
    if not isinstance(sides[0].features, SparseRows) or n_cells <= cells:
        return kernel, ()
    rare = _rare_features(*sides)
    mentees, mentors = (side.with_features(~rare) for side in sides)
    is_tabled = len(mentees.features) * len(mentors.features) <= cells
    if isinstance(kernel, MaxProduct):
        return (
            (MaxProduct(mentees, mentors), _pairs_sharing(*sides, rare))
            if is_tabled
            else (kernel, ())
        )
    dense = kernel.with_dense_rows()
    if dense is not kernel and not is_tabled:
        return dense, ()
    common = Counts(mentees, mentors).with_dense_rows()
    if is_tabled or not isinstance(common.mentees.features, SparseRows):
        return common, _pairs_sharing(*sides, rare)
    return kernel, ()


def _rare_features(mentees: Profiles, mentors: Profiles) -> NDArray[np.bool_]:
    """Return which features so few pairs share that these may be listed, shape (n_features,)."""
    people = [
        side.sparse_rows.people_per_feature(side.profile_codes) for side in (mentees, mentors)
    ]
    pairs = people[0] * people[1]
    order = np.argsort(pairs, kind="stable")
    limit = _LISTED_PAIRS_PER_ENTRY * int(people[0].sum() + people[1].sum())
    rare = np.zeros(len(pairs), dtype=bool)
    rare[order[np.cumsum(pairs[order]) <= limit]] = True
    return rare


def _pairs_sharing(
    mentees: Profiles, mentors: Profiles, rare: NDArray[np.bool_]
) -> tuple[Relation, ...]:
    """Return the pairs that share a rare feature, if there are any."""
    rare_rows = [side.sparse_rows.with_features(rare) for side in (mentees, mentors)]
    keys = [
        np.unique((rows << 32) + columns)
        for rows, columns, _ in nonzero_products(
            rare_rows[0], mentees.profile_codes, rare_rows[1], mentors.profile_codes
        )
    ]
    pairs = relation_from_keys(keys)
    return (pairs,) if len(pairs) else ()


def relation_keys(pairs: Relation) -> Ints:
    """Return the keys of pairs that `relation_from_keys` takes, ``(mentee << 32) + mentor``.

    Parameters
    ----------
    pairs : Relation

    Returns
    -------
    ndarray of int64, shape (n_pairs,)
    """
    return (pairs.mentees << 32) + pairs.mentors


def relation_from_keys(keys: Sequence[Ints]) -> Relation:
    """Return the pairs of keys, each pair once.

    Parameters
    ----------
    keys : sequence of ndarray of int64
        ``(mentee << 32) + mentor``, in any order; a key may stand there twice.
    """
    # np.unique would load numpy's masked arrays, which takes as long as a small matching
    ordered = np.sort(np.concatenate([np.zeros(0, np.int64), *keys]))
    unique = ordered[np.flatnonzero(np.diff(ordered, prepend=ordered[:1] - 1))]
    return Relation(unique >> 32, unique & 0xFFFFFFFF)
