"""The merge table, the e-mail drafts and the page that prints: plain, harmless, never sent."""

from __future__ import annotations

import csv
import io
import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pytest

import rmmatch as rm
from helpers.letters import BRACES, DAY, FORMULA, HOSTILE, LATEX, run_of, zipped
from rmmatch.desk.letters import letter_rows
from rmmatch.desk.letters.drafts import can_be_written_to, draft_bytes
from rmmatch.desk.letters.rows import Letter
from rmmatch.errors import ProblemsError


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Letters to people with hostile names."""
    made = tmp_path_factory.mktemp("letters")
    kinds = ["merge", "drafts", "print"]
    rm.letters(run_of(HOSTILE), made, kinds=kinds, partners_agreed=True, day=DAY)
    return made


def csv_rows(folder: Path) -> list[dict[str, str]]:
    text = (folder / "draft-letters.csv").read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def drafts(path: Path) -> list[EmailMessage]:
    messages = [message_from_bytes(content, policy=default) for content in zipped(path).values()]
    assert all(isinstance(message, EmailMessage) for message in messages)
    return messages  # type: ignore[return-value]


# --- merge table -----------------------------------------------------------------------------


def test_the_table_has_a_row_for_each_letter_and_headers_for_fields(folder: Path) -> None:
    assert (folder / "draft-letters.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    rows = csv_rows(folder)
    assert len(rows) == 13
    assert all(re.fullmatch("[a-z][a-z_]*", name) for name in rows[0])
    assert list(rows[0])[:3] == ["first_name", "name", "email"]
    assert {row["status"] for row in rows} == {"Draft – not approved"}
    assert not any("\n" in cell or "\r" in cell for row in rows for cell in row.values())
    names = [row["name"] for row in rows]
    assert f"'{FORMULA}" in names  # an apostrophe in front, so that nothing is computed
    assert BRACES in names
    assert LATEX in names


def test_the_workbook_has_the_same_rows_and_no_formula(folder: Path) -> None:
    book = openpyxl.load_workbook(folder / "draft-letters.xlsx")
    assert book.sheetnames == ["Letters"]
    assert book.properties.title == "Draft – not approved: Speak & listen <pilot>"
    header, *rows = book["Letters"].iter_rows()
    assert [cell.value for cell in header] == list(csv_rows(folder)[0])
    for cells, line in zip(rows, csv_rows(folder), strict=True):
        assert {cell.data_type for cell in cells} <= {"s", "n"}  # n: an empty cell
        assert not [cell for cell in cells if isinstance(cell.value, int | float)]
        shown = [(cell.value or "").lstrip("'") for cell in cells]
        assert shown == [text.lstrip("'") for text in line.values()]
    assert FORMULA in [row[1].value for row in rows]
    assert not book.defined_names  # mail merge would offer them as further tables


# --- drafts ----------------------------------------------------------------------------------


def test_a_draft_opens_as_one_and_goes_to_one_address(folder: Path) -> None:
    messages = drafts(folder / "draft-email-drafts.zip")
    rows = [row for row in csv_rows(folder) if row["email"] != "no address"]
    assert len(messages) == len(rows) == 12
    for message, row in zip(messages, rows, strict=True):
        assert not message.defects
        assert message["X-Unsent"] == "1"
        [address] = message["To"].addresses
        assert address.addr_spec == row["email"]
        assert address.display_name == row["name"].removeprefix("'")
        assert message["Subject"].startswith("Draft – not approved: Your ")
        assert sorted(message.keys()) == sorted(
            [
                "To",
                "Subject",
                "X-Unsent",
                "Content-Type",
                "Content-Transfer-Encoding",
                "MIME-Version",
            ]
        )
        assert message.get_content_charset() == "utf-8"
        text = message.get_content()
        assert text.startswith(("[Draft – not approved]\n", "[Draft – not approved]\r\n"))
        assert "49" not in text


def test_who_has_no_address_gets_no_draft_and_is_named(tmp_path: Path) -> None:
    written = rm.letters(run_of(), tmp_path, kinds=["drafts"], day=DAY)
    names = list(zipped(tmp_path / "draft-email-drafts.zip"))
    assert "draft-001-mentee-ida-pima.eml" in names
    assert not [name for name in names if "pimg" in name]
    [note] = [note for note in written.notes if "without a draft" in note]
    assert "Ida Pimg" in note


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ann",
        "a@x.example, evil@x.example",
        "a@x.example;evil@x.example",
        "a@x.example\r\nBcc: evil@x.example",
        "a@x.example Bcc:evil@x.example",
        "Ann <a@x.example>",
        '"a b"@x.example',
        "zoë@x.example",
    ],
)
def test_an_address_that_is_not_one_plain_address_is_not_written_to(address: str) -> None:
    letter = letter_rows(run_of())[0]
    changed = Letter(letter.role, {**letter.fields, "email": address}, (), ())
    assert not can_be_written_to(changed)


@pytest.mark.parametrize("field", ["name", "subject", "email"])
def test_a_line_end_in_a_header_is_refused_by_itself(field: str) -> None:
    letter = letter_rows(run_of())[0]
    fields = {**letter.fields, field: "a@x.example\r\nBcc: evil@x.example"}
    with pytest.raises(ValueError, match=r"."):
        draft_bytes(Letter(letter.role, fields, (), ()))


def test_the_subject_of_an_approved_pairing_is_plain(tmp_path: Path) -> None:
    rm.letters(run_of(is_approved=True), tmp_path, kinds=["drafts"], day=DAY)
    messages = drafts(tmp_path / "email-drafts.zip")
    assert {message["Subject"].split(":")[0] for message in messages} <= {
        "Your mentor",
        "Your mentee",
        "Your mentees",
        "Your place in Speak & listen <pilot>",
    }
    assert not any("Draft" in message.get_content() for message in messages)


# --- the page that prints --------------------------------------------------------------------


class Page(HTMLParser):
    """Collects the tags and the text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.lines: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [name for name, _ in attrs if name in ("src", "href", "style", "onclick")]

    def handle_data(self, data: str) -> None:
        self.lines += [data.strip()] if data.strip() else []


