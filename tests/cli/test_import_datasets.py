"""Sign-ups that others published, from the export to pairs by `rmmatch import`: no cell changed."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching

import rmmatch as rm
from helpers.data import sample

GRADES = {
    **dict(zip(("AA", "AO", "EO", "HEO", "SEO", "Grade 7", "Grade 6"), range(1, 8), strict=True)),
    **{f"SCS{level}": 7 + level for level in range(1, 5)},
}


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def imported(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Import exports by a form, and pair them under a scheme; the pairs as (mentee, mentor)."""
    monkeypatch.chdir(tmp_path)

    def _imported(exports: list[Path], form: str, scheme: str) -> set[tuple[str, str]]:
        Path("form.yaml").write_text(form, encoding="utf-8")
        Path("scheme.yaml").write_text(scheme, encoding="utf-8")
        outcome = run("import", *exports, "--form", "form.yaml", "--out", "clean")
        assert outcome.code == 0, outcome.err
        tables = "clean/mentors.csv", "clean/mentees.csv"
        outcome = run("match", *tables, "--scheme", "scheme.yaml", "--out", "result")
        assert outcome.code == 0, outcome.err
        assert rm.check(rm.load_result(Path("result/run.json"))) == []
        return {(row["mentee"], row["mentor"]) for row in rows_of(Path("result/pairs.csv"))}

    return _imported


# --- the civil service --------------------------------------------------------------------------

CIVIL_SERVICE_FORM = """\
version: 1
fields:
  id: email address
  name: [first name, last name]
  grade: grade
  organisation: organisation
  speciality: profession
tables:
  mentors: {fields: {identity: characteristics}}
  mentees: {fields: {identity: identity to match}}
sensitive: [identity]
ignore: [both mentor and mentee, job title, biography, match with similar identity]
"""
CIVIL_SERVICE_SCHEME = f"""\
version: 1
direction: traditional
grades: {{{", ".join(f"{grade}: {level}" for grade, level in GRADES.items())}}}
sensitive: [identity]
criteria: [{{type: speciality, weight: 1}}]
rules:
  - {{type: power_distance, min_gap: 1, max_gap: 2}}
  - {{type: attribute, column: organisation, relation: different}}
"""


@pytest.mark.parametrize(("size", "known"), [("small", 35), ("large", 484)])
def test_the_civil_service_has_as_many_pairs_as_an_independent_count(
    imported, size: str, known: int
) -> None:
    exports = [sample("civil-service", size, f"{side}.csv") for side in ("mentors", "mentees")]
    pairs = imported(exports, CIVIL_SERVICE_FORM, CIVIL_SERVICE_SCHEME)
    mentors, mentees = (pd.read_csv(path, dtype=str) for path in exports)
    gaps = np.subtract.outer(
        -mentees["grade"].map(GRADES).to_numpy(), -mentors["grade"].map(GRADES).to_numpy()
    )
    differ = np.not_equal.outer(
        mentees["organisation"].to_numpy(str), mentors["organisation"].to_numpy(str)
    )
    allowed = (gaps >= 1) & (gaps <= 2) & differ
    most = int((maximum_bipartite_matching(csr_matrix(allowed)) >= 0).sum())
    assert len(pairs) == most == known
    assert len({mentee for mentee, _ in pairs}) == len({mentor for _, mentor in pairs}) == known
    places = [
        {email: place for place, email in enumerate(table["email address"])}
        for table in (mentees, mentors)
    ]
    assert all(allowed[places[0][mentee], places[1][mentor]] for mentee, mentor in pairs)


@pytest.mark.parametrize("size", ["small", "large"])
def test_the_civil_service_is_imported_without_a_question(run, tmp_path: Path, size: str) -> None:
    exports = [sample("civil-service", size, f"{side}.csv") for side in ("mentors", "mentees")]
    outcome = run("import", *exports, "--out", tmp_path, "--scheme", "--no-questions")
    assert outcome.code == 0, outcome.err
    form = rm.Form.from_file(tmp_path / "form.yaml")
    assert len(form.questions) == 0
    assert form.fields["speciality"].headers == ("profession",)
    assert form.sensitive == ("diversity",)  # who people say they are is not shown


# --- a pharmaceutical company: one workbook, a sheet for each role --------------------------------

COMPANY_FORM = """\
version: 1
fields:
  id: WWID
  name: [First Name, Last Name]
  gender: Gender
  grade: Position Level
  speciality: function
  workplace: Which is your home office?
sensitive: [gender]
# the account of one administrator, and an address that two mentees gave: WWID tells them apart
ignore: [ID, Start time, Completion time, Email, Name, J&J Email Address]
tables:
  mentors:
    sheet: mentor
    fields:
      goals: Which of these do you think are good at?
      capacity:
        from: How many mentees are you willing to mentor?
        answers:
          One mentee only, please!: 1
          I'm willing to take on two mentees.: 2
          I can handle this! Give me three mentees.: 3
  mentees:
    sheet: mentee
    fields:
      goals: "Part 3 of 3\\nWhich of these mentor skills are important to you?"
      preferences: {from: WWIDs of Preferred Mentor, separator: " "}
"""
COMPANY_SCHEME = """\
version: 1
direction: traditional
sensitive: [gender]
criteria:
  - {type: goals, weight: 1}
  - {type: preference, side: mentee, weight: 2}
objective: [pairs, total]
"""


