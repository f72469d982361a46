"""Kernels: the value of a criterion, or of a rule, for many pairs at once.

A kernel holds columns of each side and answers ``block(rows, columns)`` for positions of mentees
and mentors, shape ``(len(rows), len(columns))``, and ``pairs(rows, columns)`` for as many mentees
as mentors, one value a pair. Everything before the last division is whole numbers below 2⁵³, so
the value of a pair is the same bits in a block, in a list of pairs and in the whole matrix.

The class of a kernel says what its values need: a function of codes (`Outer`), listed pairs
(`SparsePairs`), one product of whole numbers (`Counts`, and what is made of it), the largest of
products (`MaxProduct`). From that the sweep over all pairs finds a fast form by itself; `Dense`,
or a class of a user's own with a `block`, has none.
"""

from rmmatch.pairwise.base import Kernel, values_of_pairs
from rmmatch.pairwise.elementwise import Composite, Dense, EitherFlagged, Outer, Proximity
from rmmatch.pairwise.products import (
    Counts,
    FewerThan,
    Jaccard,
    MaxProduct,
    Profiles,
    Share,
    counts_kernel,
    max_product_kernel,
)
from rmmatch.pairwise.sparse_pairs import SparsePairs

__all__ = [
    "Composite",
    "Counts",
    "Dense",
    "EitherFlagged",
    "FewerThan",
    "Jaccard",
    "Kernel",
    "MaxProduct",
    "Outer",
    "Profiles",
    "Proximity",
    "Share",
    "SparsePairs",
    "counts_kernel",
    "max_product_kernel",
    "values_of_pairs",
]
