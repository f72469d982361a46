"""The page that prints: every letter on a sheet of its own, in one file without network."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files

from rmmatch.desk.letters.rows import Letter
from rmmatch.desk.letters.wording import letter_paragraphs
from rmmatch.errors import MissingExtraError

__all__ = ["print_page_text"]


def print_page_text(letters: Sequence[Letter], *, title: str, status: str) -> str:
    """Return the page as HTML.

    Parameters
    ----------
    letters : sequence of Letter
    title : str
    status : str
        Stands on every letter; empty where the pairing is approved.

    Raises
    ------
    MissingExtraError
        Jinja2 is not installed.
    """
    try:
        from jinja2 import StrictUndefined
        from jinja2.sandbox import ImmutableSandboxedEnvironment
    except ImportError:
        raise MissingExtraError("Jinja2", "letters", "the page that prints") from None
    environment = ImmutableSandboxedEnvironment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    source = files("rmmatch.desk.letters").joinpath("templates", "print.html").read_text("utf-8")
    sheets = [(letter.fields["date"], letter_paragraphs(letter)) for letter in letters]
    return environment.from_string(source).render(title=title, status=status, sheets=sheets)
