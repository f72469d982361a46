"""Tags that are proposed for goals in free text, and what a person decides about them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rmmatch.cohort.cells import list_items, parse_yes_no
from rmmatch.cohort.forms.model import Form, FormAnswer, FormQuestion
from rmmatch.cohort.tables import RawTable, read_table
from rmmatch.errors import CohortError, Problem, nearest
from rmmatch.files.json_data import JsonAnswer
from rmmatch.files.tables import rows_of, write_rows
from rmmatch.spelling import fold

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["GoalTags", "TagProposal"]

_SEPARATOR = "; "
_COLUMNS = ("people", "text", "tag", "similarity", "words", "accepted")
_NEEDED_COLUMNS = ("text", "tag", "accepted")


@dataclass(frozen=True)
class TagProposal:
    """A tag for a text, or a text for which there is none.

    Attributes
    ----------
    people : tuple of str
        Who wrote the text: the keys or row numbers that came with it.
    text : str
        As written.
    tag : str
        Empty where nothing is proposed.
    similarity : float
        From 0 to 1.
    words : tuple of str
        The words of the text that speak for the tag.
    accepted : bool
    """

    people: tuple[str, ...]
    text: str
    tag: str
    similarity: float = 0.0
    words: tuple[str, ...] = ()
    accepted: bool = False


class GoalTags(JsonAnswer):
    """Tags proposed for texts, and which of them a person has accepted.

    Parameters
    ----------
    proposals : iterable of TagProposal

    Examples
    --------
    >>> import rmmatch as rm
    >>> proposed = rm.propose_tags(["I'd love to teach", "QI projects", "?"], ["lectures", "QI"])
    >>> proposed
    GoalTags: 3 texts, 1 tag proposed, 0 accepted; 3 texts are undecided
    >>> proposed.accept(tag="QI").answers
    {'QI projects': 'QI'}
    """

    def __init__(self, proposals: Iterable[TagProposal]) -> None:
        self._proposals = list(proposals)

    @property
    def proposals(self) -> tuple[TagProposal, ...]:
        """The rows of `table`."""
        return tuple(self._proposals)

    @property
    def table(self) -> pd.DataFrame:
        """One row for each text and tag, numbered from 1; the tag is empty where none is proposed.

        Columns: people, text, tag, similarity, words (those that speak for the tag), accepted.
        """
        import pandas as pd

        return pd.DataFrame(
            [tuple(self._cells(proposal)) for proposal in self._proposals],
            columns=list(_COLUMNS),
            index=pd.RangeIndex(1, len(self._proposals) + 1, name="number"),
        )

    @staticmethod
    def _cells(proposal: TagProposal) -> Iterator[Any]:
        yield _SEPARATOR.join(proposal.people)
        yield proposal.text
        yield proposal.tag
        yield round(proposal.similarity, 2)
        yield _SEPARATOR.join(proposal.words)
        yield proposal.accepted

    # --- deciding ---------------------------------------------------------------------------

    def accept(
        self,
        numbers: int | Iterable[int] | None = None,
        *,
        tag: str | None = None,
        at_least: float = 0.0,
        instead: str | None = None,
    ) -> GoalTags:
        """Accept proposals: those that fit everything that is given.

        Parameters
        ----------
        numbers : int or iterable of int, optional
            As in `table`; without them every row with a tag.
        tag : str, optional
            Only proposals of this tag.
        at_least : float
            Only proposals at least so similar.
        instead : str, optional
            The tag to accept in place of the one that is proposed; several with ``;`` between
            them, or an empty text where no tag fits.

        Returns
        -------
        GoalTags
            The same tags.

        Raises
        ------
        ValueError
            There is no such row or tag, or a row of `numbers` has no tag.
        """
        places = self._places(numbers)
        if tag is not None:
            tags = list(dict.fromkeys(proposal.tag for proposal in self._proposals))
            if fold(tag) not in map(fold, tags) or not tag.strip():
                similar = nearest(tag, [name for name in tags if name])
                remedy = f": did you mean {similar!r}?" if similar else ""
                raise ValueError(f"no proposal has the tag {tag!r}{remedy}")
        for place in places:
            proposal = self._proposals[place]
            if tag is not None and fold(proposal.tag) != fold(tag):
                continue
            if proposal.similarity < at_least:
                continue
            if not proposal.tag and instead is None:
                if numbers is None:
                    continue
                raise ValueError(f"row {place + 1} has no tag: write one with `instead`")
            new = proposal.tag if instead is None else instead.strip()
            self._proposals[place] = replace(proposal, tag=new, accepted=True)
        return self

    def _places(self, numbers: int | Iterable[int] | None) -> list[int]:
        if numbers is None:
            return list(range(len(self._proposals)))
        chosen = [numbers] if isinstance(numbers, int) else list(numbers)
        for number in chosen:
            if not 1 <= number <= len(self._proposals):
                raise ValueError(f"there is no row {number}: see `table`")
        return [int(number) - 1 for number in chosen]

    @property
    def answers(self) -> dict[str, str]:
        """Each text that has an accepted tag → its tags, as a form has them under `answers`."""
        tags: dict[str, dict[str, str]] = {}
        for proposal in self._proposals:
            if proposal.accepted:
                names = tags.setdefault(proposal.text, {})
                for name in list_items(proposal.tag):
                    names.setdefault(fold(name), name)
        return {text: _SEPARATOR.join(names.values()) for text, names in tags.items()}

    @property
    def undecided(self) -> tuple[str, ...]:
        """The texts of which no row is accepted."""
        answers = self.answers
        texts = dict.fromkeys(proposal.text for proposal in self._proposals)
        return tuple(text for text in texts if text not in answers)

    # --- in and out -------------------------------------------------------------------------

    def to_form(self, form: Form, field: str = "goals") -> Form:
        """Write the accepted tags into a form, as the meaning of the answers of one field.

        From then on reading the export gives the tags. A text that has no accepted tag, such as a
        new one next year, is a problem that asks what it means.

        Parameters
        ----------
        form : Form
            Is changed.
        field : str
            Which has the texts.

        Returns
        -------
        Form
            The same form.

        Raises
        ------
        ValueError
            The form has no such field, or nothing is accepted.
        """
        if field not in form.fields:
            raise ValueError(f"the form has no field {field!r}: it has {', '.join(form.fields)}")
        if not self.answers:
            raise ValueError("no tag is accepted yet: see `accept`")
        decided = FormAnswer(
            say="the accepted tags", change={"fields": {field: {"answers": self.answers}}}
        )
        question = FormQuestion(about=field, ask="What do the texts mean?", answers=(decided,))
        form.undecided = (*form.undecided, question)
        return form.accept(question)

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write `table` as csv, to be edited in a spreadsheet and read by `from_file`.

        Parameters
        ----------
        path : str or path
        """
        rows = rows_of(self.table.assign(accepted=self.table["accepted"].map(_yes_no)))
        write_rows(_COLUMNS, rows, Path(path))

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> GoalTags:
        """Read a table that `to_csv` wrote and a person edited: csv or a workbook.

        A row may be added, and a tag changed; ``accepted`` is yes, no or empty. An accepted row
        without a tag says that no tag fits its text.

        Parameters
        ----------
        path : str or path

        Raises
        ------
        CohortError
            With every problem of the file.
        """
        problems: list[Problem] = []
        table = read_table(
            path,
            Path(path).name,
            known_headers=frozenset(_COLUMNS),
            problems=problems,
            notes=[],
        )
        proposals = _read_proposals(table, problems) if table is not None else []
        if problems:
            raise CohortError(problems)
        return cls(proposals)

    def to_dict(self) -> dict[str, Any]:
        """Return proposals, answers and undecided as plain JSON data."""
        return {
            "proposals": [
                asdict(proposal) | {"people": list(proposal.people), "words": list(proposal.words)}
                for proposal in self._proposals
            ],
            "answers": self.answers,
            "undecided": list(self.undecided),
        }

    def __len__(self) -> int:
        return len(self._proposals)

    def __repr__(self) -> str:
        n_texts = len({proposal.text for proposal in self._proposals})
        n_proposed = sum(bool(proposal.tag) for proposal in self._proposals)
        n_accepted = sum(proposal.accepted for proposal in self._proposals)
        n_undecided = len(self.undecided)
        return (
            f"GoalTags: {_counted(n_texts, 'text')}, {_counted(n_proposed, 'tag')} proposed, "
            f"{n_accepted} accepted; {_counted(n_undecided, 'text')} "
            f"{'is' if n_undecided == 1 else 'are'} undecided"
        )


