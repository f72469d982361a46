"""Two spellings of one value: found, and no two values taken for one."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rmmatch.desk.survey.cells.column_questions import questions_of_column
from rmmatch.desk.survey.cells.spellings import spelling_variants
from rmmatch.spelling import fold

WORDS = st.sampled_from(
    ["Ward", "Floor", "Northgate", "Norhtgate", "Hospital", "Hopsital", "ST", "6", "7"]
)
NUMBERS = st.integers(0, 99).map(str)


@pytest.mark.parametrize(
    "variant",
    [
        "Norhtgate Hospital",
        "Northgate Hopsital",
        "North-gate hospital",
        "Hospital, Northgate",
        "Northgate Hospitals",
        "Northgat Hospital",
        "Norhtgate Hopsital",
        "Northgate  Hospital.",
    ],
)
def test_a_slip_is_found(variant: str) -> None:
    assert spelling_variants({"Northgate Hospital": 5, variant: 1}) == {
        "Northgate Hospital": (variant,)
    }


def test_and_is_written_in_two_ways() -> None:
    counts = {"Obstetrics and Gynaecology": 3, "Obstetrics & gynaecology": 2}
    assert list(spelling_variants(counts)) == ["Obstetrics and Gynaecology"]


@pytest.mark.parametrize(
    "values",
    [
        ("ST3", "ST4"),
        ("Ward 6", "Ward 7"),
        ("Ward 6", "Ward 16"),
        ("Ward 6 Floor 7", "Ward 7 Floor 6"),
        ("Cardiology", "Paediatric cardiology"),
        ("Cardiology", "Radiology"),
        ("Urology", "Neurology"),
        ("Northgate", "Southgate"),
        ("Mental health", "Dental health"),
        ("Barton Road", "Burton Road"),
        ("Newton", "Newtown"),
        ("Police", "Policy"),
        ("Male", "Male nurse"),
        ("Year 1", "Year 2"),
        ("Band 8a", "Band 8b"),
        ("Bath", "Baths"),
    ],
)
def test_two_values_stay_two(values: tuple[str, str]) -> None:
    assert spelling_variants(dict.fromkeys(values, 2)) == {}


def test_what_is_written_as_often_is_no_slip() -> None:
    for first, second in (("Houghton", "Haughton"), ("Orthotics", "Orthoptics")):
        assert spelling_variants({first: 4, second: 3}) == {}
        assert spelling_variants({first: 4, second: 2}) == {first: (second,)}


def test_american_spelling_is_one_value_however_often() -> None:
    assert spelling_variants({"Paediatrics": 4, "Pediatrics": 4}) == {
        "Paediatrics": ("Pediatrics",)
    }


def test_what_is_as_close_to_two_values_is_left_alone() -> None:
    assert spelling_variants({"Barton Road": 5, "Burton Road": 4, "Brton Road": 1}) == {}


@given(
    st.dictionaries(
        st.lists(st.one_of(WORDS, NUMBERS), max_size=4).map(" ".join), st.integers(1, 9)
    )
)
def test_numbers_of_joined_values_are_equal(counts: dict[str, int]) -> None:
    for main, texts in spelling_variants(counts).items():
        for text in texts:
            assert [w for w in main.split() if w.isdigit()] == [
                w for w in text.split() if w.isdigit()
            ]


@given(st.dictionaries(st.text(max_size=12), st.integers(1, 9), max_size=12))
def test_each_value_has_one_place(counts: dict[str, int]) -> None:
    variants = spelling_variants(counts)
    texts = [text for written in variants.values() for text in written]
    assert len(texts) == len(set(texts))
    assert not set(texts) & set(variants)
    assert all(fold(text) != fold(main) for main, written in variants.items() for text in written)


@given(st.dictionaries(st.text("abcde", min_size=4, max_size=9), st.integers(1, 3), max_size=12))
def test_the_order_of_the_values_does_not_matter(counts: dict[str, int]) -> None:
    assert spelling_variants(dict(reversed(counts.items()))) == spelling_variants(counts)


def test_spellings_are_a_question_and_nothing_is_applied() -> None:
    cells = ["Northgate"] * 5 + ["Norhtgate", "northgate ", "Southgate"]
    change, (question,) = questions_of_column("workplace", "Site", cells)
    assert change == {}
    assert "'Norhtgate' for 'Northgate' (6 cells)" in question.ask
    assert question.answers[0].change == {
        "fields": {"workplace": {"spellings": {"Northgate": ["Norhtgate"]}}}
    }


def test_spellings_of_a_sensitive_column_are_not_asked() -> None:
    cells = ["Northgate"] * 5 + ["Norhtgate"]
    assert questions_of_column("workplace", "Site", cells, is_sensitive=True) == ({}, [])


def test_free_text_has_no_spellings() -> None:
    cells = [f"I hope to learn about number {n} from a senior colleague" for n in range(50)]
    assert questions_of_column("biography", "About you", cells) == ({}, [])


def test_many_values_that_all_look_alike_are_quick() -> None:
    many = {f"abcdefgh{chr(97 + a)}{chr(97 + b)}{chr(97 + c)} xyz": 1
            for a in range(26) for b in range(26) for c in range(5)}  # fmt: skip
    start = time.process_time()
    spelling_variants(many)
    assert time.process_time() - start < 5
