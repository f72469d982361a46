"""From the columns of an export to one column of a cohort, as its field in the form says."""

from __future__ import annotations

from collections.abc import Mapping

from rmmatch.cohort.forms.answers import Answers, is_list_field
from rmmatch.cohort.forms.boxes import box_cells, rank_cells
from rmmatch.cohort.forms.export_table import ExportTable
from rmmatch.cohort.forms.grids import grid_cells
from rmmatch.cohort.forms.minted_ids import minted_cells
from rmmatch.cohort.forms.model import FormField
from rmmatch.cohort.forms.values import expected_text, is_checked
from rmmatch.cohort.joins import joined
from rmmatch.errors import nearest
from rmmatch.files.documents import quoted
from rmmatch.numeric import Text

__all__ = ["formed_columns"]


def formed_columns(table: ExportTable) -> dict[str, Text]:
    """Return the columns that the fields of a form make of a table; problems go to the table.

    Parameters
    ----------
    table : ExportTable
    """
    columns: dict[str, Text] = {}
    for name, field in table.spec.fields.items():
        cells = _field_cells(table, name, field)
        if cells is None:
            continue
        if field.default is not None:
            cells = cells.copy()
            cells[[cell is None for cell in cells.tolist()]] = field.default
        columns[name] = cells
    return columns


def _field_cells(table: ExportTable, name: str, field: FormField) -> Text | None:
    """Return the cells of a field; None where the table has none of its headers."""
    if field.mint:
        repeated = table.spec.repeated
        may_repeat = repeated is not None and repeated.keep != "error"
        return minted_cells(table, name, field, may_repeat=may_repeat)
    if field.grid:
        return grid_cells(table, name, field)
    answers = Answers(name, field)
    if field.boxes:
        cells = box_cells(table, name, field, answers)
    elif field.ranks:
        cells = rank_cells(table, name, field, answers)
    else:
        headers = [header for header in field.headers if table.has(header)]
        if not headers:
            return None
        parts = [_meant(table, name, field, answers, header) for header in headers]
        is_list = is_list_field(name, field)
        cells, conflicts = (
            joined(name, parts, is_list=is_list) if len(parts) > 1 else (parts[0], [])
        )
        if conflicts:
            listed = " and ".join(map(repr, headers))
            table.add_problem(
                name,
                conflicts,
                f"{listed} are both filled in, and differ",
                "correct these rows, or leave one of the columns out of the form",
                "differing_cells",
            )
    if answers.rewritten:
        count = len(answers.rewritten)
        shown = "" if table.is_hidden(name) else f", such as {next(iter(answers.rewritten))!r}"
        table.notes.append(
            f"{table.raw.name}: {name}: ';', '|' and '•' separate the answers of a list, so that "
            f"{count} answer{'s' * (count > 1)} with one of them{shown} "
            f"{'are' if count > 1 else 'is'} written with a comma"
        )
    return cells


def _meant(table: ExportTable, name: str, field: FormField, answers: Answers, header: str) -> Text:
    """Return the cells under one header in the words of the form."""
    cells = table.cells(header)
    texts = cells.tolist()
    is_list = is_list_field(name, field)
    meanings: dict[str | None, str | None] = {None: None}
    unnamed: dict[str, tuple[str, ...]] = {}
    for text in dict.fromkeys(texts):
        if text is None:
            continue
        if is_list:
            items, unknown = answers.items(text)
            meanings[text] = "; ".join(items) or None
        else:
            meanings[text], unknown = answers.value(text)
        if unknown:
            unnamed[text] = unknown
    if unnamed:
        positions_of: dict[str, list[int]] = {}
        for position, text in enumerate(texts):
            for answer in unnamed.get(text, ()) if text is not None else ():
                positions_of.setdefault(answer, []).append(position)
        _unnamed_problem(table, name, field, header, positions_of)
    result = table.empty()
    result[:] = [meanings[text] for text in texts]
    return result


def _unnamed_problem(
    table: ExportTable,
    name: str,
    field: FormField,
    header: str,
    positions_of: Mapping[str, list[int]],
) -> None:
    example = next(iter(positions_of))
    is_hidden = table.is_hidden(name)
    shown = quoted("…" if is_hidden else example)
    known_words = [*field.choices, *field.answers, *field.spellings]
    close_word = None if is_hidden else nearest(example, known_words)
    also = f" ({close_word!r} in the form is most like {example!r})" if close_word else ""
    if field.choices:
        reason = f"under {header!r}, these answers are no choices of the form"
        remedy = f"add them in the form under {name}: choices{also}"
        remedy += f", or write `others: keep` there; or say what each means: {name}: {{answers: "
        remedy += f"{{{shown}: {quoted(close_word or '…')}}}}}"
    else:
        reason = f"under {header!r}, the form does not say what these answers mean"
        value = expected_text(name) if is_checked(name) else "…"
        remedy = f"add each in the form under {name}: answers{also}, as in {shown}: "
        remedy += f"({value})" if is_checked(name) else quoted(close_word or value)
        if not is_checked(name):
            remedy += ", or write `others: keep` there"
    table.add_answers_problem(name, positions_of, reason, remedy, "unknown_answer")