def test_a_workbook_of_two_sheets_where_two_people_gave_one_address(imported) -> None:
    export = sample("mentormatch", "applications.xlsx")
    pairs = imported([export], COMPANY_FORM, COMPANY_SCHEME)
    sheets = pd.read_excel(export, sheet_name=None, dtype=str, engine="openpyxl")
    assert (len(sheets["mentor"]), len(sheets["mentee"])) == (5, 7)
    mentors, mentees = rows_of(Path("clean/mentors.csv")), rows_of(Path("clean/mentees.csv"))
    assert [row["id"] for row in mentors] == sheets["mentor"]["WWID"].tolist()
    assert [row["id"] for row in mentees] == sheets["mentee"]["WWID"].tolist()
    words = sheets["mentor"]["How many mentees are you willing to mentor?"]
    places = [1 + ("two" in text) + 2 * ("three" in text) for text in words]
    assert [int(row["capacity"] or 1) for row in mentors] == places
    wishes = sheets["mentee"]["WWIDs of Preferred Mentor"].fillna("").str.findall(r"[0-9]+")
    assert [row["preferences"] for row in mentees] == ["; ".join(ids) for ids in wishes]
    # with 8 places for 7 mentees and no rule, everybody is paired
    assert len(pairs) == len({mentee for mentee, _ in pairs}) == 7


def test_an_address_that_two_people_gave_is_refused_until_the_form_settles_it(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    export = sample("mentormatch", "applications.xlsx")
    form = COMPANY_FORM.replace(", J&J Email Address]", "]").replace(
        "  gender: Gender\n", "  gender: Gender\n  email: J&J Email Address\n"
    )
    Path("form.yaml").write_text(form, encoding="utf-8")
    outcome = run("import", export, "--form", "form.yaml", "--out", "clean", columns=300)
    assert outcome.code != 0
    assert outcome.err.count("have the same e-mail address") == 1
    assert "leave the column of addresses out" in outcome.err
    assert not Path("clean").exists()


def test_the_first_answers_of_the_questions_read_the_workbook_too() -> None:
    form = rm.propose_form(sample("mentormatch", "applications.xlsx"))
    assert form.questions["about"].tolist() == ["email", "department", "preferences"]
    while len(form.questions):
        form.accept(1)
    cohort = rm.read_cohort(sample("mentormatch", "applications.xlsx"), form=form)
    assert (cohort.n_mentors, cohort.n_mentees) == (5, 7)
    assert cohort.mentors.capacity.tolist() == [1, 1, 2, 1, 3]
    assert "gender" in form.sensitive


# --- projects of students: ranked choices, one column each ----------------------------------------

PROJECTS_FORM = """\
version: 1
fields:
  preferences: {from: [choice1, choice2, choice3, choice4]}
tables:
  mentors:
    fields:
      id: code
      capacity: nmax
      course: {boxes: {course1: course1, course2: course2}}
    ignore: [external]
  mentees: {fields: {id: username, course: course}, ignore: [score]}
"""
PROJECTS_SCHEME = """\
version: 1
direction: traditional
criteria: [{type: preference, side: mentee, weight: 1}]
rules: [{type: attribute, column: course, relation: overlap}]
objective: [pairs, total]
"""


def test_students_and_projects_by_ranked_choices(imported) -> None:
    files = [sample("matched", name) for name in ("projects.csv", "internal-choices.csv")]
    pairs = imported(files, PROJECTS_FORM, PROJECTS_SCHEME)
    projects, students = (pd.read_csv(path) for path in files)
    choices = [f"choice{rank}" for rank in range(1, 5)]
    clean = {row["id"]: row["preferences"] for row in rows_of(Path("clean/mentees.csv"))}
    assert clean == {row["username"]: "; ".join(row[choices]) for _, row in students.iterrows()}
    # a column for each place; a project that a student may not do, or did not choose, costs most
    places = projects.loc[projects.index.repeat(projects["nmax"])]
    n_choices = len(choices)
    ranks = np.full((len(students), len(places)), 100)
    for place, (_, student) in enumerate(students.iterrows()):
        for rank, choice in enumerate(student[choices]):
            is_allowed = (places["code"] == choice) & places[student["course"]]
            ranks[place, is_allowed.to_numpy()] = rank
    chosen = ranks[linear_sum_assignment(ranks)]
    made = dict(pairs)
    by_code = projects.set_index("code")
    got = [
        list(student[choices]).index(made[student["username"]])
        if made[student["username"]] in set(student[choices])
        else n_choices
        for _, student in students.iterrows()
    ]
    assert len(made) == len(students)
    assert all(
        by_code.loc[made[name], course]
        for name, course in zip(students["username"], students["course"], strict=True)
    )
    assert max(chosen) < n_choices  # everybody can have a choice of theirs
    assert sorted(got) == sorted(chosen.tolist())
    counts = pd.Series(list(made.values())).value_counts()
    assert (counts <= by_code["nmax"].reindex(counts.index)).all()
