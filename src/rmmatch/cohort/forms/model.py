"""What a form says: which question fills which column, and what its answers mean."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError

from rmmatch.cohort.forms.display import form_html, form_text
from rmmatch.cohort.forms.document import FormText, merged
from rmmatch.cohort.forms.fields import FormField, FormTable, Headers, Repeated
from rmmatch.cohort.forms.questions import FormAnswer, FormQuestion
from rmmatch.errors import FormError, Problem
from rmmatch.files.atomic import write_text
from rmmatch.files.documents import parse, problems_of, read_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Form", "FormAnswer", "FormField", "FormQuestion", "FormTable", "Repeated"]


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

    def every_field(self) -> list[tuple[str, FormField]]:
        """Return the fields of all tables, each with the name of its column."""
        tables = (self, *self.tables.values())
        return [entry for table in tables for entry in table.fields.items()]

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

    def __repr__(self) -> str:
        return form_text(tuple(self.fields), self.undecided)

    __str__ = __repr__

    def _repr_html_(self) -> str:
        return form_html(tuple(self.fields), self.undecided)

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
        is_number = not isinstance(number, FormQuestion) and str(number).isdecimal()
        if not is_number or not 1 <= int(number) <= len(self.undecided):
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
