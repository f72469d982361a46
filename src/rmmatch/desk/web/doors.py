"""The way into a desk: a token for one use, and the cookie that a browser gets for it."""

from __future__ import annotations

import hmac
import os
import secrets
import threading
import time
from contextlib import suppress
from pathlib import Path

from rmmatch.desk.web.templates_of_desk import desk_text

__all__ = ["Door"]

_NAMES = ("127.0.0.1", "localhost", "[::1]")


class Door:
    """Who may come in, and by which name the desk is called.

    Every token opens the door once. It is handed over by a file that only its owner may read, which
    posts it: an address with a token would stand in the list of processes for everybody who shares
    the computer.

    Parameters
    ----------
    port : int
        Where the desk is served.

    Attributes
    ----------
    port : int
    csrf : str
        What a page sends with each act; another site does not know it.
    last_seen : float
        By `time.monotonic`, when somebody last asked for something.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.csrf = secrets.token_urlsafe(32)
        self.last_seen = time.monotonic()
        self._session = secrets.token_urlsafe(32)
        self._token = secrets.token_urlsafe(32)
        self._guard = threading.Lock()
        self._file: Path | None = None

    @property
    def address(self) -> str:
        """Where the desk is, without a token."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def hosts(self) -> frozenset[str]:
        """What a browser of this computer calls it; every other name is refused."""
        return frozenset(f"{name}:{self.port}" for name in _NAMES)

    @property
    def origins(self) -> frozenset[str]:
        """Where its own pages come from."""
        return frozenset(f"http://{host}" for host in self.hosts)

    @property
    def cookie_name(self) -> str:
        """The name of the cookie; with the port, which cookies do not tell apart."""
        return f"rmmatch-desk-{self.port}"

    @property
    def cookie(self) -> str:
        """The header that gives a browser its cookie."""
        return f"{self.cookie_name}={self._session}; Path=/; HttpOnly; SameSite=Strict"

    def is_token(self, token: str) -> bool:
        """Take a token: whether it is the right one. Then it is used up, and another made.

        Parameters
        ----------
        token : str
        """
        with self._guard:
            is_right = hmac.compare_digest(token.encode(), self._token.encode())
            if is_right:
                self._token = secrets.token_urlsafe(32)
        if is_right and self._file is not None:
            self.write_file(self._file)
        return is_right

    def has_cookie(self, cookies: str) -> bool:
        """Whether a browser has been let in.

        Parameters
        ----------
        cookies : str
            As its header has them.
        """
        for cookie in cookies.split(";"):
            name, _, session = cookie.strip().partition("=")
            if name == self.cookie_name:
                return hmac.compare_digest(session.encode(), self._session.encode())
        return False

    def is_csrf(self, text: str) -> bool:
        """Whether a page of this desk sent it.

        Parameters
        ----------
        text : str
        """
        return hmac.compare_digest(text.encode(), self.csrf.encode())

    def write_file(self, path: Path) -> None:
        """Write the page that lets its reader in; only its owner may read it.

        Parameters
        ----------
        path : Path
        """
        text = desk_text("enter.html", address=self.address, token=self._token)
        new = path.with_name(f".{path.name}.new")
        new.unlink(missing_ok=True)
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        os.replace(new, path)
        self._file = path

    def remove_file(self) -> None:
        """Remove the page that lets its reader in."""
        if self._file is not None:
            with suppress(OSError):
                self._file.unlink()
            self._file = None
