"""`rmmatch import`: one workbook of a survey becomes clean tables, a register and a pairing."""

from __future__ import annotations

import csv
import io
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

import openpyxl
import pytest

import rmmatch as rm
from helpers.data import case
from rmmatch.cohort.forms import Form
from rmmatch.cohort.identities.doubts import list_digest
from rmmatch.desk.survey import importing
from rmmatch.desk.survey.first_scheme import first_scheme
from rmmatch.desk.survey.importing import SurveyImport
from rmmatch.desk.survey.register import Register

HEADER = (
    *("ID", "Start time", "Completion time", "Email", "Name"),
    "Would you like to be a mentor or a mentee?",
    "What is your current grade / band?",
    "Which of these would you like to focus on?",
    "Have you attended the training session?",
    "Who is your line manager? (full name)",
    "How would you describe your ethnicity?",
    "How many partners could you take on?",
    "Is there anyone you would prefer not to be paired with?",
)
MENTOR, MENTEE = "Mentor (doctor in training)", "Mentee (senior leader)"
ANSWERS = (
    ("Amy Fox", MENTOR, "FY1", "Data;Teaching;", "Yes, I did", "Helen Marsh", "a", "One", ""),
    ("Ben Gil", MENTOR, "ST3", "Teaching;", "Yes, I did", "Dr Q. Outside", "b", "Two or three", ""),
    ("Cat Hay", MENTOR, "ST4", "Data;", "Not yet", "Ian Noble", "a", "One", ""),
    ("Dan Ivy", MENTOR, "ST5", "Wellbeing;", "Yes, I did", "", "c", "One", "Jo Omar"),
    ("Helen Marsh", MENTEE, "Consultant", "Data;", "Yes, I did", "", "b", "", ""),
    ("Ian Noble", MENTEE, "Consultant", "Teaching;", "Yes, I did", "Helen Marsh", "a", "", ""),
    ("Jo Omar", MENTEE, "Consultant", "Wellbeing;", "Yes, I did", "none", "b", "", ""),
    # the same person again, with another goal
    ("Amy Fox", MENTOR, "FY1", "Wellbeing;", "Yes, I did", "Helen Marsh", "a", "One", ""),
)
FORM = f"""\
version: 1
# how the survey of Wexcombe is read
fields:
  id: Email
  name: Name
  email: Email
  role: {{from: "{HEADER[5]}", answers: {{"{MENTOR}": mentor, "{MENTEE}": mentee}}}}
  grade: "{HEADER[6]}"
  goals: "{HEADER[7]}"
  attended_training: {{from: "{HEADER[8]}", answers: {{"Yes, I did": "yes", Not yet: "no"}}}}
  line_manager: "{HEADER[9]}"
  ethnicity: "{HEADER[10]}"
  capacity: {{from: "{HEADER[11]}", answers: {{One: 1, Two or three: 2}}}}
  declined: "{HEADER[12]}"
people: {{"Dr Q. Outside": outside}}
repeated: {{keep: latest, by: Completion time}}
sensitive: [ethnicity]
ignore: [ID, Start time, Completion time]
"""


def email(name: str) -> str:
    return f"{name.replace(' ', '.')}@trust.example"


def export(path: Path, answers=ANSWERS, *, addresses: dict[str, str] | None = None) -> Path:
    """A workbook in the manner of Microsoft Forms."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(HEADER)
    for number, (name, *cells) in enumerate(answers, start=1):
        day = f"2026-11-{number:02} 10:00:00"
        address = (addresses or {}).get(name, email(name))
        sheet.append([number, day, day, address, name, *(cell or None for cell in cells)])
    book.save(path)
    return path


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def survey(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an export and its form, in which commands run."""
    monkeypatch.chdir(tmp_path)
    export(Path("export.xlsx"))
    Path("form.yaml").write_text(FORM, encoding="utf-8")
    return tmp_path


IMPORT = ("import", "export.xlsx", "--form", "form.yaml", "--out", "clean")


