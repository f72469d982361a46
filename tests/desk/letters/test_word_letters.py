"""Letters in Word: templates are checked and harmless, letters are read back by python-docx."""

from __future__ import annotations

import importlib.util
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from docx import Document

import rmmatch as rm
from helpers.letters import (
    BRACES,
    DAY,
    HOSTILE,
    LATEX,
    SCRIPT,
    paragraphs_of,
    run_of,
    template,
    zipped,
)
from rmmatch.desk.letters.rows import FIELDS
from rmmatch.desk.letters.word_template import FILTERS, load_template
from rmmatch.errors import MissingExtraError, ProblemsError

SHIPPED = Path(rm.__file__).parent / "desk" / "letters" / "templates"
BUILDER = Path(__file__).parents[3] / "docs" / "letter_templates.py"


def codes(*paragraphs: str, folder: Path, **keys: str) -> list[str]:
    """The codes of the problems of a template; empty where it may be used."""
    try:
        load_template(template(folder, *paragraphs, **keys), FIELDS)
    except ProblemsError as error:
        return [problem.code for problem in error.items]
    return []


# --- templates -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "attack",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ name.__class__ }}",
        "{{ name|attr('__class__') }}",
        "{{ name['__class__'] }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ self.__init__.__globals__ }}",
        "{{ lipsum() }}",
        "{{ range(99999999) }}",
        "{{ 'a' * 99999999 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ name.format(1) }}",
        "{{ name|format('x') }}",
        "{{ name|center(99999999) }}",
        "{{ name|safe }}",
        "{% autoescape false %}{{ name }}{% endautoescape %}",
        "{% include '/etc/passwd' %}",
        "{% import 'x' as y %}",
        "{% extends 'x' %}",
        "{% set x = 1 %}",
        "{% macro m() %}{% endmacro %}",
        "{% for letter in name %}{{ letter }}{% endfor %}",
        "{% for x in partners recursive %}{% endfor %}",
        "{{ partners }}",
        "{{ partners|upper }}",
        "{{ partners[0] }}",
        "{% for p in partners %}{{ p }}{% endfor %}",
        "{% for p in partners %}{{ p.about }}{% endfor %}",
        "{{ name|upper(3) }}",
        "{% for a in reason_list %}{% for b in reason_list %}{% for c in reason_list %}"
        "{% for d in reason_list %}x{% endfor %}{% endfor %}{% endfor %}{% endfor %}",
    ],
)
def test_a_template_that_reaches_beyond_its_fields_is_refused(attack: str, tmp_path: Path) -> None:
    assert set(codes(attack, folder=tmp_path)) <= {"not_allowed_in_template", "unknown_field"}
    assert codes(attack, folder=tmp_path)


def test_nothing_is_written_where_a_template_is_refused(tmp_path: Path) -> None:
    path = template(tmp_path, "{{ ''.__class__ }}")
    with pytest.raises(ProblemsError):
        rm.letters(run_of(), tmp_path / "out", template=path)
    assert not (tmp_path / "out").exists()


def test_a_misspelt_field_is_named_with_the_right_one(tmp_path: Path) -> None:
    path = template(
        tmp_path, "Dear {{ frist_name }},", "{% for p in partners %}{{ p.nmae }}{% endfor %}"
    )
    with pytest.raises(ProblemsError) as caught:
        rm.letters(run_of(), tmp_path / "out", template=path)
    first, second = map(str, caught.value.items)
    assert first == "letter.docx: is not a field (found 'frist_name') → did you mean first_name?"
    assert second == "letter.docx: is not a field (found 'p.nmae') → did you mean p.name?"
    assert [problem.code for problem in caught.value.items] == ["unknown_field"] * 2


def test_a_field_that_is_far_from_all_lists_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(ProblemsError, match="the fields are: first_name, name, email"):
        load_template(template(tmp_path, "{{ zzzzqqqq }}"), FIELDS)


@pytest.mark.parametrize(
    "text", ["{{ name", "{% if name %}x", "{% endif %}", "{{ }}", "{% iff x %}"]
)
def test_a_template_that_cannot_be_read_says_where(text: str, tmp_path: Path) -> None:
    with pytest.raises(ProblemsError) as caught:
        load_template(template(tmp_path, "Dear you,", text), FIELDS)
    [problem] = caught.value.items
    assert problem.code == "template_syntax"
    assert "Dear you" not in problem.value


def test_a_condition_that_cuts_the_document_is_refused_before_the_first_letter(
    tmp_path: Path,
) -> None:
    document = Document()
    document.add_paragraph("{% if partner_name %}")
    document.add_table(rows=1, cols=1).cell(0, 0).text = "{% endif %}"
    document.save(tmp_path / "letter.docx")
    with pytest.raises(ProblemsError) as caught:
        load_template(tmp_path / "letter.docx", FIELDS)
    assert [problem.code for problem in caught.value.items] == ["template_syntax"]


