"""Somebody in a cohort, on one side or on both; and what a text that names people leads to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

__all__ = ["OTHER_ROLE", "SIDE_LETTERS", "NamedPerson", "Person", "Role"]

Role = Literal["mentee", "mentor"]
OTHER_ROLE: dict[Role, Role] = {"mentee": "mentor", "mentor": "mentee"}
SIDE_LETTERS: dict[Role, str] = {"mentor": "M", "mentee": "E"}


class NamedPerson(NamedTuple):
    """One person that a cell or an argument names.

    Attributes
    ----------
    text : str
        As written.
    kind : {'person', 'outside', 'several', 'partly', 'nobody'}
        ``several`` people have this name; ``partly``: it is a list, of which only some parts are
        known; ``nobody`` in the cohort is called so.
    people : tuple of int
        Who is meant, or may be meant: places in the directory.
    by : {'id', 'email', 'name', 'people'}
        What the person was found by.
    """

    text: str
    kind: Literal["person", "outside", "several", "partly", "nobody"]
    people: tuple[int, ...] = ()
    by: Literal["id", "email", "name", "people"] = "id"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the cohort, on one side or on both.

    Attributes
    ----------
    id : str
        As written, on the side of the mentees where the person is on both.
    names, emails : tuple of str
        As written on either side.
    mentee, mentor : int
        Positions on the two sides; -1 where the person is not on a side.
    """

    id: str
    names: tuple[str, ...]
    emails: tuple[str, ...]
    mentee: int
    mentor: int

    def position(self, role: Role) -> int:
        """Return the position on one side, -1 where the person is not on it.

        Parameters
        ----------
        role : {'mentee', 'mentor'}
        """
        return self.mentee if role == "mentee" else self.mentor