def test_from_an_export_to_a_pairing_with_its_rules(run, survey: Path) -> None:
    outcome = run(*IMPORT, "--scheme", columns=200)
    assert outcome.code == 0, outcome.err
    assert "4 mentors and 3 mentees are ready to be paired." in outcome.out
    assert "Written to clean: mentors.csv, mentees.csv, people.csv, scheme.yaml" in outcome.out
    mentors = {row["name"]: row for row in rows_of(Path("clean/mentors.csv"))}
    assert mentors["Amy Fox"]["goals"] == "Wellbeing"  # who answered twice is there once
    assert mentors["Amy Fox"]["line_manager"] == email("Helen Marsh")
    assert mentors["Ben Gil"]["line_manager"] == "Dr Q. Outside"
    assert mentors["Ben Gil"]["capacity"] == "2"
    assert mentors["Cat Hay"]["attended_training"] == "no"

    [command] = [line for line in outcome.out.splitlines() if line.startswith("Next: ")]
    words = shlex.split(command.removeprefix("Next: rmmatch "))
    matched = run(*(word if word != "FOLDER" else "result" for word in words))
    assert matched.code == 0, matched.err
    pairs = {(row["mentee"], row["mentor"]) for row in rows_of(Path("result/pairs.csv"))}
    forbidden = {("Helen Marsh", "Amy Fox"), ("Jo Omar", "Dan Ivy")}
    assert pairs.isdisjoint((email(mentee), email(mentor)) for mentee, mentor in forbidden)
    assert email("Cat Hay") not in {mentor for _, mentor in pairs}  # without training
    assert len(pairs) == 3
    # the export with its form is the same people, and --form works wherever tables are taken
    direct = ("export.xlsx", "--form", "form.yaml", "--scheme", "clean/scheme.yaml")
    assert run("validate", *direct).code == 0
    assert run("match", *direct, "--out", "direct").code == 0
    assert rows_of(Path("direct/pairs.csv")) == rows_of(Path("result/pairs.csv"))
    for command in ("explain", "alternatives", "rule-prices"):
        options = ["--mentee", "Jo Omar"] if command == "explain" else []
        words = [command, "direct/run.json", "export.xlsx", "--form", "form.yaml", *options]
        assert run(*words).code == 0, command


def test_the_tables_are_the_export_as_its_form_reads_it(survey: Path) -> None:
    form = Form.from_file("form.yaml")
    tables = SurveyImport([Path("export.xlsx")], form).tables("2026-11-30")
    direct = rm.read_cohort("export.xlsx", form=form)
    for side, clean in zip(direct.sides, tables.cohort.sides, strict=True):
        assert clean.ids == side.ids
        assert {*clean.columns} >= {*side.columns} - {"capacity"}
        for name in ("goals", "grade", "ethnicity", "attended_training"):
            assert clean.columns[name].tolist() == side.columns[name].tolist()
        assert clean.capacity.tolist() == side.capacity.tolist()
    for kind, pairs in direct.relations.items():
        again = tables.cohort.relations[kind]
        assert again.mentees.tolist() == pairs.mentees.tolist()
        assert again.mentors.tolist() == pairs.mentors.tolist()
    assert dict(tables.cohort.managers) == dict(direct.managers)
    assert tables.people == {"Dr Q. Outside": "outside"}


def test_without_a_scheme_the_lines_for_it_are_printed(run, survey: Path) -> None:
    outcome = run(*IMPORT, columns=200)
    assert 'people: {"Dr Q. Outside": outside}' in outcome.out
    assert not Path("clean/scheme.yaml").exists()
    assert "--scheme SCHEME" in outcome.out


def test_every_problem_at_once_and_nothing_is_written(run, survey: Path) -> None:
    broken = FORM.replace(", Two or three: 2", "").replace(
        'people: {"Dr Q. Outside": outside}', "people: {}"
    )
    Path("form.yaml").write_text(broken, encoding="utf-8")
    first = run(*IMPORT, columns=200)
    assert first.code == 2
    assert "'Two or three'" in first.err
    Path("form.yaml").write_text(broken.replace("One: 1", "One: 1, Two or three: 2"))
    second = run(*IMPORT, columns=200)
    assert second.code == 2
    assert 'write in the form people: {"Dr Q. Outside": outside}' in second.err
    assert not Path("clean").exists()


