"""Folders with people in them, and desks that are open on them: in this process, or served."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rmmatch as rm
from rmmatch import synthetic
from rmmatch.desk.web import Door, create_app

PORT = 8123
BASE = f"http://127.0.0.1:{PORT}"
_TOKEN = re.compile(r'name="token" value="([^"]+)"')


def demo_folder(path: Path) -> Path:
    """A folder with the people and the scheme of the bundled example."""
    rm.open_folder(path, create=True).close()
    for source in synthetic.demo_files():
        (path / source.name).write_bytes(source.read_bytes())
    return path


def token_of(file: Path) -> str:
    match = _TOKEN.search(file.read_text(encoding="utf-8"))
    assert match
    return match[1]


@dataclass
class OpenDesk:
    """A desk in this process, and a browser that it has let in."""

    folder: rm.SchemeFolder
    door: Door
    app: Any
    client: Any

    def post(self, path: str, **fields: Any) -> Any:
        """Post a form as a page of the desk does."""
        files = fields.pop("files", None)
        headers = {"X-Rmmatch-Desk": self.door.csrf, "HX-Request": "true"}
        return self.client.post(path, data=fields, files=files, headers=headers)

    def get(self, path: str) -> Any:
        return self.client.get(path)

    @property
    def version(self) -> str:
        run = self.folder.current
        return "" if run is None else self.app.state.desk.version_of(run)


def open_desk(path: Path, *, by: str = "Ann Lee") -> OpenDesk:
    from starlette.testclient import TestClient

    folder = rm.open_folder(path, create=True, by=by)
    door = Door(PORT)
    app = create_app(folder, door)
    client = TestClient(app, base_url=BASE, follow_redirects=False)
    file = path / ".desk" / "enter-test.html"
    door.write_file(file)
    answer = client.post("/enter", data={"token": token_of(file)})
    assert answer.status_code == 303, answer.text
    return OpenDesk(folder, door, app, client)


@dataclass
class ServedDesk:
    """A desk that another process serves."""

    process: Any
    address: str
    enter_file: Path
    lines: list[str]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def served_desk(path: Path, *options: str) -> Iterator[ServedDesk]:
    """Serve a folder as the command does; it is killed at the end if it still runs."""
    command = [sys.executable, "-m", "rmmatch", "desk", str(path), "--no-browser", *options]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ.copy()
    )
    lines: list[str] = []
    assert process.stdout is not None
    try:
        for line in process.stdout:
            lines.append(line)
            if "To close it" in line:
                break
        text = "".join(lines)
        address = re.search(r"http://127\.0\.0\.1:\d+/", text)
        file = re.search(r"browser: (.+)", text)
        assert address, text
        assert file, text
        yield ServedDesk(process, address[0], Path(file[1].strip()), lines)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        lines += process.stdout.readlines()
        process.stdout.close()
