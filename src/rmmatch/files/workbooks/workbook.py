"""Workbooks: looked into before they are loaded, because a small file can unfold to anything.

What is looked at of an xlsx workbook: how large its parts are, the length of each text, how far
the sheet that is asked for reaches, and how often its texts are repeated. Of ods and xlsb
workbooks the same, of every sheet; not, in xlsb, how often texts are repeated. Of xls workbooks,
which are not packed, how far each sheet reaches; not how often texts are repeated.
"""

from __future__ import annotations

import contextlib
import copy
import html
import io
import re
import sys
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from rmmatch.errors import MissingExtraError
from rmmatch.files.table_limits import MAX_CELL_CHARACTERS, UnreadableError, too_long_error
from rmmatch.files.workbooks.extents import check_weight, is_light
from rmmatch.files.workbooks.ods import check_ods
from rmmatch.files.workbooks.xls import check_xls
from rmmatch.files.workbooks.xlsb import check_xlsb, records
from rmmatch.files.workbooks.xlsx import check_xlsx
from rmmatch.files.workbooks.xml_tags import attributes, whole_tags
from rmmatch.spelling import fold

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

__all__ = ["MAGIC", "sheet_names", "sheet_rows", "visible_sheet_names"]

_ZIP = b"PK\x03\x04"
MAGIC = (_ZIP, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")  # zip (xlsx, ods), OLE (xls)

_BLOCK_BYTES = 1 << 20  # read at once; speed only
_MIN_UNFOLDED_BYTES_ALLOWED = 32 << 20  # that any part may unfold to; limit of input
_MAX_UNFOLDING_RATIO = 200  # of a larger part: tables of people come to 30; limit of input
# No character is written in more than ten bytes; limit of input.
_MAX_TEXT_BYTES = 10 * MAX_CELL_CHARACTERS
_PROBE_BYTES = 4 << 20  # in which a text without an end shows; wording
# Folders whose parts are loaded with the workbook.
_LOADED_FOLDERS = ("", "_rels", "meta-inf", "xl", "xl/_rels")
_RESAVE_REMEDY = "open it in a spreadsheet and save it as xlsx or csv"

_SHARED_STRINGS_PART = "xl/sharedstrings.xml"
_SHEET = re.compile(rb"<(?:[\w.-]+:)?sheet\s([^<>]*)>")
_RELATIONSHIP = re.compile(rb"<(?:[\w.-]+:)?Relationship\s([^<>]*)>")
_STRING_END = re.compile(rb"</(?:[\w.-]+:)?si\s*>|<(?:[\w.-]+:)?si\b[^<>]*/>")
_NUMBER = re.compile(rb"v\s*>\s*([0-9]{1,9})")
_CELL_NAME = re.compile(rb'\sr="([A-Z]+[0-9]+)"')
_OVERLAP_BYTES = 512  # the tags of a plain cell are shorter; wording
_MIN_CELL_BYTES = 16  # of <c><v>1</v></c>; speed only


def sheet_names(data: bytes) -> tuple[str, ...]:
    """Return the names of the sheets of a workbook.

    Parameters
    ----------
    data : bytes
        Of the file.

    Raises
    ------
    UnreadableError, MissingExtraError
    """
    return tuple(_open_zip(data)[0].sheet_names)


def visible_sheet_names(data: bytes) -> tuple[str, ...]:
    """Return the names of the sheets of a workbook that are shown and have cells.

    Survey tools keep what they know of a form in a hidden sheet.

    Parameters
    ----------
    data : bytes
        Of the file.

    Raises
    ------
    UnreadableError, MissingExtraError
    """
    # Compared by name: in some versions of python-calamine these are not equal to themselves.
    return tuple(
        sheet.name
        for sheet in _open_zip(data)[0].sheets_metadata
        if str(sheet.visible).endswith("Visible") and str(sheet.typ).endswith("WorkSheet")
    )


def sheet_rows(data: bytes, sheet: str | None) -> Iterable[Sequence[object]]:
    """Return a sheet row by row, from the first one on.

    Parameters
    ----------
    data : bytes
        Of the file.
    sheet : str or None
        Its name in any spelling; None for the first sheet.

    Raises
    ------
    UnreadableError, MissingExtraError
    """
    book, parts = _open_zip(data)
    matches = [name for name in book.sheet_names if sheet is None or fold(name) == fold(sheet)]
    if not matches:
        sheet_list = ", ".join(map(repr, book.sheet_names))
        raise UnreadableError("no such sheet", f"its sheets are {sheet_list}", value=sheet or "")
    with _as_unreadable("the sheet cannot be read", "save it again"):
        if parts is not None:
            parts.check_sheet(matches[0])
        return book.get_sheet_by_name(matches[0]).iter_rows()


def _open_zip(data: bytes) -> tuple[CalamineWorkbook, _ZipParts | None]:
    try:
        from python_calamine import CalamineWorkbook
    except ImportError:
        raise MissingExtraError("python-calamine", "excel", "reading a spreadsheet") from None
    parts = None
    with _as_unreadable("is not a workbook that can be read", _RESAVE_REMEDY):
        if data.startswith(_ZIP):
            parts = _ZipParts(data)
            parts.check()
        else:
            check_xls(data)
        return CalamineWorkbook.from_filelike(io.BytesIO(data)), parts


@contextlib.contextmanager
def _as_unreadable(reason: str, remedy: str) -> Iterator[None]:
    """Turn whatever a damaged file leads to into why it cannot be read."""
    from python_calamine import CalamineError

    try:
        yield
    except (CalamineError, zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise UnreadableError(f"{reason}: {error}", remedy) from None
    except (NotImplementedError, RuntimeError):  # packed or encrypted in a way nobody expects
        raise UnreadableError(reason, remedy) from None


class _ZipParts:
    """The files in a zipped workbook, each read to its real end, but no further than it should.

    Parameters
    ----------
    data : bytes
        Of the workbook.
    """

    def __init__(self, data: bytes) -> None:
        self._archive = zipfile.ZipFile(io.BytesIO(data))
        self._parts: dict[str, list[zipfile.ZipInfo]] = defaultdict(list)
        for entry in self._archive.infolist():
            self._parts[entry.filename.replace("\\", "/").casefold()].append(entry)
        self._unfolded: dict[str, int] = defaultdict(int)  # bytes of the parts that were read
        self._longest = 0  # bytes that a shared text may have

    def check(self) -> None:
        """Refuse what must not be loaded with the workbook itself.

        Raises
        ------
        UnreadableError
        """
        for name in tuple(self._parts):
            if name == "content.xml":
                check_ods(partial(self._texts, name))
            elif name == _SHARED_STRINGS_PART:
                self._measure_strings()
            elif name == "xl/sharedstrings.bin":
                _exhaust(records(self._blocks(name)))
            elif name.rpartition("/")[0] in _LOADED_FOLDERS:
                _exhaust(self._blocks(name))
        for target in self._targets("xl/_rels/workbook.bin.rels").values():
            if not target.endswith((".xml", "/vbaproject.bin")):
                check_xlsb(partial(self._blocks, target))

    def check_sheet(self, sheet: str) -> None:
        """Refuse a sheet of an xlsx workbook that must not be loaded.

        Raises
        ------
        UnreadableError
        """
        targets = self._targets("xl/_rels/workbook.xml.rels")
        named = [
            targets[tag[key]]
            for tag in self._tags(_SHEET, "xl/workbook.xml")
            if html.unescape(tag.get(b"name", b"").decode(errors="replace")) == sheet
            for key in tag
            if key.endswith(b":id") and tag[key] in targets
        ]
        for name in named or targets.values():
            check_xlsx(partial(self._texts, name))
            self._check_weight(name)

    def _targets(self, name: str) -> dict[bytes, str]:
        """Return the parts that a part refers to, by what it calls them."""
        targets = {}
        for tag in self._tags(_RELATIONSHIP, name):
            target = tag.get(b"Target", b"").decode(errors="replace")
            path = target.removeprefix("/") if target.startswith("/xl/") else target
            path = path if path.startswith("xl/") else f"xl/{path}"
            targets[tag.get(b"Id", b"")] = path.casefold()
        return targets

    def _tags(self, pattern: re.Pattern[bytes], name: str) -> list[dict[bytes, bytes]]:
        text = b"".join(self._texts(name))
        return [attributes(match[1]) for match in pattern.finditer(text)]

    # Parts as they unfold -------------------------------------------------------------------

    def _blocks(self, name: str) -> Iterator[bytes]:
        """Yield a part in blocks, and stop at one that unfolds to far more than a table."""
        self._unfolded[name] = 0
        for entry in self._parts.get(name, ()):
            if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise NotImplementedError
            max_bytes = max(_MIN_UNFOLDED_BYTES_ALLOWED, _MAX_UNFOLDING_RATIO * entry.compress_size)
            if entry.file_size > max_bytes:
                max_bytes = _PROBE_BYTES
            # The size that the archive gives may be wrong: read on to the end of what is packed.
            unlimited_entry = copy.copy(entry)
            unlimited_entry.file_size, unlimited_entry.CRC = sys.maxsize, None  # type: ignore[assignment]
            n_bytes = 0
            with self._archive.open(unlimited_entry) as file:
                while block := file.read(_BLOCK_BYTES):
                    n_bytes += len(block)
                    if n_bytes > max_bytes:
                        raise _unfolding_error()
                    yield block
            self._unfolded[name] += n_bytes

    def _texts(self, name: str) -> Iterator[bytes]:
        """Yield a part of XML in blocks, and stop where a text goes on and on without a tag."""
        before = b""
        n_bytes_since = 0  # bytes since the last "<"
        for block in self._blocks(name):
            start = -n_bytes_since
            while start + _MAX_TEXT_BYTES < len(block):
                place = block.rfind(b"<", max(start + 1, 0), start + _MAX_TEXT_BYTES + 1)
                if place < 0:
                    yield block[: max(start, 0)]
                    cells = _CELL_NAME.findall((before + block)[: len(before) + start + 1])
                    raise too_long_error(cells[-1].decode() if cells else "")
                start = place
            n_bytes_since = len(block) - max(start, block.rfind(b"<"))
            before = block
            yield block

    # Texts that many cells share ------------------------------------------------------------

    def _measure_strings(self) -> None:
        """Find the longest of the shared texts, or more; which one it is costs far more time."""
        end, n_bytes_since = None, 0
        try:
            for text in whole_tags(self._texts(_SHARED_STRINGS_PART)):
                if end is None:
                    root = re.search(rb"<([\w.-]+:)?sst[\s>]", text)
                    end = b"</%bsi>" % (root[1] or b"" if root else b"")
                first_length, *later_lengths = map(len, text.split(end))
                n_bytes_since += first_length
                if later_lengths:
                    self._longest = max(self._longest, n_bytes_since, *later_lengths)
                    n_bytes_since = later_lengths[-1]
            self._longest = max(self._longest, n_bytes_since)
        except UnreadableError as error:
            if error.code == "cell_too_long":
                raise too_long_error(self._cell_with_string(len(self._string_ends()) - 1)) from None
            raise

    def _string_ends(self) -> list[int]:
        """Return where the shared texts end, as far as they can be read."""
        ends, offset = [0], 0
        with contextlib.suppress(UnreadableError):
            for text in whole_tags(self._texts(_SHARED_STRINGS_PART)):
                ends += [offset + end.end() for end in _STRING_END.finditer(text)]
                offset += len(text)
        return ends

    def _cell_with_string(self, index: int) -> str:
        """Return the first cell that has a shared text; empty where none is plain to see."""
        value = re.compile(rb'\sr="([A-Z]+[0-9]+)"[^<>]*\st="s"[^<>]*><(?:[\w.-]+:)?v>%d<' % index)
        for name in self._parts:
            overlap = b""
            for block in self._blocks(name) if "/worksheets/" in name else ():
                if match := value.search(overlap + block):
                    return match[1].decode()
                overlap = block[-_OVERLAP_BYTES:]
        return ""

    def _check_weight(self, name: str) -> None:
        """Refuse a sheet in which long texts stand in very many cells."""
        n_bytes = self._unfolded[name]
        if is_light(self._longest * n_bytes // _MIN_CELL_BYTES, n_bytes):
            return
        count = sum(block.count(b"<v") + block.count(b":v") for block in self._blocks(name))
        if is_light(self._longest * count, n_bytes):
            return
        sizes = np.diff(self._string_ends())
        if not len(sizes):
            return
        uses = np.zeros(len(sizes), dtype=np.int64)
        for text in whole_tags(self._blocks(name)):
            places = np.array(_NUMBER.findall(text), dtype="S9").astype(np.int64)
            uses += np.bincount(places[places < len(uses)], minlength=len(uses))
            count -= len(places)
        uses[0] += max(count, 0)  # what is no number is read as 0
        check_weight(int(uses @ sizes), n_bytes)


def _unfolding_error() -> UnreadableError:
    return UnreadableError(
        f"a part of it unfolds to over {_MAX_UNFOLDING_RATIO} times its size, as no table of "
        "people does",
        "copy the cells of the table into a new workbook",
        code="file_too_large",
    )


def _exhaust(items: Iterable[object]) -> None:
    for _ in items:
        pass
