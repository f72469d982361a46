"""The page of letters and files: written here, and sent by nobody but the coordinator."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from starlette.responses import Response

from rmmatch.cohort import Role
from rmmatch.desk.letters import KINDS, letters
from rmmatch.desk.page.review_page import review_page_text
from rmmatch.desk.page.views import pair_key
from rmmatch.desk.web.answering import Asked, html, in_page, uploaded
from rmmatch.desk.web.desk import Desk
from rmmatch.errors import FolderError, Problem

__all__ = ["file", "review_page", "send", "write_files", "write_letters"]

_ABOUT = {
    "merge": "A merge table for your office's mail merge (csv and Excel)",
    "docx": "Letters in Word",
    "drafts": "Drafts of e-mails",
    "print": "A page to print",
    "templates": "The two templates of rmmatch, to change them",
}
_CHOSEN = ("merge", "docx", "drafts", "print")


def send(desk: Desk, asked: Asked) -> Response:
    """Return the page.

    Parameters
    ----------
    desk : Desk
    asked : Asked
    """
    run = desk.folder.current
    if run is None:
        return in_page(desk, "send", "no_run.html", what="send")
    return in_page(
        desk,
        "send",
        "send.html",
        run=run,
        view=desk.view(run),
        kinds=[
            (kind, _ABOUT.get(kind, kind), kind in _CHOSEN) for kind in _ABOUT if _is_kind(kind)
        ],
        written=desk.last_letters,
        files=_listed(desk),
        may_act=not desk.folder.is_read_only,
    )


def write_letters(desk: Desk, asked: Asked) -> Response:
    """Write letters, drafts and the merge table into the folder.

    Parameters
    ----------
    desk : Desk
    asked : Asked
    """
    run = desk.folder.current
    if run is None or desk.folder.is_read_only:
        reason = "nobody is paired yet" if run is None else "the folder is only to be read here"
        raise FolderError([Problem("letters", "", "", "", reason, code="no_run")])
    roles: tuple[Role, ...] = ("mentee", "mentor")
    with uploaded(asked, *roles) as paths:
        sent_roles = [role for role in roles if asked.uploads.get(role)]
        templates: dict[str, Path] = dict(zip(sent_roles, paths, strict=True))
        desk.last_letters = letters(
            run.result,
            desk.folder.sent,
            template=dict(templates) or None,
            kinds=[kind for kind in asked.fields.get("kinds", ()) if _is_kind(kind)],
            partners_agreed=bool(asked.text("partners_agreed")),
            sender=asked.text("sender"),
        )
    return html("_files.html", written=desk.last_letters, files=_listed(desk), focus="files")


def write_files(desk: Desk, asked: Asked) -> Response:
    """Write the workbook and the tables of the run.

    Parameters
    ----------
    desk : Desk
    asked : Asked
    """
    desk.folder.write_files()
    return html("_files.html", written=desk.last_letters, files=_listed(desk), focus="files")


def review_page(desk: Desk, asked: Asked) -> Response:
    """Return the page of review as one file, for somebody who has no desk.

    Parameters
    ----------
    desk : Desk
    asked : Asked
    """
    run = desk.folder.current
    if run is None:
        return in_page(desk, "send", "no_run.html", what="send")
    return _download("review.html", review_page_text(run.result).encode())


def file(desk: Desk, asked: Asked) -> Response:
    """Return a file of the list; no path is made of what a browser sends.

    Parameters
    ----------
    desk : Desk
    asked : Asked
    """
    path = next((path for path in _files(desk) if _key(path) == asked.text("key")), None)
    if path is None:
        return Response("There is no such file.", status_code=404, media_type="text/plain")
    return _download(path.name, path.read_bytes())


def _is_kind(kind: str) -> bool:
    return kind in KINDS or kind == "templates"


def _key(path: Path) -> str:
    return pair_key(path.parent.name, path.name)


def _files(desk: Desk) -> Iterator[Path]:
    """Yield what can be downloaded: what was written to be sent, and the files of the run."""
    run = desk.folder.current
    for folder in (desk.folder.sent, run.path if run else None):
        if folder is not None and folder.is_dir():
            yield from sorted(
                path
                for path in folder.iterdir()
                if path.is_file() and not path.is_symlink() and not path.name.startswith(".")
            )


def _listed(desk: Desk) -> list[tuple[str, list[tuple[str, str, int]]]]:
    """Return the files by where they are: name, key and kilobytes."""
    lists: dict[str, list[tuple[str, str, int]]] = {"Letters": [], "Files of the run": []}
    for path in _files(desk):
        title = "Letters" if path.parent == desk.folder.sent else "Files of the run"
        lists[title].append((path.name, _key(path), -(-path.stat().st_size // 1000)))
    return [(title, entries) for title, entries in lists.items() if entries]


def _download(name: str, content: bytes) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type="application/octet-stream", headers=headers)
