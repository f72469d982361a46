"""Whom a text means: people by id, e-mail or name, and the names that lead to nobody for sure.

`directory` looks texts up, by the keys of `names`; `lookalikes` finds whom a misspelt name may
mean; `doubts` are the names that are left, as problems with the line to write.
"""

from rmmatch.cohort.identities.directory import (
    OTHER_ROLE,
    OTHERS,
    OUTSIDE,
    SIDE_LETTERS,
    Directory,
    NamedPerson,
    Person,
    Role,
    or_text,
)

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
