"""People: the two sides, their columns and relations, and how they are read."""

from rmmatch.cohort.model import Cohort, Labels, Ragged, Relation, Role, Side, Slot, Source, fold
from rmmatch.cohort.reading import read_cohort, read_pairs

__all__ = [
    "Cohort",
    "Labels",
    "Ragged",
    "Relation",
    "Role",
    "Side",
    "Slot",
    "Source",
    "fold",
    "read_cohort",
    "read_pairs",
]
