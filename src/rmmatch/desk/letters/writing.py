"""`letters`: every file of letters, in one folder, drafts until the pairing is approved."""

from __future__ import annotations

import importlib.util
import io
import os
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from rmmatch.analysis.explanations.participant_sheet import profile_columns
from rmmatch.cohort import Role
from rmmatch.desk.letters.drafts import can_be_written_to, draft_bytes
from rmmatch.desk.letters.merge_table import write_merge_csv, write_merge_workbook
from rmmatch.desk.letters.print_page import print_page_text
from rmmatch.desk.letters.rows import Letter, fields_of_run, letter_rows
from rmmatch.desk.letters.word_letters import JoinedLetters, filled_letter
from rmmatch.desk.letters.word_template import WordTemplate, load_template
from rmmatch.errors import Problem, ProblemsError, nearest
from rmmatch.files import markup
from rmmatch.files.folder import keep_files, staged
from rmmatch.files.json_data import JsonAnswer, json_data
from rmmatch.lifecycle.rematch import Rematch
from rmmatch.matching import Result
from rmmatch.matching.display import list_text, n_text
from rmmatch.progress import Bar, progress_bar
from rmmatch.spelling import unaccented

__all__ = ["KINDS", "Letters", "letters"]

KINDS = ("merge", "docx", "drafts", "print")
"""What is written by default; ``templates`` besides writes the two templates, to change them."""

_TEMPLATES = "templates"
_ROLES: tuple[Role, Role] = ("mentee", "mentor")
_DRAFT_PREFIX = "draft-"
_FILES = (
    *("letters.csv", "letters.xlsx", "letters.docx", "letters-mentees.docx"),
    *("letters-mentors.docx", "letters-docx.zip", "email-drafts.zip", "letters.html"),
)
_TEMPLATE_FILES = {role: f"letter-template-{role}.docx" for role in _ROLES}
_MAX_NAME_CHARACTERS = 40  # of a person, in the name of a file; wording
_MAX_SHOWN_PEOPLE = 10  # in a note; wording

Place = str | os.PathLike[str]
Template = Place | Mapping[str, Place]


