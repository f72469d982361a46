"""people.csv: nobody is silently new, and nobody silently somebody else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rmmatch as rm
from rmmatch.desk.survey.register import COLUMNS, Register, RegisterEntry
from rmmatch.files.tables import write_rows

HELEN = RegisterEntry("E003", "Helen Marsh", "h.marsh@trust.example", "2025-11-30", "2025-11-30")


def cohort_of(*mentees: dict[str, object], **options: object) -> rm.Cohort:
    return rm.read_cohort([{"id": "M1", "name": "Ann Lee"}], list(mentees), **options)


def person(id_: str = "7", name: str = "", email: str = "") -> dict[str, object]:
    return {"id": id_, "name": name or None, "email": email or None}


@pytest.mark.parametrize(
    "row",
    [
        person("e003"),
        person("7", "", "H.Marsh@Trust.example"),
        person("7", "Helen Marsh", "h.marsh@trust.example"),
        person("7", "MARSH, Helen"),
        person("E003", "Helen Marsh", "new@trust.example"),
        person("E003", "Helen Cole", "h.marsh@trust.example"),
    ],
)
def test_found_again(row: dict[str, object]) -> None:
    recognition = Register([HELEN]).recognise(cohort_of(row))
    assert recognition.entries == {row["id"]: 0}
    assert not recognition.questions
    assert not recognition.problems
    assert recognition.ids == ({} if row["id"] == "E003" else {row["id"]: "E003"})


def test_a_married_name_is_noted() -> None:
    cohort = cohort_of(person("7", "Helen Cole", "h.marsh@trust.example"))
    [note] = Register([HELEN]).recognise(cohort).notes
    assert note == "Helen Cole was Helen Marsh before: the e-mail address is the same"


@pytest.mark.parametrize(
    "row",
    [
        person("7", "Helen Marsh", "helen@other.example"),  # a namesake, or a new address
        person("7", "Tom Reed", "h.marsh@trust.example"),  # a shared address, or a new name
    ],
)
def test_what_is_not_certain_is_a_question(row: dict[str, object]) -> None:
    register, cohort = Register([HELEN]), cohort_of(row)
    recognition = register.recognise(cohort)
    [question] = recognition.questions
    assert not recognition.entries
    assert "Helen Marsh" in question.ask
    assert question.problem().row == 2
    yes, no = (register.recognise(cohort, {"7": is_same}) for is_same in (True, False))
    assert (yes.ids, yes.questions) == ({"7": "E003"}, [])
    assert (no.ids, no.questions) == ({}, [])
    for recognition, count in ((yes, 2), (no, 3)):
        entries = register.updated(cohort, recognition, "2026-11-30")
        assert len(entries) == count
        # and next time nothing is asked
        again = Register(entries).recognise(cohort)
        assert again.questions == []
        assert again.entries["7"] == (0 if recognition is yes else 1)


def test_an_id_with_another_name_is_a_question() -> None:
    """Where the address is the id, somebody else may have it now."""
    register = Register([HELEN._replace(id=HELEN.email)])
    cohort = cohort_of(person(HELEN.email, "Tom Reed", HELEN.email))
    [question] = register.recognise(cohort).questions
    assert "ids of their own" in question.problem().remedy
    assert register.recognise(cohort, {HELEN.email: True}).entries == {HELEN.email: 0}
    [problem] = register.recognise(cohort, {HELEN.email: False}).problems
    assert problem.code == "id_of_another_person"


def test_two_namesakes_are_a_question() -> None:
    people = [person(id_, name) for id_, name in (("7", "Helen Marsh"), ("8", "Helen Marsh"))]
    cohort = cohort_of(*people, person("9", "Tom Reed"))
    assert [q.id for q in Register([HELEN]).recognise(cohort).questions] == ["7", "8"]


def test_an_id_that_is_somebody_elses_now_is_refused() -> None:
    """A form that counts its answers from 1 gives last year's ids to other people."""
    register = Register([HELEN._replace(id="1")])
    [problem] = register.recognise(cohort_of(person("1", "Tom Reed", "t@x.example"))).problems
    assert problem.code == "id_of_another_person"
    assert "id: Email" in problem.remedy
    cohort = cohort_of(
        person("1", "Tom Reed", "t@x.example"), person("2", "Helen Marsh", HELEN.email)
    )
    assert register.recognise(cohort).problems  # also where Helen is there under another id


def test_two_people_are_not_one() -> None:
    cohort = cohort_of(person("E003"), person("7", "Helen Marsh", HELEN.email))
    [problem] = Register([HELEN]).recognise(cohort).problems
    assert problem.code == "one_person_two_ids"


def test_private_names_are_in_no_question() -> None:
    register = Register([HELEN])
    for row in (person("7", "Helen Marsh", "x@y.example"), person("E003", "Tom", "t@y.example")):
        recognition = register.recognise(cohort_of(row, sensitive=["name"]))
        problems = [*recognition.problems, *(q.problem() for q in recognition.questions)]
        assert problems
        texts = str([str(problem) for problem in problems]) + str(recognition.questions)
        assert not any(word in texts for word in ("Helen", "Tom", "@"))


def test_the_file_comes_back(tmp_path: Path) -> None:
    entries = [HELEN, RegisterEntry("=1", "O'Brien, Zoë", "", "2025-01-01", "2026-01-01")]
    path = tmp_path / "people.csv"
    write_rows(COLUMNS, entries, path)
    assert Register.from_file(path).entries == tuple(entries)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("name,email\nAnn,a@b.example\n", "missing_column"),
        ("id,name\nE1,Ann\ne1,Bo\n", "repeated_id"),
        ("id,email\nE1,a@b.example\nE2,A@B.example\n", "repeated_id"),
        ("", "unreadable_table"),
    ],
)
def test_a_file_that_cannot_be_relied_on(tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "people.csv"
    path.write_text(text)
    with pytest.raises(rm.CohortError) as caught:
        Register.from_file(path)
    assert [item.code for item in caught.value.items] == [code]


@given(
    st.lists(
        st.tuples(st.sampled_from("ABCDEFGH"), st.booleans()), unique_by=lambda p: p[0], min_size=1
    ),
    st.booleans(),
)
def test_the_same_people_numbered_anew_keep_their_ids(
    people: list[tuple[str, bool]], turned: bool
) -> None:
    """Whatever the form counts, an e-mail address or a single full name finds the person."""
    rows = [
        person(f"x{place}", f"First {letter}", f"{letter}@t.example" if has_email else "")
        for place, (letter, has_email) in enumerate(people)
    ]
    cohort = cohort_of(*rows)
    entries = Register().updated(cohort, Register().recognise(cohort), "2025-01-01")
    order = rows[::-1] if turned else rows
    renumbered = [row | {"id": f"y{place}"} for place, row in enumerate(order)]
    recognition = Register(entries).recognise(cohort_of(*renumbered))
    assert not recognition.questions
    old_id = {row["name"]: row["id"] for row in rows}
    assert recognition.ids == {row["id"]: old_id[row["name"]] for row in renumbered}
