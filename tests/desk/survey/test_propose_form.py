"""`propose_form` writes what is sure, asks about the rest, and lets no protecting list go."""

from __future__ import annotations

import csv
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rmmatch as rm
from rmmatch.cohort.forms import Form
from rmmatch.desk.survey.mapping.fields import FIELDS
from rmmatch.errors import CohortError

MANAGERS = ["Ann Lee", "Bo Lind", "Cy Marsh", "Di North"]
NAMES = ["Ed Okafor", "Flo Price", "Gus Quill", "Hal Rees"]
EMAILS = [f"{name.split()[0].lower()}@trust.example" for name in NAMES]
FORMS_HEADERS = ["ID", "Start time", "Completion time", "Email", "Name"]


def rows(columns: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """A table given by its columns."""
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def forms_columns(**more: Sequence[Any]) -> dict[str, Sequence[Any]]:
    """What Microsoft Forms exports, with questions behind."""
    values: tuple[Sequence[Any], ...]
    times = [f"2026-01-0{day} 09:00:00" for day in range(1, 5)]
    values = ([1, 2, 3, 4], times, times, EMAILS, NAMES)
    return {**dict(zip(FORMS_HEADERS, values, strict=True)), **more}


def headers_of(form: Form, name: str, role: Any = None) -> tuple[str, ...]:
    return form.table(role).fields[name].headers


def questions_about(form: Form, name: str) -> list[str]:
    return [question.ask for question in form.undecided if question.about == name]


# --- layouts of tools -------------------------------------------------------------------------


def test_microsoft_forms() -> None:
    site = "Which site\u00a0are you\nbased at?"
    form = rm.propose_form(rows(forms_columns(**{site: ["North", "South", "North", "South"]})))
    assert headers_of(form, "id") == headers_of(form, "email") == ("Email",)
    assert headers_of(form, "name") == ("Name",)
    assert [" ".join(name.split()) for name in headers_of(form, "workplace")] == [
        "Which site are you based at?"
    ]
    assert set(form.ignore) == {"Start time", "Completion time"}
    assert not form.undecided


def test_an_account_that_filled_in_all_answers_is_nobodys_identity() -> None:
    columns = forms_columns(**{"Your work e-mail": EMAILS, "Your full name": NAMES})
    columns |= {"Email": ["admin@trust.example"] * 4, "Name": ["anonymous"] * 4}
    form = rm.propose_form(rows(columns))
    assert headers_of(form, "id") == headers_of(form, "email") == ("Your work e-mail",)
    assert headers_of(form, "name") == ("Your full name",)
    assert {"Email", "Name"} <= set(form.ignore)


@pytest.mark.parametrize(
    ("headers", "ignored", "id_header"),
    [
        (["StartDate", "EndDate", "Status", "Progress", "Finished", "RecordedDate", "ResponseId"],
         "Status", "ResponseId"),
        (["record_id", "redcap_survey_identifier", "site"], "redcap_survey_identifier",
         "record_id"),
        (["Respondent ID", "Collector ID", "Start Date", "End Date"], "Collector ID",
         "Respondent ID"),
        (["Unique Response Number", "Started"], "Started", "Unique Response Number"),
    ],
)  # fmt: skip
def test_other_tools(headers: list[str], ignored: str, id_header: str) -> None:
    form = rm.propose_form([dict.fromkeys(headers, "")])
    assert ignored in form.ignore
    columns = {header: [f"x{place}{row}" for row in range(4)] for place, header in
               enumerate(headers)}  # fmt: skip
    form = rm.propose_form(rows(columns))
    assert headers_of(form, "id") == (id_header,)


# --- groups of columns ------------------------------------------------------------------------


def test_a_grid_of_days_and_times() -> None:
    grid = {f"{day} [{time}]": ["Available", "Not available", "Available", ""]
            for day in ("Monday", "Tuesday") for time in ("am", "pm")}  # fmt: skip
    form = rm.propose_form(rows(forms_columns(**grid)))
    field = form.fields["availability"]
    assert field.grid == "{day} [{time}]"
    assert field.answers == {"Available": "free", "Not available": "busy"}


def test_a_column_a_day_with_times_in_it() -> None:
    grid = {f"When are you free? [{day}]": ["9:00-12:00", "", "14:00-16:00", "9:00-10:00"]
            for day in ("Mon", "Tue", "Wed")}  # fmt: skip
    field = rm.propose_form(rows(forms_columns(**grid))).fields["availability"]
    assert (field.grid, field.cells) == ("When are you free? [{day}]", "times")


def test_first_and_second_choice_are_one_list() -> None:
    wishes = {"First choice of mentor": ["m1", "m2", "m3", "m4"],
              "Second choice of mentor": ["m2", "m3", "m4", "m1"]}  # fmt: skip
    form = rm.propose_form(rows(forms_columns(**wishes)))
    assert headers_of(form, "preferences") == tuple(wishes)


def test_ranks_in_rows_are_one_list_in_order() -> None:
    goals = {f"What are your goals? [Rank {n}]": list("abcd") for n in (1, 2, 3)}
    form = rm.propose_form(rows(forms_columns(**goals)))
    assert headers_of(form, "goals") == tuple(goals)


def test_a_rank_in_each_cell() -> None:
    goals = {f"Rank your goals [{goal}]": ["1", "2", "3", "1"] for goal in ("Data", "Teaching")}
    field = rm.propose_form(rows(forms_columns(**goals))).fields["goals"]
    assert field.ranks == {f"Rank your goals [{goal}]": goal for goal in ("Data", "Teaching")}


def test_boxes_of_redcap_are_asked_for_and_labelled_ones_are_read() -> None:
    labelled = {f"What are your goals? (choice={goal})": ["Checked", "Unchecked"] * 2
                for goal in ("Data", "Teaching")}  # fmt: skip
    field = rm.propose_form(rows(forms_columns(**labelled))).fields["goals"]
    assert field.boxes == dict(zip(labelled, ("Data", "Teaching"), strict=True))
    bare = {f"goals___{n}": ["1", "0", "1", "0"] for n in (1, 2)}
    form = rm.propose_form(rows({"record_id": ["a", "b", "c", "d"], **bare}))
    assert questions_about(form, "goals")


def test_one_question_in_two_branches_of_a_form_is_one_field() -> None:
    goals = {"What are your goals?": ["Data", "", "", ""],
             "What are your goals?2": ["", "Teaching", "Data", ""]}  # fmt: skip
    assert headers_of(rm.propose_form(rows(forms_columns(**goals))), "goals") == tuple(goals)


# --- who people are ---------------------------------------------------------------------------


def test_two_files_that_number_their_answers_are_asked_about() -> None:
    mentors = forms_columns()
    mentees = forms_columns(Name=NAMES[::-1], Email=[f"x{mail}" for mail in EMAILS])
    form = rm.propose_form(rows(mentors), rows(mentees))
    assert questions_about(form, "id") == [
        "Both files number their answers from 1: use the e-mail as id?"
    ]
    assert headers_of(form.accept(1), "id") == ("Email",)
    form = rm.propose_form(rows(mentors), rows(mentees)).accept(1, 2)
    assert form.fields["id"].each_side


def test_without_an_address_numbers_of_two_files_are_told_apart_by_table() -> None:
    mentors: dict[str, list[Any]] = {"ID": [1, 2], "Name": ["Ann Lee", "Bo Lind"]}
    mentees: dict[str, list[Any]] = {"ID": [1, 2], "Name": ["Cy Marsh", "Di North"]}
    form = rm.propose_form(rows(mentors), rows(mentees))
    assert len(questions_about(form, "id")) == 1
    assert form.accept(1).fields["id"].each_side


def test_without_any_id_names_make_one() -> None:
    form = rm.propose_form(rows({"First name": ["Ann", "Bo"], "Surname": ["Lee", "Lind"]}))
    assert headers_of(form, "name") == ("First name", "Surname")
    assert form.accept(1).fields["id"].mint == ("First name", "Surname")


def test_somebody_who_answered_twice_is_asked_about() -> None:
    columns = forms_columns(Email=[*EMAILS[:3], EMAILS[0]], Name=[*NAMES[:3], NAMES[0]])
    form = rm.propose_form(rows(columns))
    (ask,) = questions_about(form, "id")
    assert "several rows" in ask
    assert form.accept(1).repeated.by == "Completion time"  # type: ignore[union-attr]


def test_ids_are_what_lists_of_people_are_written_in() -> None:
    mentors = {"Email": EMAILS, "Badge": ["a1", "a2", "a3", "a4"]}
    mentees = {"Email": [f"x{mail}" for mail in EMAILS], "Badge": ["b1", "b2", "b3", "b4"],
               "Preferred mentors": ["a1; a2", "a3", "", "a4"]}  # fmt: skip
    form = rm.propose_form(rows(mentors), rows(mentees))
    assert headers_of(form, "id") == ("Badge",)


def test_a_column_of_people_is_asked_about_whatever_it_is_called() -> None:
    mentors = {"Email": EMAILS}
    mentees = {"Email": [f"x{mail}" for mail in EMAILS], "Q7": [*EMAILS[:3], ""]}
    form = rm.propose_form(rows(mentors), rows(mentees))
    (ask,) = questions_about(form, "declined")
    assert "Q7" in ask


# --- two tables -------------------------------------------------------------------------------


def test_what_differs_between_two_tables_is_written_under_tables() -> None:
    mentors: dict[str, list[Any]] = {
        "Email": EMAILS,
        "Skills you can offer": list("abcd"),
        "How many mentees?": [1] * 4,
    }
    mentees = {"Email": [f"x{mail}" for mail in EMAILS], "What do you hope to gain?": list("abcd")}
    form = rm.propose_form(rows(mentors), rows(mentees))
    assert set(form.fields) == {"id", "email"}
    assert headers_of(form, "goals", "mentor") == ("Skills you can offer",)
    assert headers_of(form, "goals", "mentee") == ("What do you hope to gain?",)
    assert "capacity" not in form.table("mentee").fields


def test_files_in_the_other_order_are_known_by_their_names(tmp_path: Path) -> None:
    paths = []
    for side, header in (("mentees", "What do you hope to gain?"), ("mentors", "Topics")):
        paths.append(tmp_path / f"{side}.csv")
        paths[-1].write_text(f"Email,{header}\na@{side}.example,x\nb@{side}.example,y\n")
    form = rm.propose_form(*paths)
    assert headers_of(form, "goals", "mentor") == ("Topics",)


def test_the_same_file_twice_is_one_table(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("Email,Topics\na@x.example,x\nb@x.example,y\n")
    assert rm.propose_form(path, path).to_dict() == rm.propose_form(path).to_dict()


def test_sheets_of_a_workbook_are_found(tmp_path: Path) -> None:
    path = tmp_path / "export.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["Read me"])
    for side in ("Mentors", "Mentees"):
        sheet = book.create_sheet(side)
        for row in (["Email", "Name", "Topics"], [f"a@{side}.example", "Ann Lee", "Data"]):
            sheet.append(row)
    book.save(path)
    form = rm.propose_form(path)
    assert {role: table.sheet for role, table in form.tables.items()} == {
        "mentors": "Mentors",
        "mentees": "Mentees",
    }


def test_three_files_are_too_many(tmp_path: Path) -> None:
    with pytest.raises(CohortError, match="are 3 tables"):
        rm.propose_form(*([{"Email": f"{n}@x.example"}] for n in range(3)))


def test_an_export_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CohortError, match="no such file"):
        rm.propose_form(tmp_path / "export.csv")
    with pytest.raises(TypeError):
        rm.propose_form()


# --- what is private, and what protects -------------------------------------------------------


def test_private_answers_are_nowhere_in_the_form() -> None:
    secrets = ["quiverful", "zoroastrian", "quokka", "umber"]
    questions = ["Gender", "How would you describe your ethnicity?", "Disability?", "Religion",
                 "Sexual orientation", "Pronouns", "Date of birth", "Visa?"]  # fmt: skip
    form = rm.propose_form(rows(forms_columns(**dict.fromkeys(questions, secrets))))
    assert len(form.sensitive) == len(questions)
    assert not any(secret in form.to_yaml() for secret in secrets)


PROTECTING = sorted(
    {
        " ".join(sorted(word)[0] for word in line)
        for kind in FIELDS
        if kind.does_protect
        for line in kind.alias_words
    }
)
CELLS = st.lists(
    st.sampled_from(["", "Yes", "no", "Ann Lee", "12", "a@x.example", "Mon am"]),
    min_size=4, max_size=4,
)  # fmt: skip


@given(st.sampled_from(PROTECTING), CELLS)
def test_a_list_that_protects_is_read_or_asked_about(words: str, cells: list[str]) -> None:
    form = rm.propose_form(rows(forms_columns(**{words: cells})))
    named = {header for field in form.fields.values() for header in field.headers}
    asked = {str(answer.change) for question in form.undecided for answer in question.answers}
    assert words in named or any(words in text for text in asked)


@given(st.dictionaries(st.text(min_size=1, max_size=30), CELLS, min_size=1, max_size=5))
def test_any_export_gives_a_form_that_reads_back(columns: dict[str, list[str]]) -> None:
    table = rows(columns)
    try:
        form = rm.propose_form(table)
    except CohortError:
        return
    again = Form.from_text(form.to_yaml())
    assert again.to_dict() == form.to_dict() == rm.propose_form(table).to_dict()
    assert again.to_yaml() == form.to_yaml()


def test_a_likely_column_is_a_question_that_can_be_answered_either_way() -> None:
    columns = forms_columns(**{"In which part of town is your usual office desk?": list("abcd")})
    form = rm.propose_form(rows(columns))
    assert "workplace" not in form.fields
    assert questions_about(form, "workplace")
    used = rm.propose_form(rows(columns)).accept(1)
    assert "workplace" in used.fields
    ignored = form.accept(1, len(form.undecided[0].answers))
    assert "In which part of town is your usual office desk?" in ignored.ignore


def test_people_who_did_not_agree_are_asked_about() -> None:
    columns = forms_columns(**{"I consent to my data being used": ["Yes", "No", "Yes", "Yes"]})
    form = rm.propose_form(rows(columns))
    assert questions_about(form, "status")
    assert form.accept(1).fields["status"].answers == {"Yes": "applicant", "No": "withdrawn"}


def test_a_header_is_no_field_where_its_cells_say_otherwise() -> None:
    columns = {"Name": NAMES, "Email": ["12 High St", "1 Mill Lane", "3 Elm Rd", "9 Oak Rd"],
               "Role": ["Nurse", "Midwife", "Porter", "Nurse"]}  # fmt: skip
    form = rm.propose_form(rows(columns))
    assert "email" not in form.fields
    assert "role" not in form.fields


def test_the_evidence_stands_beside_each_line() -> None:
    text = rm.propose_form(rows(forms_columns())).to_yaml()
    assert "id: Email # 4 different addresses in 4 rows" in text
    assert "# Microsoft Forms writes it itself" in text or "# column of Microsoft Forms" in text


def test_a_large_export_takes_seconds(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["Email", "Name", "Line manager", "Topics", "When are you available?"])
        for n in range(20_000):
            out.writerow([f"p{n}@x.example", f"Pat N{n}", f"m{n % 50}@x.example", "Data; Law",
                          "Mon am"])  # fmt: skip
    start = time.perf_counter()
    assert "line_manager" in rm.propose_form(path).fields
    assert time.perf_counter() - start < 20


def test_hours_under_a_day_are_times() -> None:
    grid = {"Mon": ["9-11", "", "14-16", "9-11, 14-16"], "Tue": ["", "9-10", "", ""]}
    field = rm.propose_form(rows(forms_columns(**grid))).fields["availability"]
    assert (field.grid, field.cells) == ("{day}", "times")


def test_an_address_of_two_people_with_ids_is_asked_about() -> None:
    columns = {"Staff number": ["s1", "s2", "s3", "s4"], "Name": NAMES,
               "Email": [*EMAILS[:3], EMAILS[0]]}  # fmt: skip
    form = rm.propose_form(rows(columns))
    assert headers_of(form, "id") == ("Staff number",)
    assert "email" not in form.fields
    assert questions_about(form, "email")
    assert "Email" in form.accept(1).ignore


def test_an_answer_that_makes_a_private_field_keeps_it_private() -> None:
    header = "Children or adult speciality"
    form = rm.propose_form([{"Email": f"p{n}@x.example", header: "adult"} for n in range(4)])
    (question,) = (question for question in form.undecided if question.about == "speciality")
    changes = {answer.say: answer.change for answer in question.answers}
    assert changes["no, as caring"]["sensitive"] == ["caring"]
    assert "sensitive" not in changes["yes, as speciality"]


# --- questions in a row of their own ----------------------------------------------------------


def qualtrics_file(path: Path, questions: Mapping[str, tuple[str, Sequence[str]]]) -> Path:
    """An export of Qualtrics: codes, questions and import ids above the answers."""
    own = {name: (name, ["x"] * 4) for name in ("StartDate", "Progress", "Finished", "ResponseId")}
    columns = {**own, "Status": ("Response Type", ["IP Address"] * 4), **questions}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerow(question for question, _ in columns.values())
        writer.writerow(f'{{"ImportId":"QID{number}"}}' for number in range(len(columns)))
        writer.writerows(zip(*(cells for _, cells in columns.values()), strict=True))
    return path


def test_questions_of_qualtrics_say_what_its_codes_do_not(tmp_path: Path) -> None:
    asked = "Anyone you could not work with?"
    manager = "Your line manager's email address"
    days = "When are you free? - "
    topic = "Topics - Selected Choice - "
    path = qualtrics_file(
        tmp_path / "export.csv",
        {
            "Q1": ("What is your name?", NAMES),
            "Q2": ("Your work email", EMAILS),
            "Q3": ("I want to be a...", ["Mentor", "Mentee"] * 2),
            "Q4": (asked, ["", "Ed Okafor", "", ""]),
            "Q5": (manager, ["boss@trust.example", EMAILS[2], EMAILS[3], ""]),
            "Q6_1": (f"{topic}Teaching", ["1", "0", "1", "1"]),
            "Q6_2": (f"{topic}Research", ["0", "1", "1", "0"]),
            "Q7_1": (f"{days}Monday", ["9:00-12:00"] * 4),
            "Q7_2": (f"{days}Tuesday", ["9:00-12:00"] * 4),
            "Q8": ("What is your ethnicity?", ["secret one", "secret two"] * 2),
            "Q9": ("What else?", ["", "", "", "tea"]),
        },
    )
    form = rm.propose_form(path)
    assert headers_of(form, "declined") == (asked,)
    assert headers_of(form, "line_manager") == (manager,)
    assert form.fields["goals"].boxes == {
        f"{topic}Teaching": "Teaching",
        f"{topic}Research": "Research",
    }
    assert form.fields["availability"].grid == f"{days}{{day}}"
    assert form.sensitive == ("ethnicity",)
    while form.undecided:
        form.accept(1)
    cohort = rm.read_cohort(path, form=form)
    assert list(cohort.mentors.ids) == EMAILS[::2]
    barred = rm.Scheme.from_dict(
        {"version": 1, "criteria": [{"type": "goals"}], "rules": [], "objective": ["pairs"]}
    )
    assert (EMAILS[1], EMAILS[0]) not in set(rm.match(cohort, barred).made)


def test_a_question_about_declined_people_is_not_passed_over_by_its_code(tmp_path: Path) -> None:
    path = qualtrics_file(
        tmp_path / "export.csv",
        {
            "Q1": ("Your work email", EMAILS),
            "Q2": ("Role", ["mentor", "mentee"] * 2),
            "Q3": ("Is there anyone to avoid?", ["", EMAILS[0], "", ""]),
        },
    )
    form = Form.from_dict({"fields": {"id": "Q1", "role": "Q2"}})
    with pytest.raises(CohortError) as info:
        rm.read_cohort(path, form=form)
    assert [fault.code for fault in info.value.items] == ["protecting_column"]


def test_ranks_with_people_as_headers() -> None:
    columns: dict[str, Sequence[Any]] = {
        "Email Address": EMAILS,
        "Full name": NAMES,
        "Rank your preferred mentors [Ann Lee]": ["1st choice", "2nd choice", "", "1st choice"],
        "Rank your preferred mentors [Bo Lind]": ["2nd choice", "1st choice", "1st choice", ""],
    }
    mentors = [{"Email Address": "ann@trust.example", "Full name": "Ann Lee"}]
    form = rm.propose_form(mentors, rows(columns))
    assert form.table("mentee").fields["preferences"].ranks


def test_codes_under_role_are_a_role_and_what_they_mean_must_be_said() -> None:
    export = rows({"email": EMAILS, "full_name": NAMES, "role": ["1", "2", "1", "2"]})
    form = rm.propose_form(export)
    assert headers_of(form, "role") == ("role",)
    assert not form.undecided
    with pytest.raises(CohortError) as info:
        rm.read_cohort(export, form=form)
    (fault,) = info.value.items
    assert fault.remedy.endswith('role: {from: "role", answers: {"1": mentor, "2": mentee}}')


def test_what_each_role_is_asked_for_itself_is_not_joined_for_whoever_is_both() -> None:
    offered, wanted = "Which topics can you help with?", "Which topics would you like help with?"
    export = rows(
        {
            "Email": EMAILS,
            "Name": NAMES,
            "I would like to be a": ["Mentor", "Mentee", "Both", "Mentor"],
            offered: ["Data;Exams", "", "Teaching;Data", "Exams"],
            wanted: ["", "Data;Teaching", "Exams", ""],
        }
    )
    form = rm.propose_form(export)
    (question,) = [question for question in form.undecided if question.about == "goals"]
    assert [answer.say for answer in question.answers][:2] == [
        "yes, as the goals of the mentees",
        "yes, as goals of everybody, too",
    ]
    while form.undecided:
        form.accept(1)
    cohort = rm.read_cohort(export, form=form)
    goals = [dict(zip(side.ids, side.columns["goals"], strict=True)) for side in cohort.sides]
    assert [side[EMAILS[2]] for side in goals if EMAILS[2] in side] in (
        ["Exams", "Teaching; Data"],
        ["Exams", "Teaching;Data"],
    )
    assert not [note for note in cohort.notes if "does not mention" in note]
    assert all(wanted not in side.columns for side in cohort.sides)


def test_who_does_not_agree_to_share_takes_part_without_a_name() -> None:
    header = "I agree that my name and email may be shared with my partner"
    export = rows(
        {"Email": EMAILS, "Role": ["Mentor", "Mentee"] * 2, header: ["Yes", "Yes", "No", "Yes"]}
    )
    form = rm.propose_form(export)
    assert questions_about(form, "status")
    while form.undecided:
        form.accept(1)
    cohort = rm.read_cohort(export, form=form)
    assert cohort.mentors.columns["consent"].tolist() == ["yes", "no"]
    assert cohort.mentors.status.tolist() == ["applicant", "applicant"]
