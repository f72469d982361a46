"""Make the two letter templates that rmmatch ships.

``python docs/letter_templates.py`` writes both into the package; a test says when one of them is
out of date. Change the words here, not in the files.
"""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

FOLDER = Path(__file__).parents[1] / "src" / "rmmatch" / "desk" / "letters" / "templates"
MADE = datetime(2026, 1, 1)
PARAGRAPHS = {
    "mentee": {
        "before": "Before you meet, think about what you would like to talk about first.",
        "title": "Letter to a mentee",
    },
    "mentor": {
        "before": "Before you meet, think about what you can share from your own experience.",
        "title": "Letter to a mentor",
    },
}


def paragraphs(role: str) -> list[tuple[str, str]]:
    """The text of a template: the style of each paragraph, and its words."""
    return [
        ("Right", "{{ date }}"),
        ("Normal", "Dear {{ first_name }},"),
        ("Normal", "{%p if kind != 'withdrew' %}"),
        ("Normal", "Thank you for taking part in {{ scheme_name }}."),
        ("Normal", "{%p endif %}"),
        ("Normal", "{{ news }}"),
        ("Normal", "{%p for partner in partners %}"),
        ("Normal", "{%p if partner.about %}"),
        ("Above list", "About {{ partner.label }}"),
        ("Normal", "{%p for line in partner.about %}"),
        ("List Bullet", "{{ line }}"),
        ("Normal", "{%p endfor %}"),
        ("Normal", "{%p endif %}"),
        ("Normal", "{%p if partner.reasons %}"),
        ("Above list", "What you have in common"),
        ("Normal", "{%p for line in partner.reasons %}"),
        ("List Bullet", "{{ line }}"),
        ("Normal", "{%p endfor %}"),
        ("Normal", "{%p endif %}"),
        ("Normal", "{%p endfor %}"),
        ("Normal", "{%p if kind == 'pair' %}"),
        ("Above list", "What happens next"),
        ("Normal", f"{{{{ next_step }}}} {PARAGRAPHS[role]['before']}"),
        ("Normal", "{%p elif next_step %}"),
        ("Normal", "{{ next_step }}"),
        ("Normal", "{%p endif %}"),
        ("Normal", "If something here is not right, please tell us."),
        ("Keep", "Kind regards,"),
        ("Normal", "{{ sender }}"),
    ]


def template(role: str) -> bytes:
    """A template as a file, the same bytes each time."""
    document = Document()
    _set_page(document)
    _set_styles(document)
    for style, text in paragraphs(role):
        document.add_paragraph(text, style=style)
    properties = document.core_properties
    properties.author, properties.comments = "", "Change this letter as you like."
    properties.title, properties.language = PARAGRAPHS[role]["title"], "en-GB"
    properties.created = properties.modified = MADE
    properties.last_modified_by, properties.revision = "", 1
    file = io.BytesIO()
    document.save(file)
    return _without_times(file.getvalue())


def _set_page(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.5)
    section.top_margin = section.bottom_margin = Cm(2.5)


def _set_styles(document: Any) -> None:
    styles = document.styles
    normal = styles["Normal"]
    normal.font.name, normal.font.size = "Arial", Pt(11)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), "Arial")
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "en-GB")
    normal.element.rPr.append(language)
    normal.paragraph_format.space_after, normal.paragraph_format.line_spacing = Pt(10), 1.15
    styles["List Bullet"].paragraph_format.space_after = Pt(3)
    right = styles.add_style("Right", 1)
    right.base_style = normal
    right.paragraph_format.alignment = 2
    above = styles.add_style("Above list", 1)
    above.base_style = normal
    above.font.bold = True
    above.paragraph_format.space_before, above.paragraph_format.space_after = Pt(8), Pt(3)
    above.paragraph_format.keep_with_next = True
    closing = styles.add_style("Keep", 1)
    closing.base_style = normal
    closing.paragraph_format.keep_with_next = True
    closing.paragraph_format.space_before = Pt(8)


def _without_times(content: bytes) -> bytes:
    """A zip file with one time for all of its entries."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as new,
    ):
        for name in sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            entry = zipfile.ZipInfo(name, MADE.timetuple()[:6])
            new.writestr(entry, old.read(name), zipfile.ZIP_DEFLATED)
    return file.getvalue()


if __name__ == "__main__":
    for role in PARAGRAPHS:
        (FOLDER / f"{role}.docx").write_bytes(template(role))