@dataclass(frozen=True, repr=False)
class Letters(JsonAnswer):
    """Which letters were written.

    Attributes
    ----------
    folder : Path
    files : tuple of str
        Names of the files in the folder.
    n_letters : int
    status : str
        “Draft – not approved”, or empty once the pairing is approved.
    notes : tuple of str
        What to look at before anything is sent.
    """

    folder: Path
    files: tuple[str, ...]
    n_letters: int
    status: str
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain JSON data."""
        data = {"folder": str(self.folder), "files": self.files, "n_letters": self.n_letters}
        return {
            key: json_data(entry)
            for key, entry in {**data, "status": self.status, "notes": self.notes}.items()
        }

    @property
    def headline(self) -> str:
        """How many letters there are, and whether they may be sent."""
        state = self.status or "the pairing is approved"
        return f"{n_text(self.n_letters, 'letter')}: {state}. Nothing was sent."

    def __repr__(self) -> str:
        return "\n".join([self.headline, *(f"  {line}" for line in (*self.files, *self.notes))])

    def _repr_html_(self) -> str:
        return markup.sentences_block(repr(self).splitlines())


def letters(
    result: Result | Rematch,
    folder: Place,
    *,
    template: Template | None = None,
    kinds: Collection[str] = KINDS,
    partners_agreed: bool = False,
    sender: str = "",
    day: date | None = None,
    progress: bool = False,
) -> Letters:
    """Write the letters of a pairing to a folder; nothing is sent.

    Until the pairing is approved every letter, subject and file says that it is a draft. A partner
    is named where their column ``consent`` says yes. Nobody reads an id, a score, a rank, why
    others were not chosen, or the value of a sensitive column.

    Parameters
    ----------
    result : Result or Rematch
        With the names and addresses of the people: a saved run has none, so load it with the
        tables. Of a rematch, everybody for whom something changes gets a letter.
    folder : str or path
        Is made where it does not exist. Drafts of an earlier call are removed; letters of an
        approved pairing are only replaced by those of another approved one.
    template : str, path or mapping of role to path, optional
        Your own letter as a Word document with fields such as ``{{ first_name }}``; one for
        everybody, or one for each of ``mentee`` and ``mentor``. It is checked before the first
        letter. By default two templates of the library.
    kinds : collection of {'merge', 'docx', 'drafts', 'print', 'templates'}
        A merge table (csv and xlsx); letters in Word (one file for the printer, and a zip with
        one document a person); e-mail drafts (a zip of .eml files); a page that prints; and the
        two templates of the library, to change them.
    partners_agreed : bool
        Say that everybody agreed to be named to their partner, with their contact details, who
        did not answer under ``consent``. A no there always counts.
    sender : str
        Who writes; “The coordinator” by default.
    day : date, optional
        Of the letters; today by default.
    progress : bool
        Show a bar where it takes longer than two seconds.

    Returns
    -------
    Letters
        ``.files``, ``.notes``: what to look at before anything is sent.

    Raises
    ------
    MissingExtraError
        docxtpl is not installed (``docx`` and ``print`` need it).
    NoMatchingError
        The result has no matching.
    ProblemsError
        A template has problems, all of them listed; nobody has a name or an address; the folder
        cannot be written, or has letters of an approved pairing. Nothing was written.
    ValueError
        A kind is none of those above.

    Examples
    --------
    >>> import rmmatch as rm, tempfile
    >>> result = rm.match(*rm.synthetic.demo())
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = rm.letters(result, folder, kinds=["drafts"], partners_agreed=True)
    >>> written.files, written.n_letters, written.status
    (('draft-email-drafts.zip',), 104, 'Draft – not approved')
    """
    _check_kinds(kinds)
    pairing = result if isinstance(result, Result) else result.result
    day = day or date.today()
    rows = letter_rows(result, partners_agreed=partners_agreed, sender=sender, day=day)
    fields = fields_of_run(pairing.scheme, profile_columns(pairing))
    _check_names(pairing, rows)
    status = pairing.review.banner
    target = Path(folder)
    writer = _Files(rows, tuple(fields), day, status, pairing.scheme.name or "Letters")
    with ExitStack() as stack:
        templates = _load_templates(stack, template, fields) if "docx" in kinds else {}
        if status:
            keep_files(target, _FILES)
        if _TEMPLATES in kinds:
            keep_files(target, _TEMPLATE_FILES.values())
        new = stack.enter_context(staged(target, owned=[_DRAFT_PREFIX + name for name in _FILES]))
        if "merge" in kinds:
            writer.write_merge(new)
        if "docx" in kinds:
            with progress_bar("letters", total=len(rows), unit="letter", is_shown=progress) as bar:
                writer.write_word(new, templates, bar)
        if "drafts" in kinds:
            writer.write_drafts(new)
        if "print" in kinds:
            writer.write_page(new)
        if _TEMPLATES in kinds:
            for role, name in _TEMPLATE_FILES.items():
                (new / name).write_bytes(_shipped(role).read_bytes())
        names = tuple(sorted(path.name for path in new.iterdir()))
    notes = (*_notes(rows, kinds, partners_agreed=partners_agreed), *writer.notes)
    return Letters(target, names, len(rows), status, notes)


def _check_kinds(kinds: Collection[str]) -> None:
    choices = (*KINDS, _TEMPLATES)
    for kind in [kinds] if isinstance(kinds, str) else kinds:
        if kind not in choices or isinstance(kinds, str):
            close = nearest(kind, choices)
            hint = f"; did you mean [{close!r}]?" if close else ""
            raise ValueError(f"kinds must be some of {', '.join(choices)}, not {kinds!r}{hint}")


def _check_names(result: Result, rows: Sequence[Letter]) -> None:
    """Refuse letters to nobody: a saved run has no names."""
    if rows and not any(row.fields["name"] or row.fields["email"] for row in rows):
        reason = "nobody has a name or an e-mail address here"
        remedy = "give the tables of the people as well: a saved run has no names"
        file = result.cohort.sources[0].name if result.cohort.sources else "cohort"
        raise ProblemsError([Problem(file, "", "name", "", reason, remedy, code="no_names")])


def _shipped(role: Role) -> Any:
    return files("rmmatch.desk.letters").joinpath("templates", f"{role}.docx")


def _load_templates(
    stack: ExitStack, template: Template | None, fields: Collection[str]
) -> dict[Role, WordTemplate]:
    """Return the checked template of each side; the same where there is one for everybody."""
    if isinstance(template, str | os.PathLike):
        own = load_template(Path(template), fields)
        return dict.fromkeys(_ROLES, own)
    unknown = sorted(set(template or {}) - set(_ROLES))
    if unknown:
        raise ValueError(f"template must be of mentee and mentor, not of {unknown[0]!r}")
    chosen: dict[Role, WordTemplate] = {}
    for role in _ROLES:
        place = (template or {}).get(role)
        path = Path(place) if place is not None else stack.enter_context(as_file(_shipped(role)))
        chosen[role] = load_template(path, fields)
    return chosen


class _Files:
    """Writes the letters of one call to the folder in which they are gathered."""

    def __init__(
        self, rows: Sequence[Letter], header: Sequence[str], day: date, status: str, title: str
    ) -> None:
        self.rows, self.header, self.day, self.status = rows, header, day, status
        self.title = f"{status}: {title}" if status else title
        self.prefix = _DRAFT_PREFIX if status else ""
        self.notes: list[str] = []

    def write_merge(self, new: Path) -> None:
        write_merge_csv(self.header, self.rows, new / f"{self.prefix}letters.csv")
        if importlib.util.find_spec("xlsxwriter"):
            path = new / f"{self.prefix}letters.xlsx"
            write_merge_workbook(self.header, self.rows, path, title=self.title)
        else:
            self.notes.append('For the table as a workbook: pip install "rmmatch[excel]"')

    def write_word(self, new: Path, templates: Mapping[Role, WordTemplate], bar: Bar) -> None:
        is_same = templates["mentee"] is templates["mentor"]
        joined: dict[str, JoinedLetters] = {}
        documents: list[tuple[str, bytes]] = []
        for row, name in zip(self.rows, self._names(".docx"), strict=True):
            document = filled_letter(templates[row.role], row)
            end = ".docx" if is_same else f"-{row.role}s.docx"
            joined.setdefault(f"letters{end}", JoinedLetters()).add(document)
            file = io.BytesIO()
            document.save(file)
            documents.append((name, file.getvalue()))
            bar.update()
        for name, together in joined.items():
            (new / f"{self.prefix}{name}").write_bytes(together.content)
        self._write_zip(new / f"{self.prefix}letters-docx.zip", documents)

    def write_drafts(self, new: Path) -> None:
        entries = zip(self.rows, self._names(".eml"), strict=True)
        drafts = [(name, draft_bytes(row)) for row, name in entries if can_be_written_to(row)]
        self._write_zip(new / f"{self.prefix}email-drafts.zip", drafts)

    def write_page(self, new: Path) -> None:
        text = print_page_text(self.rows, title=self.title, status=self.status)
        (new / f"{self.prefix}letters.html").write_text(text, encoding="utf-8", newline="\n")

    def _names(self, end: str) -> Iterator[str]:
        """Yield the names of files, one a letter: numbered, so that no two are the same."""
        for number, row in enumerate(self.rows, start=1):
            words = re.findall("[a-z0-9]+", unaccented(row.fields["name"].casefold()))
            name = "-".join(words)[:_MAX_NAME_CHARACTERS].strip("-")
            yield f"{self.prefix}{number:03d}-{row.role}{f'-{name}' if name else ''}{end}"

    def _write_zip(self, path: Path, entries: Sequence[tuple[str, bytes]]) -> None:
        if not entries:
            return
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
            for name, content in entries:
                when = (max(self.day.year, 1980), self.day.month, self.day.day, 12, 0, 0)
                package.writestr(zipfile.ZipInfo(name, when), content, zipfile.ZIP_DEFLATED)


def _notes(
    rows: Sequence[Letter], kinds: Collection[str], *, partners_agreed: bool
) -> Iterator[str]:
    """Yield what a coordinator has to know before anything is sent."""
    if not rows:
        yield "There is nobody to write to."
        return
    silent = [row for row in rows if row.partners and not row.fields["partner_name"]]
    if silent:
        do_not = "does not name the partner" if len(silent) == 1 else "do not name the partner"
        note = f"{n_text(len(silent), 'letter')} {do_not}: the column “consent” does not say yes."
        if not partners_agreed:
            note += " If everybody agreed to that when they joined, say so: partners_agreed."
        yield note
    unreachable = [row for row in rows if not can_be_written_to(row)]
    if unreachable and "drafts" in kinds:
        names = [row.fields["name"] or f"a {row.role} without a name" for row in unreachable]
        shown = names[:_MAX_SHOWN_PEOPLE]
        n_more = len(names) - len(shown)
        shown += [f"{n_more} more"] if n_more else []
        yield (
            f"{n_text(len(names), 'letter')} to somebody without an e-mail address that can be "
            f"used, so without a draft: {list_text(shown)}."
        )
    if rows[0].fields["status"]:
        yield "These are drafts. Approve the pairing, then write the letters again."
