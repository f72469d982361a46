"""A letter in paragraphs, for e-mails and for the page that prints."""

from __future__ import annotations

from typing import NamedTuple

from rmmatch.desk.letters.rows import Letter

__all__ = ["Paragraph", "letter_paragraphs", "letter_text"]


class Paragraph(NamedTuple):
    """A paragraph, or a list below a line.

    Attributes
    ----------
    text : str
    items : tuple of str
        What is listed below it.
    """

    text: str
    items: tuple[str, ...] = ()


def letter_paragraphs(letter: Letter) -> list[Paragraph]:
    """Return a letter in paragraphs, from greeting to name.

    Parameters
    ----------
    letter : Letter
    """
    fields = letter.fields
    paragraphs = [Paragraph(f"Dear {fields['first_name']},")]
    if fields["kind"] != "withdrew":
        paragraphs.append(Paragraph(f"Thank you for taking part in {fields['scheme_name']}."))
    paragraphs.append(Paragraph(fields["news"]))
    for partner in letter.partners:
        paragraphs.append(Paragraph(f"About {partner['label']}:", partner["about"]))
        paragraphs.append(Paragraph("What you have in common:", partner["reasons"]))
    paragraphs = [entry for entry in paragraphs if entry.items or not entry.text.endswith(":")]
    if fields["next_step"]:
        paragraphs.append(Paragraph(fields["next_step"]))
    paragraphs.append(Paragraph("If something here is not right, please tell us."))
    paragraphs.append(Paragraph("Kind regards,"))
    paragraphs.append(Paragraph(fields["sender"]))
    return paragraphs


def letter_text(letter: Letter) -> str:
    """Return a letter as plain text, with the banner of a draft above it.

    Parameters
    ----------
    letter : Letter
    """
    pieces = [f"[{letter.fields['status']}]"] if letter.fields["status"] else []
    for paragraph in letter_paragraphs(letter):
        pieces.append("\n".join([paragraph.text, *(f"- {item}" for item in paragraph.items)]))
    return "\n\n".join(pieces) + "\n"
