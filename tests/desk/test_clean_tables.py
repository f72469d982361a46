"""Clean tables say all that a cohort says, and need no form and no settlement of names."""

from __future__ import annotations

import csv
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

import rmmatch as rm
from rmmatch.cohort.columns import PEOPLE_COLUMNS
from rmmatch.desk.survey.clean_tables import (
    CleanTable,
    clean_table,
    joined_tables,
    read_clean_table,
)
from rmmatch.desk.survey.differences import differences
from rmmatch.files.tables import write_rows

ROLES = ("mentor", "mentee")


def facts(cohort: rm.Cohort) -> list[object]:
    """Everything that can change a pairing: the text of lists of people is not in it."""
    answer: list[object] = []
    for side, partners in zip(cohort.sides, cohort.sides[::-1], strict=True):
        names = [name for name in side.columns if name not in PEOPLE_COLUMNS]
        answer.append(sorted(names))
        for place, id_ in sorted(enumerate(side.ids), key=lambda entry: entry[1]):
            answer.append((id_, *(side.columns[name][place] for name in sorted(names))))
            numbers = [int(getattr(side, n)[place]) for n in ("capacity", "min_load", "priority")]
            wishes = [partners.ids[partner] for partner in side.preferences[place].tolist()]
            answer.append((*numbers, side.status[place], side.slots(place), wishes))
    for kind in sorted(cohort.relations):
        pairs = cohort.relations[kind]
        ids = zip(
            (cohort.mentees.ids[p] for p in pairs.mentees),
            (cohort.mentors.ids[p] for p in pairs.mentors),
            strict=True,
        )
        answer.append((kind, sorted(ids)))
    answer.append(sorted((id_, sorted(names)) for id_, names in cohort.managers.items()))
    return answer


def read_again(cohort: rm.Cohort, folder: Path, **options: object) -> rm.Cohort:
    """A cohort written as clean tables, and read."""
    for role in ROLES:
        table = clean_table(cohort, role)
        write_rows(table.header, table.cells, folder / f"{role}s.csv")
    return rm.read_cohort(folder / "mentors.csv", folder / "mentees.csv", **options)


words = st.sampled_from(["Ann Lee", "O'Brien", "=1+1", "a, b", "é", 'say "x"', "two\nlines", "-5"])
cells = st.none() | words
days = st.none() | st.sampled_from(["Mon am", "wk2 Tue 09:00-11:00; Fri", "weekdays 12:00-13:00"])


@st.composite
def cohorts(draw: st.DrawFn) -> rm.Cohort:
    """Some people with cells of every kind, who name each other by id, name or not at all."""
    tables = []
    for letter, others in (("M", "E"), ("E", "M")):
        rows = []
        for number in range(draw(st.integers(1, 4))):
            people = st.sampled_from(
                [
                    f"{others}0",
                    f"Name {others}0",
                    f"dr name {letter}0",
                    "X99",
                    f"{letter}9; none",
                    "nobody",
                ]
            )
            rows.append(
                {
                    "id": f"{letter}{number}",
                    "name": f"Name {letter}{number}",
                    "goals": draw(cells),
                    "Years of experience": draw(cells),
                    "availability": draw(days),
                    "capacity": draw(st.none() | st.integers(0, 3)),
                    "priority": draw(st.none() | st.integers(0, 3)),
                    "attended_training": draw(st.none() | st.sampled_from(["Y", "no", "TRUE"])),
                    "status": draw(st.none() | st.sampled_from(["Reserve", "withdrawn"])),
                    "line manager": draw(st.none() | people),
                    "declined": draw(st.none() | people),
                    "preferences": draw(st.none() | people),
                }
            )
        tables.append(rows)
    capacity = draw(st.sampled_from([{}, {"mentors": 2}]))
    people = {"dr name M0": "M0"} if draw(st.booleans()) else {}
    return rm.read_cohort(*tables, capacity=capacity, people=people)


@given(cohorts())
def test_clean_tables_are_the_cohort_again(tmp_path_factory, cohort: rm.Cohort) -> None:
    folder = tmp_path_factory.mktemp("clean")
    again = read_again(cohort, folder)
    assert facts(again) == facts(cohort)
    for role in ROLES:  # and once written they do not change any more
        assert clean_table(again, role) == clean_table(cohort, role)
        assert read_clean_table(folder / f"{role}s.csv") == clean_table(cohort, role)


def test_names_become_ids_and_who_is_outside_stays_as_written(tmp_path: Path) -> None:
    cohort = rm.read_cohort(
        [{"id": "M1", "name": "Helen Marsh"}, {"id": "M2", "name": "Tom Reed"}],
        [
            {"id": "E1", "line manager": "Dr Helen Marsh and Tom Reed", "declined": "T. Reid"},
            {"id": "E2", "line manager": "Prof Q", "declined": "nobody"},
        ],
        people={"T. Reid": "M2", "Prof Q": "outside"},
    )
    rows = clean_table(cohort, "mentee").rows
    assert rows[0] == {"id": "E1", "line_manager": "M1; M2", "declined": "M2"}
    assert rows[1] == {"id": "E2", "line_manager": "Prof Q", "declined": "nobody"}
    again = read_again(cohort, tmp_path)
    assert [doubt.text for doubt in again.doubts] == ["Prof Q"]  # the scheme's line settles it
    assert not read_again(cohort, tmp_path, people={"Prof Q": "outside"}).doubts


