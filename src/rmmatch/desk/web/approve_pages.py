"""The page of approval: what was looked at, whether it holds, and who takes responsibility."""

from __future__ import annotations

from starlette.responses import Response

from rmmatch.checking import check
from rmmatch.desk.folders import Run
from rmmatch.desk.page.groups import group_counts
from rmmatch.desk.reporting.verdicts import verdict_line
from rmmatch.desk.web.answering import Asked, in_page, moved
from rmmatch.desk.web.desk import Desk

__all__ = ["approve", "approved"]


def approve(desk: Desk, asked: Asked) -> Response:
    """Return the page.

    Parameters
    ----------
    desk : Desk
    asked : Asked
    """
    run = desk.folder.current
    if run is None:
        return in_page(desk, "approve", "no_run.html", what="approve")
    findings = check(run.result)
    view = desk.view(run)
    acts = [act for act in run.acts if not act.is_undone and act.price]
    return in_page(
        desk,
        "approve",
        "approve.html",
        run=run,
        view=view,
        verdict=verdict_line(run.result, len(findings)),
        problems=[violation.message for violation in findings],
        groups=group_counts(run.result),
        n_acts=len(acts),
        lost_points=sum(act.price.get("lost_points", 0) for act in acts),
        n_kept=sum(card.state == "kept" for card in view.pairs),
        open_decisions=[card for card in view.pairs if card.state == "turned down"],
        needs_look=run.state == "proposed" and not _decided(run),
        by=desk.folder.by,
        may_act=run.state != "approved" and not desk.folder.is_read_only,
    )


def approved(desk: Desk, asked: Asked) -> Response:
    """Approve the pairs.

    Parameters
    ----------
    desk : Desk
    asked : Asked
    """
    run = desk.folder.current
    if run is not None and asked.text("looked") and not _decided(run):
        desk.folder.review(comment="Looked at; nothing to change.")
    desk.folder.approve(asked.text("by"), asked.text("comment"))
    desk.forget_view()
    return moved("/approve")


def _decided(run: Run) -> bool:
    """Whether somebody has decided anything since it was paired."""
    return any(not act.is_undone and act.act != "undone" for act in run.acts[1:])
