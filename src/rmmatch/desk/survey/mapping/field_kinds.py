"""A field of a form: the words that ask for it, and those that speak against it.

An alias is a line of words that must all stand in the header, in any order; ``a/b`` is either
word. `aliases` are enough alone, `hints` only where they are most of what a header says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from rmmatch.desk.survey.mapping.headers import stemmed

__all__ = ["FieldKind"]


def _alternatives(line: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(map(stemmed, word.split("/"))) for word in line.split())


def _lines(text: str) -> tuple[tuple[frozenset[str], ...], ...]:
    return tuple(_alternatives(line) for line in text.split(";") if line.strip())


@dataclass(frozen=True)
class FieldKind:
    """What a field is recognised by.

    Attributes
    ----------
    name : str
        Of the column of a cohort; ``first_name``, ``last_name``, ``timestamp`` and ``consent`` are
        none, but steer what is written.
    title : str
        For questions to a person.
    aliases, hints : str
        Lines of words, with ``;`` between them.
    veto : str
        A pattern; where the header has it, the column is not this field.
    values : str
        The profile that its cells need; see `agreement`.
    is_several : bool
        Whether several columns may feed it.
    does_protect : bool
        Whether it lists people with whom nobody may be paired by mistake.
    is_sensitive : bool
    """

    name: str
    title: str
    aliases: str
    hints: str = ""
    veto: str = ""
    values: str = ""
    is_several: bool = False
    does_protect: bool = False
    is_sensitive: bool = False
    alias_words: tuple[tuple[frozenset[str], ...], ...] = field(init=False)
    hint_words: tuple[tuple[frozenset[str], ...], ...] = field(init=False)
    veto_pattern: re.Pattern[str] | None = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "alias_words", _lines(self.aliases))
        object.__setattr__(self, "hint_words", _lines(self.hints))
        pattern = re.compile(self.veto) if self.veto else None
        object.__setattr__(self, "veto_pattern", pattern)
