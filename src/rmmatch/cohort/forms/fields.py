"""Where a column comes from and what its answers mean: the fields of a form, and its tables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)

from rmmatch.cohort.columns import STANDARD_COLUMNS, column_name
from rmmatch.cohort.forms.values import expected_text, is_checked, is_valid
from rmmatch.files.documents import quoted
from rmmatch.spelling import fold

__all__ = ["FORM_CONFIG", "FormField", "FormTable", "Headers", "Repeated"]

FORM_CONFIG = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False)


_TEXT_SCHEMA = {"type": ["string", "number", "boolean"]}
_TEXTS_SCHEMA = {"anyOf": [_TEXT_SCHEMA, {"type": "array", "items": _TEXT_SCHEMA}]}


def _as_text(value: Any) -> Any:
    """Take a number for its digits: answers are text, whatever YAML makes of them."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str | int | float) else value


Cell = Annotated[str, BeforeValidator(_as_text), WithJsonSchema(_TEXT_SCHEMA)]
Headers = Annotated[tuple[Cell, ...], BeforeValidator(_as_list), WithJsonSchema(_TEXTS_SCHEMA)]


def _with_short_form(schema: dict[str, Any], handler: Any, short: dict[str, Any]) -> dict[str, Any]:
    """Return a JSON Schema that allows a short form too."""
    body = handler.resolve_ref_schema(schema)
    long = dict(body)
    body.clear()
    body["anyOf"] = [short, long]
    return schema


class FormField(BaseModel):
    """Where one column of a cohort comes from, and what its answers mean.

    In a file a header alone, or a list of headers, is short for ``{from: …}``. Exactly one of
    `headers`, `mint`, `grid`, `boxes` and `ranks` says where it comes from.

    Attributes
    ----------
    headers : tuple of str
        Under ``from:`` in a file. Several are joined: names by a space, lists in order; of any
        other column the one that is filled counts.
    mint : tuple of str
        Of ``id`` only: columns whose values make an id that next year's export repeats.
    grid : str
        The header of each column of a grid, with ``{day}``, ``{time}`` or both where they stand.
    cells : {'answers', 'times', 'days'}
        What the cells of a grid hold: an answer of `answers`, times, or days.
    minutes : int, optional
        Length of a slot of a grid whose header names only its start.
    boxes : dict of str to str
        One column a choice: header → choice, where a ticked box is 1, x, yes or the choice.
    ranks : dict of str to str
        One column a choice, with its rank in the cell: header → choice.
    answers : dict of str to str
        Answer as written → value that is meant.
    separator : str, optional
        What stands between several answers in one cell.
    choices : tuple of str
        The choices of the question, so that a separator within one does not split it.
    others : {'refuse', 'keep'}
        What to do with an answer that is no choice: refuse the export, or keep it as written.
    spellings : dict of str to tuple of str
        Value → other ways it is written.
    each_side : bool
        Of ``id`` only: the ids of each table were numbered for themselves.
    default : str, optional
        Value of an empty cell.
    """

    model_config = FORM_CONFIG

    headers: Annotated[Headers, Field(alias="from")] = ()
    mint: Headers = ()
    grid: str = ""
    cells: Literal["answers", "times", "days"] = "answers"
    minutes: Annotated[int, Field(ge=1, le=1440)] | None = None
    boxes: dict[Cell, Cell] = Field(default_factory=dict)
    ranks: dict[Cell, Cell] = Field(default_factory=dict)
    answers: dict[Cell, Cell] = Field(default_factory=dict)
    separator: str | None = None
    choices: tuple[Cell, ...] = ()
    others: Literal["refuse", "keep"] = "refuse"
    spellings: dict[Cell, Headers] = Field(default_factory=dict)
    each_side: bool = False
    default: Cell | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        """Take a header, or a list of headers, for where the field comes from."""
        return value if isinstance(value, Mapping | FormField) else {"from": value}

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        sources = ("headers", "mint", "grid", "boxes", "ranks")
        names = [name for name in sources if getattr(self, name)]
        if len(names) != 1:
            raise ValueError("needs one of `from:`, `grid:`, `boxes:`, `ranks:` and `mint:`")
        if self.separator == "":
            raise ValueError("`separator:` is empty: write what stands between two answers")
        return self

    @model_validator(mode="after")
    def _has_a_grid_with_places(self) -> Self:
        needed = {"times": "{day}", "days": "{time}"}.get(self.cells, "")
        if self.grid and not ("{day}" in self.grid or "{time}" in self.grid):
            raise ValueError("`grid:` needs {day}, {time} or both, where the headers have them")
        if needed and needed not in self.grid:
            raise ValueError(f"`cells: {self.cells}` needs `grid:` with {needed}")
        return self

    @model_validator(mode="after")
    def _means_one_thing_by_a_word(self) -> Self:
        pairs = [
            *((answer, value) for answer, value in self.answers.items()),
            *((way, value) for value, ways in self.spellings.items() for way in ways),
        ]
        meanings: dict[str, str] = {}
        for word, value in pairs:
            if fold(meanings.setdefault(fold(word), value)) != fold(value):
                raise ValueError(
                    f"{word!r} means two things here: {meanings[fold(word)]!r} and {value!r}"
                )
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> dict[str, Any]:
        """Allow a header, or a list of headers, in the schema too."""
        return _with_short_form(handler(core_schema), handler, _TEXTS_SCHEMA)


