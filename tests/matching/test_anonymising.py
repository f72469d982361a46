"""A run that may be shared: it scores, checks and proves as before, and tells of nobody."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rmmatch as rm
from helpers.people import cohort_of, people, person, table_scheme
from helpers.random_problems import Problem, problems
from helpers.strategies import cases
from rmmatch.cli import main
from rmmatch.criteria import Criterion
from rmmatch.errors import NotSupportedError, RecordError
from rmmatch.matching import anonymise
from rmmatch.matching.records.disguises import PLAIN_KEYS
from rmmatch.matching.records.pseudonyms import NumberPseudonyms, WordPseudonyms
from rmmatch.rules import Rule
from rmmatch.scheme.objectives import Aim
from rmmatch.scheme.quotas import Quota

MANY = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
AT = datetime(2026, 3, 1, 9, 30, 15, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("anonymous")


def shared(result: rm.Result, folder: Path) -> rm.Result:
    """Save a run with everything, make it anonymous, and read that."""
    (folder / "shared.json").unlink(missing_ok=True)
    result.save(folder / "run.json", sensitive=True)
    before = (folder / "run.json").read_bytes()
    path = anonymise(folder / "run.json", folder / "shared.json")
    assert (folder / "run.json").read_bytes() == before
    return rm.load_result(path)


def proof(result: rm.Result) -> Any:
    """What is told of the pairs, whoever they are."""
    prices = [] if result.certificate is None else result.certificate.tiers
    return (
        result.status,
        result.proof,
        dict(result.values),
        dict(result.bounds),
        result.gap,
        [(tier.tier, tier.level, sorted(tier.mentees), sorted(tier.mentors)) for tier in prices],
    )


def scores_of_all(result: rm.Result) -> list[tuple[Any, ...]]:
    """Each pair's views and contributions, in an order that does not tell whose they are."""
    everybody = [np.arange(len(side)) for side in result.cohort.sides]
    weighed = result.scores.terms_of_block(*everybody)
    allowed = result.scores.to_numpy() >= 0
    parts = [*weighed.contributions, weighed.mentee, weighed.mentor, allowed]
    return sorted(zip(*(np.asarray(part).ravel().tolist() for part in parts), strict=True))


# --- the same run ------------------------------------------------------------------------------


@MANY
@given(case=cases())
def test_every_pair_scores_as_before_whatever_the_scheme_reads(folder: Path, case: Any) -> None:
    tables, scheme = case
    try:
        result = rm.match(tables.cohort(), scheme)
    except rm.SchemeError:
        return
    again = shared(result, folder)
    assert scores_of_all(again) == scores_of_all(result)
    assert proof(again) == proof(result)
    assert rm.check(again) == rm.check(result) == []


@MANY
@given(problem=problems())
def test_every_result_is_as_valid_and_as_proved_as_before(folder: Path, problem: Problem) -> None:
    result = problem.match()
    again = shared(result, folder)
    assert proof(again) == proof(result)
    assert (again.conflict is None) == (result.conflict is None)
    if result.matching is not None:
        assert len(again.made) == len(result.made)
        assert rm.check(again) == []


@pytest.mark.parametrize(
    "objective",
    [
        ["pairs", "leximin"],
        ["pairs", "rank_profile", "spread"],
        ["pairs", "worst_pair", "total"],
        ["participation", "nash"],
        [{"tier": "kept_pairs", "kind": "our own kind"}, "pairs", "blocking_pairs"],
        [{"tier": "total", "within": 0.1}, "priority"],
    ],
)
def test_every_tier_is_proved_as_before(folder: Path, objective: list[Any]) -> None:
    scores = {(f"E{e}", f"M{m}"): (3 * e + 5 * m) % 7 / 7 for e in range(4) for m in range(5)}
    mentors = [*people("M", 4, capacity=2), person("M4", status="reserve")]
    relations = {"our_own_kind": [("E0", "M1"), ("E2", "M3")], "pinned": [("E1", "M1")]}
    cohort = cohort_of(people("E", 4, priority=2), mentors, relations)
    result = rm.match(cohort, table_scheme(scores, objective=objective))
    again = shared(result, folder)
    assert proof(again) == proof(result)
    assert rm.check(again) == []


