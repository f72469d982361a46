"""A record with a good digest and bad content: refused whole, and never a bare Python error."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rmmatch as rm
from helpers.people import cohort_of, people, person, table_scheme
from rmmatch.cli import main
from rmmatch.errors import RecordError
from rmmatch.matching import load_review
from rmmatch.matching.records.record import digest_of

Run = dict[str, Any]


def written(path: Path, run: Run, **envelope: Any) -> Path:
    """Write a record whose digest is right, whatever is in it."""
    record = {"format": "rmmatch run", "version": 1, "sha256": digest_of(run), "run": run}
    path.write_text(json.dumps({**record, **envelope}), encoding="utf-8")
    return path


def run_of(result: rm.Result, path: Path) -> Run:
    result.save(path, sensitive=True)
    run: Run = json.loads(path.read_text(encoding="utf-8"))["run"]
    return run


def table(prefix: str, other: str) -> pd.DataFrame:
    """People with something in every column that a criterion or rule reads."""
    rows = [
        {
            "id": f"{prefix}{at}",
            "availability": ["Mon am; wk2 Tue 09:00-10:00", "weekdays 12:00-13:00", ""][at % 3],
            "preferences": f"{other}{at}; {other}0" if at else "",
            "grade": ["ST1", "ST2", "ST3"][at % 3],
            "goals": ["teaching; research", "research", "wellbeing"][at % 3],
            "speciality": ["renal", "Cardiology", ""][at % 3],
            "workplace": "ABC"[at % 3],
            "age": str(30 + at),
            "line_manager": f"{other}{(at + 1) % 5}; X{at}",
            "attended_training": "yes" if at else "no",
            "status": ["applicant", "applicant", "reserve", "applicant", "withdrawn"][at],
        }
        for at in range(5)
    ]
    return pd.DataFrame(rows)


WIDE = {
    "cycle_weeks": 2,
    "grades": ["ST1", "ST2", "ST3"],
    "criteria": [
        {"type": "availability", "enough": 60},
        {"type": "preference", "side": "both"},
        {"type": "goals", "related": {"teaching": {"research": 0.5}}},
        {"type": "speciality", "related": {"renal": {"cardiology": 0.3}}},
        {"type": "workplace", "prefer": "near", "distances": {"A": {"B": 3, "C": 9}}},
        {"type": "power_distance", "target": 1},
        {"type": "attribute", "column": "age", "prefer": "close", "scale": 10},
    ],
    "rules": [
        {"type": "reporting_chain", "levels": 2},
        {"type": "eligible"},
        {"type": "attribute", "column": "age", "relation": "within", "gap": 20},
        {"type": "pairs", "forbid": [["E1", "M3"]]},
    ],
    "quotas": [{"side": "mentors", "column": "workplace", "each": True, "at_most": 3}],
}
SCORES = {(f"E{e}", f"M{m}"): (3 * e + 5 * m) % 7 / 7 for e in range(3) for m in range(4)}
LISTS = ["pairs", "rank_profile", "spread", "leximin"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    """Runs of many kinds, as they were saved: reviewed, made again, with lists, with nothing."""
    cohort = cohort_of(
        people("E", 3, priority=1),
        [*people("M", 3, capacity=2), person("M3", status="reserve")],
        {"tutor": [("E0", "M0")], "pinned": [("E1", "M1")]},
    )
    rules = [{"type": "relations", "forbid": ["tutor"]}]
    plain = rm.match(cohort, table_scheme(SCORES, rules=rules))
    goes = next(pair for pair in plain.made if pair != ("E1", "M1"))
    seen = rm.review(plain, by="A", reject={goes: "why"}, comment="x", lock=[("E1", "M1")])
    rematch = rm.rematch(rm.match_again(seen), withdrawn=["M2"]).result
    results = [
        rm.match(rm.read_cohort(table("M", "E"), table("E", "M")), rm.Scheme.model_validate(WIDE)),
        rm.match(cohort, table_scheme(SCORES, objective=LISTS, rules=rules)),
        rm.match(cohort, table_scheme(SCORES), strategy=rm.strategies.Greedy()),
        rm.match(cohort_of(people("E", 2, min_load=1), people("M", 1)), table_scheme({})),
        plain,
        rematch,
    ]
    path = tmp_path_factory.mktemp("runs") / "run.json"
    return [run_of(result, path) for result in results]


def used(path: Path) -> None:
    """Do what people do with a record."""
    result = rm.load_result(path)
    repr(result)
    _ = result.scores
    if result.matching is None:
        return
    rm.check(result)
    for side in result.cohort.sides:
        for id_ in side.ids[:2]:
            str(rm.explain(result, **{side.role: id_}))


# --- anything at all ---------------------------------------------------------------------------

NUMBERS = [0, 1, -1, 7, 0.5, 1.0, 2**31, 2**53, 2**62, 2**63 - 1, -(2**63), 2**70, 1e300, 5e-324]
TEXTS = ["", "x", "E0", "M1", "yes", "zzz", "pairs", "total", "optimal", "infeasible", "a; b"]
OTHER = [None, True, False, [], {}, [0], ["x"], [[]], {"x": 1}]
KEYS = ["x", "file", "level", "goals", "pairs", "ended"]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of everything in a value, of long lists the first entries."""
    inner: Any = value.items() if isinstance(value, dict) else ()
    inner = list(enumerate(value))[:9] if isinstance(value, list) else inner
    for key, part in inner:
        yield (*path, key)
        yield from places(part, (*path, key))


