"""One table of an export: what its columns feed, and what a person should be asked."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rmmatch.cohort.cells import list_items
from rmmatch.cohort.forms import FormAnswer, FormQuestion
from rmmatch.cohort.tables import RawTable
from rmmatch.desk.survey.fields import FIELDS
from rmmatch.desk.survey.groups import ColumnGroup, day_grids, grouped
from rmmatch.desk.survey.mapping import KIND_BY_NAME, OFFER, SURE, FieldProposal, propose_fields
from rmmatch.desk.survey.profiles import Profile, profile_of
from rmmatch.spelling import fold

__all__ = ["TableDraft", "draft_of"]

_STEERING = ("id", "email", "name", "first_name", "last_name", "timestamp", "consent")
_REFUSAL = re.compile(r"(no|n|false|0|not|i (do not|don't|disagree)|disagree|decline)\b")
_SHARING = re.compile(r"\b(share|shared|contact|contacted|photo|photos|publicity)\b")
_HOURS = re.compile(r"\s*\d{1,2}([:.]\d\d)?\s?([ap]m)?\s?(-|–|to)\s?\d")
_MIN_SHARED = 0.2  # of the answers of a column, for it to be more of another one
_TIMES = 0.5  # of the cells of a grid, from which they say when, not whether
_FEW_ANSWERS = 4  # of a question that asks for consent


@dataclass
class TableDraft:
    """What was found out about one table.

    Attributes
    ----------
    table : RawTable
    proposals : list of FieldProposal
        One a column.
    fields : dict
        Name → as in a form's file.
    evidence : dict of str to str
        Name of a field, or a header that is left out → why.
    sensitive, ignore : list of str
    questions : list of FormQuestion
        With changes as for this table alone.
    emails, numbers, names : list of str
        Headers that could make ids: addresses, the tool's or the form's own ids, names.
    times : str
        The header with the time of the answer.
    dates : str
        How text dates are written, where the table itself decides it.
    """

    table: RawTable
    proposals: list[FieldProposal]
    fields: dict[str, Any] = field(default_factory=dict)
    evidence: dict[str, str] = field(default_factory=dict)
    sensitive: list[str] = field(default_factory=list)
    ignore: list[str] = field(default_factory=list)
    questions: list[FormQuestion] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    times: str = ""
    dates: str = ""
    _profiles: dict[str, Profile] = field(default_factory=dict)

    def cells(self, header: str) -> list[str | None]:
        """Return the answers in a column.

        Parameters
        ----------
        header : str
        """
        cells: list[str | None] = self.table.columns[self.table.header.index(header)].tolist()
        return cells

    def profile(self, header: str) -> Profile:
        """Return what the answers in a column look like.

        Parameters
        ----------
        header : str
        """
        if header not in self._profiles:
            self._profiles[header] = profile_of(self.cells(header))
        return self._profiles[header]


def draft_of(table: RawTable) -> TableDraft:
    """Return what a table's columns feed, with questions where that is not sure.

    Parameters
    ----------
    table : RawTable
    """
    columns = [column.tolist() for column in table.columns]
    draft = TableDraft(table, propose_fields(table.header, columns if table.rows else None))
    _draft_people(draft)
    members: dict[str, list[int]] = defaultdict(list)
    for place, proposal in enumerate(draft.proposals):
        if proposal.is_tools and proposal.field in ("", "timestamp"):
            draft.ignore.append(proposal.header)
            draft.evidence[proposal.header] = proposal.evidence
        elif proposal.is_sensitive:
            _add_private(draft, proposal)
        elif proposal.field and proposal.field not in _STEERING:
            members[proposal.field].append(place)
            _add_second_list(proposal, place, members)
        elif proposal.field == "consent":
            _ask_consent(draft, proposal)
    for kind in FIELDS:
        if kind.name in members:
            _add_field(draft, kind.name, members[kind.name], columns if table.rows else None)
    return draft


def _add_second_list(proposal: FieldProposal, place: int, members: Mapping[str, list[int]]) -> None:
    """Let a question after two kinds of people feed both: "your line manager or supervisor"."""
    if KIND_BY_NAME[proposal.field].does_protect and proposal.confidence >= SURE:
        for name, confidence in proposal.rivals:
            if KIND_BY_NAME[name].does_protect and confidence >= SURE:
                members[name].append(place)


# People ---------------------------------------------------------------------------------------


def _draft_people(draft: TableDraft) -> None:
    by_field: dict[str, list[FieldProposal]] = defaultdict(list)
    for proposal in draft.proposals:
        by_field[proposal.field].append(proposal)
        if any(name == "email" for name, _ in proposal.rivals) and not proposal.field:
            draft.emails.append(proposal.header)
    emails, parts = by_field["email"], by_field["first_name"][:1] + by_field["last_name"][:1]
    draft.emails[:0] = [proposal.header for proposal in emails]
    draft.numbers = [proposal.header for proposal in by_field["id"]]
    draft.times = next((p.header for p in by_field["timestamp"]), "")
    if emails:
        draft.fields["email"] = emails[0].header
        draft.evidence["email"] = _reason(emails[0])
    whole = by_field["name"][:1]
    if len(parts) == 2:
        draft.names = [proposal.header for proposal in parts]
        draft.fields["name"] = draft.names
        draft.evidence["name"] = "first and last name, joined"
    elif whole or parts:
        proposal = (whole or parts)[0]
        draft.names = [proposal.header]
        draft.fields["name"] = proposal.header
        draft.evidence["name"] = _reason(proposal)


def _reason(proposal: FieldProposal) -> str:
    return f"{proposal.confidence:.2f}: {proposal.evidence}"


# Other fields ---------------------------------------------------------------------------------


def _add_private(draft: TableDraft, proposal: FieldProposal) -> None:
    name = proposal.field
    copies = [present for present in draft.sensitive if present.split("_")[0] == name]
    if copies:
        name = f"{name}_{len(copies) + 1}"
    draft.fields[name] = proposal.header
    draft.sensitive.append(name)
    # Not a word of the answers, however few.
    draft.evidence[name] = _reason(proposal).split(";")[0] + "; private, so never shown"


def _ask_consent(draft: TableDraft, proposal: FieldProposal) -> None:
    """Ask whether somebody who did not agree is left out; else the column is not needed."""
    header = proposal.header
    written = list(dict.fromkeys(cell for cell in draft.cells(header) if cell))
    refusals = [cell for cell in written if _REFUSAL.match(fold(cell))]
    if not refusals or len(written) > _FEW_ANSWERS:
        return
    rows = sum(cell in refusals for cell in draft.cells(header))
    meaning = {cell: "withdrawn" if cell in refusals else "applicant" for cell in written}
    leave_out = {"fields": {"status": {"from": header, "answers": meaning}}}
    answers = [
        FormAnswer(say="leave them out", change=leave_out),
        FormAnswer(say="they take part", change={"ignore": [header]}),
    ]
    draft.questions.append(
        FormQuestion(
            about="status",
            ask=f"{_people(rows)} did not agree to {_quoted(header)}: are they left out?",
            evidence=f"{rows} of {len(draft.table.rows)} answers say no",
            answers=tuple(reversed(answers)) if _SHARING.search(fold(header)) else tuple(answers),
        )
    )


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"


def _add_field(
    draft: TableDraft,
    name: str,
    places: Sequence[int],
    columns: Sequence[Sequence[str | None]] | None,
) -> None:
    headers = draft.table.header
    groups = list(_grids(headers, places, columns)) if name == "availability" else []
    gridded = {place for group in groups for place in group.places}
    groups += grouped(headers, [place for place in places if place not in gridded], columns)
    groups.sort(key=lambda group: (-_confidence(draft, group), group.places[0]))
    is_protecting = KIND_BY_NAME[name].does_protect
    taken: list[str] = []
    for group in groups:
        confidence = _confidence(draft, group)
        names = [headers[place] for place in group.places]
        is_list = "from" in group.source
        may_join = not taken or (is_list and is_protecting)
        if confidence >= SURE and group.is_sure and may_join:
            source = group.source
            if taken:
                source = {"from": [*taken, *names]}
            taken += names
            draft.fields[name] = _short(source)
            is_own = draft.proposals[group.places[0]].field == name
            words = _words(draft, group) if is_own else "the header asks for both"
            draft.evidence[name] = f"{confidence:.2f}: {words}"
        else:
            draft.questions.append(_field_question(draft, name, group, taken))


def _words(draft: TableDraft, group: ColumnGroup) -> str:
    evidence = draft.proposals[group.places[0]].evidence
    return "; ".join(dict.fromkeys(text for text in (evidence, group.evidence) if text))


def _confidence(draft: TableDraft, group: ColumnGroup) -> float:
    return max(draft.proposals[place].confidence for place in group.places)


def _short(source: Mapping[str, Any]) -> Any:
    headers = source.get("from")
    if source.keys() == {"from"} and isinstance(headers, list):
        return headers[0] if len(headers) == 1 else headers
    return dict(source)


def _grids(
    headers: Sequence[str],
    places: Sequence[int],
    columns: Sequence[Sequence[str | None]] | None,
) -> list[ColumnGroup]:
    groups = []
    for pattern, grid in day_grids(headers):
        if not set(grid) <= set(places):
            continue
        source: dict[str, object] = {"grid": pattern}
        cells = [cell for place in grid for cell in columns[place]] if columns else []
        has_times = not cells or profile_of(cells).times > _TIMES or _are_hours(cells)
        if "{time}" not in pattern and has_times:
            source["cells"] = "times"
        elif "{day}" not in pattern and has_times:
            source["cells"] = "days"
        groups.append(ColumnGroup(source, grid, ""))
    return groups


def _are_hours(cells: Sequence[str | None]) -> bool:
    """Whether most cells are hours, "9-11", which say when only beside a day."""
    filled = [cell for cell in cells if cell]
    return sum(_HOURS.match(cell) is not None for cell in filled) > _TIMES * len(filled)


def _field_question(
    draft: TableDraft, name: str, group: ColumnGroup, taken: Sequence[str]
) -> FormQuestion:
    kind = KIND_BY_NAME[name]
    headers = [draft.table.header[place] for place in group.places]
    proposal = draft.proposals[group.places[0]]
    source: dict[str, Any] = dict(group.source)
    is_more = bool(taken) and kind.is_several and "from" in source
    if is_more:
        source = {"from": [*taken, *headers]}
    use = FormAnswer(
        say=f"yes, as {name}" + (", too" if is_more else ""), change={"fields": {name: source}}
    )
    answers = [use]
    answers += [
        FormAnswer(say=f"no, as {rival}", change={"fields": {rival: {"from": headers}}})
        for rival, confidence in proposal.rivals
        if confidence >= OFFER and rival not in draft.fields and rival not in _STEERING
    ][:2]
    leave_out = FormAnswer(say="no, leave it out", change={"ignore": headers})
    # words of one's own beside choices are no choices: Enter must not make goals of them
    is_other = is_more and _is_other_list(draft, group, taken)
    answers.insert(0 if is_other else len(answers), leave_out)
    shown = _quoted(headers[0]) + (f" and {len(headers) - 1} more" if len(headers) > 1 else "")
    return FormQuestion(
        about=name,
        ask=f"Does {shown} {'also ' if is_more else ''}give the {kind.title}?",
        evidence=f"{proposal.confidence:.2f}: {_words(draft, group)}",
        answers=tuple(answers),
    )


def _is_other_list(draft: TableDraft, group: ColumnGroup, taken: Sequence[str]) -> bool:
    """Whether hardly an answer of a column is also one of the columns it would be joined to."""

    def answers_at(places: Iterable[int]) -> list[str]:
        cells = (cell for place in places for cell in draft.table.columns[place] if cell)
        return [fold(item) for cell in cells for item in list_items(cell)]

    present = {*answers_at(map(draft.table.header.index, taken))}
    answers = answers_at(group.places)
    return sum(answer in present for answer in answers) < _MIN_SHARED * len(answers)


def _quoted(header: str) -> str:
    title = " ".join(header.split())
    return f"“{title if len(title) <= 80 else title[:77] + '…'}”"
