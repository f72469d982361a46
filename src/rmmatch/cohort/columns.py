"""Names of columns: which are standard, and what a header is called."""

from __future__ import annotations

import re

from rmmatch.spelling import fold

__all__ = ["BESIDE_IDS", "PEOPLE_COLUMNS", "RELATION_COLUMNS", "STANDARD_COLUMNS", "column_name"]

# Columns that list people; each is a kind of relation too.
RELATION_COLUMNS = (
    "line_manager",
    "supervisor",
    "tutor",
    "examiner",
    "past_pair",
    "conflict",
    "declined",
)

# All columns that list people.
PEOPLE_COLUMNS = (*RELATION_COLUMNS, "preferences")

# Columns of a table of relations that stand beside the ids, in the order of `Link`.
BESIDE_IDS = ("mentee_name", "mentee_email", "mentor_name", "mentor_email")

STANDARD_COLUMNS = (
    "id",
    "role",
    "name",
    "email",
    "grade",
    "goals",
    "speciality",
    "organisation",
    "department",
    "workplace",
    "availability",
    "capacity",
    "min_load",
    "priority",
    "attended_training",
    "status",
    "preferences",
    *RELATION_COLUMNS,
)

# Standard names without the signs between their words.
_COLUMN_BY_LETTERS = {name.replace("_", ""): name for name in STANDARD_COLUMNS}

_BRITISH_SPELLINGS = {
    "behavior": "behaviour",
    "center": "centre",
    "color": "colour",
    "favorite": "favourite",
    "organization": "organisation",
    "organizational": "organisational",
    "program": "programme",
    "specialization": "specialisation",
    "specialty": "speciality",
    "specialties": "specialities",
}


def column_name(header: str) -> str:
    """Return the name a column is stored under.

    Lower case, words joined by one ``_``, American words in British spelling; a header with the
    letters of a standard name is that name.

    Parameters
    ----------
    header : str
        As written in the table.

    Examples
    --------
    >>> column_name("Line-Manager "), column_name("LineManager"), column_name("Organization")
    ('line_manager', 'line_manager', 'organisation')
    >>> column_name("Years of  experience")
    'years_of_experience'
    """
    words = [word for word in re.split(r"[\s_-]+", fold(header)) if word]
    name = "_".join(_BRITISH_SPELLINGS.get(word, word) for word in words)
    return _COLUMN_BY_LETTERS.get(name.replace("_", ""), name)
