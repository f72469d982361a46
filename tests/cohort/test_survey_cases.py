"""Whole surveys with the habits that were refused or misread, from the files to the pairs."""

from __future__ import annotations

from pathlib import Path

import pytest

import rmmatch as rm
from rmmatch.errors import CohortError


def read(folder: Path, mentors: str, mentees: str, scheme: str) -> tuple[rm.Cohort, rm.Scheme]:
    (folder / "mentors.csv").write_text(mentors, encoding="utf-8")
    (folder / "mentees.csv").write_text(mentees, encoding="utf-8")
    policy = rm.Scheme.from_text(f"version: 1\ndirection: traditional\n{scheme}")
    return rm.read_cohort(folder / "mentors.csv", folder / "mentees.csv", scheme=policy), policy


def test_one_column_a_rank(tmp_path: Path) -> None:
    cohort, _ = read(
        tmp_path,
        "id,goals\nm1,Leadership\nm2,Data\n",
        "id,Topic [Rank 1],Topic [Rank 2],Topic [Rank 3]\n"
        "e1,Leadership,Data,\ne2,Data,Leadership,\n",
        'columns: {"Topic [Rank 1]": goals, "Topic [Rank 2]": goals, "Topic [Rank 3]": goals}\n'
        "criteria: [{type: goals, weight: 1}]\n",
    )
    assert cohort.mentees.column("goals").tolist() == ["Leadership; Data", "Data; Leadership"]


def test_first_and_second_choice(tmp_path: Path) -> None:
    cohort, scheme = read(
        tmp_path,
        "id\nm1\nm2\n",
        'id,First,Second,Mon,Tue\ne1,m1,m2,"9-11, 14-16",\ne2,m1,,,9-11\n',
        "columns: {First: preferences, Second: preferences, Mon: availability, Tue: availability}\n"
        "criteria: [{type: preference, side: mentee, weight: 1}]\nobjective: [pairs, total]\n",
    )
    result = rm.match(cohort, scheme)
    assert len(result.pairs) == 2
    assert result.pairs["score"].sum() == pytest.approx(1.5)
    assert [slot.day for slot in cohort.mentees.calendars[0]] == [0, 0]


AVAILABILITY = {
    "m1": "Mondays and Wednesdays",
    "m2": '"Tuesday morning, Thursday afternoon"',
    "m3": "Weekday evenings",
    "m6": "Fri 9:00 a.m. - 11:00 a.m.",
    "m7": '"Monday (9am-12pm), Wednesday (1pm-5pm)"',
    "m9": "Tue noon-2pm",
    "m10": "every day 12:00-13:00",
}
UNCLEAR = {
    "m4": ("Flexible", "weekdays 09:00-17:00"),
    "m5": ("Mon 9-5", "Mon 09:00-17:00"),
    "m8": ("Mon after 5pm", "Mon 17:00-20:00"),
}


def test_availability_as_people_write_it(tmp_path: Path) -> None:
    rows = [f"{id_},{text}\n" for id_, text in AVAILABILITY.items()]
    mentees = "id,availability\ne1,Mon 10:00-12:00\n"
    rule = "rules: [{type: availability, min_minutes: 60}]\nobjective: [pairs]\n"
    cohort, scheme = read(tmp_path, "id,availability\n" + "".join(rows), mentees, rule)
    assert len(rm.match(cohort, scheme).pairs) == 1

    rows += [f"{id_},{text}\n" for id_, (text, _) in UNCLEAR.items()]
    with pytest.raises(CohortError) as caught:
        read(tmp_path, "id,availability\n" + "".join(rows), mentees, rule)
    assert [item.value for item in caught.value.items] == [text for text, _ in UNCLEAR.values()]
    for item, (_, suggestion) in zip(caught.value.items, UNCLEAR.values(), strict=True):
        assert f"write {suggestion!r}" in item.remedy


def test_capacity_in_words_is_refused_once_with_the_line_of_the_form(tmp_path: Path) -> None:
    question = "How many mentees would you take?"
    answers = ("No preference", "1-2", "3 or more", "Up to 2")
    with pytest.raises(CohortError) as caught:
        read(
            tmp_path,
            f"id,{question}\n" + "".join(f"m{n},{text}\n" for n, text in enumerate(answers)),
            "id\ne1\n",
            f'columns: {{"{question}": capacity}}\nobjective: [pairs]\n',
        )
    (item,) = caught.value.items
    assert (item.row, item.column) == ("2-5", "capacity")
    assert f'from: "{question}"' in item.remedy
    assert '"1-2": 2, "3 or more": 3, "Up to 2": 2' in item.remedy


def test_several_rows_of_a_person_are_refused_with_the_line_of_the_form(tmp_path: Path) -> None:
    with pytest.raises(CohortError) as caught:
        read(
            tmp_path,
            "id,goals\nm1,Leadership\nm1,Data\nm2,Data\n",
            "Timestamp,id,goals\n2026-10-01 09:00,e1,Data\n2026-10-03 12:00,e1,Leadership\n"
            "2026-10-02 10:00,e2,Data\n",
            "criteria: [{type: goals, weight: 1}]\n",
        )
    mentors, mentees = caught.value.items
    assert (mentors.row, mentees.row) == ("2-3", "2-3")
    assert "`repeated: join`" in mentors.remedy
    assert '`repeated: {keep: latest, by: "Timestamp"}`' in mentees.remedy


def test_a_wrong_grade_names_the_people(tmp_path: Path) -> None:
    cohort, scheme = read(
        tmp_path,
        "id,name,grade\nm1,Ann Lee,ST33\n",
        "id,grade\ne1,FY1\n",
        "grades: [FY1, ST3]\ncriteria: [{type: power_distance, weight: 1, target: 1, spread: 2}]\n",
    )
    (problem,) = scheme.problems(cohort)
    assert "mentor Ann Lee (m1)" in problem.reason


def test_a_column_that_one_table_lacks_names_the_file(tmp_path: Path) -> None:
    cohort, scheme = read(
        tmp_path,
        "id,availability\nm1,Mon am\n",
        "id\ne1\n",
        "rules: [{type: availability, min_minutes: 60}]\n",
    )
    (problem,) = scheme.problems(cohort)
    assert "the mentees' table (mentees.csv) has no column 'availability'" in problem.reason
