"""A matching by itself: pairs, partners, positions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import rmmatch as rm
from helpers.people import cohort_of, people, table_scheme
from rmmatch.cohort import read_pairs
from rmmatch.errors import NoMatchingError, RecordError


def test_pairs_are_sorted_and_stand_there_once() -> None:
    matching = rm.Matching.of([("E2", "M1"), ("E1", "M2"), ("E2", "M1"), ("E1", "M1")])
    assert list(matching) == [("E1", "M1"), ("E1", "M2"), ("E2", "M1")]
    assert len(matching) == 3
    assert ("E1", "M2") in matching
    assert ("M2", "E1") not in matching
    assert matching == rm.Matching.of(reversed(list(matching)))


def test_partners_of_either_side() -> None:
    matching = rm.Matching.of([("E1", "M1"), ("E2", "M1"), ("E1", "M2")])
    assert matching.partners("mentee", "E1") == ("M1", "M2")
    assert matching.partners("mentor", "M1") == ("E1", "E2")
    assert matching.partners("mentor", "M9") == ()


def test_positions_are_those_of_the_cohort() -> None:
    cohort = cohort_of(people("E", 3), people("M", 3)[::-1])
    mentees, mentors = rm.Matching.of([("E2", "M0"), ("E0", "M2")]).positions(cohort)
    assert mentees.tolist() == [0, 2]
    assert mentors.tolist() == [0, 2]
    assert rm.Matching.at(cohort, mentees, mentors) == rm.Matching.of([("E0", "M2"), ("E2", "M0")])


def test_positions_of_people_nobody_knows_are_one_error_with_the_nearest() -> None:
    cohort = cohort_of(people("E", 2), people("M", 2))
    with pytest.raises(rm.CohortError, match=r"2 problems(.|\n)*did you mean 'E1'"):
        rm.Matching.of([("E11", "M0"), ("E0", "Z"), ("E0", "M1")]).positions(cohort)


def test_a_csv_of_pairs_is_read_back_and_is_nothing_a_spreadsheet_computes(tmp_path: Path) -> None:
    odd = ("E é,1", '"Q"', "=1+1", "-E2", "@E3", "0012")
    matching = rm.Matching.of((id_, f"M{id_}") for id_ in odd)
    matching.to_csv(tmp_path / "pairs.csv")
    assert tuple(read_pairs(tmp_path / "pairs.csv")) == matching.pairs
    text = (tmp_path / "pairs.csv").read_text(encoding="utf-8-sig")
    assert text.startswith("mentee,mentor\n")
    assert not any(line.startswith(("=", "-", "@")) for line in text.splitlines())


def test_a_csv_that_cannot_be_written_is_told_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"no.*pairs\.csv.*cannot be written.*name a file"):
        rm.Matching.of([("E1", "M1")]).to_csv(tmp_path / "no" / "pairs.csv")


def test_a_result_knows_the_positions_of_its_pairs_and_everybodys_partners() -> None:
    cohort, scheme = rm.synthetic.demo()
    result = rm.match(cohort, scheme)
    assert result.positions is result.positions
    for given, again in zip(result.positions, result.made.positions(cohort), strict=True):
        assert given.dtype == np.int64
        assert given.tolist() == again.tolist()
        with pytest.raises(ValueError, match="read-only"):
            given[0] = 1
    for side in cohort.sides:
        partners = result.partners_of(side.role)
        assert list(partners) == list(side.ids)
        assert partners == {id_: result.made.partners(side.role, id_) for id_ in side.ids}


def test_a_result_without_a_matching_has_no_positions() -> None:
    scheme = rm.Scheme.model_validate({"rules": [{"type": "pairs", "forbid": [["E0", "M0"]]}]})
    result = rm.match(cohort_of(people("E", 1, min_load=1), people("M", 1)), scheme)
    with pytest.raises(NoMatchingError):
        _ = result.positions
    with pytest.raises(NoMatchingError):
        result.partners_of("mentor")
    assert result.conflict is not None
    assert result.conflict.told() == result.conflict.sentence()


def test_older_names_of_a_review_say_the_same() -> None:
    result = rm.review(rm.match(*rm.synthetic.demo()), by="Kim")
    assert result.review.told == result.review.summary
    assert result.review.log[-1].told == result.review.log[-1].summary


def test_a_criterion_called_points_is_shown_beside_the_points() -> None:
    scores = {("E0", "M0"): 0.5, ("E1", "M1"): 1.0}
    cohort = cohort_of(people("E", 2), people("M", 2))
    scheme = table_scheme(scores)
    [table] = scheme.criteria
    named = scheme.model_copy(update={"criteria": (table.model_copy(update={"name": "points"}),)})
    result = rm.match(cohort, named)
    lines = [line.split() for line in str(result).splitlines()]
    assert ["mentee", "mentor", "points", "points"] in lines
    assert ["E0", "M0", "50", "50"] in lines
