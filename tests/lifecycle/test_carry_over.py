"""What a run leaves to the next: nobody is lost, nothing is repeated too soon, files read back."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rmmatch as rm
from helpers.strategies import cohorts
from rmmatch.cohort import Link
from rmmatch.errors import CohortError, NoMatchingError, ProblemsError, RecordError

quick = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
GOALS = [{"type": "goals", "missing": "zero"}]
APART = {"type": "relations", "forbid": ["past_pair"]}


def scheme_of(**keys: Any) -> rm.Scheme:
    given = {"rules": [APART], "objective": ["pairs", "priority", "total"], **keys}
    return rm.Scheme.model_validate(given)


def table(*ids: str, **columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"id": list(ids), **columns})


def read(over: rm.CarryOver, **options: Any) -> rm.Cohort:
    return rm.read_cohort(over.mentors, over.mentees, relations=over.relations, **options)


def rows(over: rm.CarryOver) -> set[tuple[str, str, str, int | None]]:
    cells = over.relations.astype(object).where(over.relations.notna(), None)
    return set(cells[["mentee", "mentor", "kind", "runs_ago"]].itertuples(index=False, name=None))


def everything(cohort: rm.Cohort, role: Any, id_: str, there: set[str]) -> dict[str, Any]:
    """All that is known of a person, with the preferences for those who are there."""
    side = cohort.side(role)
    other = cohort.mentors if role == "mentee" else cohort.mentees
    at = side.position[id_]
    liked = [other.ids[one] for one in side.preferences[at].tolist()]
    return {
        **{name: side.column(name)[at] for name in side.columns},
        **{name: int(getattr(side, name)[at]) for name in ("capacity", "min_load", "priority")},
        "status": side.status[at],
        "slots": side.slots(at),
        "liked": [one for one in liked if one in there],
    }


# --- nobody is lost --------------------------------------------------------------------------


@quick
@given(cohort=cohorts(5, 5), step=st.integers(0, 3), data=st.data())
def test_everybody_without_a_partner_is_read_back_as_they_were(
    cohort: rm.Cohort, step: int, data: st.DataObject
) -> None:
    result = rm.match(cohort, scheme_of(criteria=GOALS))
    pairs = list(result.made)
    goes_on = data.draw(st.sets(st.sampled_from(pairs))) if pairs else set()
    over = rm.carry_over(result, continued=goes_on, step=step)
    for place, side in enumerate(cohort.sides):
        paired = {pair[place] for pair in pairs}
        stays = {pair[place] for pair in goes_on}
        left = {
            id_
            for id_, status in zip(side.ids, side.status, strict=True)
            if id_ not in paired and status != "withdrawn"
        }
        frame = over.mentees if side.role == "mentee" else over.mentors
        assert set(frame["id"]) == left | stays
        priority = dict(zip(frame["id"], frame["priority"], strict=True))
        for id_ in frame["id"]:
            raised = int(side.priority[side.position[id_]]) + step * (id_ in left)
            assert priority[id_] == raised
    if len(over.mentors) and len(over.mentees):
        after = read(over)
        for side in after.sides:
            there = set((after.mentors if side.role == "mentee" else after.mentees).ids)
            for id_ in side.ids:
                before = everything(cohort, side.role, id_, there)
                before["priority"] = int(side.priority[side.position[id_]])
                assert everything(after, side.role, id_, there) == before


@quick
@given(n_mentees=st.integers(3, 6), fresh=st.lists(st.integers(1, 2), min_size=2, max_size=4))
def test_who_waits_gets_ahead_run_after_run_and_nobody_is_lost(
    n_mentees: int, fresh: list[int]
) -> None:
    waiting = table(*(f"E{at}" for at in range(n_mentees)))
    links = None
    served: set[str] = set()
    for run, count in enumerate(fresh):
        mentors = table(*(f"M{run}{at}" for at in range(count)))
        # One who applied late, and has waited for nothing yet.
        waiting = pd.concat([waiting, table(f"L{run}", priority=0)])
        result = rm.match(rm.read_cohort(mentors, waiting, relations=links), scheme_of())
        paired = {mentee for mentee, _ in result.made}
        most = result.cohort.mentees.priority.max()
        ahead = result.cohort.mentees.priority[result.made.positions(result.cohort)[0]]
        assert most in ahead
        served |= paired
        over = rm.carry_over(result, step=2)
        waiting, links = over.mentees, over.relations
        since = {f"E{at}": run + 1 for at in range(n_mentees)}
        since |= {f"L{late}": run + 1 - late for late in range(run + 1)}
        left = dict(zip(waiting["id"], waiting["priority"], strict=True))
        assert left == {id_: 2 * runs for id_, runs in since.items() if id_ not in served}
        if not len(waiting):
            break


CELLS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=6).map(
    lambda text: text.strip()
)
ODD = st.one_of(CELLS, st.sampled_from(["=1+1", "+44 7700", "-x", "@you", "'=1", "a;b", 'say "x"']))


@quick
@given(names=st.lists(ODD, min_size=1, max_size=5))
def test_the_files_say_what_the_tables_say(names: list[str]) -> None:
    ids = [f"M{at}" for at in range(len(names))]
    links = pd.DataFrame(
        [("M0", "E7", "past_pair", 4)], columns=["mentor", "mentee", "kind", "runs_ago"]
    )
    cohort = rm.read_cohort(table(*ids, name=names), table("E0"), relations=links)
    # Nobody is paired, so that everybody is carried over.
    over = rm.carry_over(
        rm.match(cohort, scheme_of(rules=[{"type": "minimum_score", "at_least": 1}]))
    )
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in over.save(folder)]
        assert [file.name for file in files] == ["mentors.csv", "mentees.csv", "relations.csv"]
        again = rm.read_cohort(*files[:2], relations=files[2])
    assert again.fingerprint == read(over).fingerprint
    assert again.links == read(over).links
    assert again.mentors.column("name").tolist() == cohort.mentors.column("name").tolist()
    # What M0 is called stands beside the id; nobody knows who E7 was.
    name = next(iter(cohort.directory.person("M0").names), "")
    assert again.links == (Link("E7", "M0", "past_pair", 5, mentor_name=name),)


def test_sensitive_columns_and_kinds_are_written_when_asked() -> None:
    sides = table("M1", "M2", faith=["zqx", "zqy"]), table("E1", faith=["zqx"])
    links = pd.DataFrame([("M1", "E9", "ex_partner")], columns=["mentor", "mentee", "kind"])
    scheme = scheme_of(sensitive=["faith", "ex_partner"])
    cohort = rm.read_cohort(*sides, relations=links, sensitive=scheme.sensitive)
    result = rm.match(cohort, scheme)
    over = rm.carry_over(result)
    assert over.left_out == ("ex_partner", "faith")
    assert "faith, ex_partner" not in repr(over)
    assert "Without the sensitive columns ex_partner, faith" in repr(over)
    assert "faith" not in over.mentors
    assert {kind for *_, kind, _ in rows(over)} == {"past_pair"}
    asked = rm.carry_over(result, sensitive=True)
    assert asked.left_out == ()
    assert asked.mentors["faith"].iloc[0] in ("zqx", "zqy")
    assert ("E9", "M1", "ex_partner", None) in rows(asked)
    for shown in (repr(over), repr(asked)):
        assert "zq" not in shown


@pytest.mark.parametrize("hidden", [(), ("name",), ("email",), ("name", "email")])
def test_names_and_addresses_stand_beside_ids_unless_they_are_sensitive(
    hidden: tuple[str, ...],
) -> None:
    called = {"name": ["zqx Marsh", "zqx Holm"], "email": ["zqx.m@x.example", "zqx.h@x.example"]}
    links = pd.DataFrame({"mentor": ["M1"], "mentee": ["E9"], "kind": ["past_pair"]})
    links = links.assign(mentee_name="zqx Okafor", mentee_email="zqx.o@x.example", runs_ago=1)
    scheme = scheme_of(sensitive=hidden, rules=[])
    mentors, mentees = table("M1", "M2", **called), table("E1", name="zqx Wei")
    cohort = rm.read_cohort(mentors, mentees, relations=links, scheme=scheme)
    result = rm.match(cohort, scheme)
    [(mentee, mentor)] = result.made
    known = {
        ("E9", "M1"): ("zqx Marsh", "zqx.m@x.example", "zqx Okafor", "zqx.o@x.example"),
        (mentee, mentor): (*(texts[mentor == "M2"] for texts in called.values()), "zqx Wei", ""),
    }
    beside = ("mentor_name", "mentor_email", "mentee_name", "mentee_email")
    for asked in (False, True):
        over = rm.carry_over(result, sensitive=asked)
        left_out = [name for name in beside if not asked and name.split("_")[1] in hidden]
        assert [*over.relations][4:] == [name for name in beside if name not in left_out]
        for row in over.relations.reindex(columns=["mentee", "mentor", *beside]).to_dict("records"):
            wanted = zip(beside, known[row["mentee"], row["mentor"]], strict=True)
            for name, text in wanted:
                assert row[name] == text if name not in left_out else pd.isna(row[name])
        if len(hidden) == 2 and not asked:
            assert "zqx" not in over.relations.to_csv()


def test_headers_that_the_scheme_maps_are_written_as_they_were() -> None:
    asked = {
        "What would you like?": "goals",
        "What can you offer?": "goals",
        "Kind of link": "kind",
        "Your number": "id",
    }
    scheme = scheme_of(columns=asked, rules=[], criteria=GOALS)
    mentors = pd.DataFrame({"Your number": ["M1", "M2"], "What can you offer?": ["a", "b"]})
    mentees = pd.DataFrame({"Your number": ["E1"], "What would you like?": ["a"]})
    links = pd.DataFrame({"mentor": ["M1"], "mentee": ["E2"], "Kind of link": ["conflict"]})
    cohort = rm.read_cohort(mentors, mentees, relations=links, columns=asked)
    result = rm.match(cohort, scheme)
    over = rm.carry_over(result, continued=result.made)
    after = read(over, columns=asked)
    assert after.mentees.column("goals").tolist() == ["a"]
    assert after.mentors.column("goals").tolist() == ["a", "b"]
    assert {link.kind for link in after.links} == {"conflict", "pinned"}
    assert list(rm.match(after, scheme).made) == list(result.made)


def test_one_survey_for_both_sides_is_carried_over_in_two_tables() -> None:
    asked = {"I would be a": "role", "My goals": "goals"}
    people = pd.DataFrame(
        {
            "ID": ["M1", "M2", "E1"],
            "I would be a": ["mentor", "Mentor", "mentee"],
            "My goals": ["a", "b", "a"],
        }
    )
    cohort = rm.read_cohort(people, columns=asked)
    result = rm.match(cohort, scheme_of(columns=asked, rules=[], criteria=GOALS))
    over = rm.carry_over(result, continued=result.made)
    after = read(over, columns=asked)
    assert (after.mentees.ids, after.mentors.ids) == (("E1",), ("M1", "M2"))
    assert after.mentors.column("goals").tolist() == ["a", "b"]


# --- past pairs ------------------------------------------------------------------------------


@quick
@given(
    cool_down=st.sampled_from([None, 0, 1, 2, 3]),
    here=st.lists(st.sets(st.integers(0, 3), min_size=1), min_size=4, max_size=6),
    data=st.data(),
)
def test_no_pair_is_made_again_within_the_cool_down(
    cool_down: int | None, here: list[set[int]], data: st.DataObject
) -> None:
    """People come, go and come back; the relations are handed on from run to run."""
    scheme = scheme_of(criteria=GOALS)
    links = pd.DataFrame(columns=["mentor", "mentee", "kind"])
    made: list[set[tuple[str, str]]] = []
    goes_on: set[tuple[str, str]] = set()
    for run, mentees in enumerate(here):
        who = {*(f"E{at}" for at in mentees), *(pair[0] for pair in goes_on)}
        cohort = rm.read_cohort(
            table(*(f"M{at}" for at in range(4)), goals=["a", "b", "a;b", None]),
            table(*sorted(who), goals="a"),
            relations=links,
        )
        result = rm.match(cohort, scheme, seed=run)
        pairs = set(result.made)
        assert goes_on <= pairs
        apart = made if cool_down is None else made[max(0, run - cool_down) :]
        assert not (pairs - goes_on) & set().union(*apart)
        # whoever may be paired is: a pair is not kept apart for longer than asked
        free = [(e, m) for e in who for m in cohort.mentors.ids]
        forbidden = {pair for pair in free if pair in set().union(*apart) and pair not in goes_on}
        assert {p for p in free if rm.score(cohort, scheme).pair(*p).score < 0} == forbidden
        goes_on = data.draw(st.sets(st.sampled_from(sorted(pairs)))) if pairs else set()
        over = rm.carry_over(result, continued=goes_on, cool_down=cool_down)
        assert set(over.pins) == goes_on
        made.append(pairs - goes_on)
        # A pair that goes on has not parted: it counts from when it does.
        made = [{pair for pair in some if pair not in goes_on} for some in made]
        links = over.relations


def test_rows_count_up_and_those_without_a_number_stay() -> None:
    given_links = pd.DataFrame(
        [
            ("M1", "E1", "past_pair", 1),
            ("M2", "E1", "past_pair", None),
            ("M9", "E9", "past_pair", 2),
            ("M9", "E9", "past_pair", 5),
            ("M9", "E1", "conflict", None),
            ("M1", "E2", "pinned", None),
            ("M2", "E2", "manual", None),
        ],
        columns=["mentor", "mentee", "kind", "Runs ago"],
    )
    mentors, mentees = table("M1", "M2", "M3"), table("E1", "E2")
    result = rm.match(rm.read_cohort(mentors, mentees, relations=given_links), scheme_of())
    assert set(result.made) == {("E1", "M3"), ("E2", "M1")}
    stay = {("E1", "M2", "past_pair", None), ("E1", "M9", "conflict", None)}
    new = {("E1", "M3", "past_pair", 1), ("E2", "M1", "past_pair", 1)}
    older = {("E1", "M1", "past_pair", 2), ("E9", "M9", "past_pair", 3)}
    assert rows(rm.carry_over(result)) == stay | new | older
    assert rows(rm.carry_over(result, cool_down=2)) == stay | new | {("E1", "M1", "past_pair", 2)}
    assert rows(rm.carry_over(result, cool_down=0)) == stay
    goes_on = rm.carry_over(result, continued=[("E2", "M1")], cool_down=1)
    assert rows(goes_on) == stay | {("E1", "M3", "past_pair", 1), ("E2", "M1", "pinned", None)}


def test_a_past_pair_that_never_wears_off_stays_so_when_it_was_made_again() -> None:
    links = pd.DataFrame([("M1", "E1", "past_pair")], columns=["mentor", "mentee", "kind"])
    cohort = rm.read_cohort(table("M1"), table("E1"), relations=links)
    over = rm.carry_over(rm.match(cohort, scheme_of(rules=[])), cool_down=1)
    assert rows(over) == {("E1", "M1", "past_pair", None)}
    assert "No rule of the scheme keeps past pairs apart" in repr(over)


def test_rejected_pairs_stay_forbidden() -> None:
    cohort = rm.read_cohort(table("M1", "M2"), table("E1"))
    first = rm.match(cohort, scheme_of())
    [pair] = first.made
    again = rm.match_again(rm.review(first, reject={pair: "same choir"}))
    over = rm.carry_over(rm.approve(rm.review(again, by="A")))
    assert (*pair, "forbidden", None) in rows(over)
    assert over.notes == ()
    assert "never approved: proposed" in repr(rm.carry_over(first))
    assert "choir" not in f"{over!r} {over.relations.to_csv()}"


def test_who_withdrew_during_the_run_is_not_carried_over(tmp_path: Path) -> None:
    """The tables may be the old ones, or have been corrected since."""
    cohort = rm.read_cohort(table("M1", "M2", "M3", name=["a", "b", "c"]), table("E1"))
    before = rm.match(cohort, scheme_of())
    [(_, gone)] = before.made
    status = np.where(np.array(cohort.mentors.ids) == gone, "withdrawn", cohort.mentors.status)
    left = cohort.replace(mentors=replace(cohort.mentors, status=status.astype(object)))
    result = rm.match(left, scheme_of())
    result.save(tmp_path / "run.json")
    names = ["a", "b", "new name"]
    now = rm.read_cohort(table("M3", "M2", "M1", name=names[::-1]), table("E1"))
    over = rm.carry_over(rm.load_result(tmp_path / "run.json"), cohort=now)
    [kept] = set(cohort.mentors.ids) - {gone, *(mentor for _, mentor in result.made)}
    assert over.mentors[["id", "name", "priority"]].to_numpy().tolist() == [
        [kept, dict(zip(["M1", "M2", "M3"], names, strict=True))[kept], 1]
    ]
    assert over.mentors["status"].tolist() == ["applicant"]


# --- what cannot be done ---------------------------------------------------------------------


def test_what_cannot_be_carried_over_is_told(tmp_path: Path) -> None:
    cohort = rm.read_cohort(table("M1", "M2"), table("E1"))
    result = rm.match(cohort, scheme_of())
    [(mentee, mentor)] = result.made
    [other] = {"M1", "M2"} - {mentor}
    wrong_pairs = [(mentee, other), (mentee, "M9"), ("E7", mentor)]
    with pytest.raises(CohortError) as caught:
        rm.carry_over(result, continued=[*wrong_pairs, (mentee, mentor)])
    assert {(item.value, item.reason, item.code) for item in caught.value.items} == {
        (f"{mentee} {other}", "is not a pair of the result", "not_in_result"),
        ("M9", "no mentor has this id", "unknown_person"),
        ("E7", "no mentee has this id", "unknown_person"),
    }
    assert len(caught.value.items) == 3
    assert f"{mentee} is paired with {mentor}" in str(caught.value)
    for wrong in ({"step": -1}, {"cool_down": -1}):
        with pytest.raises(ValueError, match="0 or more"):
            rm.carry_over(result, **wrong)
    result.save(tmp_path / "run.json")
    with pytest.raises(RecordError, match="give the tables"):
        rm.carry_over(rm.load_result(tmp_path / "run.json"))
    loaded = rm.load_result(tmp_path / "run.json")
    assert len(rm.carry_over(loaded, cohort=cohort).mentors) == 1
    with pytest.raises(CohortError) as caught:
        rm.carry_over(loaded, cohort=rm.read_cohort(table("M1", "M3"), table("E1")))
    assert {(item.value, item.reason) for item in caught.value.items} == {
        ("M2", "is not in the tables"),
        ("M3", "was not in the run"),
    }
    forced = rm.Scheme.model_validate({"rules": [{"type": "minimum_score", "at_least": 1}]})
    nothing = rm.match(rm.read_cohort(table("M1", min_load=1), table("E1")), forced)
    with pytest.raises(NoMatchingError):
        rm.carry_over(nothing)


def test_nothing_is_written_over(tmp_path: Path) -> None:
    over = rm.carry_over(rm.match(rm.read_cohort(table("M1"), table("E1", "E2")), scheme_of()))
    (tmp_path / "mentees.csv").write_text("mine")
    (tmp_path / "relations.csv").write_text("mine")
    with pytest.raises(ProblemsError) as caught:
        over.save(tmp_path)
    assert len(caught.value.items) == 2
    assert {path.name for path in tmp_path.iterdir()} == {"mentees.csv", "relations.csv"}
    assert (tmp_path / "mentees.csv").read_text() == "mine"


@pytest.mark.parametrize("cell", ["last year", "-1", "1.5"])
def test_a_number_of_runs_that_is_none_is_told(cell: str) -> None:
    links = pd.DataFrame({"mentor": ["M1"], "mentee": ["E1"], "kind": ["past_pair"]})
    with pytest.raises(CohortError, match="how many runs ago"):
        rm.read_cohort(table("M1"), table("E1"), relations=links.assign(runs_ago=cell))


def test_the_priority_stays_readable() -> None:
    cohort = rm.read_cohort(table("M1"), table("E1", "E2", priority=1_000_000))
    over = rm.carry_over(rm.match(cohort, scheme_of()), step=5)
    assert over.mentees["priority"].tolist() == [1_000_000]
    assert np.issubdtype(over.mentees["priority"].dtype, np.integer)


def test_relations_that_the_run_knew_are_not_lost_in_silence() -> None:
    mentors, mentees = pd.DataFrame({"id": ["M1", "M2"]}), pd.DataFrame({"id": ["E1", "E2"]})
    links = pd.DataFrame({"mentee": ["E1"], "mentor": ["M1"], "kind": ["past_pair"]})
    scheme = rm.Scheme.from_text("rules: [{type: relations, forbid: [past_pair]}]")
    run = rm.match(rm.read_cohort(mentors, mentees, relations=links), scheme)
    with pytest.raises(rm.CohortError, match=r"in no table \(found .past_pair.\)"):
        rm.carry_over(run, cohort=rm.read_cohort(mentors, mentees))


@pytest.mark.parametrize("hidden", [["email"], ["email", "name"]])
def test_no_sensitive_contact_takes_the_place_of_an_id_that_restarts(hidden: list[str]) -> None:
    mentors = pd.DataFrame({"id": ["1"], "name": ["Wren Adair"], "email": ["w@x.example"]})
    mentees = pd.DataFrame({"id": ["2", "3"], "declined": ["1", "1"], "preferences": ["1", "1"]})
    scheme = rm.Scheme.model_validate({"sensitive": hidden})
    result = rm.match(rm.read_cohort(mentors, mentees, scheme=scheme), scheme)
    over = rm.carry_over(result)
    assert set(over.mentees.declined) == {"1" if "name" in hidden else "Wren Adair"}
    assert "w@x.example" not in over.mentees.to_csv() + over.relations.to_csv()
    open_again = rm.carry_over(result, sensitive=True)
    assert set(open_again.mentees.declined) == {"w@x.example"}
