"""The page of review: pairs weakest first, what a decision would do, and what it has done."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from starlette.responses import Response

from rmmatch.analysis.explanations import explain
from rmmatch.cohort import Role
from rmmatch.desk.folders import Run
from rmmatch.desk.folders.previews import difference_of
from rmmatch.desk.page import PairCard, ReviewView
from rmmatch.desk.page.views import pair_key
from rmmatch.desk.web.answering import Asked, html, in_page, moved, refreshed, uploaded
from rmmatch.desk.web.desk import Desk, ShownPerson
from rmmatch.errors import Problem, ReviewError
from rmmatch.lifecycle.reviewing import match_again
from rmmatch.matching.matching import IdPair

__all__ = [
    "apply_decisions",
    "ask_better",
    "ask_together",
    "ask_turn_down",
    "better",
    "keep",
    "pair",
    "price_together",
    "put_together",
    "review",
    "turn_down",
    "undo",
    "why",
]

_DIALOG: dict[str, str] = {"target": "#dialog", "swap": "innerHTML", "dialog": "open"}


def review(desk: Desk, asked: Asked) -> Response:
    """Return the page.

    Parameters
    ----------
    desk : Desk
    asked : Asked
    """
    run = desk.folder.current
    if run is None:
        return in_page(desk, "review", "no_run.html", what="review")
    return in_page(
        desk,
        "review",
        "desk_review.html",
        **_board(desk, run),
        is_table=asked.text("view") == "table",
        notes=run.notes,
    )


def pair(desk: Desk, asked: Asked) -> Response:
    """Pair the people as they are now, and go to the review.

    Parameters
    ----------
    desk : Desk
    asked : Asked
    """
    desk.folder.pair()
    desk.forget_view()
    return moved("/review")


def keep(desk: Desk, asked: Asked) -> Response:
    """Keep a pair; pressed once more, leave it open again.

    Parameters
    ----------
    desk : Desk
    asked : Asked
    """
    run = _run(desk)
    if _is_old(desk, run, asked):
        return refreshed()
    shown_pair = desk.pair(run, asked.text("key"))
    card = desk.card(run, asked.text("key"))
    is_kept = card is not None and card.state == "kept"
    before = desk.view(run)
    after = desk.folder.release(shown_pair) if is_kept else desk.folder.keep(shown_pair)
    names = _names(card)
    text = f"{names}: no decision." if is_kept else f"{names}: kept."
    return _acted(desk, asked, before, after, [text], focus=asked.text("key"))


def why(desk: Desk, asked: Asked) -> Response:
    """Return where the two of a pair stand with each other, and who else would suit.

    Parameters
    ----------
    desk : Desk
    asked : Asked
    """
    run = _run(desk)
    mentee, mentor = desk.pair(run, asked.text("key"))
    explanation = explain(run.result, mentee=mentee, mentor=mentor)
    return html("_sentences.html", sentences=explanation.sentences[len(explanation.rows) :])


def ask_turn_down(desk: Desk, asked: Asked) -> Response:
    """Return what turning a pair down would do, both ways.

    Parameters
    ----------
    desk : Desk
    asked : Asked
    """
    run = _run(desk)
    if _is_old(desk, run, asked):
        return refreshed()
    key = asked.text("key")
    preview = desk.folder.preview_turn_down(desk.pair(run, key))
    return html("_turn_down.html", **_DIALOG, card=desk.card(run, key), preview=preview, key=key)


def turn_down(desk: Desk, asked: Asked) -> Response:
    """Turn a pair down, and pair again at once.

    Parameters
    ----------
    desk : Desk
    asked : Asked
    """
    run = _run(desk)
    if _is_old(desk, run, asked):
        return refreshed()
    shown_pair, card = desk.pair(run, asked.text("key")), desk.card(run, asked.text("key"))
    if not asked.text("reason"):
        reason = "needs a reason, in a few words"
        raise ReviewError([Problem("pair", "", "", "", reason, code="missing_reason")])
    before = desk.view(run)
    after = desk.folder.turn_down(shown_pair, asked.text("reason"), _changes(asked))
    change = difference_of(run.result, after.result, _changes(asked), {shown_pair})
    lines = [f"{_names(card)}: turned down.", *change.sentences]
    focus = _key_of_mentee(desk.view(after), shown_pair[0])
    return _acted(desk, asked, before, after, lines, focus=focus, dialog="close")


def ask_together(desk: Desk, asked: Asked) -> Response:
    """Return the question who shall be put together.

    Parameters
    ----------
    desk : Desk
    asked : Asked
    """
    run = _run(desk)
    if _is_old(desk, run, asked):
        return refreshed()
    sides: dict[Role, list[ShownPerson]] = {
        "mentee": desk.people(run, "mentee"),
        "mentor": desk.people(run, "mentor"),
    }
    chosen = {
        role: next((person.label for person in people if person.key == asked.text("key")), "")
        for role, people in sides.items()
    }
    return html("_together.html", **_DIALOG, sides=sides, chosen=chosen)


def price_together(desk: Desk, asked: Asked) -> Response:
    """Return what it would cost to put two people together, or which rule forbids it.

    Parameters
    ----------
    desk : Desk
    asked : Asked
    """
    run = _run(desk)
    mentee, mentor = _chosen_pair(desk, run, asked)
    ways = {changes: desk.folder.preview_put_together(mentee, mentor, changes) for changes in _WAYS}
    names = f"{run.result.person_text('mentee', mentee)} and "
    names += run.result.person_text("mentor", mentor)
    is_made = (mentee, mentor) in run.result.made
    return html("_together_price.html", ways=ways, names=names, is_made=is_made)


def put_together(desk: Desk, asked: Asked) -> Response:
    """Put two people together, and pair again at once.

    Parameters
    ----------
    desk : Desk
    asked : Asked
    """
    run = _run(desk)
    if _is_old(desk, run, asked):
        return refreshed()
    chosen = _chosen_pair(desk, run, asked)
    before = desk.view(run)
    after = desk.folder.put_together(chosen, _changes(asked))
    change = difference_of(run.result, after.result, _changes(asked), {chosen})
    lines = ["Put together, and kept.", *change.sentences]
    return _acted(desk, asked, before, after, lines, focus=pair_key(*chosen), dialog="close")


def ask_better(desk: Desk, asked: Asked) -> Response:
    """Return how much better all pairs together could be, with the decisions in force.

    Parameters
    ----------
    desk : Desk
    asked : Asked
    """
    run = _run(desk)
    new = match_again(run.result, changes="best")
    change = difference_of(run.result, new, "best", set())
    return html("_better.html", focus="could-better", change=change)


def better(desk: Desk, asked: Asked) -> Response:
    """Pair everybody anew as well as possible, with the decisions in force.

    Parameters
    ----------
    desk : Desk
    asked : Asked
    """
    desk.folder.pair_again("best")
    return moved("/review")


def undo(desk: Desk, asked: Asked) -> Response:
    """Take back the last act.

    Parameters
    ----------
    desk : Desk
    asked : Asked
    """
    run = _run(desk)
    if _is_old(desk, run, asked):
        return refreshed()
    before = desk.view(run)
    after = desk.folder.undo()
    change = difference_of(run.result, after.result, "best", set())
    undone = next(act for act in after.acts if act.number == after.acts[-1].undoes)
    view = desk.view(after)
    keys = [pair_key(*undone_pair) for undone_pair in undone.pairs]
    shown_keys = {card.key for card in view.pairs}
    focus = next((key for key in keys if key in shown_keys), "undo")
    lines = ["Taken back.", *change.sentences]
    return _acted(desk, asked, before, after, lines, focus=focus)


def apply_decisions(desk: Desk, asked: Asked) -> Response:
    """Apply the decisions that a page of review was sent back with.

    Parameters
    ----------
    desk : Desk
    asked : Asked
    """
    with uploaded(asked, "decisions") as paths:
        if not paths:
            raise ReviewError(
                [Problem("decisions", "", "", "", "no file was chosen", code="bad_export")]
            )
        applied = desk.folder.apply_decisions(paths[0])
    return html("_applied.html", applied=applied)


# --- what these have in common -------------------------------------------------------------

_WAYS: tuple[Literal["fewest", "best"], ...] = ("fewest", "best")


def _run(desk: Desk) -> Run:
    run = desk.folder.current
    if run is None:
        reason, remedy = "nobody is paired yet", "pair first"
        raise ReviewError([Problem("review", "", "", "", reason, remedy, code="no_run")])
    return run


def _is_old(desk: Desk, run: Run, asked: Asked) -> bool:
    """Whether the page that asks shows something else than what holds now."""
    return bool(asked.text("version")) and asked.text("version") != desk.version_of(run)


def _changes(asked: Asked) -> Literal["fewest", "best"]:
    return "best" if asked.text("changes") == "best" else "fewest"


def _names(card: PairCard | None) -> str:
    return "" if card is None else f"{card.mentee.name} and {card.mentor.name}"


def _key_of_mentee(view: ReviewView, mentee: str) -> str:
    """Return where somebody is shown: in a pair, or without a partner."""
    for card in view.pairs:
        if card.mentee.id == mentee:
            return card.key
    return pair_key("mentee", mentee)


def _chosen_pair(desk: Desk, run: Run, asked: Asked) -> IdPair:
    """Return two people by what was typed: as they are listed, or by id or name."""
    ids = []
    roles: tuple[Role, Role] = ("mentee", "mentor")
    for role in roles:
        text = asked.text(role)
        people = desk.people(run, role)
        person = next((person for person in people if text in (person.label, person.key)), None)
        position = run.result.cohort.position_of(role, text) if text else -1
        if person is None and position < 0:
            reason, remedy = f"no {role} has this name", "choose somebody from the list"
            raise ReviewError([Problem(role, "", "", text, reason, remedy, code="unknown_person")])
        ids.append(run.result.cohort.side(role).ids[position] if person is None else person.id)
    return ids[0], ids[1]


def _board(desk: Desk, run: Run) -> dict[str, Any]:
    view = desk.view(run)
    states = [card.state for card in view.pairs]
    return {
        "run": run,
        "view": view,
        "version": desk.version_of(run),
        "n_kept": states.count("kept"),
        "n_turned_down": sum(act.act == "turned_down" and not act.is_undone for act in run.acts),
        "may_act": run.state != "approved" and not desk.folder.is_read_only,
    }


def _acted(
    desk: Desk,
    asked: Asked,
    before: ReviewView,
    after: Run,
    lines: Iterable[str],
    *,
    focus: str,
    dialog: str = "",
) -> Response:
    """Return what an act has changed in the page: its words, and the cards that differ."""
    view = desk.view(after)
    old_cards = {card.key: card for card in before.pairs}
    new_keys = {card.key for card in view.pairs}
    keys = [card.key for card in view.pairs]
    changed = [
        (card, following)
        for card, following in zip(view.pairs, [*keys[1:], ""], strict=True)
        if old_cards.get(card.key) != card
    ]
    outdated = [key for key in old_cards if key not in new_keys]
    outdated += [card.key for card, _ in changed if card.key in old_cards]
    return html(
        "_acted.html",
        **_board(desk, after),
        lines=list(lines),
        outdated=outdated,
        changed=changed[::-1],  # each goes before the one that follows it
        is_table=asked.text("view") == "table",
        has_other_unpaired=before.unpaired != view.unpaired,
        focus=focus,
        dialog=dialog,
    )
