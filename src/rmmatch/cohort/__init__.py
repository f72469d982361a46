"""People: the two sides, their columns and relations, and how they are read."""

from rmmatch.cohort.model import (
    Cohort,
    Labels,
    Link,
    Ragged,
    Reading,
    Relation,
    Role,
    Side,
    Slot,
    Source,
)
from rmmatch.cohort.cells import column_name, format_availability
from rmmatch.cohort.reading import read_cohort, read_pairs, read_scores

__all__ = [
    "Cohort",
    "Labels",
    "Link",
    "Ragged",
    "Reading",
    "Relation",
    "Role",
    "Side",
    "Slot",
    "Source",
    "column_name",
    "format_availability",
    "read_cohort",
    "read_pairs",
    "read_scores",
]
