"""Exports as they are: who is meant in a list of people, or what to write so that it is settled."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import rmmatch as rm
from rmmatch.errors import CohortError, ProblemsError, SchemeError

RULES = [{"type": "relations", "forbid": ["line_manager", "tutor"]}]


def side(text: str) -> pd.DataFrame:
    """A table, its cells with | between them."""
    header, *rows = [[cell.strip() for cell in line.split("|")] for line in text.split("\n")]
    return pd.DataFrame(rows, columns=header)


MENTEES = "id|name|email\nE1|Dr Petra Holm|p.holm@ward.example\nE2|Kene Amadi|k.amadi@ward.example"
MENTORS = (
    "id|name|email\nM1|Amara Okafor|a.okafor@ward.example\nM2|Rosa Quill|r.quill@ward.example\n"
    "M9|Adaeze Okafor|adaeze@ward.example"
)


def read(
    cell: str, *, mentors: str = MENTORS, column: str = "declined", **scheme: Any
) -> rm.Cohort:
    """A cohort in which E1 writes something into a list of people."""
    mentees = side(MENTEES).assign(**{column: [cell, ""]})
    policy = rm.Scheme.model_validate({"rules": RULES, **scheme})
    cohort = rm.read_cohort(side(mentors), mentees, scheme=policy)
    rm.score(cohort, policy)
    return cohort


def problems(cell: str, **given: Any) -> tuple[str, str]:
    """The code and the text of the one problem that a cell makes."""
    with pytest.raises(ProblemsError) as caught:
        read(cell, **given)
    (problem,) = caught.value.items
    return problem.code, str(problem)


@pytest.mark.parametrize(
    ("cell", "mentors"),
    [
        ("M1", [0]),
        ("m1", [0]),
        ("Amara Okafor", [0]),
        ("Dr. AMARA  OKAFOR", [0]),
        ("Okafor, Amara", [0]),
        ("a.okafor@ward.example", [0]),
        ("Amara Okafor <A.Okafor@Ward.example>", [0]),
        ("Rosa Quill; M9", [1, 2]),
        ("Rosa Quill, M9 and amara okafor", [0, 1, 2]),
        ("1. Rosa Quill\n2. Amara Okafor", [0, 1]),
        ("• Rosa Quill\n• Amara Okafor", [0, 1]),
        ("Quill, Rosa, Okafor, Amara", [0, 1]),
        ("Rosa Quill|Adaeze Okafor", [1, 2]),
        ("no", []),
        ("None.", []),
        ("Not applicable", []),
        ("nobody", []),
        ("M077", []),
    ],
)
def test_who_is_meant(cell: str, mentors: list[int]) -> None:
    assert read(cell).relation("declined").mentors.tolist() == mentors


@pytest.mark.parametrize(
    ("cell", "code", "words"),
    [
        (
            "A. Okafor",
            "nearly_a_person",
            ["Amara Okafor (M1) or Adaeze Okafor (M9)"],
        ),
        ("Okafor", "nearly_a_person", ["Amara Okafor (M1) or Adaeze Okafor (M9)"]),
        ("Roza Quill", "nearly_a_person", ['people: {"Roza Quill": M2}', ": outside}"]),
        ("Rosa J Quill", "nearly_a_person", ["Rosa Quill (M2)"]),
        ("r.quil@ward.example", "nearly_a_person", ["Rosa Quill (M2)"]),
        ("r.quill@gmail.example", "nearly_a_person", ["Rosa Quill (M2)"]),
        ("M0001", "nearly_a_person", ["Amara Okafor (M1)"]),
        ("M l", "nearly_a_person", ["Amara Okafor (M1)"]),
        ("Rosa Quill, my consultant", "list_of_people", ["Rosa Quill (M2)", "';' between them"]),
        ("Gwen Fox", "unknown_name", ['people: {"Gwen Fox": outside}']),
        ("gwen.fox@ward.example", "unknown_name", ['people: {"gwen.fox@ward.example": outside}']),
        ("Gwen", "unknown_name", ['people: {"Gwen": outside}']),
    ],
)
def test_what_leads_to_nobody_for_sure_is_refused_with_the_line_to_write(
    cell: str, code: str, words: list[str]
) -> None:
    assert problems(cell)[0] == code
    assert all(word in problems(cell)[1] for word in ["mentees, row 0, declined", *words])


def test_two_people_of_one_name_are_not_guessed_between() -> None:
    twins = MENTORS + "\nM3|Rosa Quill|rq@other.example"
    code, text = problems("Rosa Quill", mentors=twins)
    assert code == "ambiguous_person"
    assert "Rosa Quill (M2) or Rosa Quill (M3)" in text
    assert read("r.quill@ward.example", mentors=twins).relation("declined").mentors.tolist() == [1]


def test_the_scheme_says_who_is_meant_and_who_is_outside() -> None:
    people = {"A. Okafor": "M9", "Gwen Fox": "outside", "the boss": "R.Quill@ward.example"}
    cohort = read("A. Okafor; gwen  fox; The Boss", people=people)
    assert cohort.relation("declined").mentors.tolist() == [1, 2]


@pytest.mark.parametrize(
    "people", [{"Gwen Fox": "M77"}, {"M1": "outside"}, {"a.okafor@ward.example": "M2"}]
)
def test_what_the_scheme_says_of_people_must_hold(people: dict[str, str]) -> None:
    with pytest.raises(CohortError) as caught:
        read("M2", people=people)
    assert [problem.code for problem in caught.value.items] == ["unknown_person"]


def test_a_list_of_outsiders_is_confirmed_at_once_and_asked_again_when_it_changes() -> None:
    with pytest.raises(SchemeError) as caught:
        read("Gwen Fox\nHugo Finn")
    assert [problem.code for problem in caught.value.items] == ["unknown_name"] * 2
    line = str(caught.value).split("people: {others: ")[1].split("}")[0]
    assert line.startswith("outside ")
    assert read("HUGO FINN\nGwen Fox", people={"others": line}).doubts
    assert read("Hugo Finn; Gwen Fox", people={"others": "outside"}).doubts
    with pytest.raises(SchemeError, match="has changed"):
        read("Gwen Fox\nHugo Finn\nTom Fox", people={"others": line})


def test_others_settles_nobody_who_may_be_a_participant() -> None:
    assert problems("A. Okafor", people={"others": "outside"})[0] == "nearly_a_person"


def test_wishes_for_people_who_do_not_take_part_are_no_problem_but_near_misses_are() -> None:
    criteria = [{"type": "preference", "weight": 1}]
    cohort = read("Gwen Fox; Rosa Quill", column="preferences", criteria=criteria)
    assert cohort.mentees.preferences[0].tolist() == [1]
    assert problems("Roza Quill", column="preferences", criteria=criteria)[0] == "nearly_a_person"


def test_a_list_that_nothing_reads_stops_nobody_and_is_told() -> None:
    scheme = rm.Scheme.model_validate({"rules": RULES})
    mentees = side(MENTEES).assign(supervisor=["Roza Quill", "Gwen Fox"])
    cohort = rm.read_cohort(side(MENTORS), mentees, scheme=scheme)
    assert any("supervisor: 2 names match" in note for note in rm.validate(cohort, scheme))


def test_ids_beyond_those_of_the_cohort_are_no_slips() -> None:
    mentors = pd.DataFrame({"id": [f"M{at:03d}" for at in range(1, 61)]})
    mentees = pd.DataFrame({"id": [f"E{at:03d}" for at in range(1, 61)]})
    mentors["line_manager"] = [f"M{at:03d}" for at in range(61, 121)]
    scheme = rm.Scheme.model_validate({"rules": RULES})
    cohort = rm.read_cohort(mentors, mentees, scheme=scheme)
    assert not cohort.doubts
    assert rm.score(cohort, scheme).shape == (60, 60)


def test_three_hundred_ambiguous_names_are_one_problem() -> None:
    surnames = ["".join(parts) + "son" for parts in product("bdfgklmnprst", "aeiou", "lmnrs")]
    names = [f"{first} {last}" for last in surnames[:300] for first in ("Ann", "Ada")]
    mentors = pd.DataFrame({"id": [f"M{at}" for at in range(600)], "name": names})
    mentees = pd.DataFrame({"id": [f"E{at}" for at in range(300)]})
    mentees["declined"] = [f"A. {last}" for last in surnames[:300]]
    scheme = rm.Scheme()
    with pytest.raises(SchemeError) as caught:
        rm.score(rm.read_cohort(mentors, mentees), scheme)
    (problem,) = caught.value.items
    assert problem.code == "ambiguous_person"
    assert "ask for e-mail addresses" in problem.remedy
    assert "300 names" in problem.reason


def test_a_sensitive_list_shows_no_name() -> None:
    with pytest.raises(SchemeError) as caught:
        read("Gwen Fox; Roza Quill", sensitive=["declined"])
    assert not [word for word in ("Gwen", "Roza", "Quill", "M2") if word in str(caught.value)]
    assert {problem.code for problem in caught.value.items} == {"unknown_name", "nearly_a_person"}


# One person or two -----------------------------------------------------------------------------


FORM = "ID|Email|Name|Topics\n1|{}|{}|Ultrasound\n2|{}|{}|Triage"


def forms(*texts: str, **scheme: Any) -> rm.Result:
    mentors, mentees = side(FORM.format(*texts[:4])), side(FORM.format(*texts[4:]))
    policy = rm.Scheme.model_validate(
        {"columns": {"Topics": "goals"}, "criteria": [{"type": "goals"}], **scheme}
    )
    return rm.match(rm.read_cohort(mentors, mentees, scheme=policy), policy)


ANONYMOUS = ("anonymous", "Wren Adair", "anonymous", "Tove Lund", "anonymous", "Pia Noor")
ANONYMOUS += ("anonymous", "Sam Okoro")
NAMED = ("w@x.example", "Wren Adair", "t@x.example", "Tove Lund", "p@x.example", "Pia Noor")
NAMED += ("s@x.example", "Sam Okoro")


@pytest.mark.parametrize(
    ("texts", "line"), [(ANONYMOUS, "each_side: true"), (NAMED, "columns: {Email: id}")]
)
def test_two_forms_that_number_their_answers_are_refused(texts: Any, line: str) -> None:
    with pytest.raises(CohortError) as caught:
        forms(*texts)
    (problem,) = caught.value.items
    assert problem.code == "each_side"
    assert line in problem.remedy
    assert "'1' is Wren Adair among the mentors, Pia Noor among the mentees" in problem.reason


def test_each_side_may_be_numbered_for_itself() -> None:
    result = forms(*ANONYMOUS, each_side=True)
    assert list(result.made) == [("E1", "M1"), ("E2", "M2")]
    with pytest.raises(SchemeError, match="each_side"):
        rm.match(
            result.cohort.replace(
                reading=rm.Cohort.__dataclass_fields__["reading"].default_factory()
            ),
            result.scheme,
        )  # type: ignore[misc]


def test_the_email_may_be_the_id_and_wins_over_a_column_headed_id() -> None:
    result = forms(*NAMED, columns={"Topics": "goals", "Email": "id"})
    assert list(result.made) == [("p@x.example", "w@x.example"), ("s@x.example", "t@x.example")]


def test_one_form_for_both_roles_is_one_person() -> None:
    people = side("id|role|name\n1|mentor|Wren Adair\n1|mentee|Wren  ADAIR\n2|mentor|Tove Lund")
    result = rm.match(rm.read_cohort(people), rm.Scheme())
    assert list(result.made) == [("1", "2")]


def test_ids_that_differ_by_case_alone_are_one_person_on_two_sides_and_a_problem_on_one() -> None:
    cohort = rm.read_cohort(pd.DataFrame({"id": ["p1", "q2"]}), pd.DataFrame({"id": ["P1"]}))
    assert list(rm.match(cohort, rm.Scheme()).made) == [("P1", "q2")]
    with pytest.raises(CohortError, match="have the same id"):
        rm.read_cohort(pd.DataFrame({"id": ["p1", "P1"]}), pd.DataFrame({"id": ["e"]}))


@pytest.mark.parametrize(
    ("mentors", "mentees"),
    [
        ("id|email\nM1|a@x.example\nM2|A@x.example\nM3|c@x.example", "id|email\nE1|e@x.example"),
        ("id|email\nM1|a@x.example\nM2|b@x.example", "id|email\nE1|A@X.example\nE2|e@x.example"),
    ],
)
def test_an_email_is_that_of_one_person_with_one_id(mentors: str, mentees: str) -> None:
    with pytest.raises(CohortError) as caught:
        rm.read_cohort(side(mentors), side(mentees))
    assert [problem.code for problem in caught.value.items] == ["same_email"]


def test_an_email_that_everybody_has_is_no_identity() -> None:
    mentors = side("id|name|email\nM1|Ann|admin@x.example\nM2|Bo|admin@x.example")
    mentees = side(
        "id|email|declined\nE1|admin@x.example|admin@x.example\n"
        "E2|admin@x.example|\nE3|admin@x.example|"
    )
    cohort = rm.read_cohort(mentors, mentees)
    assert [doubt.why for doubt in cohort.doubts] == ["nobody"]
    assert sum("is not used as email" in note for note in cohort.notes) == 2


@pytest.mark.parametrize("names", [("", ""), ("Ann Lee", "Ann Lee")])
def test_two_people_with_one_email_are_a_problem_though_there_are_no_others(
    names: tuple[str, str],
) -> None:
    first, second = names
    mentors = side(f"id|name|email\nM1|{first}|a@x.example\nM2|{second}|a@x.example")
    with pytest.raises(CohortError, match="2 mentors have the same e-mail address"):
        rm.read_cohort(mentors, side("id\nE1"))
    # nor where the others are on the other side of one table
    rows = [{"id": f"M{n}", "role": "mentor", "email": "a@x.example"} for n in range(3)]
    others = [{"id": f"E{n}", "role": "mentee", "email": f"e{n}@x.example"} for n in range(4)]
    with pytest.raises(CohortError, match="3 mentors have the same e-mail address"):
        rm.read_cohort(rows + others)


def test_namesakes_on_two_sides_are_not_paired_unless_their_emails_tell_them_apart() -> None:
    mentors, mentees = "id|name\nM7|Pat Lee", "id|name\nE3|PAT LEE"
    assert not len(rm.match(rm.read_cohort(side(mentors), side(mentees)), rm.Scheme()).made)
    mentors, mentees = "id|name|email\nM7|Pat Lee|a@x.uk", "id|name|email\nE3|Pat Lee|b@x.uk"
    assert len(rm.match(rm.read_cohort(side(mentors), side(mentees)), rm.Scheme()).made) == 1


# No switch to forget ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said", [{"people": {"Gwen Fox": "outside"}}, {"capacity": {"mentors": 2}}, {"each_side": True}]
)
def test_a_cohort_read_without_what_its_scheme_says_is_refused(said: dict[str, Any]) -> None:
    scheme = rm.Scheme.model_validate(said)
    tables = side(MENTORS), side(MENTEES)
    with pytest.raises(SchemeError) as caught:
        rm.match(rm.read_cohort(*tables), scheme)
    assert [problem.code for problem in caught.value.items] == ["read_without_scheme"]
    assert "read_cohort(..., scheme=scheme)" in str(caught.value)
    assert rm.match(rm.read_cohort(*tables, scheme=scheme), scheme).pairs is not None
    assert rm.match(rm.read_cohort(*tables, **said), scheme).pairs is not None


def test_the_capacity_of_a_side_holds_where_the_cell_is_empty() -> None:
    mentors = side("id|capacity\nM1|\nM2|5")
    scheme = rm.Scheme.model_validate({"capacity": {"mentors": 2}})
    cohort = rm.read_cohort(mentors, side(MENTEES), scheme=scheme)
    assert cohort.mentors.capacity.tolist() == [2, 5]
    assert cohort.mentees.capacity.tolist() == [1, 1]
    with pytest.raises(SchemeError, match="mentors or mentees"):
        rm.Scheme.from_text("capacity: {mentor: 2}")


def test_a_record_is_read_again_with_its_tables_and_what_its_scheme_says(tmp_path: Path) -> None:
    people = {"Gwen Fox": "outside", "A. Okafor": "M9"}
    mentees = side(MENTEES).assign(declined=["Gwen Fox; A. Okafor", ""])
    scheme = rm.Scheme.model_validate({"people": people, "capacity": {"mentors": 2}})
    cohort = rm.read_cohort(side(MENTORS), mentees, scheme=scheme)
    rm.match(cohort, scheme).save(tmp_path / "run.json")
    loaded = rm.load_result(tmp_path / "run.json")
    assert rm.check(loaded) == []
    again = rm.read_cohort(side(MENTORS), mentees, scheme=loaded.scheme)
    named = rm.load_result(tmp_path / "run.json", again)
    assert rm.check(named) == []
    assert rm.explain(named, mentee="petra holm", mentor="r.quill@ward.example")


# Ids that are given out anew -------------------------------------------------------------------


LINKS = "mentee|mentor|kind|mentor_name|mentor_email"


@pytest.mark.parametrize(
    ("row", "mentors"),
    [
        ("E1|M1|tutor|Amara Okafor|a.okafor@ward.example", [0]),
        ("E1|M1|tutor|Amara Okafor-Bell|a.okafor@ward.example", [0]),  # the e-mail decides
        ("E1|M1|tutor|Amara Okafor|amara@new.example", [0]),
        ("E1||tutor|Rosa Quill|", [1]),
        ("E1||tutor||r.quill@ward.example", [1]),
        ("E1|M55|tutor|Rosa Quill|", [1]),  # the id left with the last run
        ("E1|M55|tutor|Gwen Fox|gwen.fox@ward.example", []),
    ],
)
def test_names_and_emails_beside_an_id_say_who_is_meant(row: str, mentors: list[int]) -> None:
    scheme = rm.Scheme.model_validate({"rules": RULES})
    relations = side(f"{LINKS}\n{row}")
    cohort = rm.read_cohort(side(MENTORS), side(MENTEES), relations=relations, scheme=scheme)
    rm.score(cohort, scheme)
    assert cohort.relation("tutor").mentors.tolist() == mentors


@pytest.mark.parametrize(
    "row",
    [
        "E1|M1|tutor|Rosa Quill|r.quill@ward.example",
        "E1|M1|tutor|Gwen Fox|",
        "E1|M1|tutor||gwen.fox@ward.example",
        "E1|M1|tutor|Amara Okafor|r.quill@ward.example",
    ],
)
def test_an_id_that_somebody_else_has_now_is_refused(row: str) -> None:
    with pytest.raises(CohortError) as caught:
        rm.read_cohort(side(MENTORS), side(MENTEES), relations=side(f"{LINKS}\n{row}"))
    (problem,) = caught.value.items
    assert problem.code == "id_of_another_person"
    assert "Amara Okafor (M1)" in problem.reason


# An id inside something else -------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell",
    [
        "(M1)",
        "M1(AO)",
        "ID:M1",
        "M1.M9",
        "M1M9",
        "M1-M9",
        "M1:M9",
        "M1،M9",
        "M1、M9",
        "M1 M9",
        "#M1",
    ],
)
def test_an_id_inside_something_else_is_no_id_of_somebody_outside(cell: str) -> None:
    code, text = problems(cell)
    assert code in ("list_of_people", "nearly_a_person")
    assert "Amara Okafor (M1)" in text
    links = pd.DataFrame({"mentee": ["E1"], "mentor": [cell], "kind": ["tutor"]})
    scheme = rm.Scheme.model_validate({"rules": RULES})
    cohort = rm.read_cohort(side(MENTORS), side(MENTEES), relations=links, scheme=scheme)
    with pytest.raises(SchemeError):
        rm.score(cohort, scheme)


@pytest.mark.parametrize("cell", ["4012", "NHS-40121", "X9", "M061"])
def test_an_id_of_somebody_outside_is_not_taken_apart(cell: str) -> None:
    numbered = MENTORS.replace("M1|", "12|").replace("M2|", "40|")
    assert not read(cell, mentors=numbered).doubts


def test_first_name_and_surname_may_stand_in_two_columns() -> None:
    mentors = side("id|First name|Surname\nM1|Amara|Okafor\nM2|Rosa|Quill")
    mentees = side("id|declined\nE1|Quill, Rosa\nE2|")
    assert rm.read_cohort(mentors, mentees).relation("declined").mentors.tolist() == [1]


def test_a_name_that_hundreds_have_is_nobodys_name() -> None:
    mentors = pd.DataFrame({"id": [f"M{at}" for at in range(300)], "name": "anonymous"})
    mentees = pd.DataFrame({"id": [f"E{at}" for at in range(300)], "name": "anonymous"})
    mentors.loc[0, "name"] = mentees.loc[0, "name"] = "Amara Okafor"
    mentees["declined"] = ["anonymous", *[""] * 299]
    cohort = rm.read_cohort(mentors, mentees)
    assert len(cohort.relation("same_person")) == 1
    with pytest.raises(SchemeError, match=r"anonymous .M1. or .* or 295 more"):
        rm.score(cohort, rm.Scheme())


def test_a_past_partner_who_left_settles_no_bare_name() -> None:
    links = side(f"{LINKS}\nE1|X9|tutor|Gwen Fox|")
    mentees = side(MENTEES).assign(tutor=["", "Gwen Fox"])
    cohort = rm.read_cohort(side(MENTORS), mentees, relations=links)
    assert [(doubt.text, doubt.why) for doubt in cohort.doubts] == [("Gwen Fox", "nobody")]


def test_a_name_of_the_other_side_alone_is_asked_about_in_a_table_of_relations() -> None:
    links = side("mentee|mentor|kind\nRosa Quill|M1|forbidden")
    cohort = rm.read_cohort(side(MENTORS), side(MENTEES), relations=links)
    with pytest.raises(SchemeError, match=r"may mean Rosa Quill \(M2\)"):
        rm.score(cohort, rm.Scheme())


def test_who_joins_may_have_a_column_headed_id_beside_the_one_that_is_the_id() -> None:
    result = forms(*NAMED, columns={"Topics": "goals", "Email": "id"})
    joins = side("ID|Email|role|Topics\n1|n@x.example|mentee|Triage")
    again = rm.rematch(result, joined=joins)
    assert again.joined == (("mentee", "n@x.example"),)