@pytest.mark.parametrize("content", [b"", b"Dear {{ first_name }}", b"PK\x03\x04 broken"])
def test_a_file_that_is_no_word_document_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "letter.docx"
    path.write_bytes(content)
    with pytest.raises(ProblemsError, match="is not a Word document") as caught:
        rm.letters(run_of(), tmp_path / "out", template=path)
    assert caught.value.items[0].code == "not_a_template"


def test_a_workbook_or_a_file_with_macros_is_no_template(tmp_path: Path) -> None:
    run_of().to_excel(tmp_path / "pairing.xlsx")
    macros = tmp_path / "letter.docm"
    with zipfile.ZipFile(template(tmp_path, "x")) as old, zipfile.ZipFile(macros, "w") as new:
        for name in old.namelist():
            plain = b"wordprocessingml.document.main+xml"
            part = old.read(name).replace(b"openxmlformats-officedocument." + plain, b"x" + plain)
            new.writestr(name, part)
    for path in (tmp_path / "pairing.xlsx", macros):
        with pytest.raises(ProblemsError, match="is not a Word document"):
            load_template(path, FIELDS)


def test_a_file_that_unpacks_to_more_than_memory_holds_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "letter.docx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("word/document.xml", b"0" * 100_000_001)
    with pytest.raises(ProblemsError, match="unpacks to more than 100 MB"):
        load_template(path, FIELDS)


def test_a_template_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(ProblemsError) as caught:
        load_template(tmp_path / "none.docx", FIELDS)
    assert caught.value.items[0].code == "unreadable_file"


def test_a_field_in_a_header_is_refused(tmp_path: Path) -> None:
    path = template(tmp_path, "x", header="{{ name }}")
    with pytest.raises(ProblemsError, match="has a field in its header"):
        load_template(path, FIELDS)


def test_filters_conditions_and_lists_may_stand_in_a_template(tmp_path: Path) -> None:
    path = template(
        tmp_path,
        "{{ name|upper }} {% if kind == 'pair' and partner_name %}with{% else %}without{% endif %}",
        "{{ reason_list|join('; ') }}{% if partners|length > 1 %} two{% endif %}",
        "{% for p in partners %}{{ loop.index }}. {{ p.label }}{% if not loop.last %}, {% endif %}"
        "{% endfor %}",
    )
    rm.letters(run_of(), tmp_path / "out", template=path, kinds=["docx"], day=DAY)
    letters = zipped(tmp_path / "out" / "draft-letters-docx.zip")
    both = paragraphs_of(letters["draft-008-mentor-dr-bo-lee.docx"])
    assert both[1] == "DR BO LEE with"
    assert both[2].endswith(" two")
    assert both[3].startswith("1. Ida Pim")
    assert ", 2. Ida Pim" in both[3]
    assert set(FILTERS) >= {"upper", "join", "length"}


# --- letters ---------------------------------------------------------------------------------


def test_names_are_shown_right_and_hostile_text_does_nothing(tmp_path: Path) -> None:
    result = run_of(HOSTILE)
    path = template(tmp_path, "Dear {{ name }},", "{{ news }}", "{{ scheme_name }}")
    for own in (path, None):
        folder = tmp_path / f"out-{own is None}"
        rm.letters(result, folder, template=own, kinds=["docx"], partners_agreed=True, day=DAY)
        letters = zipped(folder / "draft-letters-docx.zip")
        texts = ["\n".join(paragraphs_of(letters[name])) for name in letters if "-mentee" in name]
        for text, name in zip(texts, HOSTILE, strict=False):
            shown = " ".join(name.replace("\u202e", "").split())
            assert "\u202e" not in text
            if own is not None:
                assert f"Dear {shown}," in text
            assert "Speak & listen <pilot>" in text
        assert "49" not in "".join(texts)
        assert any(BRACES in text or own is None for text in texts)
        assert not any(
            "Bcc: evil@x.example" in line for text in texts for line in text.split("\n")[5:]
        )
    mentor_texts = [
        "\n".join(paragraphs_of(content)) for name, content in letters.items() if "-mentor" in name
    ]
    assert any(LATEX in text for text in mentor_texts)
    assert any(SCRIPT in text for text in mentor_texts)


def test_a_draft_says_so_on_each_letter_and_in_each_name(tmp_path: Path) -> None:
    written = rm.letters(run_of(), tmp_path, day=DAY)
    assert all(name.startswith("draft-") for name in written.files)
    letters = zipped(tmp_path / "draft-letters-docx.zip")
    assert len(letters) == written.n_letters == 13
    for name, content in letters.items():
        assert name.startswith("draft-")
        assert paragraphs_of(content)[0] == "Draft – not approved"
    for side, n in (("mentees", 7), ("mentors", 6)):
        texts = paragraphs_of((tmp_path / f"draft-letters-{side}.docx").read_bytes())
        assert texts.count("Draft – not approved") == n
    assert written.status == "Draft – not approved"
    assert "Approve the pairing" in written.notes[-1]