def test_the_page_has_each_letter_on_a_sheet_and_nothing_from_outside(folder: Path) -> None:
    text = (folder / "draft-letters.html").read_text(encoding="utf-8")
    page = Page(text)
    assert page.tags.count("article") == 13
    assert page.lines.count("Draft – not approved") == 13
    assert not page.links
    assert set(page.tags).isdisjoint({"script", "link", "img", "iframe", "form"})
    assert "default-src 'none'" in text
    assert "http:" not in text
    assert "https:" not in text
    assert [line for line in page.lines if line.startswith("Your mentee") and LATEX in line]
    assert any(BRACES in line for line in page.lines)
    assert "\u202e" not in text


def test_a_rematch_that_changes_nothing_has_no_letters(tmp_path: Path) -> None:
    again = rm.rematch(run_of())
    written = rm.letters(again, tmp_path, day=DAY)
    assert written.n_letters == 0
    assert written.notes == ("There is nobody to write to.",)
    assert "There are no letters." in (tmp_path / "draft-letters.html").read_text(encoding="utf-8")
    assert len((tmp_path / "draft-letters.csv").read_text(encoding="utf-8-sig").splitlines()) == 1


# --- the call --------------------------------------------------------------------------------


def test_a_saved_run_without_its_tables_is_refused(tmp_path: Path) -> None:
    run_of().save(tmp_path / "run.json", sensitive=True)
    saved = rm.load_result(tmp_path / "run.json")
    with pytest.raises(ProblemsError, match="give the tables of the people") as caught:
        rm.letters(saved, tmp_path / "out")
    assert caught.value.items[0].code == "no_names"
    assert not (tmp_path / "out").exists()


def test_letters_that_name_no_partner_are_counted(tmp_path: Path) -> None:
    result = run_of()
    note = rm.letters(result, tmp_path, kinds=["merge"]).notes[0]
    assert "do not name the partner" in note
    assert "partners_agreed" in note
    # the one who said no
    agreed = rm.letters(result, tmp_path, kinds=["merge"], partners_agreed=True).notes[0]
    assert agreed.startswith("1 letter does not name the partner")
    assert "partners_agreed" not in agreed


@pytest.mark.parametrize("kinds", [["mrege"], "merge"])
def test_a_kind_that_there_is_not_is_refused(kinds: list[str] | str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"did you mean \['merge'\]"):
        rm.letters(run_of(), tmp_path, kinds=kinds)


def test_no_file_has_an_id_or_a_sensitive_value(folder: Path) -> None:
    for path in folder.iterdir():
        parts = zipped(path).values() if path.suffix in (".zip", ".xlsx") else [path.read_bytes()]
        for content in parts:
            assert b"zqsecret" not in content
            text = content.decode("utf-8")
            if path.suffix == ".zip":
                text = str(message_from_bytes(content, policy=default).get_content())
            if path.suffix != ".xlsx":  # its cells have such addresses
                assert not re.search(r"\b[EM]\d\b", text)
