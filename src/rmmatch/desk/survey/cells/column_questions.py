"""What the cells of a column that feeds a field mean: what is sure, and what a person is asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rmmatch.cohort.answer_meanings import FIXED_FIELDS, Meaning, free_or_busy, meaning
from rmmatch.cohort.cells import YES_NO, list_items
from rmmatch.cohort.columns import PEOPLE_COLUMNS
from rmmatch.cohort.forms import FormAnswer, FormQuestion
from rmmatch.cohort.forms.document import merged
from rmmatch.cohort.forms.values import is_valid
from rmmatch.cohort.side import NUMBER_COLUMNS
from rmmatch.desk.survey.cells.grades import grade_spellings
from rmmatch.desk.survey.cells.separators import Separation, hard_pieces, separation
from rmmatch.desk.survey.cells.spellings import spelling_variants
from rmmatch.desk.survey.cells.tallies import cells_text, quoted_list, shortened, tally
from rmmatch.spelling import fold

__all__ = ["questions_of_column", "questions_of_grid"]

_LIST_FIELDS = frozenset({"goals", "speciality"})
# Neither compared nor in words: nothing of them can be asked.
_SILENT_FIELDS = frozenset({"id", "name", "email", "first_name", "last_name"})
_MAX_UNSURE = 30  # answers that need a meaning; a column with more is no fixed choice
_MAX_MEANINGS_SHOWN = 4  # of an answer's text; wording
_MAX_SHARE_DIFFERENT = 0.6  # of cells that differ, above which a column is free text
_MAX_DIFFERENT = 10_000  # values of one column, above which it is free text
_MAX_MEAN_WORDS = 6  # of the values of a column, above which it is free text
_MIN_FREE_TEXT = 12  # different values from which that is judged
_MIN_SHARE_RECURRING = 0.3  # of what separators part, below which a column is free text
_MAX_VARIANTS = 1_000  # other spellings in one column; more are free text
_MAX_LISTED_SPELLINGS = 40  # in the evidence; wording
_MAX_COLUMN_CHOICES = 60  # of a form; more are free text
_COMMA, _SLASH = ",", "/"
_KINDS = {
    "role": "Mentor, mentee or both",
    "attended_training": "Trained or not",
    "status": "Taking part, on the reserve list or withdrawn",
    "capacity": "How many places",
    "min_load": "How many partners at least",
    "priority": "How much priority",
    "availability": "Which times",
}
_SAFEST = {
    "role": "whoever does both stands on both sides",
    "capacity": "the first answer is the fewest places that people said",
    "attended_training": "the first answer counts them as not trained",
    "availability": "the first answer assumes no more time than people said",
    "status": "the first answer keeps them on the reserve list",
}

Change = dict[str, Any]


def questions_of_column(
    field: str,
    header: str,
    cells: Sequence[str | None],
    *,
    is_list: bool | None = None,
    is_sensitive: bool = False,
) -> tuple[Change, list[FormQuestion]]:
    """Return what is sure of the cells of a column, and what should be asked.

    Grids are asked for by `questions_of_grid`; lists of people, which need everybody, by
    `rmmatch.desk.survey.people.people_names.questions_of_people`.

    Parameters
    ----------
    field : str
        The column of a cohort that the cells feed.
    header : str
        As written; for questions.
    cells : sequence of str or None
    is_list : bool, optional
        Whether the field holds lists; by default goals and specialities do.
    is_sensitive : bool
        Its values are in no question.

    Returns
    -------
    tuple of (dict, list of FormQuestion)
        Keys of the field, such as ``{"answers": {"Both": "both"}}``, and questions, the most
        important first.

    Examples
    --------
    >>> cells = ["Mentor (senior)", "Mentee (resident)", "Both"]
    >>> questions_of_column("role", "I am a", cells)[0]
    {'answers': {'Mentee (resident)': 'mentee', 'Mentor (senior)': 'mentor'}}
    >>> cells = ["Teaching"] * 9 + ["Exams, Teaching", "Data, Exams"]
    >>> change, (question,) = questions_of_column("goals", "Topics", cells)
    >>> question.ask
    "'Teaching' stands alone in 9 cells, and 2 hold commas: split at commas?"
    >>> question.answers[0].change
    {'fields': {'goals': {'separator': ','}}}
    """
    if field in PEOPLE_COLUMNS or field in _SILENT_FIELDS:
        return {}, []
    counts = tally(cells)
    if not counts:
        return {}, []
    if field == "availability":
        return {}, [] if is_sensitive else _times_in_words(field, header, counts)
    if field in FIXED_FIELDS:
        return _fixed(field, header, counts, is_sensitive)
    values: Mapping[str, int] = counts
    change: Change = {}
    questions: list[FormQuestion] = []
    if field in _LIST_FIELDS if is_list is None else is_list:
        change, question, values = _listed(field, counts, is_sensitive)
        questions += [question] if question else []
    if not is_sensitive:
        questions += _spelling_questions(field, values)
    return change, questions


# Values of a field's own -----------------------------------------------------------------------


def _fixed(
    field: str, header: str, counts: Mapping[str, int], is_sensitive: bool
) -> tuple[Change, list[FormQuestion]]:
    sure: dict[str, str] = {}
    unsure: dict[str, Meaning] = {}
    for answer, entry in _meanings(field, counts).items():
        if entry is None or fold(entry.value) == fold(answer):
            continue
        if entry.is_sure:
            sure[answer] = entry.value
        else:
            unsure[answer] = entry
    change: Change = {"answers": dict(sorted(sure.items()))} if sure else {}
    if is_sensitive or not 0 < len(unsure) <= _MAX_UNSURE:
        return ({} if is_sensitive else change), []
    return change, [_meaning_question(field, header, counts, unsure)]


def _meanings(field: str, counts: Mapping[str, int]) -> dict[str, Meaning | None]:
    """Return what each answer means that the reader does not know of itself."""
    entries = {answer: meaning(field, answer) for answer in counts}
    if field in NUMBER_COLUMNS:
        return {answer: entry for answer, entry in entries.items() if not is_valid(field, answer)}
    if field == "attended_training":
        return {answer: entry for answer, entry in entries.items() if fold(answer) not in YES_NO}
    return entries


def _times_in_words(field: str, header: str, counts: Mapping[str, int]) -> list[FormQuestion]:
    """Return the question what words for times mean, such as "Flexible", alone or in a list."""
    pieces = hard_pieces(counts)
    unsure = _unread_times(pieces)
    change: Change = {}
    if any(_COMMA in piece for piece in pieces):
        parts: dict[str, int] = {}
        for piece, count in pieces.items():
            for text in filter(None, map(str.strip, piece.split(_COMMA))):
                parts[text] = parts.get(text, 0) + count
        unsure_parts = _unread_times(parts)
        # "Mon 9-11, 14-16" is no list at commas: its second time has no day.
        if len(unsure_parts) > len(unsure) and all(
            part in unsure_parts or is_valid("availability", part) for part in parts
        ):
            pieces, unsure, change = Counter(parts), unsure_parts, {"separator": _COMMA}
    if not 0 < len(unsure) <= _MAX_UNSURE:
        return []
    question = _meaning_question(field, header, pieces, unsure)
    answers = [
        FormAnswer(say=answer.say, change=merged(answer.change, _of_field(field, change)))
        if answer.change and change
        else answer
        for answer in question.answers
    ]
    return [question.model_copy(update={"answers": tuple(answers)})]


def _unread_times(pieces: Mapping[str, int]) -> dict[str, Meaning]:
    entries = {piece: meaning("availability", piece) for piece in pieces}
    return {
        piece: entry
        for piece, entry in entries.items()
        if entry and not is_valid("availability", piece)
    }


def _meaning_question(
    field: str,
    header: str,
    counts: Mapping[str, int],
    unsure: Mapping[str, Meaning],
    kind: str = "",
) -> FormQuestion:
    """Return one question for all answers of a column whose meaning is a guess."""
    shown = {answer: counts.get(answer, 1) for answer in unsure}
    first = {answer: entry.value for answer, entry in unsure.items()}
    second = {answer: entry.second or entry.value for answer, entry in unsure.items()}
    answers = [_meaning_answer(field, first)]
    if second != first:
        answers.append(_meaning_answer(field, second))
    answers.append(FormAnswer(say="something else: I shall write it in the form, under `answers:`"))
    many = "does" if len(unsure) == 1 else "do"
    place = "" if fold(header) == fold(field) else f", under {shortened(header)!r}"
    return FormQuestion(
        about=field,
        ask=f"{kind or _KINDS[field]}: what {many} {quoted_list(shown)} mean{place}?",
        evidence=_SAFEST.get(field, ""),
        answers=tuple(answers),
    )


def _meaning_answer(field: str, values: Mapping[str, str]) -> FormAnswer:
    if len(values) == 1:
        (value,) = values.values()
        return FormAnswer(say=value, change=_of_field(field, {"answers": dict(values)}))
    texts = [
        f"{shortened(answer)!r}: {value}"
        for answer, value in [*values.items()][:_MAX_MEANINGS_SHOWN]
    ]
    if len(values) > _MAX_MEANINGS_SHOWN:
        texts.append(f"and {len(values) - _MAX_MEANINGS_SHOWN} more")
    return FormAnswer(say=", ".join(texts), change=_of_field(field, {"answers": dict(values)}))


def questions_of_grid(
    field: str, header: str, columns: Sequence[Sequence[str | None]], *, has_times: bool = True
) -> tuple[Change, list[FormQuestion]]:
    """Return what is sure of the cells of a grid of days and times, and what should be asked.

    Parameters
    ----------
    field : str
        ``availability``.
    header : str
        What the headers of the grid have in common; for questions.
    columns : sequence of sequence of str or None
        The cells of each of its columns.
    has_times : bool
        Whether the headers say the time; else the cells do.

    Examples
    --------
    >>> columns = [["Available", "Maybe", "Not available"], ["Available", None, "Maybe"]]
    >>> change, (question,) = questions_of_grid("availability", "{day} [{time}]", columns)
    >>> change
    {'answers': {'Available': 'free', 'Not available': 'busy'}}
    >>> question.ask
    "Free or busy: what does 'Maybe' (2 cells) mean, under '{day} [{time}]'?"
    """
    counts = tally(cell for column in columns for cell in column)
    if not has_times:
        return _times_in_cells(field, header, counts)
    sure: dict[str, str] = {}
    unsure: dict[str, Meaning] = {}
    for answer in counts:
        entry = free_or_busy(answer)
        if entry is not None and entry.is_sure:
            sure[answer] = entry.value
        elif entry is not None:
            unsure[answer] = entry
    if not sure or len(unsure) > _MAX_UNSURE:
        return {}, []
    change: Change = {"answers": dict(sorted(sure.items()))}
    if not unsure:
        return change, []
    return change, [_meaning_question(field, header, counts, unsure, "Free or busy")]


def _times_in_cells(
    field: str, header: str, counts: Mapping[str, int]
) -> tuple[Change, list[FormQuestion]]:
    """Return what the words of a grid mean whose cells say the time of a day."""
    unsure: dict[str, Meaning] = {}
    sure: dict[str, str] = {}
    pieces: dict[str, int] = {}
    for cell, count in counts.items():
        for piece in list_items(cell.replace(_COMMA, ";")):
            pieces[piece] = pieces.get(piece, 0) + count
    for piece in tally(piece for piece in pieces):
        if is_valid("availability", f"Mon {piece}"):
            continue
        entry = meaning(field, piece)
        if entry is not None:
            time = entry.value.removeprefix("weekdays ")
            unsure[piece] = Meaning(time, is_sure=False)
        elif (free := free_or_busy(piece)) is not None and free.is_sure and free.value == "busy":
            sure[piece] = free.value
    change: Change = {"cells": "times"}
    if sure:
        change["answers"] = sure
    if not 0 < len(unsure) <= _MAX_UNSURE:
        return change, []
    return change, [_meaning_question(field, header, pieces, unsure)]


# Lists ----------------------------------------------------------------------------------------


def _listed(
    field: str, counts: Mapping[str, int], is_sensitive: bool
) -> tuple[Change, FormQuestion | None, Mapping[str, int]]:
    """Return what is sure of a list, the question, and the values as they would be split."""
    pieces = dict(hard_pieces(counts))
    n_cells = {
        separator: sum(n for cell, n in counts.items() if separator in cell)
        for separator in (_COMMA, _SLASH)
    }
    for separator in (_COMMA, _SLASH):
        if not n_cells[separator]:
            continue
        parts = separation(pieces, separator)
        if not parts.joined or not _is_convincing(parts):
            continue
        question = _separator_question(field, parts, is_sensitive, has_hard_breaks=pieces != counts)
        return {}, question, parts.pieces
    if n_cells[_COMMA] and any(";" in cell for cell in counts):
        # Semicolons separate here, and no text between commas stands anywhere else.
        return {"separator": ";"}, None, pieces
    return {}, None, pieces


def _is_convincing(parts: Separation) -> bool:
    """Whether texts between separators are seen elsewhere too, as answers of their own."""
    recurring = parts.recurring
    uses = sum(parts.pieces[piece] for piece in recurring)
    if uses < _MIN_SHARE_RECURRING * sum(parts.pieces.values()):
        return False  # free text, in which a few words happen to recur
    if parts.separator == _SLASH:
        return len([piece for piece in recurring if parts.alone.get(piece)]) > 1
    return bool(recurring)


def _separator_question(
    field: str, parts: Separation, is_sensitive: bool, *, has_hard_breaks: bool
) -> FormQuestion:
    name = "commas" if parts.separator == _COMMA else "slashes"
    ask = f"{parts.with_separator:,} hold {name}: split at {name}?"
    alone = [piece for piece in parts.recurring if parts.alone.get(piece)]
    if not is_sensitive and alone:
        best = max(alone, key=lambda piece: (parts.separator not in piece, parts.alone[piece]))
        shown = f"{shortened(best)!r} stands alone in {cells_text(parts.alone[best])}"
        ask = f"{shown}, and {parts.with_separator:,} hold {name}: split at {name}?"
    elif not is_sensitive:
        best = parts.recurring[0]
        shown = f"{shortened(best)!r} stands in {cells_text(parts.pieces[best])}"
        ask = f"{shown} beside other answers, and {parts.with_separator:,} hold {name}: "
        ask += f"split at {name}?"
    else:
        ask = f"{cells_text(parts.with_separator)} of {field} {ask.split(' ', 1)[1]}"
    answers = []
    evidence = f"{len(parts.recurring):,} answers stand in several cells, "
    evidence += f"{parts.joined:,} cells hold several answers"
    choices = parts.choices if len(parts.choices) <= _MAX_COLUMN_CHOICES else ()
    if choices and not is_sensitive:
        held = [choice for choice in choices if parts.separator in choice]
        ask = ask.removesuffix(f": split at {name}?")
        ask += f", though some answers hold {name} themselves, such as {shortened(held[0])!r}: "
        ask += f"split into the {len(choices)} answers that recur?"
        entry: Change = {"separator": parts.separator, "choices": list(choices)}
        if parts.strays:
            entry["others"] = "keep"
        answers.append(
            FormAnswer(
                say="yes: " + ", ".join(f"'{shortened(choice)}'" for choice in choices),
                change=_of_field(field, entry),
            )
        )
        evidence += f"; {len(held)} answers hold {name} themselves"
        if parts.strays:
            evidence += f"; {parts.strays:,} answers are written once, and are kept as written"
    answers.append(
        FormAnswer(
            say=f"at every one of the {name}, but not in brackets" if answers else "yes",
            change=_of_field(field, {"separator": parts.separator}),
        )
    )
    if has_hard_breaks:
        evidence += "; other cells have semicolons or line breaks, which separate as well"
    answers.append(
        FormAnswer(say="no, leave each cell as it is", change=_of_field(field, {"separator": ";"}))
    )
    return FormQuestion(about=field, ask=ask, evidence=evidence, answers=tuple(answers))


# Spellings ------------------------------------------------------------------------------------


def _spelling_questions(field: str, values: Mapping[str, int]) -> list[FormQuestion]:
    if _is_free_text(values):
        return []
    ordered = dict(sorted(values.items(), key=lambda item: (-item[1], item[0])))
    spellings = grade_spellings(ordered) if field == "grade" else {}
    taken = {text for main, texts in spellings.items() for text in (main, *texts)}
    remaining = {value: count for value, count in ordered.items() if value not in taken}
    spellings = {**spellings, **spelling_variants(remaining)}
    n_variants = sum(map(len, spellings.values()))
    if not 0 < n_variants <= _MAX_VARIANTS:
        return []
    texts = [
        f"{' and '.join(repr(shortened(text)) for text in written[:3])} for "
        f"{shortened(main)!r} ({cells_text(ordered.get(main, 0))})"
        for main, written in spellings.items()
    ]
    listed = "; ".join(texts[:_MAX_MEANINGS_SHOWN])
    if len(texts) > _MAX_MEANINGS_SHOWN:
        listed += f"; and {len(texts) - _MAX_MEANINGS_SHOWN:,} more"
    many = "1 value looks" if n_variants == 1 else f"{n_variants:,} values look"
    change = {"spellings": {main: list(written) for main, written in spellings.items()}}
    return [
        FormQuestion(
            about=field,
            ask=f"{many} like another spelling: {listed}. Are they the same?",
            evidence="; ".join(texts[:_MAX_LISTED_SPELLINGS])
            if len(texts) > _MAX_MEANINGS_SHOWN
            else "",
            answers=(
                FormAnswer(say="yes, the same", change=_of_field(field, change)),
                FormAnswer(say="no, they are different"),
            ),
        )
    ]


def _is_free_text(values: Mapping[str, int]) -> bool:
    """Whether values are no choices: nearly all are different, far too many, or sentences."""
    if len(values) < _MIN_FREE_TEXT:
        return False
    n_words = sum(len(value.split()) for value in values)
    return len(values) > min(
        _MAX_DIFFERENT, _MAX_SHARE_DIFFERENT * sum(values.values())
    ) or n_words > _MAX_MEAN_WORDS * len(values)


def _of_field(field: str, change: Change) -> Change:
    return {"fields": {field: change}}
