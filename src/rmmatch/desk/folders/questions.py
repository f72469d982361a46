"""What a person should decide about an export before people can be paired, in one list."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FolderQuestion"]


@dataclass(frozen=True)
class FolderQuestion:
    """A question about an export.

    Attributes
    ----------
    id : str
        Stands for the question, also when others were answered.
    kind : {'form', 'person'}
        How the form is read; or whether somebody took part before.
    about : str
        The column; ``people`` for a question about a person.
    ask : str
    evidence : str
        What was seen in the export.
    answers : tuple of str
        The likeliest first; `SchemeFolder.answer` takes the number, from 1.
    is_blocking : bool
        Whether nobody can be read before it is answered.
    """

    id: str
    kind: str
    about: str
    ask: str
    evidence: str
    answers: tuple[str, ...]
    is_blocking: bool
