"""Which column tells people apart: an address, a number of their own, or an id made of names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rmmatch.cohort.answer_times import time_header
from rmmatch.cohort.cells import list_items
from rmmatch.cohort.forms import FormAnswer, FormQuestion
from rmmatch.desk.survey.drafts import TableDraft
from rmmatch.desk.survey.mapping.proposed_fields import KIND_BY_NAME
from rmmatch.desk.survey.people.repeats import (
    question_of_dates,
    question_of_repeats,
    repeated_people,
)
from rmmatch.spelling import fold

__all__ = ["add_ids"]

_FILLED = 0.95  # of the cells, of an address that is to be an id
_OF_NAMES = 0.6  # in lists of people, that are written as one column has them


def add_ids(drafts: Sequence[TableDraft]) -> list[FormQuestion]:
    """Put the id into the drafts of all tables, where it is sure, and return what is to be asked.

    Parameters
    ----------
    drafts : sequence of TableDraft
        Their fields, evidence and questions are added to.
    """
    questions = _chosen_ids(drafts)
    for draft in drafts:
        _ask_about_shared_addresses(draft)
    return questions


def _chosen_ids(drafts: Sequence[TableDraft]) -> list[FormQuestion]:
    if all(draft.emails for draft in drafts) and not any(draft.table.rows for draft in drafts):
        for draft in drafts:  # no answers: what is called an id is taken for one
            header = (draft.numbers or draft.emails)[0]
            _set(draft, header, "no answers yet; the header says so")
        return []
    emails = [_address(draft) for draft in drafts]
    if _set_what_lists_use(drafts, emails):
        return []
    for draft, header in zip(drafts, emails, strict=True):
        if header:
            draft.fields["email"] = header
    numbers = [_number(draft) for draft in drafts]
    if all(numbers) and not any(_is_counted(d, n) for d, n in zip(drafts, numbers, strict=True)):
        for draft, header in zip(drafts, numbers, strict=True):
            _set(draft, header, f"{len(draft.table.rows)} rows, each with its own")
        return []
    questions = []
    numbers = [_number(d) or (d.numbers or [""])[0] for d in drafts]
    if all(emails):
        questions = _of_addresses(drafts, emails, numbers)
    elif all(numbers):
        questions = _of_numbers(drafts, numbers)
    else:
        questions = _of_names(drafts)
    return questions


def _ask_about_shared_addresses(draft: TableDraft) -> None:
    """Ask whether addresses are read that several people have, where another column is the id."""
    email, id_header = draft.fields.get("email"), draft.fields.get("id")
    if not email or not isinstance(id_header, str) or id_header == email:
        return
    rows_of: dict[str, set[str]] = {}
    for address, id_ in zip(draft.cells(email), draft.cells(id_header), strict=True):
        rows_of.setdefault(fold(address or ""), set()).add(fold(id_ or ""))
    shared = sum(len(ids) > 1 for address, ids in rows_of.items() if address)
    if not shared or any(question.about == "id" for question in draft.questions):
        return
    del draft.fields["email"]
    addresses = "1 address is" if shared == 1 else f"{shared} addresses are"
    draft.questions.append(
        FormQuestion(
            about="email",
            ask=f"{addresses} several people's: are addresses read all the same?",
            evidence=f"“{id_header}” tells them apart",
            answers=(
                FormAnswer(say="no, leave the addresses out", change={"ignore": [email]}),
                FormAnswer(say="yes: I correct the export", change={"fields": {"email": email}}),
            ),
        )
    )


def _set_what_lists_use(drafts: Sequence[TableDraft], emails: Sequence[str]) -> bool:
    """Let a column be the id that lists of people are written in: "WWIDs of preferred mentors"."""
    texts: Counter[str] = Counter()
    headers: list[str] = []
    for draft in drafts:
        for name, source in draft.fields.items():
            if name in KIND_BY_NAME and KIND_BY_NAME[name].values == "people":
                names_of_source = _headers_of(source)
                headers += names_of_source
                for header in names_of_source:
                    for cell in draft.cells(header):
                        texts.update(map(fold, list_items((cell or "").replace(",", ";"))))
    n_names = texts.total()
    if not n_names:
        return False

    def share(draft: TableDraft, header: str) -> float:
        values = {fold(cell) for cell in draft.cells(header) if cell}
        return sum(count for text, count in texts.items() if text in values) / n_names

    shared = set.intersection(*(set(draft.table.header) for draft in drafts))
    best, most = "", _OF_NAMES
    for header in drafts[0].table.header:
        if header in shared and header not in headers and header not in drafts[0].names:
            profiles = [draft.profile(header) for draft in drafts]
            is_id = all(p.n_filled == p.n_rows <= 1.5 * p.n_distinct for p in profiles)
            share_known = max(share(draft, header) for draft in drafts) if is_id else 0
            if share_known > most:
                best, most = header, share_known
    if not best or best in emails:
        return False
    for draft, header in zip(drafts, emails, strict=True):
        words = f"{round(most * n_names)} of {n_names} entries in lists of people are written so"
        _set(draft, best, words)
        if header:
            draft.fields["email"] = header
        draft.questions += _repeated_questions(draft, best)
    return True


def _headers_of(source: Any) -> list[str]:
    """Return the columns whose cells are people; in ranks the people are in the headers."""
    headers = source.get("from", []) if isinstance(source, Mapping) else source
    return [headers] if isinstance(headers, str) else [*headers]


def _set(draft: TableDraft, header: str, evidence: str) -> None:
    draft.fields["id"] = header
    draft.evidence["id"] = evidence


def _address(draft: TableDraft) -> str:
    """Return the column of addresses with most different ones: the account may be one person's."""
    best, most = "", 0
    for header in draft.emails:
        profile = draft.profile(header)
        is_filled = profile.n_filled >= _FILLED * profile.n_rows and profile.emails >= _FILLED
        if is_filled and profile.n_distinct > most and not profile.is_constant:
            best, most = header, profile.n_distinct
    return best


