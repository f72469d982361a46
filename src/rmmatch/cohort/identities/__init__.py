"""Whom a text means: people by id, e-mail or name, and the names that lead to nobody for sure.

`directory` looks texts up by the keys of `names`, and finds people (`person`); `lookalikes` finds
whom a misspelt name may mean; `doubts` are the names that remain, as problems with the line to
write.
"""

from rmmatch.cohort.identities.directory import OTHERS, OUTSIDE, Directory, or_text
from rmmatch.cohort.identities.person import OTHER_ROLE, SIDE_LETTERS, NamedPerson, Person, Role

__all__ = [
    "OTHERS",
    "OTHER_ROLE",
    "OUTSIDE",
    "SIDE_LETTERS",
    "Directory",
    "NamedPerson",
    "Person",
    "Role",
    "or_text",
]
