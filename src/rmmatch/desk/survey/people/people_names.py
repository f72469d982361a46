"""Names in lists of people: who is meant, asked name by name, and once for all who are outside."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from rmmatch.cohort.forms import FormAnswer, FormQuestion
from rmmatch.cohort.identities import OTHERS, OUTSIDE, Directory, NamedPerson, Role
from rmmatch.cohort.identities.doubts import list_digest
from rmmatch.cohort.identities.names import Roster, is_email, is_plain_id
from rmmatch.desk.survey.cells.tallies import cells_text, quoted_list, tally
from rmmatch.spelling import fold

__all__ = ["PeopleCells", "directory_of", "question_of_spaces", "questions_of_people"]

_MAX_SINGLE_QUESTIONS = 20  # names that are asked one by one; of more the whole list
_MAX_CANDIDATES = 4  # people offered for one name; wording
_MAX_LISTED_NAMES = 300  # of the list of people outside; wording
_SETTLED_BY_HAND = "I shall write in the form, under `people:`, or in the cells whom each means"


class PeopleCells(NamedTuple):
    """The cells of one column that lists people.

    Attributes
    ----------
    field : str
        Such as ``line_manager``.
    cells : sequence of str or None
    role : {'mentee', 'mentor'} or None
        The side on which they are looked for first.
    """

    field: str
    cells: Sequence[str | None]
    role: Role | None = None


class _Name(NamedTuple):
    """A text in lists of people that leads to nobody for sure."""

    text: str
    why: str
    people: tuple[str, ...]


def directory_of(
    ids: Sequence[str | None],
    names: Sequence[str | None] = (),
    emails: Sequence[str | None] = (),
    roles: Sequence[str | None] = (),
) -> Directory:
    """Return the people of an export, to look names up in.

    Parameters
    ----------
    ids, names, emails : sequence of str or None
        One entry a row; rows without an id are left out.
    roles : sequence of str or None
        ``mentor``, ``mentee`` or ``both``; whoever has none is looked for on both sides.
    """
    rosters = []
    for role in ("mentee", "mentor"):
        rows = [
            row
            for row, id_ in enumerate(ids)
            if id_ and (not len(roles) or roles[row] in (role, "both", None))
        ]
        rosters.append(
            Roster(
                [ids[row] or "" for row in rows],
                [names[row] for row in rows] if len(names) else (),
                [emails[row] for row in rows] if len(emails) else (),
            )
        )
    return Directory(rosters[0], rosters[1])


def questions_of_people(
    columns: Iterable[PeopleCells],
    directory: Directory,
    *,
    sensitive: Collection[str] = (),
) -> list[FormQuestion]:
    """Return the questions about names in lists of people, the most important first.

    Names that fit one person for sure need no question. Each other name that fits somebody is a
    question; all that fit nobody are one. Of columns that are sensitive nothing is asked: their
    names would be shown, and the reader refuses what it cannot be sure of.

    Parameters
    ----------
    columns : iterable of PeopleCells
    directory : Directory
    sensitive : collection of str
        Columns whose values are not shown.

    Examples
    --------
    >>> people = directory_of(["M1", "M2"], ["Amara Okafor", "Helen Marsh"])
    >>> cells = PeopleCells("line_manager", ["A. Okafor", "Helen Marsh", "Dr X Quill", "none"])
    >>> for question in questions_of_people([cells], people):
    ...     print(question.ask, "|", question.answers[0].change)
    Whom does 'A. Okafor' mean, under line_manager in 1 cell? | {'people': {'A. Okafor': 'M1'}}
    1 name matches nobody taking part: 'Dr X Quill'. Is it right that they do not take part? | \
{'people': {'others': 'outside 41264be1'}}
    """
    hidden = {*sensitive}
    if hidden & {"id", "name", "email"}:
        return []
    counts: dict[_Name, int] = {}
    fields: dict[str, dict[str, None]] = {}
    summaries: dict[str, list[str]] = {}
    counted: list[Sequence[str | None]] = []
    for column in columns:
        if column.field in hidden:
            continue
        names, n_certain = _unsure_names(column, directory)
        # One question of a form may feed two lists: its cells count once.
        is_copy = any(column.cells == cells for cells in counted)
        counted.append(column.cells)
        n_unsure = sum(name.why != "nobody" for name in names)
        if not is_copy and (names or n_certain):
            summaries.setdefault(column.field, []).append(
                _summary(n_certain, n_unsure, len(names) - n_unsure)
            )
        for name, count in names.items():
            if name.why == "nobody" and column.field == "preferences":
                continue  # whom somebody wishes for and who does not take part changes no pairing
            counts[name] = max(count, counts.get(name, 0) + count * (not is_copy))
            fields.setdefault(fold(name.text), {})[column.field] = None
    evidence = "; ".join(
        f"{field}: {text}" for field, texts in summaries.items() for text in dict.fromkeys(texts)
    )
    unsure = {name: count for name, count in counts.items() if name.why != "nobody"}
    strangers = {name: count for name, count in counts.items() if name.why == "nobody"}
    questions = []
    if len(unsure) > _MAX_SINGLE_QUESTIONS:
        questions.append(_question_of_many(unsure, fields, evidence))
    else:
        ordered = sorted(unsure, key=lambda name: (-unsure[name], fold(name.text)))
        questions += [
            _question_of_name(name, unsure[name], [*fields[fold(name.text)]], directory)
            for name in ordered
        ]
    if strangers:
        questions.append(_question_of_strangers(strangers, fields, evidence))
    return questions


def question_of_spaces(
    field: str, cells: Sequence[str | None], directory: Directory
) -> FormQuestion | None:
    """Return the question whether spaces part the ids of a list; None where they may be names.

    Parameters
    ----------
    field : str
    cells : sequence of str or None
    directory : Directory

    Examples
    --------
    >>> people = directory_of(["101", "102", "103"])
    >>> question_of_spaces("preferences", ["101 102", "103", "102,  "], people).ask
    '1 cell of preferences has several ids with spaces between them: split at spaces?'
    """
    n_several = 0
    for cell, count in tally(cells).items():
        pieces = [piece.strip(",") for piece in cell.split()]
        entries = [directory.look_up(piece) for piece in pieces if piece]
        if not all(
            is_plain_id(entry.text) and entry.kind in ("person", "nobody") for entry in entries
        ):
            return None
        is_list = len(entries) > 1 and not any(sign in cell.strip(", ") for sign in ",;")
        n_several += count * (is_list and any(entry.kind == "person" for entry in entries))
    if not n_several:
        return None
    have = "has" if n_several == 1 else "have"
    return FormQuestion(
        about=field,
        ask=(
            f"{cells_text(n_several)} of {field} {have} several ids with spaces between them: "
            "split at spaces?"
        ),
        evidence="every word in this column is an id, and no name",
        answers=(
            FormAnswer(say="yes", change={"fields": {field: {"separator": " "}}}),
            FormAnswer(say="no: I shall correct the cells"),
        ),
    )


def _unsure_names(column: PeopleCells, directory: Directory) -> tuple[dict[_Name, int], int]:
    """Return the names that lead to nobody for sure with counts of cells, and how many do."""
    counts: dict[str, int] = {}
    entries: dict[str, NamedPerson] = {}
    certain = set()
    for cell, count in tally(column.cells).items():
        for entry in directory.entries(cell, column.role):
            if entry.kind in ("person", "outside"):
                certain.add(fold(entry.text))
                continue
            if entry.kind == "nobody" and is_plain_id(entry.text):
                continue
            key = fold(entry.text)
            entries.setdefault(key, entry)
            counts[key] = counts.get(key, 0) + count
    nobody = {key: entry for key, entry in entries.items() if entry.kind == "nobody"}
    lookalikes = directory.lookalikes(entry.text for entry in nobody.values())
    names = {}
    for key, entry in entries.items():
        places = entry.people or lookalikes.get(entry.text, ())
        why = "nearly" if entry.kind == "nobody" and places else entry.kind
        text = " ".join(entry.text.split())
        names[_Name(text, why, directory.ids(places))] = counts[key]
    return names, len(certain)


def _summary(n_certain: int, n_unsure: int, n_strangers: int) -> str:
    total = n_certain + n_unsure + n_strangers
    texts = [f"{n_certain:,} recognised"]
    if n_unsure:
        texts.append(f"{n_unsure:,} to choose")
    if n_strangers:
        texts.append(f"{n_strangers:,} of nobody taking part")
    return f"{total:,} {'name' if total == 1 else 'names'}: {', '.join(texts)}"


def _question_of_name(
    name: _Name, count: int, fields: Sequence[str], directory: Directory
) -> FormQuestion:
    answers = []
    if name.why != "partly" or len(name.people) == 1:
        answers = [
            FormAnswer(say=directory.label(id_), change={"people": {name.text: id_}})
            for id_ in name.people[:_MAX_CANDIDATES]
        ]
    if name.why == "partly":
        reason = "parts of it are names of people taking part"
        by_hand = "I shall correct the cell: people with ';' between them"
        answers.append(FormAnswer(say=by_hand))
    else:
        reason = {
            "several": f"it is the name of {len(name.people)} people",
            "nearly": "nobody has exactly this name",
        }[name.why]
        answers.append(
            FormAnswer(
                say="somebody who does not take part", change={"people": {name.text: OUTSIDE}}
            )
        )
    return FormQuestion(
        about=fields[0],
        ask=f"Whom does {name.text!r} mean, under {' and '.join(fields)} in {cells_text(count)}?",
        evidence=reason,
        answers=tuple(answers),
    )


def _question_of_many(
    names: dict[_Name, int], fields: dict[str, dict[str, None]], evidence: str
) -> FormQuestion:
    about = [*dict.fromkeys(field for name in names for field in fields[fold(name.text)])]
    fit_several = sum(len(name.people) > 1 for name in names)
    shown = {name.text: count for name, count in names.items()}
    return FormQuestion(
        about=about[0],
        ask=(
            f"{len(names):,} names under {' and '.join(about)} fit several people, or nobody "
            "exactly: can you ask for their e-mail addresses?"
        ),
        evidence=(
            f"{fit_several:,} fit several people; {evidence}; "
            + quoted_list(shown, with_counts=False)
        ),
        answers=(FormAnswer(say=_SETTLED_BY_HAND),),
    )


def _question_of_strangers(
    names: dict[_Name, int], fields: dict[str, dict[str, None]], evidence: str
) -> FormQuestion:
    about = [*dict.fromkeys(field for name in names for field in fields[fold(name.text)])]
    texts = sorted((name.text for name in names), key=fold)
    # e-mail addresses of people outside may be of anybody: they are listed last
    texts.sort(key=is_email)
    listed = ", ".join(map(repr, texts[:_MAX_LISTED_NAMES]))
    if len(texts) > _MAX_LISTED_NAMES:
        listed += f" and {len(texts) - _MAX_LISTED_NAMES:,} more"
    many = "1 name matches" if len(texts) == 1 else f"{len(texts):,} names match"
    return FormQuestion(
        about=about[0],
        ask=f"{many} nobody taking part: {listed}. Is it right that they do not take part?",
        evidence=evidence,
        answers=(
            FormAnswer(
                say="none of them takes part; ask again when the list changes",
                change={"people": {OTHERS: f"{OUTSIDE} {list_digest(texts)}"}},
            ),
            FormAnswer(
                say="none of them takes part; write each name in the form",
                change={"people": dict.fromkeys(texts, OUTSIDE)},
            ),
            FormAnswer(say=f"some do: {_SETTLED_BY_HAND}"),
        ),
    )
