"""The XML of a workbook's parts, read tag by tag in blocks of bytes, without a parser."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rmmatch.files.workbooks.extents import unclear_error

__all__ = ["ATTRIBUTES", "MAX_ROW_BYTES", "attributes", "text_before_tag", "whole_tags"]

# A pattern of all attributes of a tag, whatever stands in quotation marks.
ATTRIBUTES = rb"""(?:[^<>"']|"[^"<]*"|'[^'<]*')*"""
_ATTRIBUTE = re.compile(rb"""([^\s"'<>/=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
MAX_ROW_BYTES = 32 << 20  # bytes of XML; limit of input
_ALL_BUT_BRACKETS = bytes(set(range(256)) - set(b"<>"))


def attributes(tag: bytes) -> dict[bytes, bytes]:
    """Return the attributes of a tag by name, as they are written.

    Parameters
    ----------
    tag : bytes
        What stands between the name of the tag and ``>``.
    """
    return {match[1]: match[2] or match[3] or b"" for match in _ATTRIBUTE.finditer(tag)}


def whole_tags(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield a stretch of XML in blocks that each end before a tag.

    Parameters
    ----------
    blocks : iterable of bytes
        The same stretch, cut anywhere.
    """
    unread = b""
    for block in blocks:
        text = unread + block
        cut = max(text.rfind(b"<"), 0)
        yield text[:cut]
        unread = text[cut:]
    yield unread


def text_before_tag(text: bytes) -> bytes:
    """Return a stretch of XML that ends before a tag; refuse what would hide tags or has no end.

    Parameters
    ----------
    text : bytes

    Raises
    ------
    UnreadableError
    """
    brackets = text.translate(None, _ALL_BUT_BRACKETS) + b"<"  # what follows is a tag
    if len(text) > MAX_ROW_BYTES or b"<<" in brackets or b"<!-" in text or b"<![" in text:
        raise unclear_error()
    return text
