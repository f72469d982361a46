"""The page of rules: a scheme as sentences with blanks, what each does, and other weightings."""

from __future__ import annotations

import hashlib
from typing import Any

from starlette.responses import Response

from rmmatch.cohort import Cohort
from rmmatch.desk.folders.layout import SCHEME
from rmmatch.desk.rule_forms import (
    Effects,
    FormPart,
    RuleSentence,
    SchemeForm,
    addition,
    blank_parts,
    changes_of,
    compare_weightings,
    effects,
    scheme_form,
    sentences,
    with_changes,
)
from rmmatch.desk.web.answering import Asked, html, in_page, moved, refreshed
from rmmatch.desk.web.desk import Desk
from rmmatch.errors import FolderError, Problem, ProblemsError
from rmmatch.scheme import Scheme

__all__ = [
    "add",
    "compare",
    "remove",
    "rules",
    "save",
    "save_text",
    "save_weights",
    "try_rule",
    "weights",
]

_FAMILIES = {
    "scheme": "The scheme",
    "criteria": "What makes a pair good",
    "rules": "Rules that every pair must meet",
    "quotas": "Quotas",
    "objective": "What the pairing is for, the most important first",
    "meetings": "Meetings",
}
_MAX_WEIGHTINGS = 3


def rules(desk: Desk, asked: Asked) -> Response:
    """Return the page.

    Parameters
    ----------
    desk : Desk
    asked : Asked
    """
    path = desk.folder.path / SCHEME
    if not path.exists():
        return in_page(desk, "rules", "no_scheme.html")
    text = path.read_text(encoding="utf-8")
    frame = {"text": text, "digest": _digest(text), "may_act": not desk.folder.is_read_only}
    try:
        scheme = desk.folder.scheme
    except ProblemsError as error:
        lines = [str(problem) for problem in error.items]
        return in_page(desk, "rules", "broken_scheme.html", lines=lines, **frame)
    cohort = _cohort(desk)
    form = scheme_form(scheme, cohort)
    counted = _effects(cohort, scheme)
    entries = _entries(scheme, cohort, form, counted)
    run = desk.folder.current
    return in_page(
        desk,
        "rules",
        "rules.html",
        families={
            title: [entry for entry in entries if entry["part"].family == family]
            for family, title in _FAMILIES.items()
        },
        weights=_weights(form, entries),
        counted=counted,
        blanks=[
            (family, part)
            for family in ("criteria", "rules")
            for part in blank_parts(scheme, family, cohort)
        ],
        may_pair=cohort is not None and (run is None or run.state != "approved"),
        run=run,
        **frame,
    )


def save(desk: Desk, asked: Asked) -> Response:
    """Write what was typed for one part of the scheme.

    Parameters
    ----------
    desk : Desk
    asked : Asked
    """
    if _is_old(desk, asked):
        return refreshed()
    scheme = desk.folder.scheme
    cohort = _cohort(desk)
    changes = changes_of(scheme_form(scheme, cohort), _typed(asked))
    _write(desk, changes)
    scheme = desk.folder.scheme
    form = scheme_form(scheme, cohort)
    entries = _entries(scheme, cohort, form, _effects(cohort, scheme))
    entry = next(entry for entry in entries if entry["part"].path == asked.text("part"))
    return html(
        "_part.html",
        entry=entry,
        is_saved=True,
        may_act=True,
        digest=_text_digest(desk),
        focus=entry["id"],
    )


def save_weights(desk: Desk, asked: Asked) -> Response:
    """Write the weights.

    Parameters
    ----------
    desk : Desk
    asked : Asked
    """
    if _is_old(desk, asked):
        return refreshed()
    _write(desk, changes_of(scheme_form(desk.folder.scheme), _typed(asked)))
    return _shares(desk, desk.folder.scheme, "The weights are saved.", _text_digest(desk))


def weights(desk: Desk, asked: Asked) -> Response:
    """Return how many of 100 points each criterion could give by other weights.

    Parameters
    ----------
    desk : Desk
    asked : Asked
    """
    scheme = desk.folder.scheme
    try:
        tried = with_changes(scheme, changes_of(scheme_form(scheme), _typed(asked)))
    except ProblemsError as error:
        return html("_said.html", text="; ".join(item.reason for item in error.items))
    return _shares(desk, tried, "Not saved yet." if tried != scheme else "", "")


def try_rule(desk: Desk, asked: Asked) -> Response:
    """Return what a part of the scheme would say and do with what is being typed.

    Parameters
    ----------
    desk : Desk
    asked : Asked
    """
    scheme, cohort = desk.folder.scheme, _cohort(desk)
    try:
        tried = with_changes(scheme, changes_of(scheme_form(scheme, cohort), _typed(asked)))
        counted = _effects(cohort, tried)
    except ProblemsError as error:
        return html("_said.html", text="; ".join(item.reason for item in error.items))
    path = asked.text("part")
    sentence = next(entry for entry in sentences(tried, cohort) if entry.path == path)
    effect = counted.of(path) if counted else None
    is_same = tried == scheme
    return html("_tried.html", sentence=sentence, effect=effect, is_same=is_same)


