"""The example of a survey export: it can be made again, and its form reads it as it says."""

from __future__ import annotations

import importlib.util
import inspect
from pathlib import Path
from types import ModuleType

import openpyxl
import pytest

import rmmatch as rm
from rmmatch.cohort.forms.model import Form

FOLDER = Path(__file__).parents[2] / "examples" / "survey"
reads_forms = pytest.mark.skipif(
    "form" not in inspect.signature(rm.read_cohort).parameters,
    reason="read_cohort takes no form yet",
)


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_export", FOLDER / "make_export.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def cells(path: Path) -> list[tuple[object, ...]]:
    return list(openpyxl.load_workbook(path).active.iter_rows(values_only=True))


def test_the_export_can_be_made_again(maker: ModuleType, tmp_path: Path) -> None:
    maker.write(tmp_path / "again.xlsx")
    assert cells(tmp_path / "again.xlsx") == cells(FOLDER / "export.xlsx")
    assert (FOLDER / "export.xlsx").stat().st_size < 30_000


def test_the_export_has_what_real_ones_have(maker: ModuleType) -> None:
    header, *rows = cells(FOLDER / "export.xlsx")
    assert header[:6] == ("ID", "Start time", "Completion time", *header[3:5], "Last modified time")
    assert [row[0] for row in rows] == list(range(1, 44))
    assert any("\xa0" in str(name) for name in header)
    assert any("\n" in str(name) for name in header)
    columns = dict(zip(header, zip(*rows, strict=True), strict=True))
    emails = list(columns["Email"])
    assert [email for email in set(emails) if emails.count(email) > 1] == [
        maker.address(maker.TWICE)
    ]
    assert any("Digital, data and AI;" in cell for cell in columns[maker.GOALS])
    assert all(cell.endswith(";") for cell in columns[maker.GOALS])
    assert {"Both", "F2"} <= {*columns[maker.ROLE], *columns[maker.GRADE]}
    managers = {cell for cell in columns[maker.MANAGER] if cell}
    assert any("@" in cell for cell in managers)
    assert any("@" not in cell for cell in managers)


def test_the_form_names_only_questions_of_the_export(maker: ModuleType) -> None:
    form = Form.from_file(FOLDER / "form.yaml")
    assert form.undecided == ()
    headers = {" ".join(header.split()) for header in maker.HEADERS}
    named = {header for field in form.fields.values() for header in field.headers}
    assert named <= headers
    assert headers - named - set(form.ignore) == {"Completion time", *maker.HALF_DAYS}
    assert set(form.fields["goals"].choices) == set(maker.TOPICS)
    assert Form.from_text(form.to_yaml()).to_dict() == form.to_dict()


@reads_forms
def test_the_form_reads_the_export_and_its_rules_are_in_force(maker: ModuleType) -> None:
    scheme = rm.Scheme.from_file(FOLDER / "scheme.yaml")
    export = FOLDER / "export.xlsx"
    cohort = rm.read_cohort(export, form=FOLDER / "form.yaml", scheme=scheme)
    assert (cohort.n_mentors, cohort.n_mentees) == (24, 20)
    twice = maker.address(maker.TWICE)
    place = list(cohort.mentors.ids).index(twice)
    assert cohort.mentors.column("goals")[place] == "Wellbeing; Flexible working"
    for name in maker.MANY:
        assert maker.address(name) in cohort.mentors.ids
        assert maker.address(name) in cohort.mentees.ids
    result = rm.match(cohort, scheme)
    assert rm.check(result) == []
    managers = {row["Email"]: str(row[maker.MANAGER]) for row in maker.rows()}
    avoided = {row["Email"]: str(row[maker.AVOID]) for row in maker.rows()}
    names = {row["Email"]: row["Name"] for row in maker.rows()}
    for mentee, mentor in result.made:
        for cell in (managers[mentor], avoided[mentor], avoided[mentee]):
            assert mentee not in cell
            assert names[mentee] not in cell
        assert names[mentor] not in avoided[mentee]
    assert ("helen.marsh@saltmarsh.example", "amina.yusuf@saltmarsh.example") not in result.made


@pytest.mark.skipif(not hasattr(rm, "propose_form"), reason="no form is proposed yet")
def test_what_is_not_certain_about_the_export_is_asked(maker: ModuleType) -> None:
    form = rm.propose_form(FOLDER / "export.xlsx")
    assert "line_manager" in set(form.questions["about"])
    assert any("H Marsh" in question for question in form.questions["question"])
    assert "ethnicity" in form.sensitive
    for name in ("role", "goals", "line_manager", "capacity", "attended_training"):
        assert name in {*form.fields, *form.questions["about"]}
