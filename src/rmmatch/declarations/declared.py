"""What is declared in Python: mistakes are a `SchemeError`, as they are in a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from rmmatch.errors import Problem, SchemeError
from rmmatch.files.documents import problems_of

__all__ = ["Declared", "Many"]

if TYPE_CHECKING:
    # A list may be given where a tuple is kept.
    Many = Sequence
else:

    class Many:
        """``Many[str]``: any sequence for whoever declares, a tuple in what is declared."""

        def __class_getitem__(cls, item: Any) -> Any:
            return tuple[item, ...]


class Declared(BaseModel):
    """A model whose constructor raises one `SchemeError` with all problems.

    pydantic goes on to use its own `ValidationError` where the model is a part of another one, so
    that the problems of a whole scheme come together, each with its place in it.
    """

    if not TYPE_CHECKING:  # each class has a constructor of its own for type checkers

        def __init__(self, /, **data: Any) -> None:
            try:
                super().__init__(**data)
            except ValidationError as error:
                if type(self).__pydantic_custom_init__:  # pydantic calls it, and needs its error
                    raise
                raise SchemeError(type(self).problems_of(error, data)) from None

        # pydantic's own mark: this constructor validates, and need not be called while a model
        # is validated as a part of another one
        __init__.__pydantic_base_init__ = True

    @classmethod
    def problems_of(cls, error: ValidationError, data: Mapping[str, Any]) -> list[Problem]:
        """Return the errors of a validation in words.

        Parameters
        ----------
        error : ValidationError
        data : mapping
            What was given.
        """
        return problems_of(error, cls, data, cls.__name__, {})
