"""Who may ask, and what each answer carries: looked at before any page sees a request."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias
from urllib.parse import parse_qs

from rmmatch.desk.web.doors import Door
from rmmatch.desk.web.templates_of_desk import desk_text

__all__ = ["HEADERS", "MAX_UPLOAD_BYTES", "Guard", "UploadTooLargeError"]

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]

MAX_UPLOAD_BYTES = 20_000_000  # of a request; limit of input
_MAX_TOKEN_BYTES = 1_000  # of the request that brings a token; limit of input
CSRF_HEADER = "x-rmmatch-desk"

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


class UploadTooLargeError(Exception):
    """A request is larger than any export may be."""


class Guard:
    """Let in what comes from this desk's own pages in a browser that has its cookie.

    A forged name of the host (DNS rebinding), another site's form, script or frame, and another
    user of the same computer are refused here, whatever page they ask for.

    Parameters
    ----------
    application : ASGI application
    door : Door
    """

    def __init__(self, application: Application, door: Door) -> None:
        self.application = application
        self.door = door

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer, or refuse to."""
        if scope["type"] == "lifespan":
            await self.application(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        await self._answer(scope, receive, _with_headers(send))

    async def _answer(self, scope: Message, receive: Receive, send: Send) -> None:
        headers = _headers_of(scope)
        if len(headers.get("host", ())) != 1 or headers["host"][0].lower() not in self.door.hosts:
            await _refuse(send, 421, "This name is not the desk's.")
            return
        self.door.last_seen = time.monotonic()
        path, method = scope["path"], scope["method"]
        origin = _only(headers, "origin")
        if path == "/enter" and method == "POST":
            # the file that brings a token has no origin: a browser says "null"
            if origin not in (None, "null") and origin not in self.door.origins:
                await _refuse(send, 403, "Another site asked for this.")
                return
            await self._enter(receive, send)
            return
        if path == "/opened" and method == "GET":
            # from here the browser goes on by itself, as a page of this desk: only so it sends the
            # cookie, which it keeps from whatever another page has started
            await _send(send, 200, desk_text("opened.html"))
            return
        fault = self._fault_of(method, headers, origin)
        if fault:
            await _refuse(send, 403, fault)
            return
        declared = _only(headers, "content-length") or "0"
        if not declared.isascii() or not declared.isdecimal() or int(declared) > MAX_UPLOAD_BYTES:
            await _refuse(send, 413, "The file is larger than 20 MB.")
            return
        try:
            await self.application(scope, _limited(receive), send)
        except UploadTooLargeError:
            await _refuse(send, 413, "The file is larger than 20 MB.")

    def _fault_of(self, method: str, headers: dict[str, list[str]], origin: str | None) -> str:
        """Return why a request is refused; nothing where it is not."""
        if origin is not None and origin not in self.door.origins:
            return "Another site asked for this."
        if (_only(headers, "sec-fetch-site") or "none") not in ("same-origin", "none"):
            return "Another site asked for this."
        if not self.door.has_cookie("; ".join(headers.get("cookie", ()))):
            return "This browser was not let in."
        if method not in ("GET", "HEAD", "POST"):
            return "The desk does not do that."
        if method == "POST" and not self.door.is_csrf(_only(headers, CSRF_HEADER) or ""):
            return "This did not come from a page of the desk."
        return ""

    async def _enter(self, receive: Receive, send: Send) -> None:
        body = b""
        while len(body) <= _MAX_TOKEN_BYTES:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        tokens = parse_qs(body[:_MAX_TOKEN_BYTES].decode("ascii", "replace")).get("token", [])
        if len(tokens) == 1 and self.door.is_token(tokens[0]):
            await _send(send, 303, "", {"location": "/opened", "set-cookie": self.door.cookie})
        else:
            await _refuse(send, 403, "This way in was used already, or is not right.")


def _headers_of(scope: Message) -> dict[str, list[str]]:
    headers: dict[str, list[str]] = {}
    for name, text in scope["headers"]:
        headers.setdefault(name.decode("latin-1").lower(), []).append(text.decode("latin-1"))
    return headers


def _only(headers: dict[str, list[str]], name: str) -> str | None:
    """Return a header; several of one name are none that we know."""
    texts = headers.get(name)
    return None if texts is None else texts[0] if len(texts) == 1 else "several"


def _limited(receive: Receive) -> Receive:
    """Count what comes, also where nobody said how much it would be."""
    n_bytes = 0

    async def receive_limited() -> Message:
        nonlocal n_bytes
        message = await receive()
        n_bytes += len(message.get("body", b""))
        if n_bytes > MAX_UPLOAD_BYTES:
            raise UploadTooLargeError
        return message

    return receive_limited


def _with_headers(send: Send) -> Send:
    fixed = [(name.encode(), text.encode()) for name, text in HEADERS.items()]

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            names = {name for name, _ in fixed}
            own = [entry for entry in message.get("headers", ()) if entry[0].lower() not in names]
            message["headers"] = [*own, *fixed]
        await send(message)

    return send_with_headers


async def _send(send: Send, status: int, text: str, headers: dict[str, str] | None = None) -> None:
    body = text.encode()
    entries = {
        "content-type": "text/html; charset=utf-8",
        "content-length": str(len(body)),
        **(headers or {}),
    }
    encoded = [(name.encode(), value.encode()) for name, value in entries.items()]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})


async def _refuse(send: Send, status: int, reason: str) -> None:
    await _send(send, status, desk_text("refused.html", reason=reason, status=status))
