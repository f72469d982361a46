"""Letters in Word: one document a person, and all of them in one file for the printer."""

from __future__ import annotations

import io
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from rmmatch.desk.letters.rows import Letter
from rmmatch.desk.letters.word_template import WordTemplate

if TYPE_CHECKING:
    from docxtpl import DocxTemplate

__all__ = ["JoinedLetters", "filled_letter"]

_RED = "8A1F11"  # dark enough on white; wording
# What stands before the numbering of pages in the properties of a section, as the format orders it.
_BEFORE_NUMBERING = (
    *("headerReference", "footerReference", "footnotePr", "endnotePr", "type", "pgSz", "pgMar"),
    *("paperSrc", "pgBorders", "lnNumType"),
)


def filled_letter(template: WordTemplate, letter: Letter) -> DocxTemplate:
    """Return the letter of a person as a Word document, with the banner of a draft above it.

    Parameters
    ----------
    template : WordTemplate
    letter : Letter
    """
    document = template.filled(letter.context)
    if letter.fields["status"]:
        document.docx.element.body.insert(0, _banner(letter.fields["status"]))
    return document


def _banner(text: str) -> Any:
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    border = f'w:val="single" w:sz="12" w:space="4" w:color="{_RED}"'
    return parse_xml(
        f"<w:p {nsdecls('w')}><w:pPr><w:keepNext/><w:pBdr><w:top {border}/><w:left {border}/>"
        f"<w:bottom {border}/><w:right {border}/></w:pBdr>"
        '<w:spacing w:before="0" w:after="240"/></w:pPr><w:r><w:rPr><w:b/>'
        f'<w:color w:val="{_RED}"/></w:rPr><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'
    )


class JoinedLetters:
    """Letters of one template in one document: each is a section with pages of its own."""

    def __init__(self) -> None:
        self._document: Any = None
        self._bodies: list[list[Any]] = []

    def add(self, document: DocxTemplate) -> None:
        """Add a letter.

        Parameters
        ----------
        document : DocxTemplate
            As `filled_letter` returns it.
        """
        if self._document is None:
            self._document = document.docx
        body = document.docx.element.body
        self._bodies.append([deepcopy(child) for child in body if not _is(child, "sectPr")])

    @property
    def content(self) -> bytes:
        """The document as a file."""
        from docx.oxml import OxmlElement

        body = self._document.element.body
        section = body.find(_qualified("sectPr"))
        section = OxmlElement("w:sectPr") if section is None else section
        for child in list(body):
            body.remove(child)
        _number_pages_from_one(section)
        for place, children in enumerate(self._bodies, start=1):
            body.extend(children)
            if place < len(self._bodies):
                _end_section(body, section)
        body.append(section)
        _number_drawings(body)
        file = io.BytesIO()
        self._document.save(file)
        return file.getvalue()


def _qualified(name: str) -> str:
    from docx.oxml.ns import qn

    return str(qn(f"w:{name}"))


def _is(element: Any, *names: str) -> bool:
    return element.tag in map(_qualified, names)


def _end_section(body: Any, section: Any) -> None:
    """Let the next page begin after what stands in a document so far."""
    from docx.oxml import OxmlElement

    last: Any = body[-1] if len(body) else None
    is_free = (
        last is not None and _is(last, "p") and last.find(f".//{_qualified('sectPr')}") is None
    )
    if not is_free:
        last = OxmlElement("w:p")
        body.append(last)
    properties = last.get_or_add_pPr()
    properties.append(deepcopy(section))


def _number_pages_from_one(section: Any) -> None:
    from docx.oxml import OxmlElement

    for child in list(section):
        if _is(child, "type"):  # a new page is what a section has that says nothing
            section.remove(child)
    numbering = section.find(_qualified("pgNumType"))
    if numbering is None:
        numbering = OxmlElement("w:pgNumType")
        n_before = sum(_is(child, *_BEFORE_NUMBERING) for child in section)
        section.insert(n_before, numbering)
    numbering.set(_qualified("start"), "1")


def _number_drawings(body: Any) -> None:
    """Give each picture a number of its own, as Word wants it."""
    from docx.oxml.ns import qn

    for number, picture in enumerate(body.iter(qn("wp:docPr")), start=1):
        picture.set("id", str(number))