def test_quotas_of_every_kind_count_as_before(folder: Path) -> None:
    people_of = [
        [person(f"{p}{at}", group="abc"[at % 3], age=str(30 + at)) for at in range(6)] for p in "EM"
    ]
    quotas = [
        {"side": "mentors", "column": "group", "each": True, "at_most": 3},
        {"side": "mentees", "column": "group", "parity": 0.5},
        {"side": "mentees", "column": "age", "value": "31", "at_least": 1},
        {"side": "mentors", "column": "group", "value": "B", "at_most": 1, "penalty": 0.5},
        {"side": "mentors", "column": "group", "value": "unheard of", "at_most": 1},
        {"side": "pairs", "column": "group", "relation": "different", "at_least": 1},
        {"side": "pairs", "mentor": {"group": "a"}, "mentee": {"age": "33"}, "at_most": 1},
    ]
    keys = {
        "criteria": [{"type": "attribute", "column": "age", "prefer": "close", "scale": 9}],
        "quotas": quotas,
        "objective": ["pairs", "total"],
    }
    result = rm.match(cohort_of(*people_of), rm.Scheme.model_validate(keys))
    again = shared(result, folder)
    assert proof(again) == proof(result)
    assert rm.check(again) == []
    assert [sorted(re.findall(r": (\d+)", line)) for line in again.quotas] == [
        sorted(re.findall(r": (\d+)", line)) for line in result.quotas
    ]


def test_who_is_on_both_sides_is_one_person_still_and_chains_of_managers_hold(
    folder: Path,
) -> None:
    both = [person("P"), person("Q"), person("E1"), person("E2")]
    managers = {"P": ["Outside"], "Outside": ["M1"], "E1": ["p"], "M2": ["E2", "Boss"]}
    cohort = cohort_of(both, [person("p"), *people("M", 3)], managers=managers)
    cohort = cohort.replace(relations={"line_manager": cohort.relation("x")})
    for levels in (1, 2, 3):
        rules = [{"type": "reporting_chain", "levels": levels}]
        result = rm.match(cohort, table_scheme({}, rules=rules))
        again = shared(result, folder)
        assert scores_of_all(again) == scores_of_all(result)
        assert rm.check(again) == []
        sides = again.cohort.mentees.ids, again.cohort.mentors.ids
        assert set(sides[0]) & set(sides[1]) == {"B1"}
        assert "Outside" not in (folder / "shared.json").read_text()


def test_what_was_shared_can_be_used_like_any_run(folder: Path) -> None:
    result = rm.match(*rm.synthetic.demo())
    again = shared(result, folder)
    pair = next(iter(again.made))
    assert rm.rematch(again, part=[pair]).result.status is rm.Status.OPTIMAL
    assert rm.what_if(again, forbid=[pair]).result.status is rm.Status.OPTIMAL
    assert "are paired" in str(rm.explain(again, mentee=pair[0], mentor=pair[1]))
    again.save(folder / "once more.json")
    assert rm.check(rm.load_result(folder / "once more.json", again.cohort)) == []


# --- nobody ------------------------------------------------------------------------------------

MARK = "zqm"
QUESTION = f"What is your {MARK} site?"
# words of rmmatch itself, and numbers that decide
OWN = {"yes", "no", "y", "n", "true", "false", "1", "0"}


def table(prefix: str, other: str) -> pd.DataFrame:
    """People of whom every cell that is text holds a marker."""
    rows = [
        {
            "id": f"{MARK}-{prefix}{at}",
            "name": f"{MARK}-name-{prefix}{at}",
            "email": f"{MARK}{prefix}{at}@example.org",
            QUESTION: f"{MARK}-site-{at % 3}",
            f"{MARK} hobby": f"{MARK}-hobby-{at % 2}; {MARK}-h{at}",
            "grade": f"{MARK}-grade-{at % 3}",
            "goals": f"{MARK}-goal-{at % 3}; {MARK}-goal-{(at + 1) % 4}",
            "speciality": f"{MARK}-speciality-{at % 2}",
            "workplace": f"{MARK}-place-{at % 3}",
            f"{MARK}_income": str(731_000 + at),
            "availability": ["Mon 09:07-11:43; wk2 Tue am", "Mon 10:07-12:43", ""][at % 3],
            "preferences": f"{MARK}-{other}{at}; {MARK}-name-{other}0",
            "line_manager": f"{MARK}-{other}{(at + 1) % 6}; {MARK}-boss7",
            "tutor": f"{MARK}-name-{other}{(at + 2) % 6}",
            "attended_training": "yes" if at else "no",
            "status": "withdrawn" if at == 4 else "applicant",
        }
        for at in range(6)
    ]
    return pd.DataFrame(rows)