def test_letters_of_an_approved_pairing_take_the_place_of_drafts(tmp_path: Path) -> None:
    rm.letters(run_of(), tmp_path, day=DAY)
    written = rm.letters(run_of(is_approved=True), tmp_path, day=DAY)
    assert {path.name for path in tmp_path.iterdir()} == set(written.files)
    assert not any("draft" in name.removeprefix("email-drafts") for name in written.files)
    for content in zipped(tmp_path / "letters-docx.zip").values():
        assert "Draft" not in "\n".join(paragraphs_of(content))
    with pytest.raises(ProblemsError, match="is there already"):
        rm.letters(run_of(), tmp_path, day=DAY)


def test_the_file_for_the_printer_has_each_letter_on_a_page_of_its_own(tmp_path: Path) -> None:
    path = template(tmp_path, "Dear {{ first_name }},", "{{ news }}", header="Trust letterhead")
    rm.letters(run_of(), tmp_path / "out", template=path, kinds=["docx"], day=DAY)
    document = Document(tmp_path / "out" / "draft-letters.docx")
    assert len(document.sections) == 13
    assert [p.text for p in document.paragraphs].count("Draft – not approved") == 13
    for section in document.sections:
        assert section.header.paragraphs[0].text == "Trust letterhead"
        assert section.start_type == 2  # a new page
        assert section._sectPr.xpath("w:pgNumType/@w:start") == ["1"]
    assert len(document.paragraphs) == 13 * 3  # no empty paragraph that could spill over


def test_each_side_can_have_a_template_of_its_own(tmp_path: Path) -> None:
    own = template(tmp_path, "To a mentee: {{ name }}")
    rm.letters(run_of(), tmp_path / "out", template={"mentee": own}, kinds=["docx"], day=DAY)
    letters = zipped(tmp_path / "out" / "draft-letters-docx.zip")
    firsts = [paragraphs_of(content)[1] for content in letters.values()]
    assert [text.startswith("To a mentee") for text in firsts] == [True] * 7 + [False] * 6
    with pytest.raises(ValueError, match="not of 'tutor'"):
        rm.letters(run_of(), tmp_path / "x", template={"tutor": own})


def test_a_letter_without_a_partner_has_no_empty_headings(tmp_path: Path) -> None:
    rm.letters(run_of(), tmp_path, kinds=["docx"], day=DAY)
    letters = zipped(tmp_path / "draft-letters-docx.zip")
    for name in ("draft-006-mentee-ida-pimf.docx", "draft-013-mentor-gus-elm.docx"):
        text = "\n".join(paragraphs_of(letters[name]))
        assert "About" not in text
        assert "in common" not in text
        assert "What happens next" not in text
        assert "\n\n" not in text


# --- the templates of the library ------------------------------------------------------------


def builder() -> Any:
    spec = importlib.util.spec_from_file_location("letter_templates", BUILDER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("role", ["mentee", "mentor"])
def test_the_templates_are_those_that_their_script_makes(role: str) -> None:
    made, shipped = builder().template(role), (SHIPPED / f"{role}.docx").read_bytes()
    assert made == builder().template(role)
    texts = [
        [
            (paragraph.style.name, paragraph.text)
            for paragraph in Document(io.BytesIO(content)).paragraphs
        ]
        for content in (made, shipped)
    ]
    assert texts[0] == texts[1]
    assert texts[0] == [(style, text) for style, text in builder().paragraphs(role)]
    assert load_template(SHIPPED / f"{role}.docx", FIELDS).name == f"{role}.docx"


def test_the_templates_can_be_had_to_change_them_and_are_not_written_over(tmp_path: Path) -> None:
    written = rm.letters(run_of(), tmp_path, kinds=["templates"])
    assert written.files == ("letter-template-mentee.docx", "letter-template-mentor.docx")
    own = tmp_path / "letter-template-mentor.docx"
    rm.letters(run_of(), tmp_path, kinds=["docx"], template={"mentor": own})
    with pytest.raises(ProblemsError, match="is there already"):
        rm.letters(run_of(), tmp_path, kinds=["templates"])


def test_without_docxtpl_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "docxtpl", None)
    with pytest.raises(MissingExtraError, match=r"rmmatch\[letters\]"):
        rm.letters(run_of(), tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert rm.letters(run_of(), tmp_path / "out", kinds=["merge", "drafts", "print"]).files
