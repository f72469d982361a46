"""One list given as both sides is refused: pairs within one group are not what rmmatch makes."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import rmmatch as rm

PEOPLE = [{"id": f"p{n}", "topic": "xy"[n % 2]} for n in range(1, 6)]
ROLES = [{**row, "role": "mentor" if n < 2 else "mentee"} for n, row in enumerate(PEOPLE)]
PEER, TRADITIONAL = rm.Scheme(direction="peer"), rm.Scheme(direction="traditional")


def problem_of(*tables: object, **options: object) -> rm.errors.Problem:
    with pytest.raises(rm.CohortError) as caught:
        rm.read_cohort(*tables, **options)  # type: ignore[arg-type]
    (problem,) = caught.value.items
    return problem


def test_a_file_given_twice_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    pd.DataFrame(PEOPLE).to_csv(path, index=False)
    problem = problem_of(path, path)
    assert problem.code == "same_table"
    assert problem.file == "people.csv"
    assert problem.reason == (
        "the same table of 5 people is given for the mentors and for the mentees"
    )
    assert "one table whose column `role` says mentor or mentee" in problem.remedy
    copy = tmp_path / "copy of people.csv"
    copy.write_bytes(path.read_bytes())
    assert problem_of(path, copy).file == "people.csv and copy of people.csv"


@pytest.mark.parametrize("each_side", [False, True])
def test_so_is_a_table_in_memory_whatever_its_ids_become(each_side: bool) -> None:
    assert problem_of(PEOPLE, PEOPLE, each_side=each_side).code == "same_table"
    frame = pd.DataFrame(PEOPLE)
    assert problem_of(frame, frame[::-1], each_side=each_side).code == "same_table"
    capacity = {"mentors": 2}
    assert problem_of(frame, frame, each_side=each_side, capacity=capacity).code == "same_table"


def test_a_table_with_roles_is_to_be_given_once() -> None:
    problem = problem_of(ROLES, ROLES)  # and not one problem a row besides
    assert problem.remedy.startswith("give the table once: its column `role`")
    assert len(rm.read_cohort(ROLES).mentors) == 2


def test_other_sheets_of_one_workbook_are_two_tables(tmp_path: Path) -> None:
    path = tmp_path / "people.xlsx"
    with pd.ExcelWriter(path, engine="xlsxwriter") as book:
        for sheet, ids in (("A", ["p1", "p2"]), ("B", ["p3", "p4"])):
            pd.DataFrame({"id": ids}).to_excel(book, sheet_name=sheet, index=False)
    assert len(rm.read_cohort(f"{path}#A", f"{path}#B").mentees) == 2
    assert problem_of(f"{path}#A", path).code == "same_table"


def test_other_problems_of_the_table_are_said_too() -> None:
    twice = [*PEOPLE, PEOPLE[0]]
    with pytest.raises(rm.CohortError) as caught:
        rm.read_cohort(twice, twice)
    assert [problem.code for problem in caught.value.items] == [
        "same_table",
        "repeated_id",
        "repeated_id",
    ]


def test_a_table_without_ids_is_refused_without_a_crash() -> None:
    nameless = [{"topic": "x"}, {"topic": "y"}]
    with pytest.raises(rm.CohortError, match="the same table of 2 people"):
        rm.read_cohort(nameless, nameless)


def test_one_person_is_not_a_list() -> None:
    cohort = rm.read_cohort(PEOPLE[:1], PEOPLE[:1])
    assert len(rm.match(cohort, PEER).made) == 0


def both_roles(people: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{**row, "role": role} for row in people for role in ("mentor", "mentee")]


def test_peers_who_are_all_on_both_sides_are_one_group() -> None:
    cohort = rm.read_cohort(both_roles(PEOPLE))
    with pytest.raises(rm.SchemeError) as caught:
        rm.match(cohort, PEER)
    (problem,) = caught.value.items
    assert (problem.code, problem.column) == ("one_group", "direction")
    assert problem.reason.startswith("all 5 people are both mentors and mentees.")
    assert "does not make pairs within one group" in problem.reason
    with pytest.raises(rm.SchemeError, match="within one group"):
        rm.validate(cohort, PEER)


def test_where_one_is_the_senior_everybody_may_learn_and_teach() -> None:
    cohort = rm.read_cohort(both_roles(PEOPLE))
    result = rm.match(cohort, TRADITIONAL)
    assert len(result.made) == 5
    assert all(mentee != mentor for mentee, mentor in result.made)
    assert any("everybody is both a mentor and a mentee" in note for note in result.notes)


def test_the_same_people_under_other_ids_are_one_group_too() -> None:
    names = ["Ann Day", "Bo Lee", "Cy Ray"]
    mentors = [{"id": f"m{n}", "name": name} for n, name in enumerate(names)]
    mentees = [{"id": f"e{n}", "name": name.upper()} for n, name in enumerate(names)]
    with pytest.raises(rm.SchemeError, match="all 3 people are both"):
        rm.match(rm.read_cohort(mentors, mentees), PEER)


@pytest.mark.parametrize("extra", ["mentor", "mentee"])
def test_one_person_more_on_a_side_makes_two_groups(extra: str) -> None:
    cohort = rm.read_cohort([*both_roles(PEOPLE), {"id": "q", "topic": "x", "role": extra}])
    assert len(rm.match(cohort, PEER).made) == 5