SCHEME: dict[str, Any] = {
    "name": f"{MARK} deanery",
    "columns": {QUESTION: f"{MARK}_site"},
    "people": {f"{MARK} Prof Q": "outside"},
    "capacity": {"mentors": 2},
    "cycle_weeks": 2,
    "sensitive": [f"{MARK}_income"],
    "grades": {f"{MARK}-grade-{at}": 2.5 * at for at in range(3)} | {f"{MARK}-grade-9": 9},
    "criteria": [
        {
            "type": "goals",
            "related": {
                f"{MARK}-goal-0": {f"{MARK}-goal-2": 0.5, f"{MARK.upper()}-goal-2": 0.25},
                f"{MARK}-goal-x": {f"{MARK}-goal-1": 0.3},
            },
        },
        {"type": "speciality", "related": {f"{MARK}-speciality-0": {f"{MARK}-speciality-1": 0.5}}},
        {
            "type": "workplace",
            "prefer": "near",
            "distances": {f"{MARK}-place-0": {f"{MARK}-place-1": 3, f"{MARK}-place-9": 40}},
        },
        {"type": "attribute", "column": f"{MARK}_site", "prefer": "different"},
        {"type": "attribute", "column": f"{MARK}_hobby", "prefer": "overlap"},
        {"type": "power_distance", "target": 2},
        {"type": "availability"},
        {"type": "preference"},
        {"type": "table", "rows": [[f"{MARK}-E0", f"{MARK}-name-M2", 0.5]]},
    ],
    "rules": [
        {"type": "eligible"},
        {
            "type": "eligible",
            "column": f"{MARK}_site",
            "values": [f"{MARK}-site-{at}" for at in (0, 1, 2)],
        },
        {"type": "attribute", "column": f"{MARK}_income", "relation": "within", "gap": 4},
        {"type": "relations", "forbid": ["tutor", f"{MARK}_kind"]},
        {"type": "reporting_chain", "levels": 2},
        {"type": "pairs", "forbid": [[f"{MARK}-E1", f"{MARK}-M1"]]},
    ],
    "quotas": [
        {"side": "mentors", "column": f"{MARK}_site", "value": f"{MARK}-site-1", "at_most": 5},
        {"side": "pairs", "mentee": {f"{MARK}_hobby": f"{MARK}-hobby-0"}, "at_most": 6},
    ],
    "meetings": {
        "count": [2, 3],
        "every_days": [10, 20],
        "start": "2031-01-07",
        "end": "2031-05-09",
        "holidays": f"{MARK}-GB",
    },
}
LINKS = pd.DataFrame(
    [(f"{MARK}-M0", f"{MARK}-E5", f"{MARK} kind")], columns=["mentor", "mentee", "kind"]
)


def marked(**changes: Any) -> rm.Result:
    scheme = rm.Scheme.model_validate({**SCHEME, **changes})
    cohort = rm.read_cohort(table("M", "E"), table("E", "M"), relations=LINKS, scheme=scheme)
    sources = [source._replace(name=f"{MARK}.csv") for source in cohort.sources]
    cohort = cohort.replace(notes=(f"{MARK} note",), sources=tuple(sources))
    return rm.match(cohort, scheme, seed=19_283_746)