def _read_proposals(table: RawTable, problems: list[Problem]) -> list[TagProposal]:
    columns = {fold(name): cells for name, cells in zip(table.header, table.columns, strict=True)}
    for name in _NEEDED_COLUMNS:
        if name not in columns:
            remedy = "keep the headers that `to_csv` writes"
            problems.append(
                Problem(table.name, 1, name, "", "is missing", remedy, code="missing_column")
            )
    if problems:
        return []
    proposals = []
    for place, row in enumerate(table.rows):
        cells = {name: columns[name][place] or "" for name in _COLUMNS if name in columns}
        try:
            accepted = parse_yes_no(cells["accepted"] or "no") == "yes"
        except ValueError as error:
            accepted = False
            problems.append(
                Problem(
                    table.name,
                    row,
                    "accepted",
                    cells["accepted"],
                    str(error),
                    "write yes, or no, or leave it empty",
                    code="not_readable",
                )
            )
        if not cells["text"]:
            if cells["tag"] or accepted:
                reason = "is empty, and the row has a tag"
                problems.append(Problem(table.name, row, "text", "", reason, code="missing_value"))
            continue
        proposals.append(
            TagProposal(
                _listed(cells.get("people", "")),
                cells["text"],
                cells["tag"],
                _number(cells.get("similarity", "")),
                _listed(cells.get("words", "")),
                accepted,
            )
        )
    return proposals


def _listed(cell: str) -> tuple[str, ...]:
    return tuple(list_items(cell))


def _number(cell: str) -> float:
    """Return a similarity, which only informs: 0 where it is no number any more."""
    try:
        return float(cell)
    except ValueError:
        return 0.0


def _yes_no(accepted: bool) -> str:
    return "yes" if accepted else "no"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
