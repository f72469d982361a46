"""What a form says: which question fills which column, and what its answers mean."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from rmmatch.cohort.columns import STANDARD_COLUMNS, column_name
from rmmatch.cohort.forms.document import FormText, merged
from rmmatch.cohort.forms.values import expected_text, is_checked, is_valid
from rmmatch.errors import FormError, Problem
from rmmatch.files.atomic import write_text
from rmmatch.files.documents import parse, problems_of, read_text
from rmmatch.spelling import fold

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Form", "FormAnswer", "FormField", "FormQuestion", "FormTable", "Repeated"]

_CONFIG = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False)


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

    model_config = _CONFIG

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

    model_config = _CONFIG

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
                line = json.dumps(name, ensure_ascii=False)
                raise ValueError(
                    f"{name!r} is turned round: write the column first, {target}: {line}"
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

    model_config = _CONFIG

    fields: Fields = Field(default_factory=dict)
    repeated: Repeated | None = None
    dates: Literal["day_first", "month_first"] | None = None
    ignore: Headers = ()
    sheet: str = ""
    header: Annotated[int, Field(ge=1, le=1000)] | None = None


class FormAnswer(BaseModel):
    """One answer to a question about a form: what it says, and what it writes into the form.

    Attributes
    ----------
    say : str
    change : dict
        Keys of the form, merged into it.
    """

    model_config = _CONFIG

    say: str
    change: dict[str, Any] = Field(default_factory=dict)


class FormQuestion(BaseModel):
    """What a person should decide before a form is relied on.

    Attributes
    ----------
    about : str
        The field.
    ask : str
        The question.
    evidence : str
        What was seen in the export.
    answers : tuple of FormAnswer
        The likeliest first.
    """

    model_config = _CONFIG

    about: str
    ask: str
    evidence: str = ""
    answers: tuple[FormAnswer, ...] = ()


class Form(FormTable):
    """How one survey form is read.

    Attributes
    ----------
    version : 1
    fields, repeated, dates, ignore, sheet, header
        As in `FormTable`, for every table.
    people : dict of str to str
        Whom a name in a list of people means: an id, an e-mail address, or ``outside``.
    sensitive : tuple of str
        Columns whose values are not shown; they join those of the scheme.
    tables : dict of str to FormTable
        What differs in the table of the ``mentors`` or of the ``mentees``.
    undecided : tuple of FormQuestion
        Open questions: a cohort is refused while one is about a column that protects people or
        that the scheme reads.

    Examples
    --------
    >>> form = Form.from_text('''
    ... version: 1
    ... fields:
    ...   id: Email
    ...   name: [First name, Last name]
    ...   goals: {from: What would you like to work on?, separator: ","}
    ... ''')
    >>> form.fields["name"].headers, form.fields["goals"].separator
    (('First name', 'Last name'), ',')
    """

    # not frozen: answering a question changes it, as editing its file does
    model_config = ConfigDict(
        extra="forbid", frozen=False, populate_by_name=True, allow_inf_nan=False
    )

    version: Literal[1] = 1
    people: dict[str, str] = Field(default_factory=dict)
    sensitive: Headers = ()
    tables: dict[Literal["mentors", "mentees"], FormTable] = Field(default_factory=dict)
    undecided: tuple[FormQuestion, ...] = ()

    _text: FormText | None = PrivateAttr(default=None)
    _source: str = PrivateAttr(default="form")

    def table(self, role: Literal["mentee", "mentor"] | None) -> FormTable:
        """Return how the table of one role is read.

        Parameters
        ----------
        role : {'mentee', 'mentor'} or None
            None for a table of everybody.
        """
        common = {name: getattr(self, name) for name in FormTable.model_fields}
        own = self.tables.get(f"{role}s") if role else None  # type: ignore[call-overload]
        if own is None:
            return FormTable.model_construct(**common)
        changed = {name: getattr(own, name) for name in own.model_fields_set}
        changed["fields"] = {**self.fields, **own.fields}
        changed["ignore"] = (*self.ignore, *own.ignore)
        return FormTable.model_construct(**{**common, **changed})

    @property
    def source(self) -> str:
        """The name of its file, for messages."""
        return self._source

    @property
    def digest(self) -> str:
        """Eight characters that stand for what the form says, comments apart."""
        text = json.dumps(self.to_dict(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]

    def __eq__(self, other: object) -> bool:
        """Whether two forms say the same; comments and names of files do not count."""
        return isinstance(other, Form) and self.to_dict() == other.to_dict()

    # --- questions --------------------------------------------------------------------------

    @property
    def questions(self) -> pd.DataFrame:
        """Open questions, numbered from 1: columns about, question, evidence, answers."""
        import pandas as pd

        rows = [
            (
                question.about,
                question.ask,
                question.evidence,
                " / ".join(
                    f"{place}: {answer.say}" for place, answer in enumerate(question.answers, 1)
                ),
            )
            for question in self.undecided
        ]
        return pd.DataFrame(
            rows,
            columns=["about", "question", "evidence", "answers"],
            index=pd.RangeIndex(1, len(rows) + 1, name="number"),
            dtype=object,
        )

    def accept(self, question: int | FormQuestion | Any, answer: int = 1) -> Self:
        """Answer a question: what the answer says is written into this form.

        Parameters
        ----------
        question : int, FormQuestion or row of `questions`
            A number as in `questions`.
        answer : int
            Which of its answers, from 1.

        Returns
        -------
        Form
            The same form.

        Raises
        ------
        ValueError
            There is no such question or answer.
        """
        place = self._place_of(question)
        answers = self.undecided[place].answers
        if not 1 <= answer <= len(answers):
            raise ValueError(f"question {place + 1} has the answers 1 to {len(answers)}")
        remaining = self.undecided[:place] + self.undecided[place + 1 :]
        self._change(answers[answer - 1].change, remaining)
        return self

    def _place_of(self, question: Any) -> int:
        if isinstance(question, FormQuestion) and question in self.undecided:
            return self.undecided.index(question)
        number = getattr(question, "name", question)  # a row of a DataFrame has its number there
        if isinstance(number, FormQuestion) or not 1 <= int(number) <= len(self.undecided):
            raise ValueError(f"there is no question {number!r}: see `questions`")
        return int(number) - 1

    def _change(self, change: Mapping[str, Any], remaining: tuple[FormQuestion, ...]) -> None:
        data = merged(self.to_dict(), change)
        data["undecided"] = [plain(question) for question in remaining]
        new = type(self).from_dict(data, source=self._source)
        for name in type(self).model_fields:
            setattr(self, name, getattr(new, name))
        if self._text is not None:
            self._text.merge(change, data["undecided"])

    # --- in and out -------------------------------------------------------------------------

    @classmethod
    def from_file(cls, path: str | Path) -> Self:
        """Read a form from a YAML or JSON file.

        Parameters
        ----------
        path : str or Path

        Raises
        ------
        FormError
            With every problem of the file: line, path, value, what was expected.
        """
        path = Path(path)
        return cls.from_text(read_text(path, FormError), source=path.name)

    @classmethod
    def from_text(cls, text: str, *, source: str = "form") -> Self:
        """Read a form from YAML or JSON text; `to_yaml` gives its comments back.

        Parameters
        ----------
        text : str
        source : str
            Names the text in errors.

        Raises
        ------
        FormError
            With every problem of the text.
        """
        data, lines = parse(text, source, FormError)
        form = cls._validated(data, source, lines)
        form._text = FormText(text)
        return form

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], *, source: str = "form") -> Self:
        """Make a form of plain data.

        Parameters
        ----------
        data : mapping
            Keys and values as a file has them.
        source : str
            Names the data in errors.

        Raises
        ------
        FormError
            With every problem of the data.
        """
        return cls._validated(data, source, {})

    @classmethod
    def _validated(cls, data: Any, source: str, lines: Mapping[Any, int]) -> Self:
        try:
            form = cls.model_validate(data)
        except ValidationError as error:
            problems: list[Problem] = problems_of(error, cls, data, source, dict(lines))
            raise FormError(problems) from None
        form._source = source
        return form

    def to_dict(self) -> dict[str, Any]:
        """Return the form as plain data, only what was set."""
        return {"version": 1, **plain(self)}

    def to_yaml(self) -> str:
        """Return the form as YAML text, with the comments of the text it was read from."""
        text = self._text or FormText.of(self.to_dict())
        return text.to_yaml()

    def to_json(self) -> str:
        """Return the form as JSON text that `from_text` reads back."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False)

    def to_file(self, path: str | Path) -> None:
        """Write the form: JSON where the name ends in ``.json``, else YAML.

        Parameters
        ----------
        path : str or Path
        """
        path = Path(path)
        write_text(path, self.to_json() if path.suffix == ".json" else self.to_yaml())

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return the JSON Schema of a form file."""
        return cls.model_json_schema(mode="validation")


def plain(model: BaseModel) -> dict[str, Any]:
    """Return a part of a form as plain data: what was set, a lone header without its brackets.

    Parameters
    ----------
    model : BaseModel
    """
    data: dict[str, Any] = json.loads(model.model_dump_json(by_alias=True, exclude_defaults=True))
    return {key: _shortened(value) for key, value in data.items()}


def _shortened(value: Any) -> Any:
    if isinstance(value, dict):
        short = {key: _shortened(item) for key, item in value.items()}
        if isinstance(short.get("from"), list) and len(short["from"]) == 1:
            short["from"] = short["from"][0]
        return short["from"] if short.keys() == {"from"} else short
    return [_shortened(item) for item in value] if isinstance(value, list) else value