def kin(value: Any, draw: Callable[[Any], Any]) -> Any:
    """Return another value of the same type: what a look at types lets pass."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return draw(st.sampled_from([0, 1, value + 1, value - 1, -value, 10**6, 2**53, 2**62]))
    if isinstance(value, float):
        return draw(st.sampled_from([0.0, 1.0, value / 2, 1e300, 5e-324]))
    if isinstance(value, str):
        return draw(st.sampled_from(TEXTS))
    if isinstance(value, list):
        return draw(st.permutations(value)) if len(value) < 9 else value[::-1]
    return {} if isinstance(value, dict) else "x"


@st.composite
def changes(draw: Any, run: Run) -> Run:
    """Draw a run in which one leaf or one structure is another."""
    run = copy.deepcopy(run)
    key = draw(st.sampled_from(sorted(run)))
    path = draw(st.sampled_from([(key,), *places(run[key], (key,))]))
    parent = run
    for step in path[:-1]:
        parent = parent[step]
    last, value = path[-1], parent[path[-1]]
    how = draw(st.sampled_from(["kin", "kin", "kin", "other", "drop", "shorten", "more", "rename"]))
    if how == "drop":
        del parent[last]
    elif how == "shorten" and isinstance(value, list | str):
        parent[last] = value[:-1]
    elif how == "more" and isinstance(value, list):
        parent[last] = [*value, *value[-1:]]
    elif how == "more" and isinstance(value, dict):
        value[draw(st.sampled_from(KEYS))] = draw(st.sampled_from([*NUMBERS, *TEXTS, *OTHER]))
    elif how == "rename" and isinstance(parent, dict):
        parent[draw(st.sampled_from(KEYS))] = parent.pop(last)
    elif how == "kin":
        parent[last] = kin(value, draw)
    else:
        parent[last] = draw(st.sampled_from([*NUMBERS, *TEXTS, *OTHER]))
    return run


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_record_with_anything_changed_is_read_or_refused_by_an_error_of_ours(
    runs: list[Run], tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    run = data.draw(st.sampled_from(range(len(runs))).flatmap(lambda at: changes(runs[at])))
    path = written(tmp_path_factory.getbasetemp() / "changed.json", run)
    try:
        used(path)
    except rm.RmmatchError:
        return


def test_what_is_not_changed_is_read_and_used(runs: list[Run], tmp_path: Path) -> None:
    for run in runs:
        used(written(tmp_path / "run.json", run))


# --- one fault after the other -----------------------------------------------------------------


def told(path: Path) -> list[tuple[str, str]]:
    with pytest.raises(RecordError) as caught:
        rm.load_result(path)
    return [(item.column, item.code) for item in caught.value.items]


Change = Callable[[Run], Any]
FORM: list[tuple[Change, str, str]] = [
    (lambda run: run.update(proof="zzz"), "proof", "not_a_choice"),
    (lambda run: run.update(seed=True), "seed", "not_a_whole_number"),
    (lambda run: run.update(seed=1.0), "seed", "not_a_whole_number"),
    (lambda run: run.update(seed=-1), "seed", "out_of_range"),
    (lambda run: run.update(inputs=""), "inputs", "invalid_value"),
    (lambda run: run.update(conflict=None), "conflict", "wrong_type"),
    (lambda run: run.update(more=1), "more", "unknown_key"),
    (lambda run: run.pop("bounds"), "bounds", "missing_key"),
    (lambda run: run["values"].update(pairs=2.5), "values.pairs", "not_a_whole_number"),
    (lambda run: run["bounds"].update(total=[True]), "bounds.total[0]", "not_a_whole_number"),
    (lambda run: run["prices"][0].update(tier=7), "prices[0].tier", "wrong_type"),
    (
        lambda run: run["prices"][0]["mentors"].__setitem__(1, 0.5),
        "prices[0].mentors[1]",
        "not_a_whole_number",
    ),
    (lambda run: run["pairs"].append(["E0"]), "pairs[3]", "wrong_length"),
    (
        lambda run: run["cohort"]["mentee"].update(calendars="Mon am"),
        "cohort.mentee.calendars",
        "wrong_type",
    ),
    (
        lambda run: run["cohort"]["mentee"].update(calendars=[[[None, 7, 0, 60]]], calendar=[]),
        "cohort.mentee.calendars[0][0][1]",
        "out_of_range",
    ),
    (
        lambda run: run["cohort"]["mentee"].update(calendars=[[[1, 0, 60, 60]]], calendar=[]),
        "cohort.mentee.calendars[0][0]",
        "invalid_value",
    ),
    (
        lambda run: run["cohort"]["mentor"]["capacity"].__setitem__(0, 2**70),
        "cohort.mentor.capacity[0]",
        "out_of_range",
    ),
    (
        lambda run: run["cohort"]["mentor"]["status"].__setitem__(0, "gone"),
        "cohort.mentor.status[0]",
        "not_a_choice",
    ),
    (
        lambda run: run["cohort"]["mentor"].update(columns={"age": [31, None, None, None]}),
        "cohort.mentor.columns.age[0]",
        "wrong_type",
    ),
    *(
        (
            lambda run, at=at: run.update(review=[{"state": "reviewed", "at": at}]),
            "review[0].at",
            "invalid_value",
        )
        for at in ("2026-03-01", "soon", "", "2026-03-01T09:30", "0001-01-01T00:00:00+14:00")
    ),
]
AGREEMENT: list[tuple[Change, str]] = [
    (lambda run: run["cohort"]["mentee"]["ids"].pop(), "cohort.mentee.status"),
    (
        lambda run: run["cohort"]["mentor"]["columns"].update(x=[None]),
        "cohort.mentor.columns.x",
    ),
    (lambda run: run["cohort"]["mentee"]["capacity"].append(1), "cohort.mentee.capacity"),
    (lambda run: run["cohort"]["mentee"].update(calendar=[-1, -1, -1]), "cohort.mentee"),
    (
        lambda run: run["cohort"]["mentee"].update(calendars=[], calendar=[0, -1, -1]),
        "cohort.mentee.calendar[0]",
    ),
    (
        lambda run: run["cohort"]["mentee"].update(preferences=[[0, 4], [], [1, 1]]),
        "cohort.mentee.preferences[0][1]",
    ),
    (
        lambda run: run["cohort"]["mentee"].update(preferences=[[], [], [1, 1]]),
        "cohort.mentee.preferences[2]",
    ),
    (
        lambda run: run["cohort"]["relations"].update(pinned=[[1], [4]]),
        "cohort.relations.pinned[1][0]",
    ),
    (
        lambda run: run["cohort"]["relations"].update(pinned=[[1], []]),
        "cohort.relations.pinned",
    ),
    (lambda run: run["cohort"]["mentee"]["ids"].__setitem__(0, "e1"), "cohort.mentee.ids[1]"),
    (lambda run: run["pairs"].append(run["pairs"][0]), "pairs[3]"),
    (lambda run: run["pairs"][0].__setitem__(1, "M9"), "pairs[0][1]"),
    (lambda run: run["prices"][1]["mentors"].pop(), "prices[1].mentors"),
    (lambda run: run["prices"][1].update(tier="leximin"), "prices[1].tier"),
    (lambda run: run.update(status="infeasible"), "status"),
    (lambda run: run.update(status="no_solution_found"), "status"),
    (lambda run: run.update(pairs=None), "status"),
    (lambda run: run.update(proof=""), "proof"),
    (
        lambda run: run.update(status="infeasible", pairs=None, values={}),
        "proof",
    ),
    (lambda run: run.update(status="infeasible", pairs=None, proof=""), "values"),
    (lambda run: run["bounds"].update(worst_pair=3), "bounds.worst_pair"),
    (lambda run: run["values"].update(kept_pairs=3), "values.kept_pairs"),
    (lambda run: run["values"].update(pairs=[1]), "values.pairs"),
    (lambda run: run.update(left_out=["faith"]), "left_out[0]"),
    (
        lambda run: run.update(
            review=[
                {"state": "reviewed", "at": "2026-03-01T09:00:00+00:00", "lock": [["E9", "M0"]]}
            ]
        ),
        "review[0].lock[0][0]",
    ),
    (
        lambda run: run.update(
            conflict={
                "wishes": [],
                "relaxations": [],
                "together": [],
                "is_smallest": False,
                "is_minimal": False,
            }
        ),
        "conflict",
    ),
]


@pytest.fixture
def plain(runs: list[Run]) -> Run:
    return copy.deepcopy(runs[4])


@pytest.mark.parametrize(
    ("change", "where", "code"), FORM, ids=lambda part: part if isinstance(part, str) else ""
)
def test_what_has_not_the_form_of_a_record_is_named(
    plain: Run, tmp_path: Path, change: Change, where: str, code: str
) -> None:
    change(plain)
    assert told(written(tmp_path / "run.json", plain)) == [(where, code)]


@pytest.mark.parametrize(
    ("change", "where"), AGREEMENT, ids=lambda part: part if isinstance(part, str) else ""
)
def test_what_does_not_agree_is_named(
    plain: Run, tmp_path: Path, change: Change, where: str
) -> None:
    change(plain)
    assert (where, "damaged_record") in told(written(tmp_path / "run.json", plain))


def test_all_faults_are_told_at_once_those_of_the_scheme_among_them(
    plain: Run, tmp_path: Path
) -> None:
    plain["scheme"].update(direction="sideways", wieghts=1)
    plain["status"] = "infeasible"
    plain["prices"][0]["mentees"].pop()
    assert told(written(tmp_path / "run.json", plain)) == [
        ("scheme.direction", "not_a_choice"),
        ("scheme.wieghts", "unknown_key"),
        ("status", "damaged_record"),
        ("prices[0].mentees", "damaged_record"),
    ]


def test_of_very_many_faults_the_first_are_told(plain: Run, tmp_path: Path) -> None:
    plain["left_out"] = list(range(5000))
    faults = told(written(tmp_path / "run.json", plain))
    assert len(faults) == 101
    assert faults[0] == ("left_out[0]", "wrong_type")
    assert faults[-1] == ("", "damaged_record")


def test_what_people_wrote_is_not_in_a_message(plain: Run, tmp_path: Path) -> None:
    plain["cohort"]["mentee"]["columns"] = {"faith": [731, None, None]}
    plain["review"] = [{"state": "reviewed", "at": "2026-03-01T09:00:00+00:00", "comment": 732}]
    with pytest.raises(RecordError) as caught:
        rm.load_result(written(tmp_path / "run.json", plain))
    assert len(caught.value.items) == 2
    assert "73" not in f"{caught.value} {caught.value.problems.to_csv()}"


@pytest.mark.parametrize("version", [True, 1.0, "1", 2, None])
def test_the_version_is_the_number_one(plain: Run, tmp_path: Path, version: Any) -> None:
    path = written(tmp_path / "run.json", plain, version=version)
    assert told(path) == [("", "other_version")]


def test_nothing_stands_beside_the_run(plain: Run, tmp_path: Path) -> None:
    assert told(written(tmp_path / "run.json", plain, approved=True)) == [
        ("approved", "unknown_key")
    ]


@pytest.mark.parametrize("text", ['{"format": 1, "format": 2}', '{"x": NaN}', "[-Infinity]"])
def test_what_readers_of_json_do_not_agree_on_is_no_record(tmp_path: Path, text: str) -> None:
    path = tmp_path / "run.json"
    path.write_text(text)
    assert told(path) == [("", "incomplete_file")]


def test_a_run_of_nothing_is_refused(tmp_path: Path) -> None:
    for run in (None, 3, [], "run"):
        assert told(written(tmp_path / "run.json", run)) == [("", "wrong_type")]  # type: ignore[arg-type]
    assert {code for _, code in told(written(tmp_path / "run.json", {}))} == {"missing_key"}


# --- files that a record names -----------------------------------------------------------------


@pytest.mark.parametrize("name", ["scores.csv", "/etc/passwd", "http://example.org/scores.csv"])
def test_a_file_that_a_record_names_is_never_opened(
    plain: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "scores.csv").write_text("mentee,mentor,score\nE0,M0,1\n")
    plain["scheme"]["criteria"].append({"type": "table", "file": name})
    path = written(tmp_path / "run.json", plain)
    monkeypatch.chdir(tmp_path)

    def opened(*_: Any, **__: Any) -> None:
        raise AssertionError("a file was opened")

    monkeypatch.setattr("rmmatch.criteria.table.read_scores", opened)
    assert told(path) == [("scheme.criteria[1].file", "names_a_file")]


def test_a_run_saved_with_a_file_of_scores_has_them_in_it(tmp_path: Path) -> None:
    (tmp_path / "scores.csv").write_text("mentee,mentor,score\nE0,M0,1\n")
    (tmp_path / "scheme.yaml").write_text("criteria: [{type: table, file: scores.csv}]")
    scheme = rm.Scheme.from_file(tmp_path / "scheme.yaml")
    result = rm.match(cohort_of(people("E", 1), people("M", 1)), scheme)
    result.save(tmp_path / "run.json")
    (tmp_path / "scores.csv").unlink()
    assert rm.check(rm.load_result(tmp_path / "run.json")) == []


# --- what a program or a person meets ----------------------------------------------------------


def test_every_command_tells_what_is_wrong_with_a_record(
    plain: Run, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    plain["prices"][1]["tier"] = 7
    path = str(written(tmp_path / "run.json", plain))
    pair = ",".join(plain["pairs"][0])
    for words in (
        ["check"],
        ["explain", "--mentee", "E0"],
        ["what-if", "--forbid", pair],
        ["rematch", "--part", pair],
        ["alternatives"],
        ["reserves"],
        ["review", "--comment", "x", "--by", "A"],
        ["approve", "--by", "A"],
        ["match-again", "--out", str(tmp_path / "again")],
    ):
        assert main([words[0], path, *words[1:]]) == 2
        assert "run.json, prices[1].tier: must be text (found '7')" in capfd.readouterr().err
    assert not (tmp_path / "again").exists()


def test_a_review_is_neither_read_from_nor_written_into_a_damaged_record(
    plain: Run, tmp_path: Path
) -> None:
    path = written(tmp_path / "run.json", plain)
    seen = rm.review(rm.load_result(path), by="A")
    plain["seed"] = "0"
    written(path, plain)
    before = path.read_bytes()
    for ask in (lambda: load_review(path), lambda: rm.save_review(path, seen)):
        with pytest.raises(RecordError, match="seed: must be a whole number"):
            ask()
    assert path.read_bytes() == before


def test_a_record_of_other_people_than_those_it_names_is_refused(
    plain: Run, tmp_path: Path
) -> None:
    path = written(tmp_path / "run.json", plain)
    cohort = rm.load_result(path).cohort
    plain["inputs"] = cohort.fingerprint
    rm.load_result(written(path, plain), cohort)
    for side in (plain["cohort"]["mentee"], plain["cohort"]["mentor"]):
        side["ids"] = [f"{id_}x" for id_ in side["ids"]]
    plain["pairs"] = [[f"{mentee}x", f"{mentor}x"] for mentee, mentor in plain["pairs"]]
    with pytest.raises(RecordError, match="other people than the cohort"):
        rm.load_result(written(path, plain), cohort)


def test_what_is_not_the_best_is_explained_without_what_other_choices_cost(
    plain: Run, tmp_path: Path
) -> None:
    used_up = {"E0": "M1", "E1": "M0", "E2": "M2"}
    plain["cohort"]["relations"] = {}
    plain["scheme"]["rules"] = []
    plain["pairs"] = [[mentee, mentor] for mentee, mentor in used_up.items()]
    result = rm.load_result(written(tmp_path / "run.json", plain))
    assert rm.check(result) != []
    for mentee, mentor in SCORES:
        assert "In all" not in str(rm.explain(result, mentee=mentee, mentor=mentor))
    assert "does not pass its check" in rm.prices_of_pairs(result).method


def test_values_stand_in_the_order_of_the_tiers(plain: Run, tmp_path: Path) -> None:
    plain["values"] = dict(reversed(plain["values"].items()))
    result = rm.load_result(written(tmp_path / "run.json", plain))
    assert list(result.values) == ["applicants", "participation", "pairs", "priority", "total"]
    assert rm.check(result) == []


def test_a_record_that_an_earlier_version_wrote_is_read_and_proved() -> None:
    result = rm.load_result(Path(__file__).with_name("old_record.json"))
    assert set(result.made) == {("E1", "M1"), ("E2", "M2")}
    assert result.proof == "prices"
    assert rm.check(result) == []
