"""What a page of review shows, as plain data: order, points, words, and nothing sensitive."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields, is_dataclass
from typing import Any

import pytest

import rmmatch as rm
from helpers.people import cohort_of, people, person
from rmmatch.analysis.explanations import explain_all
from rmmatch.desk.page import review_view
from rmmatch.desk.page.view_data import CardAction
from rmmatch.matching.records.record import run_key
from rmmatch.scoring.points import as_points


@pytest.fixture(scope="module")
def result() -> rm.Result:
    return rm.match(*rm.synthetic.demo())


def test_pairs_come_weakest_first_by_name_and_in_points(result: rm.Result) -> None:
    view = review_view(result)
    scores = dict(zip(result.made, result.scores.scores_of_pairs(*result.positions), strict=True))
    ordered = sorted(scores, key=lambda pair: (scores[pair], pair))
    assert [(card.mentee.id, card.mentor.id) for card in view.pairs] == ordered
    assert [card.points for card in view.pairs] == [as_points(int(scores[p])) for p in ordered]
    for card in view.pairs:
        assert sum(criterion.points for criterion in card.criteria) == card.points
        assert sum(criterion.most for criterion in card.criteria) == 100
        assert all(0 <= criterion.points <= criterion.most for criterion in card.criteria)
        assert card.mentee.name == f"Mentee {card.mentee.id[1:]}"
        assert card.mentee.has_name
        assert (card.mentee.email, card.mentor.email) == ("", "")
    assert view.criteria[-1] == "Power distance"
    assert view.headline == result.headline


def test_the_sentences_are_those_of_explain(result: rm.Result) -> None:
    view = review_view(result)
    sentences = {
        (e.facts["mentee"], e.facts["mentor"]): e.sentences
        for e in explain_all(result)
        if "score" in e.facts
    }
    for card in view.pairs:
        explained = sentences[card.mentee.id, card.mentor.id]
        assert explained[-len(card.why) :] == card.why
        assert len(explained) == len(card.criteria) + len(card.why)
    assert all(not card.why for card in review_view(result, explanations=False).pairs)


def test_those_to_look_at_are_weak_new_or_lack_data(result: rm.Result) -> None:
    before = [pair for pair in result.made if pair != result.made.pairs[-1]]
    view = review_view(result, before=before)
    (new,) = [card for card in view.pairs if card.is_new]
    assert (new.mentee.id, new.mentor.id) == result.made.pairs[-1]
    assert new.is_to_look_at
    for place, card in enumerate(view.pairs):
        lacks_data = any(criterion.is_missing for criterion in card.criteria)
        assert any(word.startswith("data missing: ") for word in card.concerns) == lacks_data
        assert ("among the weakest" in card.concerns) == (place < 8)
    assert view.n_to_look_at == sum(card.is_to_look_at for card in view.pairs) < len(view.pairs)


def test_the_state_of_a_pair_is_what_the_review_said(result: rm.Result) -> None:
    stays, goes = result.made.pairs[:2]
    seen = rm.review(result, lock=[stays], reject={goes: "same choir"})
    for reasons in (False, True):
        view = review_view(seen, reasons=reasons)
        cards = {(card.mentee.id, card.mentor.id): card for card in view.pairs}
        assert (cards[stays].state, cards[goes].state) == ("kept", "turned down")
        assert Counter(card.state for card in view.pairs)[""] == len(view.pairs) - 2
        assert cards[goes].reason == ("same choir" if reasons else "")
        assert [a.is_pressed for a in cards[stays].actions] == [True, False]
        assert [a.is_pressed for a in cards[goes].actions] == [False, True]
    assert not view.is_approved


def test_a_desk_gives_its_own_buttons_and_a_page_to_read_has_none(result: rm.Result) -> None:
    own = CardAction("keep", "Keep", url="/keep")
    view = review_view(result, actions=[own], unpaired_actions=[CardAction("pair", "Put together")])
    assert all(card.actions == (own,) for card in view.pairs)
    assert {a.label for g in view.unpaired for card in g.people for a in card.actions} == {
        "Put together"
    }
    assert view.has_actions
    assert not review_view(result, actions=()).has_actions


def test_everybody_without_a_partner_is_there_once_with_the_reason(result: rm.Result) -> None:
    view = review_view(result)
    shown = [(c.person.id, c.reason, g.kind) for g in view.unpaired for c in g.people]
    rows = [(r.id, f"{r.reason[0].upper()}{r.reason[1:]}.", r.kind) for r in result.unpaired_rows]
    assert sorted(shown) == sorted(rows)
    assert view.n_unpaired == len(rows)
    assert [group.kind for group in view.unpaired] == [
        *("nobody_suitable", "outbid", "not_eligible", "withdrew")
    ]
    assert all(card.reason not in card.why for g in view.unpaired for card in g.people)


def test_the_scheme_is_in_sentences_and_its_weights_in_points(result: rm.Result) -> None:
    scheme = review_view(result).scheme
    assert sum(share for _, share in scheme.weights) == 100
    assert scheme.rules[2] == "A confidential rule"
    assert "ethnicity" not in str(scheme)
    assert scheme.aims[0] == "As many pairs as possible"


def test_keys_name_each_pair_and_person_and_show_no_id(result: rm.Result) -> None:
    view = review_view(result)
    keys = [c.key for c in view.pairs] + [c.key for g in view.unpaired for c in g.people]
    assert len(set(keys)) == len(keys)
    assert all(c.mentee.id not in c.key and c.mentor.id not in c.key for c in view.pairs)


def test_the_key_of_a_run_stays_through_a_review_and_a_file(
    result: rm.Result, tmp_path: Any
) -> None:
    pair = result.made.pairs[0]
    result.save(tmp_path / "run.json")
    loaded = rm.load_result(tmp_path / "run.json")
    named = rm.load_result(tmp_path / "run.json", cohort=result.cohort)
    seen = rm.review(result, lock=[pair])
    assert {run_key(r) for r in (result, loaded, named, seen)} == {run_key(result)}
    again = rm.match_again(seen)  # the same pairs, in another round
    assert again.made == result.made
    assert run_key(again) != run_key(result)


def test_e_mails_are_there_only_where_asked_for_and_not_sensitive(result: rm.Result) -> None:
    view = review_view(result, emails=True)
    assert all("@" in card.mentee.email for card in view.pairs)
    cohort = result.cohort.hiding(["email"])
    hidden = review_view(result.replace(cohort=cohort), emails=True)
    assert {card.mentee.email for card in hidden.pairs} == {""}


def texts(value: Any) -> list[str]:
    """All texts of view data."""
    if isinstance(value, str):
        return [value]
    if is_dataclass(value):
        return [text for f in fields(value) for text in texts(getattr(value, f.name))]
    return [text for item in value for text in texts(item)] if isinstance(value, tuple) else []


def test_ids_stand_alone_only_where_there_is_no_name() -> None:
    cohort = cohort_of(people("E", 1), people("M", 2))
    scheme = rm.Scheme.model_validate({"criteria": []})
    view = review_view(rm.match(cohort, scheme))
    assert not view.pairs[0].mentee.has_name
    assert view.pairs[0].mentee.name == "E0"
    assert view.title == "Pairs to review"
    named = cohort_of([person("E0", name="Zqx")], [person("M0", name="Zqx")])
    scheme = rm.Scheme.model_validate({"sensitive": ["name"]})
    assert not any("Zqx" in text for text in texts(review_view(rm.match(named, scheme))))


def test_small_groups_are_not_counted() -> None:
    teams = ["north"] * 9 + ["south"] * 7 + ["west"] * 3
    mentees = [person(f"E{i}", site=site) for i, site in enumerate(teams)]
    scheme = rm.Scheme.model_validate({"criteria": [{"type": "workplace", "column": "site"}]})
    result = rm.match(cohort_of(mentees, people("M", 25, site="north")), scheme)
    (table,) = review_view(result).groups
    assert table.title == "Mentees by site"
    # north is not counted either: the total would give west away
    assert [row[:2] for row in table.rows] == [
        *(("north", "some"), ("south", "7"), ("west", "fewer than 5"))
    ]
    hidden = scheme.model_copy(update={"sensitive": ("site",), "criteria": ()})
    assert review_view(rm.match(result.cohort, hidden)).groups == ()