def compare(desk: Desk, asked: Asked) -> Response:
    """Put a weighting beside those that are compared already, three at most.

    Parameters
    ----------
    desk : Desk
    asked : Asked
    """
    cohort = _cohort(desk)
    if cohort is None:
        raise FolderError([Problem("people", "", "", "", "nobody is here yet", code="no_people")])
    scheme = desk.folder.scheme
    form = scheme_form(scheme)
    if asked.text("clear"):
        desk.weightings.clear()
        return html("_said.html", text="")
    typed = {path: texts[-1] for path, texts in _typed(asked).items()}
    typed = {path: text for path, text in typed.items() if path in form.fields}
    if typed not in desk.weightings:
        desk.weightings.append(typed)
    del desk.weightings[: -(_MAX_WEIGHTINGS - 1)]
    schemes = [scheme]
    for weighting in desk.weightings:
        tried = with_changes(scheme, changes_of(form, weighting))
        if tried not in schemes:
            schemes.append(tried)
    compared = compare_weightings(cohort, schemes)
    return html("_weightings.html", compared=compared, focus="weightings")


def add(desk: Desk, asked: Asked) -> Response:
    """Add a criterion or a rule.

    Parameters
    ----------
    desk : Desk
    asked : Asked
    """
    if _is_old(desk, asked):
        return refreshed()
    scheme, cohort = desk.folder.scheme, _cohort(desk)
    family, _, type_ = asked.text("new").partition(":")
    part = next((p for p in blank_parts(scheme, family, cohort) if p.type == type_), None)
    if part is None:
        raise FolderError([Problem("rule", "", "", "", "choose what to add", code="unknown_key")])
    if not asked.text("is_typed"):
        entry = {"part": part, "id": "new-part", "sentence": None, "effect": None, "inline": ()}
        return html("_new_part.html", entry=entry, new=asked.text("new"), focus="new-part")
    _write(desk, addition(part, _typed(asked)))
    return moved("/rules")


def remove(desk: Desk, asked: Asked) -> Response:
    """Take a part of the scheme out.

    Parameters
    ----------
    desk : Desk
    asked : Asked
    """
    if _is_old(desk, asked):
        return refreshed()
    _write(desk, {asked.text("part"): None})
    return moved("/rules")


def save_text(desk: Desk, asked: Asked) -> Response:
    """Write the scheme as text.

    Parameters
    ----------
    desk : Desk
    asked : Asked
    """
    if _is_old(desk, asked):
        return refreshed()
    text = asked.fields.get("text", [""])[-1].replace("\r\n", "\n")
    desk.folder.write_scheme(text)
    return moved("/rules")


# --- what these have in common -------------------------------------------------------------


def _cohort(desk: Desk) -> Cohort | None:
    try:
        return desk.folder.cohort
    except ProblemsError:  # nobody is here yet, or the page of people says what is wrong
        return None


def _effects(cohort: Cohort | None, scheme: Scheme) -> Effects | None:
    try:
        return None if cohort is None else effects(cohort, scheme)
    except ProblemsError:
        return None


def _typed(asked: Asked) -> dict[str, list[str]]:
    """Return the fields of the scheme that were sent; a box that is not ticked sends nothing."""
    names = ("part", "digest", "new", "is_typed", "clear")
    typed = {name: texts for name, texts in asked.fields.items() if name not in names}
    for name in [name for name in typed if name.startswith("shown:")]:
        typed.pop(name)
        typed.setdefault(name.removeprefix("shown:"), [""])
    return typed


def _entries(
    scheme: Scheme, cohort: Cohort | None, form: SchemeForm, counted: Effects | None
) -> list[dict[str, Any]]:
    by_path = {sentence.path: sentence for sentence in sentences(scheme, cohort, form=form)}
    return [
        {
            "part": part,
            "id": "part-" + part.path.replace("[", "-").replace("]", ""),
            "sentence": by_path.get(part.path),
            "effect": counted.of(part.path) if counted else None,
            "inline": _inline(part, by_path.get(part.path)),
        }
        for part in form.parts
        if part.is_present
    ]


def _inline(part: FormPart, sentence: RuleSentence | None) -> dict[str, Any]:
    """Return the fields that are typed inside their sentence: numbers, dates and ranges."""
    if sentence is None:
        return {}
    texts = {blank.path: blank.text for blank in sentence.blanks}
    return {
        field.path: field
        for field in part.fields
        if field.kind in ("number", "date", "range") and texts.get(field.path) == field.text != ""
    }


def _weights(form: SchemeForm, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    weights = []
    for number, entry in enumerate(
        entry for entry in entries if entry["part"].family == "criteria"
    ):
        field = form.fields[f"{entry['part'].path}.weight"]
        weights.append(
            {
                "id": f"share-{number}",
                "field": field,
                "title": entry["part"].title,
                "share": entry["sentence"].share,
            }
        )
    return weights


def _shares(desk: Desk, scheme: Scheme, text: str, digest: str) -> Response:
    form = scheme_form(scheme)
    shares = [
        sentence.share for sentence in sentences(scheme, form=form) if sentence.family == "criteria"
    ]
    return html("_shares.html", shares=shares, text=text, digest=digest)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _text_digest(desk: Desk) -> str:
    return _digest((desk.folder.path / SCHEME).read_text(encoding="utf-8"))


def _is_old(desk: Desk, asked: Asked) -> bool:
    """Whether the file was changed since the page was made: places in it may be others now."""
    return asked.text("digest") != _text_digest(desk)


def _write(desk: Desk, changes: dict[str, Any]) -> None:
    text = (desk.folder.path / SCHEME).read_text(encoding="utf-8")
    if changes:
        desk.folder.write_scheme(Scheme.edited_text(text, changes, source=SCHEME))