def _number(draft: TableDraft) -> str:
    return next((name for name in draft.numbers if draft.profile(name).is_distinct), "")


def _is_counted(draft: TableDraft, header: str) -> bool:
    """Whether a tool numbered the answers: such numbers are others next year."""
    cells = [cell for cell in draft.cells(header) if cell]
    is_own = any(p.header == header and p.is_tools for p in draft.proposals)
    return is_own or {cell.removesuffix(".0") for cell in cells} == {
        str(number) for number in range(1, len(cells) + 1)
    }


def _of_addresses(
    drafts: Sequence[TableDraft], emails: Sequence[str], numbers: Sequence[str]
) -> list[FormQuestion]:
    has_clash = len(drafts) == 2 and all(numbers) and _share_numbers(drafts, numbers)
    for draft, header in zip(drafts, emails, strict=True):
        profile = draft.profile(header)
        words = f"{profile.n_distinct} different addresses in {profile.n_rows} rows"
        if not has_clash:
            _set(draft, header, f"{words}; the same next year")
        if profile.n_distinct < profile.n_filled:
            draft.questions += _repeated_questions(draft, header)
    if not has_clash:
        return []
    ends = " and ".join(str(len(draft.table.rows)) for draft in drafts)
    return [
        FormQuestion(
            about="id",
            ask="Both files number their answers from 1: use the e-mail as id?",
            evidence=f"{_quoted_names(numbers)} runs from 1 in both files ({ends} rows)",
            answers=(
                FormAnswer(say="yes, the e-mail", change=_by_table(drafts, emails)),
                FormAnswer(
                    say="no, the number, told apart by table",
                    change=_by_table(drafts, [{"from": n, "each_side": True} for n in numbers]),
                ),
            ),
        )
    ]


def _share_numbers(drafts: Sequence[TableDraft], numbers: Sequence[str]) -> bool:
    mentors, mentees = (
        {fold(cell) for cell in draft.cells(header) if cell}
        for draft, header in zip(drafts, numbers, strict=True)
    )
    return not mentors.isdisjoint(mentees)


def _agree(drafts: Sequence[TableDraft], numbers: Sequence[str]) -> bool:
    """Whether a number that stands in both tables has one name in both."""
    if not all(draft.names for draft in drafts):
        return False
    names: list[dict[str | None, str]] = []
    for draft, header in zip(drafts, numbers, strict=True):
        rows = zip(*(draft.cells(name) for name in draft.names), strict=True)
        whole = [fold(" ".join(cell or "" for cell in row)) for row in rows]
        names.append(dict(zip(draft.cells(header), whole, strict=True)))
    mentors, mentees = names
    return all(mentors[number] == mentees[number] for number in mentors.keys() & mentees.keys())


