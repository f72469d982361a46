"""Synthetic cohorts are reproducible, fit the demo's scheme, and look like people's answers."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rmmatch as rm
from rmmatch import synthetic

SIZES = st.integers(1, 30)
PINNED = "e34de9770771d9192ed0f326b9db3b7328305b272eb5b8428bb28c66d5c84bba"
ANSWERS = ["goals", "speciality", "workplace", "availability", "ethnicity"]


@settings(max_examples=25, deadline=None)
@given(SIZES, SIZES, st.integers(0, 10_000), st.sampled_from([0.0, 0.02, 0.3, 0.5]))
def test_every_cohort_fits_the_demo_scheme(n_mentors, n_mentees, seed, untidy):
    cohort = synthetic.cohort(n_mentors, n_mentees, seed=seed, untidy=untidy)
    notes = rm.validate(cohort, synthetic.demo()[1])
    assert (cohort.n_mentors, cohort.n_mentees) == (n_mentors, n_mentees)
    assert not [note for note in notes if "circle" in note]


@settings(max_examples=10, deadline=None)
@given(SIZES, SIZES, st.integers(0, 10_000))
def test_the_cohort_is_the_tables_and_the_seed_decides(n_mentors, n_mentees, seed):
    cohort = synthetic.cohort(n_mentors, n_mentees, seed=seed)
    tables = synthetic.frames(n_mentors, n_mentees, seed=seed)
    assert rm.read_cohort(*tables).fingerprint == cohort.fingerprint
    assert synthetic.cohort(n_mentors, n_mentees, seed=seed + 1).fingerprint != cohort.fingerprint


def test_a_pinned_cohort_never_changes():
    mentors, mentees = synthetic.frames(40, 30, seed=11)
    text = mentors.to_csv(lineterminator="\n") + mentees.to_csv(lineterminator="\n")
    assert hashlib.sha256(text.encode()).hexdigest() == PINNED


@pytest.mark.parametrize(("n_mentors", "n_mentees"), [(0, 0), (3, 0), (0, 3)])
def test_tables_may_be_empty_and_cohorts_may_not(n_mentors, n_mentees):
    mentors, mentees = synthetic.frames(n_mentors, n_mentees)
    assert (len(mentors), len(mentees)) == (n_mentors, n_mentees)
    with pytest.raises(rm.CohortError):
        synthetic.cohort(n_mentors, n_mentees)


@pytest.mark.parametrize("arguments", [{"n_mentors": -1}, {"untidy": -0.1}, {"untidy": 0.6}])
def test_arguments_out_of_range_are_refused(arguments):
    with pytest.raises(ValueError, match="must"):
        synthetic.frames(**{"n_mentors": 3, "n_mentees": 3, **arguments})


def test_nobody_is_real_and_nobody_is_there_twice():
    for table in synthetic.frames(1200, 1100, seed=5):
        assert table["id"].is_unique
        assert table["id"].str.fullmatch(r"[ME]\d{4}").all()
        assert table["name"].str.fullmatch(r"Ment(or|ee) \d{4}").all()
        assert table["email"].str.endswith("@example.org").all()


def test_answers_are_skewed():
    mentors, _ = synthetic.frames(4000, 1, seed=2, untidy=0)
    for column in ("speciality", "workplace", "grade"):
        counts = mentors[column].value_counts()
        assert counts.iloc[0] > 3 * counts.iloc[-1] > 0
    goals = mentors["goals"].str.split("; ").explode().value_counts()
    assert goals.iloc[0] > 3 * goals.iloc[-1] > 0
    several = mentors["goals"].str.count(";") + 1
    assert set(several) == {1, 2, 3, 4}
    assert several.mean() == pytest.approx(2.5, abs=0.1)


def test_untidy_is_the_share_of_blank_answers_and_of_respelt_ones():
    tidy, _ = synthetic.frames(5000, 1, seed=3, untidy=0)
    untidy, _ = synthetic.frames(5000, 1, seed=3, untidy=0.1)
    assert not (tidy[ANSWERS] == "").any().any()
    for column in ANSWERS:
        blank = untidy[column] == ""
        respelt = ~blank & (untidy[column] != tidy[column])
        assert blank.mean() == pytest.approx(0.1, abs=0.02)
        assert respelt.mean() == pytest.approx(0.1, abs=0.02)
        folded = untidy[column].str.strip().str.casefold()
        assert (folded == tidy[column].str.casefold())[~blank].all()


def test_supervisors_mostly_work_where_the_trainee_does():
    mentors, mentees = synthetic.frames(2000, 500, seed=4, untidy=0)
    places = mentees.set_index("id")["workplace"]
    taking_part = mentors[mentors["supervisor"].isin(places.index)]
    assert len(taking_part) > 500
    assert (taking_part["supervisor"].map(places) == taking_part["workplace"]).all()


def test_the_demo_is_read_from_files_that_can_be_copied(tmp_path):
    for file in synthetic.demo_files():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    cohort, scheme = synthetic.demo()
    assert rm.Scheme.from_file(tmp_path / "scheme.yaml") == scheme
    copied = rm.read_cohort(tmp_path / "mentors.csv", tmp_path / "mentees.csv")
    assert copied.fingerprint == cohort.fingerprint
