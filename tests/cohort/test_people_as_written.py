"""Whatever a list calls a person: the pairing is the same as with ids, or it is refused."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import rmmatch as rm
from rmmatch.cohort import read_cohort
from rmmatch.errors import ProblemsError

NAMES = (
    "Helen Marsh",
    "Amara Okafor",
    "Adaeze Okafor",
    "Zoë Núñez",
    "Seán O'Brien",
    "Anne-Marie Côté",
    "José García",
    "Petra Holm",
    "Kene Amadi",
    "Li Wei",
    "Rosa Quill",
    "Téo Varga",
    "Ingrid Sørensen-Low",
)
SCHEME = rm.Scheme.model_validate(
    {
        "criteria": [{"type": "speciality", "weight": 1}],
        "rules": [
            {"type": "relations", "forbid": ["line_manager", "tutor", "past_pair"]},
            {"type": "reporting_chain", "levels": 2},
        ],
    }
)


@dataclass(frozen=True)
class Somebody:
    id: str
    name: str
    email: str


def turned(name: str) -> str:
    first, _, last = name.rpartition(" ")
    return f"{last}, {first}"


def without_a_letter(text: str, at: int) -> str:
    letters = [place for place, sign in enumerate(text) if sign.isalpha()]
    place = letters[at % len(letters)]
    return text[:place] + text[place + 1 :]


WAYS: dict[str, Callable[[Somebody, int], str]] = {
    "id": lambda who, _: who.id,
    "another case": lambda who, at: (who.name, who.id, who.email)[at % 3].upper(),
    "apart in Unicode": lambda who, _: unicodedata.normalize("NFD", who.name),
    "surname first": lambda who, _: turned(who.name),
    "with a title": lambda who, at: ("Dr ", "Prof. ", "mrs  ")[at % 3] + who.name,
    "with a middle initial": lambda who, _: who.name.replace(" ", " J. ", 1),
    "e-mail": lambda who, at: (who.email, f"{who.name} <{who.email}>")[at % 2],
    "another quote": lambda who, _: who.name.replace("'", "’"),
    "another dash": lambda who, at: who.name.replace("-", "‐–−"[at % 3]),
    "an id with spaces": lambda who, at: f" {who.id[: at % 3]} {who.id[at % 3 :]} ",
    "a lost letter of the name": lambda who, at: without_a_letter(who.name, at),
    "a lost letter of the id": lambda who, at: (
        without_a_letter(who.id, at) if any(map(str.isalpha, who.id)) else who.id
    ),
    "an initial": lambda who, _: f"{who.name[0]}. {who.name.rpartition(' ')[2]}",
    "spaces": lambda who, _: who.name.replace(" ", " \u00a0 "),
}
SEPARATORS = ("; ", ", ", "\n", " | ", " and ", " & ", "\n• ")


@dataclass(frozen=True)
class Year:
    """Some people, and who must not be paired with whom, by places."""

    mentees: tuple[Somebody, ...]
    mentors: tuple[Somebody, ...]
    specialities: tuple[str, ...]
    managers: frozenset[tuple[int, int]]  # mentor's manager is a mentee
    declined: frozenset[tuple[int, int]]
    tutors: frozenset[tuple[int, int]]

    @property
    def barred(self) -> set[tuple[str, str]]:
        pairs = self.managers | self.declined | self.tutors
        return {(self.mentees[mentee].id, self.mentors[mentor].id) for mentee, mentor in pairs}

    def tables(self, write: Callable[[Somebody], str], separator: str) -> dict[str, Any]:
        def people(side: tuple[Somebody, ...], first: int) -> list[dict[str, str]]:
            return [
                {
                    "id": who.id,
                    "name": who.name,
                    "email": who.email,
                    "speciality": self.specialities[first + at],
                }
                for at, who in enumerate(side)
            ]

        def listed(pairs: frozenset[tuple[int, int]], at: int, end: int) -> str:
            others = self.mentors if end == 0 else self.mentees
            named = [others[pair[1 - end]] for pair in sorted(pairs) if pair[end] == at]
            return separator.join(map(write, named))

        mentees, mentors = people(self.mentees, 0), people(self.mentors, len(self.mentees))
        for at, row in enumerate(mentees):
            row["declined"] = listed(self.declined, at, 0)
        for at, row in enumerate(mentors):
            row["line_manager"] = listed(self.managers, at, 1)
        links = [
            {
                "mentee": write(self.mentees[mentee]),
                "mentor": write(self.mentors[mentor]),
                "kind": "tutor",
            }
            for mentee, mentor in sorted(self.tutors)
        ]
        table = pd.DataFrame(links, columns=["mentee", "mentor", "kind"])
        return {
            "mentors": pd.DataFrame(mentors),
            "mentees": pd.DataFrame(mentees),
            "relations": table,
        }

    def read(self, write: Callable[[Somebody], str], separator: str = "; ") -> rm.Cohort:
        return rm.read_cohort(**self.tables(write, separator), scheme=SCHEME)

    def by_ids(self) -> rm.Result:
        return rm.match(self.read(lambda who: who.id), SCHEME)


@st.composite
def years(draw: st.DrawFn) -> Year:
    n_mentees, n_mentors = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    names = draw(st.permutations(NAMES))[: n_mentees + n_mentors]
    kind = draw(st.sampled_from(["letters", "numbers", "e-mails", "words"]))

    def somebody(at: int, letter: str) -> Somebody:
        plain = unicodedata.normalize("NFD", names[at]).encode("ascii", "ignore").decode()
        first, last = plain.lower().replace("'", "").split(" ")
        email = f"{first}.{last}@ward.example"
        ids = {
            "letters": f"{letter}{at:03d}",
            "numbers": str(at + 1),
            "e-mails": email,
            "words": f"{letter.lower()}-{first}",
        }
        return Somebody(ids[kind], names[at], email)

    mentees = tuple(somebody(at, "E") for at in range(n_mentees))
    mentors = tuple(somebody(n_mentees + at, "M") for at in range(n_mentors))
    pairs = st.frozensets(
        st.tuples(st.integers(0, n_mentees - 1), st.integers(0, n_mentors - 1)), max_size=4
    )
    specialities = tuple(draw(st.sampled_from("abc")) for _ in names)
    return Year(mentees, mentors, specialities, draw(pairs), draw(pairs), draw(pairs))


def writer(draw: Callable[..., Any]) -> Callable[[Somebody], str]:
    """Write each mention in a way of its own."""

    def write(who: Somebody) -> str:
        way = draw(st.sampled_from(sorted(WAYS)))
        return WAYS[way](who, draw(st.integers(0, 20)))

    return write


N_EXAMPLES = int(os.environ.get("RMMATCH_EXAMPLES", "100"))
MANY = settings(max_examples=N_EXAMPLES, deadline=None)


@MANY
@given(year=years(), separator=st.sampled_from(SEPARATORS), data=st.data())
def test_the_pairing_is_that_of_the_ids_or_is_refused(
    year: Year, separator: str, data: st.DataObject
) -> None:
    try:
        result = rm.match(year.read(writer(data.draw), separator), SCHEME)
    except ProblemsError as error:
        refusal = error
    else:
        assert set(result.made).isdisjoint(year.barred)
        assert result.made == year.by_ids().made
        return
    assert all(item.code and item.remedy for item in refusal.items)


@MANY
@given(year=years(), way=st.sampled_from(sorted(set(WAYS) - {"another case"})), data=st.data())
def test_sure_ways_are_never_refused(year: Year, way: str, data: st.DataObject) -> None:
    sure = {"id", "apart in Unicode", "surname first", "with a title", "e-mail", "another quote"}
    assume(way in sure | {"another dash", "spaces"})
    at = data.draw(st.integers(0, 20))
    result = rm.match(year.read(lambda who: WAYS[way](who, at)), SCHEME)
    assert result.made == year.by_ids().made


@MANY
@given(year=years(), data=st.data())
def test_check_never_passes_a_forbidden_pair_of_a_list_made_by_hand(
    year: Year, data: st.DataObject
) -> None:
    cohort, write = year.read(lambda who: who.id), writer(data.draw)
    pairs = [
        (mentee, mentor)
        for mentee, mentor in zip(year.mentees, year.mentors, strict=False)
        if data.draw(st.booleans())
    ]
    findings = rm.check(
        cohort, SCHEME, [(write(mentee), write(mentor)) for mentee, mentor in pairs]
    )
    broken = {(item.mentee, item.mentor) for item in findings if item.code == "forbidden_pair"}
    unread = [item for item in findings if item.code in ("unknown_person", "ambiguous_person")]
    barred = {(mentee.id, mentor.id) for mentee, mentor in pairs} & year.barred
    assert broken <= barred
    assert broken == barred or unread


@MANY
@given(year=years(), data=st.data())
def test_a_rejected_pair_is_not_made_again(year: Year, data: st.DataObject) -> None:
    result = year.by_ids()
    assume(len(result.made))
    pair = data.draw(st.sampled_from(list(result.made)))
    by_id = {who.id: who for who in (*year.mentees, *year.mentors)}
    write = writer(data.draw)
    named = (write(by_id[pair[0]]), write(by_id[pair[1]]))
    try:
        seen = rm.review(result, reject={named: "same choir"})
    except ProblemsError:
        return
    assert pair not in rm.match_again(seen).made


@MANY
@given(year=years(), data=st.data())
def test_who_leaves_parts_or_joins_may_be_named_in_any_way(year: Year, data: st.DataObject) -> None:
    result = year.by_ids()
    assume(len(result.made))
    pair = data.draw(st.sampled_from(list(result.made)))
    by_id = {who.id: who for who in (*year.mentees, *year.mentors)}
    write = writer(data.draw)
    leaves, manager = by_id[pair[1]], year.mentees[0]
    newcomer = {
        "id": "N99",
        "role": "mentor",
        "name": "Quentin Ashby",
        "email": "q.ashby@ward.example",
        "line_manager": write(manager),
    }
    try:
        again = rm.rematch(result, withdrawn=[write(leaves)], joined=[newcomer], most_changes=9)
    except ProblemsError:
        again = None
    if again is not None and again.result.matching is not None:
        assert again.withdrawn == (("mentor", leaves.id),)
        assert (manager.id, "N99") not in again.result.made
    try:
        parted = rm.rematch(result, part=[(write(by_id[pair[0]]), write(leaves))])
    except ProblemsError:
        return
    assert pair not in parted.result.made


@MANY
@given(year=years(), data=st.data())
def test_next_year_no_past_pair_is_made_and_no_stranger_bound(
    year: Year, data: st.DataObject
) -> None:
    """Everybody applies again, under ids that were given out anew or under their own."""
    write = writer(data.draw)
    result = year.by_ids()
    assume(len(result.made))
    over = rm.carry_over(result)
    next_ids = data.draw(st.permutations([who.id for who in year.mentors]))
    mentors = tuple(replace(who, id=id_) for who, id_ in zip(year.mentors, next_ids, strict=True))
    following = replace(
        year, mentors=mentors, managers=frozenset(), declined=frozenset(), tutors=frozenset()
    )
    tables = following.tables(write, "; ")
    past = {
        (mentee, year.mentors[at].name)
        for mentee, mentor in result.made
        for at, who in enumerate(year.mentors)
        if who.id == mentor
    }
    refusal = None
    try:
        cohort = rm.read_cohort(**{**tables, "relations": over.relations}, scheme=SCHEME)
        made = rm.match(cohort, SCHEME).made
    except ProblemsError as error:
        refusal = error
    if refusal is None:
        name_of = {who.id: who.name for who in mentors}
        assert past.isdisjoint({(mentee, name_of[mentor]) for mentee, mentor in made})
    else:
        assert {item.code for item in refusal.items} == {"id_of_another_person"}
        assert tuple(next_ids) != tuple(who.id for who in year.mentors)


@pytest.mark.parametrize(
    "sentence",
    [
        "I would rather not be with {} if that is possible",
        "I'd rather not be paired with {}'s team, thank you",
        "We shared a flat for years, so please leave out {}. " + "It is a long story. " * 9,
    ],
)
@pytest.mark.parametrize("name", ["Helen Marsh", "helen marsh", "Helen Mrash", "H. Marsh", "Marsh"])
def test_a_name_in_a_sentence_is_not_taken_for_somebody_outside(sentence: str, name: str) -> None:
    text = sentence.format(name)
    mentees = [{"id": "E1", "name": "Helen Marsh"}, {"id": "E2", "name": "Bo Lind"}]
    cohort = read_cohort([{"id": "M1", "declined": text}], mentees)
    assert [(doubt.why in ("nearly", "partly"), doubt.people) for doubt in cohort.doubts] == [
        (True, ("E1",))
    ]


def test_a_sentence_without_a_name_means_nobody_who_takes_part() -> None:
    text = "There is nobody that I can think of at the moment"
    cohort = read_cohort([{"id": "M1", "declined": text}], [{"id": "E1", "name": "Helen Marsh"}])
    assert [doubt.why for doubt in cohort.doubts] == ["nobody"]