def _quoted_names(headers: Sequence[str]) -> str:
    return " and ".join(f"“{header}”" for header in dict.fromkeys(headers))


def _by_table(drafts: Sequence[TableDraft], sources: Sequence[Any]) -> dict[str, Any]:
    """Return the change that gives every table its id; once where all tables have the same."""
    if len(drafts) == 1 or all(source == sources[0] for source in sources):
        return {"fields": {"id": sources[0]}}
    tables = zip(("mentors", "mentees"), sources, strict=True)
    return {"tables": {table: {"fields": {"id": source}} for table, source in tables}}


def _repeated_questions(draft: TableDraft, header: str) -> list[FormQuestion]:
    """Return which rows of people with several rows count, and how their dates are written."""
    email = draft.fields.get("email")
    parts = zip(*(draft.cells(name) for name in draft.names), strict=True)
    names = [" ".join(filter(None, row)) or None for row in parts]
    emails = draft.cells(email) if email else []
    people = repeated_people(draft.cells(header), names, emails)
    columns = {name: draft.cells(name) for name in draft.table.header}
    own = (*draft.ignore, *draft.numbers, draft.times)
    repeats = question_of_repeats(people, draft.table.rows, columns, names=names, own_headers=own)
    questions = [repeats] if repeats else []
    by = time_header(draft.table.header)
    if repeats and by:
        change, dates = question_of_dates(by, draft.cells(by))
        draft.dates = change.get("dates", "")
        questions += [dates] if dates else []
    return questions


def _of_numbers(drafts: Sequence[TableDraft], numbers: Sequence[str]) -> list[FormQuestion]:
    if len(drafts) == 1 or not _share_numbers(drafts, numbers) or _agree(drafts, numbers):
        for draft, header in zip(drafts, numbers, strict=True):
            profile = draft.profile(header)
            _set(draft, header, f"{profile.n_distinct} different in {profile.n_rows} rows")
            if not profile.is_distinct:
                draft.questions += _repeated_questions(draft, header)
        return []
    each_side = [{"from": header, "each_side": True} for header in numbers]
    answers = [FormAnswer(say="told apart by table", change=_by_table(drafts, each_side))]
    if all(draft.names for draft in drafts):
        minted = [{"mint": draft.names} for draft in drafts]
        say = "ids made of the names, the same next year"
        answers.append(FormAnswer(say=say, change=_by_table(drafts, minted)))
    same = FormAnswer(say="they are the same people", change=_by_table(drafts, list(numbers)))
    return [
        FormQuestion(
            about="id",
            ask="Both files have the same numbers as ids: are they other people?",
            evidence=f"{_quoted_names(numbers)} has numbers that stand in both files",
            answers=(*answers, same),
        )
    ]


def _of_names(drafts: Sequence[TableDraft]) -> list[FormQuestion]:
    """Ask whether ids may be made of names, and of what tells namesakes apart."""
    if not all(draft.names and draft.table.rows for draft in drafts):
        return []
    sources = []
    for draft in drafts:
        sources.append([*draft.names, *([] if _are_distinct(draft) else _beside_names(draft))])
    minted = _by_table(drafts, [{"mint": source} for source in sources])
    return [
        FormQuestion(
            about="id",
            ask="No column tells everybody apart: make ids of "
            + _quoted_names([header for source in sources for header in source])
            + "?",
            evidence="no column of different addresses or numbers, filled in every row",
            answers=(FormAnswer(say="yes; the same next year", change=minted),),
        )
    ]


def _are_distinct(draft: TableDraft) -> bool:
    rows = list(zip(*(draft.cells(header) for header in draft.names), strict=True))
    return len({tuple(fold(cell or "") for cell in row) for row in rows}) == len(rows)


def _beside_names(draft: TableDraft) -> list[str]:
    for name in ("department", "organisation", "workplace", "speciality"):
        source = draft.fields.get(name)
        if isinstance(source, str):
            return [source]
    return []
