"""What criteria and rules have in common: how they are declared, registered and read back."""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PlainValidator,
    SerializerFunctionWrapHandler,
    StringConstraints,
    model_serializer,
)
from pydantic_core import CoreSchema, PydanticCustomError

from rmmatch.cohort import Cohort
from rmmatch.cohort.columns import column_name
from rmmatch.declarations.declared import Declared
from rmmatch.declarations.setting import Mismatch, SchemeContext, column_mismatches
from rmmatch.errors import Problem, SchemeError, nearest

if TYPE_CHECKING:
    pass

__all__ = [
    "ColumnName",
    "Declaration",
    "NotEmpty",
    "Reason",
    "Title",
    "any_of",
    "invalid_answer",
    "without_absent",
]

_MAX_TITLE_CHARACTERS = 80  # wording

# Written in a scheme as in the header of a table, kept as the cohort keeps it.
# The schema says that it is a column, for whoever makes a form of it.
ColumnName = Annotated[
    str, AfterValidator(column_name), Field(json_schema_extra={"kind": "column"})
]

# Why a rule or quota is needed, and who agreed to it: a sentence for people, empty where none is.
Reason = Annotated[str, StringConstraints(strip_whitespace=True)]


def _not_empty(values: Any) -> Any:
    if not values:
        raise ValueError("is empty")
    return values


# Unlike `min_length` it says nothing where an item of the list is already wrong.
NotEmpty = AfterValidator(_not_empty)


def _in_one_line(text: str) -> str:
    line = " ".join(text.split())
    if not line:
        raise ValueError("is empty: write a few words, or leave the line out")
    if len(line) > _MAX_TITLE_CHARACTERS or not line.isprintable():
        raise ValueError(f"must be at most {_MAX_TITLE_CHARACTERS} characters in one line")
    return line


# What the author of a scheme calls a criterion or a rule, in texts for people.
Title = Annotated[str, AfterValidator(_in_one_line)]


def without_absent(data: dict[str, Any]) -> dict[str, Any]:
    """Return plain data of a declaration without the keys that few have, where they say nothing.

    Parameters
    ----------
    data : dict
    """
    absent = {key for key in ("name", "any", "only_where") if data.get(key, "") is None}
    if "only_where" in absent and data.get("side") == "both":
        absent.add("side")  # which says whose answers `only_where` is about
    return {key: value for key, value in data.items() if key not in absent}


class Declaration(Declared, ABC):
    """A frozen declaration with a `type` by which a scheme file names it.

    A subclass with a ``type`` of its own is registered when its class statement runs. Running
    the same statement twice (a notebook cell) replaces the class; another class under a taken
    ``type`` is refused.
    """

    # Built when first used: a scheme uses few of them, and building all would double the import.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)

    family: ClassVar[str]
    registry: ClassVar[dict[str, type[Declaration]]]

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Register the class under its `type`."""
        super().__pydantic_init_subclass__(**kwargs)
        info = cls.model_fields.get("type")
        if info is None or not isinstance(info.default, str):
            return
        taken = cls.registry.get(info.default)
        if taken is not None and (taken.__module__, taken.__qualname__) != (
            cls.__module__,
            cls.__qualname__,
        ):
            raise TypeError(f"the {cls.family} type {info.default!r} is taken by {taken!r}")
        cls.registry[info.default] = cls

    @model_serializer(mode="wrap")
    def _without_absent_keys(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out what was not given of the keys that any criterion or rule may have."""
        return without_absent(dump(self))

    def columns_used(self) -> tuple[str, ...]:
        """Return the names of the cohort columns this declaration reads."""
        return ()

    def list_columns(self) -> tuple[str, ...]:
        """Return the columns of which each cell is read as a list of values."""
        return ()

    def misfits(self, cohort: Cohort, setting: SchemeContext) -> Iterator[Mismatch]:
        """Yield what this declaration needs and the cohort does not have.

        By default every column of `columns_used` must be in the tables of both sides.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        for name in self.columns_used():
            yield from column_mismatches(cohort, name)

    def remarks(self, cohort: Cohort, setting: SchemeContext) -> Iterator[str]:
        """Yield what a coordinator should know of, though nothing stops the run.

        Parameters
        ----------
        cohort : Cohort
        setting : SchemeContext
        """
        yield from ()

    def reads_sensitive(self, setting: SchemeContext) -> bool:
        """Tell whether a sensitive column is among the columns used.

        Parameters
        ----------
        setting : SchemeContext
        """
        return any(name in setting.sensitive for name in self.columns_used())


def invalid_answer(name: str, reason: str, *, code: str) -> SchemeError:
    """Return the error about what a user's own function returned.

    Parameters
    ----------
    name : str
        Of the criterion or rule.
    reason : str
        What is wrong.
    code : str
        Of the problem.
    """
    remedy = "return one value for each pair, in the shape (n_mentees, n_mentors)"
    return SchemeError([Problem("scheme", "", name, "", reason, remedy, code=code)])


class _FamilySchema:
    """JSON Schema of a family: one of the registered classes, whenever it is asked for."""

    def __init__(self, base: type[Declaration]) -> None:
        self.base = base

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        classes = [self.base.registry[tag] for tag in sorted(self.base.registry)]
        for cls in classes:
            cls.model_rebuild()
        return {
            "oneOf": [
                handler(cls.__pydantic_core_schema__)
                for cls in classes
                if not getattr(cls, "unsaveable", None)
            ]
        }


def any_of(base: Any, convert: Callable[[Any], Any] = lambda value: value) -> Any:
    """Return the annotated type "any registered member of this family".

    Parameters
    ----------
    base : type of Declaration
        The base class of the family.
    convert : callable
        Applied to a value first; turns a short form into a mapping or a member.
    """

    def known_types() -> list[str]:
        members = base.registry.items()
        return sorted(tag for tag, cls in members if not getattr(cls, "unsaveable", None))

    def validate(value: Any) -> Any:
        value = convert(value)
        if isinstance(value, base):
            return value
        if not isinstance(value, Mapping) or not isinstance(value.get("type"), str):
            raise PydanticCustomError(
                "no_type",
                "a {family} needs a `type`",
                {"family": base.family, "remedy": f"one of: {', '.join(known_types())}"},
            )
        tag = value["type"]
        if tag not in base.registry:
            nearest_type = nearest(tag, known_types())
            remedy = (
                f"did you mean {nearest_type!r}?"
                if nearest_type
                else f"one of: {', '.join(known_types())}"
            )
            raise PydanticCustomError(
                "unknown_type",
                "there is no {family} of type '{tag}'",
                {"family": base.family, "tag": tag, "remedy": remedy},
            )
        return base.registry[tag].model_validate(value)

    return Annotated[Any, PlainValidator(validate), _FamilySchema(base)]