def test_nothing_of_another_origin_is_written_over(run, survey: Path) -> None:
    Path("clean").mkdir()
    Path("clean/mentors.csv").write_text("id\nM1\n")
    outcome = run(*IMPORT)
    assert outcome.code == 2
    assert "mentors.csv" in outcome.err
    assert Path("clean/mentors.csv").read_text() == "id\nM1\n"
    Path("mentors.csv").write_text("id\nM1\n")
    Path("people.csv").write_text("id\nM1\n")
    outcome = run("import", "mentors.csv", "export.xlsx", "--form", "form.yaml", "--out", ".")
    assert outcome.code == 2
    assert "is an export" in outcome.err
    assert run(*IMPORT[:-1], "other", "--scheme").code == 0
    outcome = run(*IMPORT[:-1], "other", "--scheme")
    assert outcome.code == 2
    assert "scheme.yaml" in outcome.err


def test_a_form_is_never_written_over(run, survey: Path) -> None:
    Path("clean").mkdir()
    Path("clean/form.yaml").write_text(FORM)
    outcome = run("import", "export.xlsx", "--out", "clean", columns=200)
    assert outcome.code == 2
    assert "--form clean/form.yaml" in outcome.err
    assert Path("clean/form.yaml").read_text() == FORM


# A newer export -------------------------------------------------------------------------------


def test_a_newer_export_in_mid_run(run, survey: Path) -> None:
    assert run(*IMPORT, "--scheme").code == 0
    scheme = ("--scheme", "clean/scheme.yaml")
    tables = ("clean/mentors.csv", "clean/mentees.csv")
    assert run("match", *tables, *scheme, "--out", "result").code == 0
    before = {(row["mentee"], row["mentor"]) for row in rows_of(Path("result/pairs.csv"))}
    gone, *others = ANSWERS[1:7]
    assert gone[0] == "Ben Gil"
    newer = [
        ANSWERS[7],
        *others[:-1],
        (*others[-1][:3], "Data;", *others[-1][4:6], "secret", *others[-1][7:]),
        ("Kay Poe", MENTOR, "FY2", "Teaching;", "Yes, I did", "Prof. New", "c", "One", ""),
    ]
    # somebody new who does not take part: the form says so, the scheme of the run cannot
    form = Path("form.yaml").read_text(encoding="utf-8")
    form = form.replace('"Dr Q. Outside": outside', '"Dr Q. Outside": outside, Prof. New: outside')
    Path("form.yaml").write_text(form, encoding="utf-8")
    export(Path("newer.xlsx"), newer)
    outcome = run("import", "newer.xlsx", *IMPORT[2:], columns=200)
    assert outcome.code == 0, outcome.err
    assert "1 new, 1 changed, 1 gone" in outcome.out
    assert f"  new: Kay Poe ({email('Kay Poe')}), mentor" in outcome.out
    assert f"  changed: Jo Omar ({email('Jo Omar')}), mentee: goals, ethnicity" in outcome.out
    assert f"  gone: Ben Gil ({email('Ben Gil')}), mentor" in outcome.out
    changes = rows_of(Path("clean/changes.csv"))
    assert "secret" not in str(changes) + outcome.out
    [goals] = [row for row in changes if row["column"] == "goals"]
    assert (goals["before"], goals["after"]) == ("Wellbeing", "Data")
    status = {row["name"]: row["status"] for row in rows_of(Path("clean/mentors.csv"))}
    assert status == {
        **dict.fromkeys(["Amy Fox", "Cat Hay", "Dan Ivy", "Kay Poe"], ""),
        "Ben Gil": "withdrawn",
    }
    [line] = [line for line in outcome.out.splitlines() if line.startswith("Next: ")]
    assert line == "Next: rmmatch rematch result/run.json --newer clean --out FOLDER"
    words = shlex.split(line.removeprefix("Next: rmmatch ").replace("FOLDER", "again"))
    rematched = run(*words, columns=200)
    assert rematched.code == 0, rematched.err
    after = {(row["mentee"], row["mentor"]) for row in rows_of(Path("again/pairs.csv"))}
    assert before - after == {pair for pair in before if pair[1] == email("Ben Gil")}
    # the tables are those of the new run
    assert run("check", "again/run.json", *tables).code == 0
    assert run("carry-over", "again/run.json", *tables, "--out", "next").code == 0
    # the same export again: nothing differs any more
    outcome = run("import", "newer.xlsx", *IMPORT[2:], columns=200)
    assert "0 new, 0 changed, 0 gone" in outcome.out


