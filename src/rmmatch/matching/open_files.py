"""Where a record is written to or read from: a path, or a file that is open."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, Any, TypeAlias

__all__ = ["RecordPlace", "name_of", "read_open", "write_open"]

RecordPlace: TypeAlias = "str | os.PathLike[str] | IO[str] | IO[bytes]"


def name_of(place: RecordPlace) -> str:
    """Return what messages call a file.

    Parameters
    ----------
    place : path or open file
    """
    if isinstance(place, str | os.PathLike):
        return Path(place).name
    name = getattr(place, "name", None)  # a number where it was opened from a descriptor
    return Path(name).name if isinstance(name, str) and name else "record"


def read_open(file: Any) -> str:
    """Return the rest of an open file as text.

    Parameters
    ----------
    file : file open for text or bytes

    Raises
    ------
    UnicodeDecodeError
        Its bytes are not UTF-8.
    OSError
        It is closed, or not open for reading.
    """
    if file.closed:
        raise OSError("the file is closed")
    content = file.read()
    return content if isinstance(content, str) else bytes(content).decode("utf-8")


def write_open(file: Any, text: str) -> None:
    """Write text to an open file, in UTF-8 where it takes bytes.

    Parameters
    ----------
    file : file open for text or bytes
    text : str
        In ASCII, so that a file in any encoding holds it.

    Raises
    ------
    OSError
        It is closed, or not open for writing.
    """
    if file.closed:
        raise OSError("the file is closed")
    try:
        file.write("")
    except TypeError:
        file.write(text.encode("utf-8"))
    else:
        file.write(text)
