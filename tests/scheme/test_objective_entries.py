"""Tiers as a scheme writes them: names or mappings, with every mistake told."""

from __future__ import annotations

import json

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rmmatch as rm
from rmmatch.scheme.objectives import Aim


def scheme(entries: str) -> rm.Scheme:
    return rm.Scheme.from_text(f"objective: {entries}")


def test_a_mapping_without_options_is_the_name() -> None:
    assert scheme("[{tier: pairs}, total]") == scheme("[pairs, total]")
    assert scheme("[{tier: kept_pairs, kind: kept}]").aims[0].relation == "kept"


def test_aims_have_all_entries_in_one_form() -> None:
    aims = scheme("[pairs, {tier: total, within: 0.02}, {tier: rank_profile}]").aims
    assert [aim.tier for aim in aims] == ["pairs", "total", "rank_profile"]
    assert [aim.of for aim in aims[2:]] == ["mentees"]
    assert Aim(tier="spread").of == "mentors"
    assert str(aims[1]) == "total (within 0.02)"


@given(st.integers(0, 10**9), st.integers(0, 999))
def test_slack_is_the_share_as_written(optimum: int, thousandths: int) -> None:
    aim = Aim(tier="total", within=thousandths / 1000)
    assert aim.slack(optimum) == optimum * thousandths // 1000


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ("[totl]", r"objective 1: must be .* did you mean 'total'"),
        ("[{tier: totl}]", r"objective 1, tier: must be .* did you mean 'total'"),
        ("[{kind: kept}]", r"objective 1, tier: a key is missing"),
        ("[{tier: total, witin: 0.1}]", r"objective 1, witin: .* did you mean 'within'"),
        ("[{tier: total, within: 1}]", r"objective 1, within: must be less than 1"),
        ("[{tier: total, within: -0.1}]", r"objective 1, within: must be at least 0"),
        ("[{tier: total, kind: kept}]", "`kind` goes with kept_pairs and fewest, not total"),
        ("[{tier: nash, side: mentors}]", "`side` goes with rank_profile and spread, not nash"),
        ("[{tier: spread, side: mentor}]", "did you mean 'mentors'"),
        ("[pairs, {tier: leximin, within: 0.1}]", "leximin is a list"),
        ("[worst_pair]", r"objective 1: .* worst_pair would be best .* put `pairs`"),
        ("[total, leximin, pairs]", r"objective 2: .* leximin would be best"),
        ("[{tier: rank_profile, generous: true}]", "rank_profile would be best with no pair"),
        ("[pairs, {tier: pairs, within: 0.1}]", "has the same name twice"),
        (
            "[total, {tier: fewest, kind: tutor}]",
            "fewest tutor would .* put `pairs`",
        ),
        ("[pairs, fewest, {tier: fewest, kind: past_pair}]", "has the same name twice"),
        ("[pairs, {tier: fewest, knd: tutor}]", "did you mean 'kind'"),
        ("[3]", r"objective 1: must be"),
    ],
)
def test_mistakes_are_located_with_a_remedy(entries: str, message: str) -> None:
    with pytest.raises(rm.SchemeError, match=message):
        scheme(entries)


@pytest.mark.parametrize(
    "entries",
    [
        ["pairs", {"tier": "total", "within": 0.02}],
        [{"tier": "kept_pairs", "kind": "past_pair"}],
        ["pairs", "fewest", {"tier": "fewest", "kind": "same_team", "within": 0.1}],
        ["participation", {"tier": "rank_profile", "side": "mentors", "generous": True}],
    ],
)
def test_entries_keep_their_form_and_fit_the_schema(entries: list[object]) -> None:
    read = rm.Scheme.model_validate({"objective": entries})
    assert read.to_dict()["objective"] == entries
    assert rm.Scheme.from_text(read.to_yaml()) == read
    jsonschema.validate(json.loads(read.to_json()), rm.Scheme.json_schema())
