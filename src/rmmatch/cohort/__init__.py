"""People: the two sides, their columns and relations, and how they are read.

From a file to a cohort: `tables` (text cells) → `forms`, where a form says how an export is read
(tables with standard headers) → `table_reader` (named columns) → `people_reader` (checked people) →
`relations_reader` (positions, by way of `identities`) → `reading` (all problems at once, or a
cohort). What surveys do to a table is in files of their own: headers that seem to mean a column
(`misnamed`), several columns for one (`joins`), answers in words (`answer_meanings`,
`unread_answers`), columns that say nothing (`idle_values`), lists with commas (`commas`).
"""

from rmmatch.calendars.availability import Slot, format_availability
from rmmatch.cohort.columns import column_name
from rmmatch.cohort.identities import OTHER_ROLE, Role
from rmmatch.cohort.labels import Labels, Ragged
from rmmatch.cohort.model import Cohort, Link, Reading, Relation, Source
from rmmatch.cohort.reading import read_cohort, read_pairs, read_scores
from rmmatch.cohort.side import Side
from rmmatch.cohort.unknown_people import people_error

__all__ = [
    "OTHER_ROLE",
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
    "people_error",
    "read_cohort",
    "read_pairs",
    "read_scores",
]
