"""Where the headers of an export are not those of the form: changed, new, or of two minds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from rmmatch.cohort.columns import PEOPLE_COLUMNS, STANDARD_COLUMNS, column_name
from rmmatch.cohort.forms.boxes import box_line, new_boxes
from rmmatch.cohort.forms.export_table import ExportTable
from rmmatch.cohort.forms.grids import grid_headers
from rmmatch.cohort.forms.model import FormField
from rmmatch.cohort.forms.values import is_valid
from rmmatch.errors import Problem, nearest
from rmmatch.files.documents import quoted
from rmmatch.spelling import fold

__all__ = [
    "PROTECTING_COLUMNS",
    "check_headers",
    "disagreements",
    "kept_headers",
    "written_headers",
]

# Columns by which people are told apart or kept from each other.
PROTECTING_COLUMNS = frozenset({"id", "email", "name", *PEOPLE_COLUMNS})
# Nobody is kept from anybody by a wish, and often only one side is asked for it.
_NEEDED_IN_BOTH = PROTECTING_COLUMNS - {"preferences"}
_PROTECTING_WORDS = re.compile(
    r"\b(?:(?:line )?managers?|managed|supervis\w+|tutors?|examiners?|conflicts?|declin\w+"
    r"|not (?:to )?be (?:paired|matched)|avoid)\b",
    re.IGNORECASE,
)
_MAX_NOTED = 8  # headers that a note lists; wording


_LISTS_BY_WORD = {
    "supervisor": "supervis",
    "tutor": "tutor",
    "examiner": "examiner",
    "conflict": "conflict",
    "declined": "declin|paired|matched|avoid",
}


def _likely_list(header: str) -> str:
    """Return the list of people that a header is most likely about, for the line to write."""
    lists = (name for name, words in _LISTS_BY_WORD.items() if re.search(words, fold(header)))
    return next(lists, "line_manager")


def written_headers(field: FormField) -> tuple[str, ...]:
    """Return the headers that a field names; of a grid none.

    Parameters
    ----------
    field : FormField
    """
    return (*field.headers, *field.mint, *field.boxes, *field.ranks)


def check_headers(tables: Sequence[ExportTable]) -> None:
    """Add a problem for every header of the form that the export does not have.

    What is in one of two tables need not be in both, unless it tells people apart or keeps them
    from each other.

    Parameters
    ----------
    tables : sequence of ExportTable
        The tables of one export.
    """
    for table in tables:
        for name, field in table.spec.fields.items():
            if field.grid:
                _check_grid(table, tables, name, field)
                continue
            headers = written_headers(field)
            missing = [header for header in headers if not table.has(header)]
            # a made id is another where one of its columns is not there
            is_lost = len(missing) == len(headers) or bool(field.mint)
            is_needed = name in _NEEDED_IN_BOTH and is_lost
            absent = [
                header
                for header in missing
                if is_needed or not any(_has(peer, name, header) for peer in tables)
            ]
            if absent:
                _no_header(table, tables, name, absent)


def _has(table: ExportTable, name: str, header: str) -> bool:
    field = table.spec.fields.get(name)
    return field is not None and header in written_headers(field) and table.has(header)


def _no_header(
    table: ExportTable, tables: Sequence[ExportTable], name: str, headers: Sequence[str]
) -> None:
    """Add a problem about the headers of a field that the export does not have."""
    turned = next((header for header in headers if column_name(header) in STANDARD_COLUMNS), None)
    if name in table.places and turned is not None:
        written = table.raw.header[table.places[name]]
        reason = f"{name!r} is turned round in the form: it says that {name} comes from {turned!r}"
        remedy = f"write the column first: {column_name(turned)}: {quoted(written)}"
        table.add_problem(name, (), reason, remedy, "unknown_header")
        return
    named = {column_name(h) for f in table.spec.fields.values() for h in written_headers(f)}
    free = [each for each in table.raw.header if column_name(each) not in named]
    close_headers = [
        nearest(header, free) or nearest(header, table.raw.header) for header in headers
    ]
    likely = [repr(header) for header in dict.fromkeys(close_headers) if header]
    remedy = f"did you mean {', '.join(likely)}? If not, " if likely else ""
    words = "header" if len(headers) == 1 else "headers"
    remedy += f"write the {words} in the form under {name} as the export has "
    remedy += "it" if len(headers) == 1 else "them"
    if len(tables) > 1:
        remedy += "; a question that only one table has belongs under `tables:` of the form"
    reason = f"the form has the {words} {', '.join(map(repr, headers))}, and the export has not"
    table.add_problem(name, (), reason, remedy, "unknown_header")


def _check_grid(
    table: ExportTable, tables: Sequence[ExportTable], name: str, field: FormField
) -> None:
    if any(grid_headers(field.grid, peer.raw.header) for peer in tables):
        return
    shape = re.sub(r"\{(?:day|time)\}", "", field.grid)
    timed = (header for header in table.raw.header if is_valid("availability", header))
    close_header = next(timed, None) or nearest(shape, table.raw.header)
    remedy = f"is it a header such as {close_header!r}? " if close_header else ""
    remedy += f"write the grid in the form under {name}: grid, with {{day}} and {{time}} where the "
    remedy += "headers have them"
    reason = f"no header of the export is as the form's grid {field.grid!r}"
    table.add_problem(name, (), reason, remedy, "unknown_header")


def kept_headers(table: ExportTable, mapping: Mapping[str, str]) -> list[str]:
    """Return the headers that no field reads and that stay as they are.

    Parameters
    ----------
    table : ExportTable
        Its fields have been read.
    mapping : mapping of str to str
        The scheme's: name of a header → name of the column it is.
    """
    fields, repeated = table.spec.fields, table.spec.repeated
    passed = {column_name(header) for header in table.spec.ignore}
    # `Status` of Qualtrics is no column of ours.
    passed |= {*map(column_name, table.raw.foreign)} & {*STANDARD_COLUMNS} - mapping.keys()
    passed |= {column_name(repeated.by)} if repeated is not None and repeated.by else set()
    of_id: set[str] = set()
    for name, field in fields.items():
        headers = set(map(column_name, written_headers(field)))
        passed, of_id = (passed, headers) if name == "id" else (passed | headers, of_id)
    kept: list[str] = []
    for header in table.places:
        # The e-mail address that is the id is the e-mail address still.
        is_both = header in of_id and header in STANDARD_COLUMNS and header not in fields
        if header in passed or (header in table.used | of_id and not is_both):
            continue
        if header in fields:
            written = table.raw.header[table.places[header]]
            table.notes.append(
                f"{table.raw.name}: the column {written!r} is not used: in the form, "
                f"{header} is another column"
            )
        else:
            kept.append(header)
    _check_new(table, kept, mapping)
    return kept


def _check_new(table: ExportTable, kept: Sequence[str], mapping: Mapping[str, str]) -> None:
    """Add what is to be said of headers that neither form nor scheme knows."""
    written = {header: table.raw.header[table.places[header]] for header in kept}
    new = [
        written[header]
        for header in kept
        if header not in STANDARD_COLUMNS and header not in mapping and header not in table.used
    ]
    for name, field in table.spec.fields.items():
        for key in ("boxes", "ranks"):
            for header in new_boxes(table, list(getattr(field, key)), new):
                new.remove(header)
                table.add_problem(
                    name,
                    (),
                    f"{header!r} looks like one more choice of this question, and the form does "
                    "not have it",
                    f"add it in the form, as in {box_line(name, key, header)}, or write it under "
                    "`ignore:`",
                    "new_choice",
                )
    questions = dict(zip(table.raw.header, table.raw.questions, strict=False))
    protecting = [
        header
        for header in new
        if _PROTECTING_WORDS.search(f"{header} {questions.get(header, '')}")
    ]
    for header in protecting:
        table.add_problem(
            "",
            (),
            f"{header!r} may be a list of people who must not be paired, and nothing reads it",
            "say in the form which column it is, as in fields: "
            f"{{{_likely_list(header)}: {quoted(header)}}}"
            f"; if it is none, write it under ignore: [{quoted(header)}]",
            "protecting_column",
        )
    plain = [header for header in new if header not in protecting]
    if plain:
        more = len(plain) - _MAX_NOTED
        listed = ", ".join(map(repr, plain[:_MAX_NOTED]))
        table.notes.append(
            f"{table.raw.name}: the form does not mention {listed}"
            + (f" and {more} more" if more > 0 else "")
            + ": kept as written; list them under `ignore:` to leave them out"
        )


def disagreements(tables: Sequence[ExportTable], columns: Mapping[str, str]) -> Iterator[Problem]:
    """Yield where a scheme's `columns` and the form say two things of one header or column.

    Parameters
    ----------
    tables : sequence of ExportTable
    columns : mapping of str to str
        Header as written → the column it is.
    """
    for header, target in columns.items():
        name = column_name(target)
        for table in tables:
            fields = table.spec.fields
            readers = [
                key
                for key, field in fields.items()
                if column_name(header) in map(column_name, written_headers(field))
            ]
            is_field = column_name(header) in fields and column_name(header) != name
            if name in readers or not (readers or name in fields or is_field):
                continue
            said = f"the form reads it as {' and '.join(readers)}"
            if is_field and not readers:
                said = f"in the form, {column_name(header)} is another column"
            elif not readers:
                said = f"in the form, {name} is another column"
            yield Problem(
                "columns",
                "",
                "",
                header,
                f"the scheme says that this header is {name}, and {said}",
                "write it in the form alone",
                code="form_and_scheme",
            )
            break
