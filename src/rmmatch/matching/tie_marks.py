"""The documented rule that breaks ties: a hash of the seed and the two ids, never the row order."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from rmmatch.cohort import Side

__all__ = ["marks_of_pairs", "marks_of_people"]


def marks_of_people(side: Side, seed: int) -> NDArray[np.uint64]:
    """Return 64 bits for each person that depend on seed, side and id alone.

    Parameters
    ----------
    side : Side
    seed : int

    Returns
    -------
    ndarray of uint64, shape (n_people,)
        Cohort order.
    """
    digests = (
        hashlib.blake2b(f"{seed}\x1f{side.role}\x1f{id_}".encode(), digest_size=8).digest()
        for id_ in side.ids
    )
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)


def marks_of_pairs(
    mentees: NDArray[np.uint64], mentors: NDArray[np.uint64], *, bits: int = 20
) -> NDArray[np.int64]:
    """Return a pair's mark: the leading bits of its two people's (the splitmix64 finaliser).

    Parameters
    ----------
    mentees, mentors : ndarray of uint64
        Marks of people, of shapes that broadcast.
    bits : int
        How many; a shorter mark is the beginning of a longer one.
    """
    mixed = mentees ^ ((mentors << np.uint64(23)) | (mentors >> np.uint64(41)))
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(64 - bits)).astype(np.int64)
