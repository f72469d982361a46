"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from rmmatch.errors import Problem, RecordError
from rmmatch.files.access import access_fault

__all__ = ["write_record", "write_text", "write_whole"]


def write_text(path: Path, text: str) -> None:
    """Write a text to a file, whole or not at all.

    Parameters
    ----------
    path : Path
        Of a file in a folder that exists.
    text : str
        Is written in UTF-8.

    Raises
    ------
    OSError
        The file cannot be written; it is then as it was before.
    """
    write_whole(path, lambda file: file.write(text.encode()))


def write_whole(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Let a function write to a file, whole or not at all.

    Parameters
    ----------
    path : Path
        Of a file in a folder that exists.
    write : callable
        Writes to the open file that it is given. Where it raises, the file at `path` is as it was
        before.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(name, 0o666 & ~umask)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def write_record(path: Path, content: str | Callable[[IO[bytes]], object]) -> None:
    """Write a file whole or not at all, and say in words why it cannot be written.

    Parameters
    ----------
    path : Path
    content : str or callable
        A text; or what writes the bytes to the file it is given.

    Raises
    ------
    RecordError
        The file cannot be written.
    """
    try:
        if isinstance(content, str):
            write_text(path, content)
        else:
            write_whole(path, content)
    except OSError as error:
        remedy = "name a file in a folder that exists and has space"
        reason, remedy = access_fault(error, "written", remedy)
        raise RecordError(
            [Problem(str(path), "", "", "", reason, remedy, code="cannot_write")]
        ) from None