def test_ids_of_both_sides_and_default_places_are_written_out() -> None:
    cohort = rm.read_cohort(
        [{"id": 1, "name": "Ann"}],
        [{"id": 1, "name": "Bo", "preferences": "1"}],
        capacity={"mentors": 2},
        each_side=True,
    )
    assert clean_table(cohort, "mentor").rows == [{"id": "M1", "name": "Ann", "capacity": "2"}]
    assert clean_table(cohort, "mentee").rows[0]["preferences"] == "M1"


def test_other_ids_are_written_everywhere() -> None:
    cohort = rm.read_cohort(
        [{"id": "M1", "name": "Ann"}], [{"id": "E1", "declined": "Ann", "preferences": "m1"}]
    )
    row = clean_table(cohort, "mentee", {"M1": "P7"}).rows[0]
    assert row["declined"] == row["preferences"] == "P7"
    assert clean_table(cohort, "mentor", {"M1": "P7"}).rows[0]["id"] == "P7"


def test_what_a_spreadsheet_would_compute_is_escaped(tmp_path: Path) -> None:
    cohort = rm.read_cohort([{"id": "M1", "goals": "=1+1"}], [{"id": "E1"}])
    read_again(cohort, tmp_path)
    with (tmp_path / "mentors.csv").open(encoding="utf-8-sig", newline="") as file:
        assert next(csv.DictReader(file))["goals"] == "'=1+1"


def test_leavers_stay_with_their_status() -> None:
    table = CleanTable(("id", "grade"), [{"id": "M1", "grade": "ST1"}])
    before = CleanTable(("id", "goals"), [{"id": "M2", "goals": "x", "status": "reserve"}])
    joined = joined_tables(table, before)
    assert joined.rows[1] == {"id": "M2", "goals": "x", "status": "withdrawn"}
    assert set(joined.header) == {"id", "grade", "goals", "status"}
    assert joined_tables(table, CleanTable(("id",), [])) is table


# differences ----------------------------------------------------------------------------------


def tables(*rows: dict[str, str]) -> dict[str, CleanTable]:
    header = tuple(dict.fromkeys(name for row in rows for name in row))
    return {
        "mentor": CleanTable(header, list(rows)),
        "mentee": CleanTable(("id",), [{"id": "E1"}]),
    }


def test_new_changed_and_gone() -> None:
    before = tables(
        {"id": "M1", "name": "Ann Lee", "grade": "ST1", "ethnicity": "a"},
        {"id": "M2", "name": "Bo Ray", "grade": "ST2"},
        {"id": "M3", "name": "Cy Dee", "status": "withdrawn"},
        {"id": "M5", "name": "Ed Fox"},
    )
    after = tables(
        {"id": "m1", "name": "Ann Lee", "grade": "ST3", "ethnicity": "secret"},
        {"id": "M3", "name": "Cy Dee"},
        {"id": "M4", "name": "Di Eve", "grade": "ST1"},
        {"id": "M5", "name": "Ed Fox", "status": "withdrawn"},
    )
    changes = differences(before, after, ["ethnicity"])
    assert changes.headline == "2 new, 1 changed, 2 gone"
    assert [person.label for person in changes.people] == [
        "Cy Dee (M3), mentor",
        "Di Eve (M4), mentor",
        "Ann Lee (m1), mentor: grade, ethnicity",
        "Ed Fox (M5), mentor",
        "Bo Ray (M2), mentor",
    ]
    assert "secret" not in str(changes.rows) + str(changes)
    frame = changes.to_frame()
    assert frame[frame.column == "grade"][["before", "after"]].to_numpy().tolist() == [
        ["ST1", "ST3"]
    ]
    assert list(frame.columns) == list(changes.columns)


def test_private_names_are_not_shown() -> None:
    changes = differences(tables({"id": "M1", "name": "Ann"}), tables({"id": "M2"}), ["name"])
    assert "Ann" not in str(changes) + str(changes.rows)


def test_long_lists_of_people_are_cut() -> None:
    rows = [{"id": f"M{number}"} for number in range(50)]
    lines = differences(tables({"id": "X"}), tables({"id": "X"}, *rows)).lines
    assert len(lines) == 22
    assert "30 more new" in lines[-1]


@given(cohorts(), st.data())
def test_equal_tables_have_no_differences_and_any_cell_is_seen(cohort: rm.Cohort, data) -> None:
    before = {role: clean_table(cohort, role) for role in ROLES}
    assert differences(before, before).people == ()
    role = data.draw(st.sampled_from(ROLES))
    place = data.draw(st.integers(0, len(before[role].rows) - 1))
    if before[role].rows[place].get("status") == "withdrawn":
        return
    rows = [dict(row) for row in before[role].rows]
    rows[place]["goals"] = "something else"
    changes = differences(before, {**before, role: CleanTable(before[role].header, rows)})
    [person] = changes.people
    assert (person.what, person.side, person.id) == ("changed", role, rows[place]["id"])
    assert [cell.column for cell in person.cells] == ["goals"]