def texts(value: Any) -> Iterator[str]:
    """Yield every key and every text of JSON."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield key
            yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)
    elif isinstance(value, str):
        yield value


def plain(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def run() -> rm.Result:
    """A run that somebody reviewed, made again and approved."""
    first = marked()
    pair = next(iter(first.made))
    seen = rm.review(
        first, by=f"{MARK} A", reject={pair: f"{MARK} choir"}, comment=f"{MARK} x", at=AT
    )
    again = rm.match_again(seen, by=f"{MARK} A", at=AT)
    stays = next(iter(again.made))
    seen = rm.review(again, by=f"{MARK} B", lock=[stays], comment=f"{MARK} y", at=AT)
    approved = rm.approve(seen, by=f"{MARK} C", comment=f"{MARK} z", at=AT)
    return approved.replace(
        review=approved.review,
        reason=f"{MARK} reason",
        solver=f"{approved.solver} {MARK}",
        versions={**approved.versions, "numpy": f"2.1.0+{MARK}", f"{MARK}": "1"},
    )


def test_the_markers_are_in_the_run(run: rm.Result, folder: Path) -> None:
    run.save(folder / "run.json", sensitive=True)
    saved = plain(folder / "run.json")["run"]
    assert len(run.made) > 2
    parts = ("scheme", "cohort", "versions", "reason", "solver", "pairs", "review", "left_out")
    for part in parts[:-1]:
        assert MARK in json.dumps(saved[part]), part
    assert {"notes", "sources", "managers", "relations"} <= {
        key for key, value in saved["cohort"].items() if MARK in json.dumps(value)
    }


def test_no_word_of_anybody_is_in_what_is_shared(run: rm.Result, folder: Path) -> None:
    again = shared(run, folder)
    text = (folder / "shared.json").read_text(encoding="utf-8")
    assert MARK not in text.casefold()
    assert not re.search(r"73100\d|19283746|2031|GB|choir|09:30|deanery", text)
    for seen in (run.cohort.fingerprint, *(source.sha256 for source in run.cohort.sources)):
        assert seen not in text
    # nothing that is text is in both, but rmmatch's own words
    before, after = (plain(folder / name)["run"] for name in ("run.json", "shared.json"))
    both = {*texts(before)} & {*texts(after)}
    assert not [text for text in both if not re.fullmatch(r"[a-z_]*|[0-9.]+", text)]
    assert rm.check(again) == []
    assert proof(again) == proof(run)
    assert scores_of_all(again) == scores_of_all(run)


def test_words_of_people_that_look_like_words_of_rmmatch_are_hidden_too(folder: Path) -> None:
    words = ["pairs", "total", "both", "goals", "type", "applicant"]
    sides = [
        [person(f"{p}{at}", goals=word, group=f"{word}; v1") for at, word in enumerate(words)]
        for p in "EM"
    ]
    keys = {
        "criteria": [{"type": "goals"}, {"type": "attribute", "column": "group"}],
        "rules": [{"type": "eligible", "column": "group", "values": [f"{w}; v1" for w in words]}],
    }
    result = rm.match(cohort_of(*sides), rm.Scheme.model_validate(keys))
    again = shared(result, folder)
    for side in again.cohort.sides:
        cells = [cell for column in side.columns.values() for cell in column]
        assert all(re.fullmatch(r"v\d+(; ?v\d+)*", cell) for cell in cells)
    assert rm.check(again) == []
    assert scores_of_all(again) == scores_of_all(result)


def test_the_log_keeps_what_was_decided_and_when_by_the_day(run: rm.Result, folder: Path) -> None:
    again = shared(run, folder)
    assert again.review.state == "approved"
    assert [step.state for step in again.review.log] == [step.state for step in run.review.log]
    assert {step.at for step in again.review.log} == {"2026-03-01T00:00:00+00:00"}
    for step, old in zip(again.review.log, run.review.log, strict=True):
        assert (step.by, step.comment) == ("", "")
        assert [why for *_, why in step.reject] == [""] * len(old.reject)
        assert len(step.lock) == len(old.lock)
    assert set(again.review.locked) <= set(again.made)


def test_nobody_learns_who_is_who_from_an_order(folder: Path) -> None:
    """People, words and columns come in another order each time, and rows in that of the ids."""
    n = 40
    sides = [
        [person(f"{p}{at:02}", group=f"g{at}", priority=at, our_site="x") for at in range(n)]
        for p in "EM"
    ]
    keys = {
        "criteria": [
            {"type": "attribute", "column": "group"},
            {"type": "attribute", "column": "our_site"},
        ]
    }
    result = rm.match(cohort_of(*sides), rm.Scheme.model_validate(keys))
    orders = []
    for _ in range(2):
        again = shared(result, folder)
        for side in again.cohort.sides:
            assert list(side.ids) == sorted(side.ids)
            orders.append(side.priority.tolist())
            names = [name for name in side.columns if len(set(side.columns[name])) == n]
            codes = side.columns[names[0]]
            orders.append([codes[at] for at in np.argsort(side.priority)])
    assert all(sorted(map(str, order)) != list(map(str, order)) for order in orders)
    # one code a word: the two sides have the same
    assert len({json.dumps(order) for order in orders}) == len(orders) - 2


def test_why_nothing_is_possible_is_told_without_names(folder: Path) -> None:
    mentors = [person(f"{MARK}-M0", min_load=2)]
    quota = {"side": "mentees", "column": f"{MARK}_group", "value": f"{MARK}-a", "at_most": 0}
    mentees = [person(f"{MARK}-E{at}", **{f"{MARK}_group": f"{MARK}-a"}) for at in range(2)]
    result = rm.match(cohort_of(mentees, mentors), table_scheme({}, quotas=[quota]))
    assert MARK in f"{result.conflict} {result.reason}"
    again = shared(result, folder)
    assert MARK not in (folder / "shared.json").read_text()
    assert again.status is rm.Status.INFEASIBLE
    assert again.conflict is not None
    assert result.conflict is not None
    assert len(again.conflict.wishes) == len(result.conflict.wishes)
    assert [wish.kind for wish in again.conflict.wishes] == [w.kind for w in result.conflict.wishes]
    assert [change.after for change in again.conflict.relaxations] == [
        change.after for change in result.conflict.relaxations
    ]


# --- what cannot be, and what stays as it is ---------------------------------------------------


def test_no_file_is_written_over(folder: Path, tmp_path: Path) -> None:
    rm.match(*rm.synthetic.demo()).save(tmp_path / "run.json")
    there = tmp_path / "there.json"
    there.write_text("mine")
    (tmp_path / "link.json").symlink_to(tmp_path / "nowhere.json")
    for out in (there, tmp_path, tmp_path / "run.json", tmp_path / "link.json"):
        before = (tmp_path / "run.json").read_bytes()
        with pytest.raises(RecordError, match="is there already"):
            anonymise(tmp_path / "run.json", out)
        assert (tmp_path / "run.json").read_bytes() == before
    assert there.read_text() == "mine"
    with pytest.raises(RecordError, match="cannot be written"):
        anonymise(tmp_path / "run.json", tmp_path / "no folder" / "out.json")
    assert anonymise(tmp_path / "run.json") == tmp_path / "run-anonymous.json"
    with pytest.raises(RecordError, match=r"run-anonymous\.json: is there already"):
        anonymise(tmp_path / "run.json")


def test_a_failure_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rm.match(*rm.synthetic.demo()).save(tmp_path / "run.json")

    def refuse(*_: Any) -> None:
        raise OSError("no space left on the device")

    monkeypatch.setattr("os.replace", refuse)
    with pytest.raises(RecordError, match="no space"):
        anonymise(tmp_path / "run.json")
    assert list(tmp_path.iterdir()) == [tmp_path / "run.json"]


def test_a_run_with_a_rule_of_somebodys_own_is_refused(tmp_path: Path) -> None:
    class NotSameHat(Rule):
        type: Literal["not_same_hat"] = "not_same_hat"

        def forbids(self, mentees: Any, mentors: Any) -> Any:
            return mentees["hat"].to_numpy()[:, None] == mentors["hat"].to_numpy()[None, :]

    cohort = cohort_of(people("E", 2, hat="red"), people("M", 2, hat="blue"))
    scheme = rm.Scheme.model_validate({"rules": [{"type": "not_same_hat"}]})
    rm.match(cohort, scheme).save(tmp_path / "run.json")
    with pytest.raises(
        NotSupportedError, match=r"of your own \(NotSameHat\) cannot be made anonymous"
    ):
        anonymise(tmp_path / "run.json")
    assert list(tmp_path.iterdir()) == [tmp_path / "run.json"]


def test_what_no_code_can_stand_for_is_refused(tmp_path: Path) -> None:
    # one cell is a list to one criterion; to the other both are the same whole
    mentees, mentors = [person("E0", group="a;b")], [person("M0", group="a\ufe14b"), person("M1")]
    criteria = [
        {"type": "attribute", "column": "group", "prefer": how} for how in ("same", "overlap")
    ]
    scheme = rm.Scheme.model_validate({"criteria": criteria})
    rm.match(cohort_of(mentees, mentors), scheme).save(tmp_path / "run.json")
    with pytest.raises(NotSupportedError, match="some pairs would score otherwise"):
        anonymise(tmp_path / "run.json")


def test_a_run_without_its_sensitive_columns_is_shared_without_them(
    run: rm.Result, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run.save(tmp_path / "run.json")
    assert main(["anonymise", str(tmp_path / "run.json"), "--out", str(tmp_path / "out.json")]) == 0
    printed = capfd.readouterr().out
    assert "Written to" in printed
    assert "not check it" in printed.replace("\n", " ")
    again = rm.load_result(tmp_path / "out.json")
    assert len(again.left_out) == 1
    assert again.left_out[0].startswith("column_")
    assert MARK not in (tmp_path / "out.json").read_text()
    assert main(["anonymise", str(tmp_path / "run.json"), "--out", str(tmp_path / "out.json")]) == 2
    assert "is there already" in capfd.readouterr().err


def test_a_damaged_record_is_not_made_anonymous(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(RecordError, match="not a record"):
        anonymise(tmp_path / "run.json")
    assert list(tmp_path.iterdir()) == [tmp_path / "run.json"]


# --- parts -------------------------------------------------------------------------------------

HIDDEN_KEYS = {"column", "kind", "forbid", "pin", "rows", "values", "related", "distances"}
HIDDEN_KEYS |= {"any", "only_where", "file", "value", "mentor", "mentee", "name", "reason"}


def may_be_text(annotation: Any) -> bool:
    if annotation is str:
        return True
    return getattr(annotation, "__origin__", None) is not Literal and any(
        may_be_text(part) for part in get_args(annotation)
    )


def test_every_key_of_a_scheme_is_known_to_hold_no_word_or_is_hidden() -> None:
    declared = [*Criterion.registry.values(), *Rule.registry.values(), Quota, Aim]
    ours = [cls for cls in declared if cls.__module__.startswith("rmmatch.")]
    keys = {
        key: field.annotation
        for cls in ours
        if not getattr(cls, "unsaveable", None)
        for key, field in cls.model_fields.items()
    }
    assert set(keys) - PLAIN_KEYS - HIDDEN_KEYS == set()
    assert PLAIN_KEYS - set(keys) == set()
    assert [key for key in PLAIN_KEYS - {"type"} if may_be_text(keys[key])] == []


@MANY
@given(cells=st.lists(st.text("aA;|•\n\t \u200bé", max_size=6), min_size=2, max_size=5))
def test_cells_are_the_same_exactly_where_they_were(cells: list[str]) -> None:
    words = WordPseudonyms(cells, Random(0))
    new = [words.cell(cell) for cell in cells]
    before, after = (
        cohort_of(
            [person("E0", a=None)], [person(f"M{at}", a=cell) for at, cell in enumerate(texts_)]
        )
        for texts_ in (cells, new)
    )
    for several in (False, True):
        labels = [cohort.labels("a", several=several).mentors for cohort in (before, after)]
        kinds = [_kinds(label) for label in labels]
        assert kinds[0] == kinds[1], new


def _kinds(rows: Any) -> list[list[int]]:
    """Codes in the order in which they come."""
    code: dict[int, int] = {}
    return [
        [code.setdefault(label, len(code)) for label in rows[at].tolist()]
        for at in range(len(rows))
    ]


@MANY
@given(
    cells=st.lists(
        st.one_of(
            st.integers(-(10**6), 10**6).map(str),
            st.decimals(-1000, 1000, places=2).map(str),
            st.sampled_from(["0.1", "1e300", "-0.0", "31.50", "031", "x"]),
        ),
        min_size=2,
        max_size=6,
    )
)
def test_differences_of_numbers_are_the_same_to_the_last_bit(cells: list[str]) -> None:
    numbers = NumberPseudonyms(cells, Random(0))
    new = [numbers.cell(cell) for cell in cells]
    assert [len({*new[:at]}) for at in range(len(new))] == [
        len({*cells[:at]}) for at in range(len(cells))
    ]
    known = [(float(a), float(b)) for a, b in zip(cells, new, strict=True) if a != "x"]
    for a, b in known:
        assert [a - other for other, _ in known] == [b - other for _, other in known]
