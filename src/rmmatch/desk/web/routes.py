"""Which address answers with what."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from rmmatch.desk.web import (
    approve_pages,
    people_pages,
    review_pages,
    rules_pages,
    send_pages,
    start_page,
)
from rmmatch.desk.web.answering import Handler, answer_of
from rmmatch.desk.web.desk import Desk
from rmmatch.desk.web.templates_of_desk import static_bytes

__all__ = ["routes_of"]

_PAGES: dict[str, Handler] = {
    "/": start_page.start,
    "/people": people_pages.people,
    "/rules": rules_pages.rules,
    "/review": review_pages.review,
    "/approve": approve_pages.approve,
    "/send": send_pages.send,
    "/send/file": send_pages.file,
    "/send/review": send_pages.review_page,
}
_ACTS: dict[str, Handler] = {
    "/name": start_page.name,
    "/close": start_page.close,
    "/people/export": people_pages.add_export,
    "/people/answer": people_pages.answer,
    "/people/again": people_pages.read_again,
    "/people/edit": people_pages.edit,
    "/pair": review_pages.pair,
    "/review/keep": review_pages.keep,
    "/review/ask-turn-down": review_pages.ask_turn_down,
    "/review/turn-down": review_pages.turn_down,
    "/review/ask-together": review_pages.ask_together,
    "/review/price-together": review_pages.price_together,
    "/review/together": review_pages.put_together,
    "/review/ask-better": review_pages.ask_better,
    "/review/better": review_pages.better,
    "/review/why": review_pages.why,
    "/review/undo": review_pages.undo,
    "/review/decisions": review_pages.apply_decisions,
    "/rules/save": rules_pages.save,
    "/rules/save-weights": rules_pages.save_weights,
    "/rules/add": rules_pages.add,
    "/rules/remove": rules_pages.remove,
    "/rules/text": rules_pages.save_text,
    "/rules/compare": rules_pages.compare,
    "/approve": approve_pages.approved,
    "/send/letters": send_pages.write_letters,
    "/send/files": send_pages.write_files,
}
_SLIDING: dict[str, Handler] = {
    "/rules/try": rules_pages.try_rule,
    "/rules/weights": rules_pages.weights,
}


def routes_of(desk: Desk) -> list[Route]:
    """Return every address of a desk.

    Parameters
    ----------
    desk : Desk
    """
    pages = [Route(path, answer_of(desk, page), methods=["GET"]) for path, page in _PAGES.items()]
    acts = [Route(path, answer_of(desk, act), methods=["POST"]) for path, act in _ACTS.items()]
    sliding = [
        Route(path, answer_of(desk, act, is_latest_only=True), methods=["POST"])
        for path, act in _SLIDING.items()
    ]
    static = [
        Route("/static/{name}", _static, methods=["GET"]),
        Route("/favicon.ico", _icon, methods=["GET"]),  # pages without a head of ours ask for it
    ]
    return [*pages, *acts, *sliding, *static]


async def _icon(request: Request) -> Response:
    content = static_bytes("icon.svg")
    assert content is not None
    return Response(content[0], media_type=content[1])


async def _static(request: Request) -> Response:
    content = static_bytes(request.path_params["name"])
    if content is None:
        return PlainTextResponse("There is no such file.", status_code=404)
    return Response(content[0], media_type=content[1])
