"""Serving a desk: to this computer alone, until it is closed or nobody has used it for long."""

from __future__ import annotations

import logging
import os
import socket
import tempfile
import threading
import time
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rmmatch.desk.folders import SchemeFolder
from rmmatch.desk.web.doors import Door
from rmmatch.desk.web.guarding import Guard
from rmmatch.errors import MissingExtraError, Problem, ProblemsError

if TYPE_CHECKING:
    from starlette.applications import Starlette

__all__ = ["IDLE_SECONDS", "create_app", "serve_desk"]

IDLE_SECONDS = 8 * 3600.0
_BEAT_SECONDS = 30.0  # between two looks whether the desk is still used; speed only
_HOST = "127.0.0.1"
_PURPOSE = "the coordinator's desk"


def create_app(
    folder: SchemeFolder, door: Door, *, close: Callable[[], None] = lambda: None
) -> Starlette:
    """Return the desk of a folder as an ASGI application.

    Parameters
    ----------
    folder : SchemeFolder
    door : Door
    close : callable
        What *Close the desk* does.

    Raises
    ------
    MissingExtraError
        The extra ``desk`` is not installed.
    """
    try:
        import python_multipart  # noqa: F401 - forms need it, and say so only when one comes
        from starlette.applications import Starlette
        from starlette.middleware import Middleware
    except ImportError as error:
        raise MissingExtraError(error.name or "starlette", "desk", _PURPOSE) from None
    from rmmatch.desk.web.desk import Desk
    from rmmatch.desk.web.routes import routes_of

    desk = Desk(folder, door, close)
    app = Starlette(routes=routes_of(desk), middleware=[Middleware(Guard, door=door)])
    app.router.redirect_slashes = False
    app.state.desk = desk
    return app


def serve_desk(
    folder: SchemeFolder,
    *,
    port: int = 0,
    opens_browser: bool = True,
    show: Callable[[str], Any] = print,
    idle_seconds: float = IDLE_SECONDS,
) -> None:
    """Serve the desk of a folder until it is closed.

    Parameters
    ----------
    folder : SchemeFolder
    port : int
        0 is any that is free.
    opens_browser : bool
    show : callable
        Writes a line for the person who has started it.
    idle_seconds : float
        After so long without a request it closes itself.

    Raises
    ------
    MissingExtraError
        The extra ``desk`` is not installed.
    ProblemsError
        The port is taken.
    """
    try:
        import uvicorn
    except ImportError:
        raise MissingExtraError("uvicorn", "desk", _PURPOSE) from None
    listening = _listening(port)
    door = Door(listening.getsockname()[1])

    def close() -> None:
        server.should_exit = True

    app = create_app(folder, door, close=close)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,  # addresses name nobody, and nobody needs them
        lifespan="off",
        ws="none",
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=5,
    )
    server = uvicorn.Server(config)
    logging.getLogger("rmmatch.desk").setLevel(logging.WARNING)
    enter_file = _enter_file(folder, door)
    show(f"The desk is at {door.address}")
    show(f"To open it, open this file in your browser: {enter_file}")
    show("To close it, press Close the desk in the page, or Ctrl-C here. Nothing needs saving.")
    threading.Thread(
        target=_close_when_idle, args=(door, server, idle_seconds), daemon=True
    ).start()
    if opens_browser:
        threading.Thread(target=webbrowser.open, args=(enter_file.as_uri(),), daemon=True).start()
    try:
        server.run(sockets=[listening])
    except KeyboardInterrupt:
        pass
    finally:
        door.remove_file()
        listening.close()
    show("The desk is closed.")


def _enter_file(folder: SchemeFolder, door: Door) -> Path:
    """Write the page that lets its reader in, where only its owner can read it."""
    place = folder.path / ".desk"
    name = f"enter-{door.port}.html"
    if not folder.is_read_only:
        for path in place.glob("enter-*.html"):  # of a desk that was stopped
            path.unlink(missing_ok=True)
    try:
        door.write_file(place / name)
    except OSError:  # a folder that may only be read
        place = Path(tempfile.mkdtemp(prefix="rmmatch-desk-"))
        door.write_file(place / name)
    return place / name


def _listening(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name != "nt":  # there it would let two programs share a port
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((_HOST, port))
    except OSError:
        listening.close()
        reason, remedy = "is taken by another program", "leave --port out: any free one will do"
        raise ProblemsError(
            [Problem("--port", "", "", str(port), reason, remedy, code="port_taken")]
        ) from None
    listening.listen(64)
    return listening


def _close_when_idle(door: Door, server: Any, idle_seconds: float) -> None:
    while not server.should_exit:
        time.sleep(min(_BEAT_SECONDS, idle_seconds))
        if time.monotonic() - door.last_seen > idle_seconds:
            server.should_exit = True
