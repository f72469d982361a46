"""The templates of pages, always escaped, with nothing that hides in a text."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from rmmatch.errors import MissingExtraError
from rmmatch.spelling import visible_text

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["page_environment", "page_text", "static_text"]

_PACKAGE = "rmmatch.desk.page"


def _finalised(value: Any) -> Any:
    """Return what a template writes for a value; marked text is a template's own."""
    if value is None:
        return ""
    return visible_text(value) if type(value) is str else value


@cache
def page_environment() -> Environment:
    """Return the templates of all pages, with escaping on and no name that may be missing.

    Raises
    ------
    MissingExtraError
        Jinja2 is not installed.
    """
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
    except ImportError:
        raise MissingExtraError("Jinja2", "report", "writing a page") from None
    return Environment(
        loader=PackageLoader(_PACKAGE),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalised,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page_text(template: str, **values: Any) -> str:
    """Return a page, or a piece of one, as HTML.

    Parameters
    ----------
    template : str
        Name of a file in ``desk/page/templates``.
    **values
        What it shows.

    Raises
    ------
    MissingExtraError
        Jinja2 is not installed.
    """
    return page_environment().get_template(template).render(**values)


@cache
def static_text(name: str) -> str:
    """Return a file of ``desk/page/static``: a style sheet or a script of our own.

    Parameters
    ----------
    name : str
    """
    return files(_PACKAGE).joinpath("static", name).read_text(encoding="utf-8")
