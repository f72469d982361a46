"""The page of review as one file: no server, nothing from outside, decisions out as csv."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from rmmatch.desk.page.rendering import page_text, static_text
from rmmatch.desk.page.views import KEEP, TURN_DOWN, review_view
from rmmatch.files.atomic import write_record
from rmmatch.matching import Result

__all__ = ["review_page_text", "write_review_page"]

_POLICY = (
    "default-src 'none'; style-src '{style}'; script-src '{script}'; "
    "base-uri 'none'; form-action 'none'"
)


def write_review_page(
    result: Result, path: str | Path, *, emails: bool = False, explanations: bool = True
) -> None:
    """Write the page of review, whole or not at all; see `Result.report`.

    Parameters
    ----------
    result : Result
    path : str or Path
    emails, explanations : bool
        As of `Result.report`.

    Raises
    ------
    MissingExtraError
        Jinja2 is not installed.
    NoMatchingError
        The result has no matching.
    RecordError
        The file cannot be written; or the run was loaded without the sensitive columns its rules
        need.
    """
    write_record(Path(path), review_page_text(result, emails=emails, explanations=explanations))


def review_page_text(result: Result, *, emails: bool = False, explanations: bool = True) -> str:
    """Return the page of review as HTML.

    It may do nothing but what it does: by its own policy a browser runs this style and this script
    and loads nothing.

    Parameters
    ----------
    result : Result
    emails, explanations : bool
        As of `Result.report`.

    Raises
    ------
    MissingExtraError, NoMatchingError, RecordError
        As of `write_review_page`.
    """
    is_open = result.review.state != "approved"
    view = review_view(
        result,
        actions=(KEEP, TURN_DOWN) if is_open else (),
        emails=emails,
        explanations=explanations,
    )
    style, script = static_text("page.css"), static_text("review.js")
    policy = _POLICY.format(style=_digest(style), script=_digest(script))
    return page_text(
        "review.html", view=view, policy=policy, style=_as_is(style), script=_as_is(script)
    )


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _as_is(own_text: str) -> object:
    """Return a style sheet or a script of our own as a template writes it: unchanged."""
    from markupsafe import Markup

    return Markup(own_text)  # noqa: S704 - a file of this package
