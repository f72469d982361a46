"""From a request to what is asked, and from what is to be shown to an answer."""

from __future__ import annotations

import json
import logging
import re
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from rmmatch.desk.web.desk import Desk
from rmmatch.desk.web.templates_of_desk import desk_text
from rmmatch.errors import NoMatchingError, ProblemsError, RmmatchError

__all__ = ["Asked", "Handler", "answer_of", "html", "in_page", "uploaded"]

_log = logging.getLogger("rmmatch.desk")
_MAX_FIELDS = 2_000  # of a form; limit of input
_MAX_FIELD_BYTES = 2_000_000  # of one of them, such as a scheme's text; limit of input


@dataclass(frozen=True)
class Asked:
    """What a browser asks.

    Attributes
    ----------
    fields : dict of str to list of str
        Of the address and of the form.
    uploads : list of UploadFile
    is_partial : bool
        Whether a piece of the page is wanted, and not a whole one.
    """

    fields: Mapping[str, list[str]]
    uploads: Mapping[str, list[UploadFile]] = field(default_factory=dict)
    is_partial: bool = False

    def text(self, name: str, default: str = "") -> str:
        """Return a field; the default where it was not sent.

        Parameters
        ----------
        name, default : str
        """
        texts = self.fields.get(name)
        return texts[-1].strip() if texts else default


Handler: TypeAlias = Callable[[Desk, Asked], Response]


def answer_of(desk: Desk, handler: Handler, *, is_latest_only: bool = False) -> Any:
    """Return what Starlette calls: it does the work beside the event loop, one thing at a time.

    Parameters
    ----------
    desk : Desk
    handler : callable
    is_latest_only : bool
        Whether only the latest asking needs an answer, as of a slider that is being moved.
    """
    name = handler.__name__

    async def answer(request: Request) -> Response:
        try:
            asked = await _asked(request)
            ticket = desk.tickets[name] = desk.tickets.get(name, 0) + 1
            async with desk.working:
                if is_latest_only and ticket != desk.tickets[name]:
                    return Response(status_code=204)
                return await run_in_threadpool(_answered, desk, handler, asked)
        finally:
            await request.close()  # what was uploaded

    return answer


async def _asked(request: Request) -> Asked:
    fields: dict[str, list[str]] = {}
    uploads: dict[str, list[UploadFile]] = {}
    entries = [*request.query_params.multi_items()]
    if request.method == "POST":
        form = await request.form(
            max_files=4, max_fields=_MAX_FIELDS, max_part_size=_MAX_FIELD_BYTES
        )
        entries += form.multi_items()  # type: ignore[arg-type]
    for name, entry in entries:
        if isinstance(entry, UploadFile):
            if entry.filename:
                uploads.setdefault(name, []).append(entry)
        else:
            fields.setdefault(name, []).append(entry)
    return Asked(fields, uploads, request.headers.get("hx-request") == "true")


def _answered(desk: Desk, handler: Handler, asked: Asked) -> Response:
    try:
        return handler(desk, asked)
    except ProblemsError as error:
        return _fault(desk, asked, [str(problem) for problem in error.items])
    except (RmmatchError, NoMatchingError) as error:
        return _fault(desk, asked, [str(error)])
    except Exception as error:  # what it says may name somebody: only its place is kept
        places = traceback.extract_tb(error.__traceback__)[-1:]
        where = ", ".join(f"{Path(place.filename).name} line {place.lineno}" for place in places)
        _log.error("%s in %s", type(error).__name__, where)
        fault = f"Something went wrong in the program ({type(error).__name__} in {where})."
        return _fault(desk, asked, [fault, "Nothing that was confirmed before is lost."], 500)


def _fault(desk: Desk, asked: Asked, lines: Sequence[str], status: int = 409) -> Response:
    if not asked.is_partial:
        return HTMLResponse(
            desk_text("fault.html", **_frame(desk, ""), lines=lines), status_code=status
        )
    # 200, as a browser writes every other status to its console
    target = "#dialog-fault" if asked.text("dialog") else "#fault"
    headers = {"HX-Retarget": target, "HX-Reswap": "innerHTML show:none"}
    return HTMLResponse(desk_text("_fault.html", lines=lines), headers=headers)


def _frame(desk: Desk, place: str) -> dict[str, Any]:
    """Return what every page shows around its own content."""
    return {
        "csrf": json.dumps({"X-Rmmatch-Desk": desk.door.csrf}),
        "place": place,
        "folder_name": desk.title,
        "is_read_only": desk.folder.is_read_only,
        "holder": desk.folder.holder,
    }


def in_page(desk: Desk, place: str, template: str, **values: Any) -> Response:
    """Return a whole page.

    Parameters
    ----------
    desk : Desk
    place : str
        Which of the pages it is.
    template : str
    **values
    """
    return HTMLResponse(desk_text(template, **_frame(desk, place), **values))


def html(
    template: str,
    *,
    target: str = "",
    swap: str = "",
    focus: str = "",
    dialog: str = "",
    **values: Any,
) -> Response:
    """Return a piece of a page.

    Parameters
    ----------
    template : str
    target, swap : str
        Where it goes, if not where the page says.
    focus : str
        The id of the element that is acted on: it gets the focus.
    dialog : {'', 'open', 'close'}
        What becomes of the dialog.
    **values
    """
    headers = {}
    if target:
        headers["HX-Retarget"] = target
    if swap:
        headers["HX-Reswap"] = swap
    events: dict[str, Any] = {}
    if dialog:  # first: a dialog that closes takes the focus back to where it was
        events["deskDialog"] = {"state": dialog}
    if focus:
        events["deskFocus"] = {"id": focus}
    if events:
        headers["HX-Trigger-After-Settle"] = json.dumps(events)
    return HTMLResponse(desk_text(template, **values), headers=headers)


def refreshed() -> Response:
    """Let the browser load the page again."""
    return Response(headers={"HX-Refresh": "true"})


def moved(address: str) -> Response:
    """Let the browser go to another page of the desk.

    Parameters
    ----------
    address : str
    """
    return Response(headers={"HX-Redirect": address})


@contextmanager
def uploaded(asked: Asked, *names: str) -> Iterator[list[Path]]:
    """Give the uploaded files as files of this computer, for as long as they are read.

    What a browser calls them makes no path: of the name letters, digits and its end are kept.

    Parameters
    ----------
    asked : Asked
    *names : str
        Of the fields, in order.
    """
    with tempfile.TemporaryDirectory(prefix="rmmatch-upload-") as place:
        paths: list[Path] = []
        for name in names:
            for upload in asked.uploads.get(name, ()):
                folder = Path(place) / str(len(paths))
                folder.mkdir()
                path = folder / _file_name(upload.filename or "")
                upload.file.seek(0)
                with path.open("wb") as file:
                    while chunk := upload.file.read(1 << 20):
                        file.write(chunk)
                paths.append(path)
        yield paths


def _file_name(name: str) -> str:
    last = re.split(r"[/\\]", name)[-1]
    safe = re.sub(r"[^\w ()-]+", "_", last.rpartition(".")[0] or last)[:80].strip() or "export"
    end = re.sub(r"[^a-z0-9]", "", last.rpartition(".")[2].lower())[:5] if "." in last else "csv"
    return f"{safe}.{end}"
