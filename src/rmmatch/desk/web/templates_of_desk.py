"""The templates of the desk's own pages, beside those that all pages share."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from rmmatch.desk.page.rendering import page_environment

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["desk_environment", "desk_text", "static_bytes"]

_PACKAGE = "rmmatch.desk.web"
_TYPES = {
    "htmx.min.js": "text/javascript",
    "desk.js": "text/javascript",
    "desk.css": "text/css",
    "page.css": "text/css",
    "icon.svg": "image/svg+xml",
}


@cache
def desk_environment() -> Environment:
    """Return the templates of the desk; like those of all pages, always escaped.

    Raises
    ------
    MissingExtraError
        Jinja2 is not installed.
    """
    shared = page_environment()
    from jinja2 import ChoiceLoader, PackageLoader
    from markupsafe import escape

    assert shared.loader is not None
    environment = shared.overlay(loader=ChoiceLoader([PackageLoader(_PACKAGE), shared.loader]))
    # for boxes that a text of several lines is typed in: elsewhere lines are joined
    environment.filters = {**shared.filters, "typed": escape}
    return environment


def desk_text(template: str, **values: Any) -> str:
    """Return a page of the desk, or a piece of one, as HTML.

    Parameters
    ----------
    template : str
    **values
        What it shows.
    """
    return desk_environment().get_template(template).render(**values)


@cache
def static_bytes(name: str) -> tuple[bytes, str] | None:
    """Return a style sheet, script or picture with its type; None for any other name.

    Parameters
    ----------
    name : str
        One of a fixed list: no path is made of it.
    """
    if name not in _TYPES:
        return None
    package = "rmmatch.desk.page" if name == "page.css" else _PACKAGE
    return files(package).joinpath("static", name).read_bytes(), _TYPES[name]