def test_who_has_left_and_who_was_outside_before_are_not_asked_for_again(run, survey: Path) -> None:
    settled = f"others: outside {list_digest(['Dr Q. Outside'])}, H. Marsh: {email('Helen Marsh')}"
    form = FORM.replace('"Dr Q. Outside": outside', settled)
    Path("form.yaml").write_text(form, encoding="utf-8")
    amy, *others = ANSWERS[:7]
    amy = (*amy[:5], "H. Marsh", *amy[6:])
    export(Path("export.xlsx"), [amy, *others])
    assert run(*IMPORT).code == 0
    # Helen Marsh and Ian Noble leave, whom others name as their managers
    staying = [amy, *(row for row in others if row[0] not in ("Helen Marsh", "Ian Noble"))]
    export(Path("newer.xlsx"), staying)
    outcome = run("import", "newer.xlsx", *IMPORT[2:], columns=200)
    assert outcome.code == 0, outcome.err
    assert f"  gone: Ian Noble ({email('Ian Noble')}), mentee" in outcome.out
    assert "0 new, 0 changed, 2 gone" in outcome.out  # nobody's manager is written otherwise
    # of somebody new it is asked, and of nobody else
    kay = ("Kay Poe", MENTOR, "FY2", "Data;", "Yes, I did", "Prof. New", "c", "One", "")
    export(Path("newer.xlsx"), [*staying, kay])
    outcome = run("import", "newer.xlsx", *IMPORT[2:], columns=200)
    assert outcome.code == 2
    assert "Prof. New" in outcome.err
    assert "Outside" not in outcome.err
    assert "Noble" not in outcome.err


# Next year ------------------------------------------------------------------------------------


def test_ids_last_until_next_year(run, survey: Path) -> None:
    assert run(*IMPORT).code == 0
    addresses = {
        "Amy Fox": "AMY.FOX@trust.example",  # another case
        "Amy Hill": email("Ben Gil").replace("Ben", "ben"),  # not married: another first name
        "Jo Parr": email("Jo Omar"),  # married
        "Dan Ivy": "dan@new.example",  # another address
    }
    answers = [ANSWERS[7], ANSWERS[3], ANSWERS[4]]
    answers += [("Amy Hill", *ANSWERS[1][1:]), ("Jo Parr", *ANSWERS[6][1:])]
    answers = [tuple("" if cell == "Jo Omar" else cell for cell in row) for row in answers]
    export(Path("next.xlsx"), answers, addresses=addresses)
    words = ("import", "next.xlsx", "--form", "form.yaml", "--out", "next")
    people = ("--people", "clean/people.csv")
    outcome = run(*words, *people, columns=300)
    assert outcome.code == 2
    assert "Dan Ivy (dan@new.example) may be Dan Ivy (Dan.Ivy@trust.example)" in outcome.err
    assert "Amy Hill" in outcome.err
    assert not Path("next").exists()
    # answered in people.csv, as the message says
    path = Path("clean/people.csv")
    text = path.read_text(encoding="utf-8-sig")
    text = text.replace("Dan Ivy,Dan.Ivy@trust.example", "Dan Ivy,dan@new.example")
    text = text.replace("Ben Gil,", "Amy Hill,")
    path.write_text(text, encoding="utf-8")
    outcome = run(*words, *people, columns=300)
    assert outcome.code == 0, outcome.err
    assert "Jo Parr was Jo Omar before" in outcome.out
    ids = {row["name"]: row["id"] for row in rows_of(Path("next/mentors.csv"))}
    assert ids == {
        "Amy Fox": email("Amy Fox"),
        "Dan Ivy": email("Dan Ivy"),
        "Amy Hill": email("Ben Gil"),
    }
    register = {row["id"]: row for row in rows_of(Path("next/people.csv"))}
    assert len(register) == 7 + ("outside" in register)
    assert register[email("Dan Ivy")]["email"] == "dan@new.example"
    assert register[email("Jo Omar")]["name"] == "Jo Parr"


