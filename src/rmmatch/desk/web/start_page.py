"""The first page: where things stand, and what comes next."""

from __future__ import annotations

from starlette.responses import Response

from rmmatch.desk.web.answering import Asked, html, in_page
from rmmatch.desk.web.desk import Desk

__all__ = ["close", "name", "start"]


def start(desk: Desk, asked: Asked) -> Response:
    """Return the page.

    Parameters
    ----------
    desk : Desk
    asked : Asked
    """
    folder = desk.folder
    run = folder.current
    has_scheme = (folder.path / "scheme.yaml").exists()
    return in_page(
        desk,
        "start",
        "start.html",
        by=folder.by,
        run=run,
        has_scheme=has_scheme,
        has_people=(folder.path / "mentors.csv").exists(),
        n_questions=sum(question.is_blocking for question in folder.questions),
        past_runs=[past for past in folder.runs if run is None or past.name != run.name],
        path=str(folder.path),
    )


def name(desk: Desk, asked: Asked) -> Response:
    """Keep who acts.

    Parameters
    ----------
    desk : Desk
    asked : Asked
    """
    desk.folder.by = asked.text("by")
    return html("_said.html", text=f"Each decision is kept with the name {desk.folder.by}.")


def close(desk: Desk, asked: Asked) -> Response:
    """Close the desk; everything that was confirmed is on the disk already.

    Parameters
    ----------
    desk : Desk
    asked : Asked
    """
    desk.close()
    return html("closed.html")