class Repeated(BaseModel):
    """What to do where a person has several rows.

    Attributes
    ----------
    keep : {'error', 'latest', 'join'}
        Refuse; the latest row counts; one row an answer, so that lists are joined.
    by : str
        The header with the time of the answer, for ``latest``.
    """

    model_config = FORM_CONFIG

    keep: Literal["error", "latest", "join"] = "error"
    by: str = ""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"keep": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _latest_goes_by_a_column(self) -> Self:
        if (self.keep == "latest") != bool(self.by):
            raise ValueError("`keep: latest` and `by:`, the column of the time, need each other")
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> dict[str, Any]:
        """Allow a word alone in the schema too."""
        return _with_short_form(handler(core_schema), handler, {"enum": ["error", "join"]})


def _as_stored(fields: dict[str, FormField]) -> dict[str, FormField]:
    names = [column_name(name) for name in fields]
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated:
        raise ValueError(f"has the field {repeated!r} twice")
    for name, field in fields.items():
        if column_name(name) not in STANDARD_COLUMNS and len(field.headers) == 1:
            target = column_name(field.headers[0])
            if target in STANDARD_COLUMNS and re.search(r"[^\w-]", name.strip()):
                raise ValueError(
                    f"{name!r} is turned round: write the column first, {target}: {quoted(name)}"
                )
        _check_field(column_name(name), field)
    return dict(zip(names, fields.values(), strict=True))


def _check_field(name: str, field: FormField) -> None:
    """Refuse what only some columns can have."""
    if name != "id" and (field.mint or field.each_side):
        raise ValueError(f"{name}: `mint:` and `each_side:` are for id alone")
    if field.grid and name != "availability":
        raise ValueError(f"{name}: `grid:` is for availability alone")
    if not is_checked(name) or field.grid:
        return
    values = [*field.answers.values(), *((field.default,) if field.default is not None else ())]
    wrong = next((value for value in values if value and not is_valid(name, value)), None)
    if wrong is not None:
        raise ValueError(f"{name}: {wrong!r} must be {expected_text(name)}")


Fields = Annotated[dict[str, FormField], AfterValidator(_as_stored)]


class FormTable(BaseModel):
    """How one table of an export is read.

    Attributes
    ----------
    fields : dict of str to FormField
        By the names of the columns of a cohort.
    repeated : Repeated, optional
    dates : {'day_first', 'month_first'}, optional
        How dates that are text are written, where the file itself leaves it open.
    ignore : tuple of str
        Headers that are not read.
    sheet : str
        Of a workbook; empty for the sheet that fits.
    header : int, optional
        The row of the headers, from 1.
    """

    model_config = FORM_CONFIG

    fields: Fields = Field(default_factory=dict)
    repeated: Repeated | None = None
    dates: Literal["day_first", "month_first"] | None = None
    ignore: Headers = ()
    sheet: str = ""
    header: Annotated[int, Field(ge=1, le=1000)] | None = None
