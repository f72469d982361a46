"""Letters, e-mail drafts and a merge table: what participants are told, written but never sent."""

from rmmatch.desk.letters.rows import FIELDS, Letter, letter_rows
from rmmatch.desk.letters.writing import KINDS, Letters, letters

__all__ = ["FIELDS", "KINDS", "Letter", "Letters", "letter_rows", "letters"]