def test_many_people_outside_are_one_line_of_the_scheme(survey: Path) -> None:
    answers = [
        (f"Ann L{n:02}", (MENTOR, MENTEE)[n % 2], "ST3", "", "Yes, I did", f"Prof. Q{chr(97 + n)}")
        for n in range(24)
    ]
    export(Path("many.xlsx"), [(*row, "", "", "") for row in answers])
    form = Form.from_text(FORM.replace('{"Dr Q. Outside": outside}', "{others: outside}"))
    tables = SurveyImport([Path("many.xlsx")], form).tables("2026-11-30")
    assert len(tables.outside) == 24
    [(key, value)] = tables.people.items()
    assert (key, value[:8], len(value)) == ("others", "outside ", 16)
    scheme = rm.Scheme.from_text(first_scheme(tables.cohort, form, tables.people))
    tables.save(Path("many"))
    clean = rm.read_cohort("many/mentors.csv", "many/mentees.csv", scheme=scheme)
    assert scheme.problems(clean) == []
    # the form's own word counts where the export is paired directly
    direct = rm.read_cohort("many.xlsx", form=form, scheme=scheme.model_copy(update={"people": {}}))
    assert not [p for p in scheme.problems(direct) if p.code == "unknown_name"]
    assert Register.from_file(Path("many/people.csv")).outside == tables.outside


# Questions ------------------------------------------------------------------------------------


QUESTION = """\
undecided:
  - about: goals
    ask: "Are there several goals in a cell?"
    evidence: "6 of 8 cells have a semicolon"
    answers:
      - {say: "yes, at semicolons", change: {fields: {goals: {separator: ";"}}}}
      - {say: "no", change: {}}
"""


def proposed(*exports: Path) -> Form:
    assert [path.name for path in exports] == ["export.xlsx"]
    return Form.from_text(FORM + QUESTION)


