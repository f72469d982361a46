"""Lists of dicts are read as DataFrames are: numbers, None, lists in cells, problems by row."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rmmatch.cohort import Cohort, read_cohort, read_pairs, read_scores
from rmmatch.errors import CohortError

MENTORS: list[dict[str, Any]] = [
    {"ID": "M1", "Goals": ["teaching", "research"], "Capacity": 2, "Grade": 5.0},
    {"ID": 7, "Goals": None, "Capacity": 1, "Attended training": True},
]
MENTEES: list[dict[str, Any]] = [{"id": "E1", "goals": "teaching; research", "grade": 3}]
LINKS: list[dict[str, Any]] = [{"mentor": 7, "mentee": "E1", "kind": "tutor", "runs_ago": None}]


def same(one: Cohort, other: Cohort) -> bool:
    return one.fingerprint == other.fingerprint


def test_lists_and_frames_are_the_same_cohort() -> None:
    frames = (pd.DataFrame(rows) for rows in (MENTORS, MENTEES))
    from_frames = read_cohort(*frames, relations=pd.DataFrame(LINKS))
    from_lists = read_cohort(MENTORS, MENTEES, relations=LINKS)
    assert from_lists.mentors.ids == ("M1", "7")
    assert from_lists.mentors.capacity.tolist() == [2, 1]
    assert list(from_lists.relations) == ["tutor"]
    assert same(from_lists, from_frames)
    assert same(read_cohort(iter(MENTORS), tuple(MENTEES), relations=iter(LINKS)), from_frames)


def outcome(mentors: Any) -> Any:
    """The fingerprint of the cohort, or the codes of its problems."""
    try:
        return read_cohort(mentors, [{"id": "E1"}]).fingerprint
    except CohortError as error:
        return [item.code for item in error.items]


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text("ab ;,\"'\n|é", max_size=8),
    st.lists(st.text("abc", max_size=3), max_size=3),
)


@given(st.lists(CELLS, min_size=1, max_size=6))
def test_any_cell_reads_as_in_a_frame(cells: list[Any]) -> None:
    rows = [{"id": f"M{at}", "note": cell} for at, cell in enumerate(cells)]
    frame = pd.DataFrame({"id": [row["id"] for row in rows]})
    frame["note"] = pd.Series(cells, dtype=object)
    assert outcome(rows) == outcome(frame)


def test_one_list_with_roles() -> None:
    people = [{"id": "M1", "role": "mentor"}, {"id": "E1", "role": "mentee"}]
    assert read_cohort(people).sides[1].ids == ("M1",)


def test_no_relations_is_an_empty_list() -> None:
    assert same(read_cohort(MENTORS, MENTEES, relations=[]), read_cohort(MENTORS, MENTEES))


def test_problems_name_rows_from_1_and_all_at_once() -> None:
    with pytest.raises(CohortError) as caught:
        read_cohort([{"id": "M1"}, {"id": "M1"}], [{"id": "E1", "capacity": -1}, {"name": "Ann"}])
    found = [(item.file, item.row, item.column, item.code) for item in caught.value.items]
    assert found == [
        ("mentors", "1-2", "id", "repeated_id"),
        ("mentees", 1, "capacity", "not_capacity"),
        ("mentees", 2, "id", "missing_value"),
    ]


@pytest.mark.parametrize("rows", [[{"id": "M1"}, 3], [["M1"]], {"id": "M1"}, [None]])
def test_what_is_no_row_is_a_problem(rows: Any) -> None:
    with pytest.raises(CohortError) as caught:
        read_cohort(rows, [{"id": "E1"}])
    assert [item.code for item in caught.value.items] == ["wrong_type"]


@pytest.mark.parametrize("table", [3, b"id", pd.Series(["M1"]), np.float64(1)])
def test_what_is_no_table_is_a_type_error(table: Any) -> None:
    with pytest.raises(TypeError, match="a path, a pandas DataFrame or a list of dicts"):
        read_cohort(table, [{"id": "E1"}])


def test_empty_lists_have_no_people() -> None:
    with pytest.raises(CohortError) as caught:
        read_cohort([], [])
    assert [item.file for item in caught.value.items] == ["mentors", "mentees"]


def test_pairs_and_scores_too() -> None:
    assert read_pairs([{"mentee": "E1", "mentor": 7}]) == [("E1", "7")]
    assert read_pairs([]) == []
    rows = [{"mentee": "E1", "mentor": "M1", "score": 0.5}]
    assert read_scores(rows) == (("E1", "M1", 0.5),)


def test_pandas_need_not_be_loaded() -> None:
    code = (
        "import sys, rmmatch as rm\n"
        "rm.read_cohort([{'id': 'M1'}], [{'id': 'E1'}], relations=[])\n"
        "assert 'pandas' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