@pytest.fixture
def proposer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proposal with one question, in place of the proposer."""
    module = type(sys)("rmmatch.desk.survey.proposal")
    module.propose_form = proposed
    monkeypatch.setitem(sys.modules, "rmmatch.desk.survey.proposal", module)


@pytest.mark.usefixtures("proposer")
def test_where_nobody_answers_the_questions_are_listed(run, survey: Path) -> None:
    outcome = run("import", "export.xlsx", "--out", "clean", columns=200)
    assert outcome.code == 1
    assert "goals: Are there several goals in a cell?" in outcome.out
    assert "  6 of 8 cells have a semicolon" in outcome.out
    assert "  1: yes, at semicolons" in outcome.out
    assert "1 question must be answered first. No tables were written." in outcome.out
    assert sorted(path.name for path in Path("clean").iterdir()) == ["form.yaml"]
    # answered in the file
    form = Form.from_file("clean/form.yaml")
    assert "# how the survey of Wexcombe is read" in Path("clean/form.yaml").read_text()
    form.accept(1).to_file("clean/form.yaml")
    [line] = [line for line in outcome.out.splitlines() if line.startswith("Then: ")]
    again = run(*shlex.split(line.removeprefix("Then: rmmatch ")), columns=200)
    assert again.code == 0, again.err
    assert Path("clean/mentors.csv").exists()


@pytest.mark.usefixtures("proposer")
def test_questions_at_a_terminal(run, survey: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rmmatch.cli.dialogue.is_terminal", lambda: True)
    replies = iter(["?", ""])
    monkeypatch.setattr("builtins.input", lambda prompt: next(replies))
    outcome = run("import", "export.xlsx", "--out", "clean", columns=200)
    assert outcome.code == 0, outcome.err + outcome.out
    assert "Question 1 of 1, goals: Are there several goals in a cell?" in outcome.out
    assert Form.from_file("clean/form.yaml").fields["goals"].separator == ";"
    assert Form.from_file("clean/form.yaml").undecided == ()


@pytest.mark.usefixtures("proposer")
def test_who_stops_loses_nothing(run, survey: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(prompt: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("rmmatch.cli.dialogue.is_terminal", lambda: True)
    monkeypatch.setattr("builtins.input", stop)
    outcome = run("import", "export.xlsx", "--out", "clean", columns=200)
    assert outcome.code == 1
    assert "To go on: rmmatch import export.xlsx --form clean/form.yaml --out clean" in outcome.out
    assert len(Form.from_file("clean/form.yaml").undecided) == 1


@pytest.mark.usefixtures("proposer")
def test_people_of_before_are_asked_about(run, survey, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(*IMPORT).code == 0
    export(Path("newer.xlsx"), ANSWERS, addresses={"Dan Ivy": "dan@new.example"})
    monkeypatch.setattr("rmmatch.cli.dialogue.is_terminal", lambda: True)
    monkeypatch.setattr("builtins.input", lambda prompt: "1")
    outcome = run("import", "newer.xlsx", *IMPORT[2:], columns=200)
    assert outcome.code == 0, outcome.err
    assert "Is Dan Ivy (dan@new.example) the same person as" in outcome.out
    assert "0 new, 1 changed, 0 gone" in outcome.out
    assert email("Dan Ivy") in {row["id"] for row in rows_of(Path("clean/mentors.csv"))}


@pytest.mark.skipif(sys.platform == "win32", reason="there is no pty")
def test_a_real_terminal(survey: Path) -> None:
    import pty

    Path("form.yaml").write_text(FORM + QUESTION, encoding="utf-8")
    primary, secondary = pty.openpty()
    environment = os.environ | {"COLUMNS": "200", "TERM": "dumb"}
    program = [sys.executable, "-m", "rmmatch", *IMPORT]
    process = subprocess.Popen(
        program, stdin=secondary, stdout=secondary, stderr=secondary, env=environment
    )
    os.close(secondary)
    shown = io.BytesIO()
    deadline = time.monotonic() + 60
    has_answered = False
    while time.monotonic() < deadline:
        try:
            shown.write(os.read(primary, 4096))
        except OSError:  # the program has ended
            break
        if b"s = skip: " in shown.getvalue() and not has_answered:
            os.write(primary, b"2\n")
            has_answered = True
    assert process.wait(30) == 0, shown.getvalue().decode()
    os.close(primary)
    assert Form.from_file("form.yaml").undecided == ()
    assert Path("clean/mentors.csv").exists()


def test_the_next_command_names_the_only_run(tmp_path: Path) -> None:
    folder = tmp_path / "beside" / "survey"
    folder.mkdir(parents=True)
    assert importing.run_of(folder) is None
    (folder / "a").mkdir()
    (folder / "a" / "run.json").touch()
    assert importing.run_of(folder) == folder / "a" / "run.json"
    (folder / "run.json").touch()
    assert importing.run_of(folder) is None


def test_an_export_of_microsoft_forms_with_enter_alone(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the export to a pairing: a few questions, and no line written by hand."""
    export_of_forms = case("forms-export-1-41.xlsx")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("rmmatch.cli.dialogue.is_terminal", lambda: True)
    prompts: list[str] = []
    monkeypatch.setattr("builtins.input", lambda prompt: prompts.append(prompt) or "")
    outcome = run("import", export_of_forms, "--out", "survey", "--scheme", columns=200)
    assert outcome.code == 0, outcome.err
    assert 0 < len(prompts) <= 12
    mentors, mentees = (rows_of(Path(f"survey/{name}s.csv")) for name in ("mentor", "mentee"))
    assert len(mentors) == len(mentees) == 20
    assert len({row["name"] for row in mentors}) == 20  # who answered twice is there once
    tables = ("survey/mentors.csv", "survey/mentees.csv", "--scheme", "survey/scheme.yaml")
    assert run("match", *tables, "--out", "result").code == 0
    pairs = {(row["mentee"], row["mentor"]) for row in rows_of(Path("result/pairs.csv"))}
    assert len(pairs) >= 15
    named = {
        (row["id"], id_)
        for row in (*mentors, *mentees)
        for column in ("line_manager", "supervisor", "declined")
        for id_ in row[column].split("; ")
    }
    assert len(named) > 20
    assert pairs.isdisjoint(named | {pair[::-1] for pair in named})
    # answered once: the same export with the form asks nothing and changes nothing
    prompts.clear()
    again = run(
        *("import", export_of_forms, "--form", "survey/form.yaml", "--out", "survey"), columns=200
    )
    assert again.code == 0, again.err
    assert prompts == []
    assert "0 new, 0 changed, 0 gone" in again.out
