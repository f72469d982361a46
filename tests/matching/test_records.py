"""A saved run: written whole or not at all, equal when read back, refused when it was changed."""

from __future__ import annotations

import copy
import json
import os
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rmmatch as rm
from helpers.people import cohort_of, people, person, table_scheme
from helpers.random_problems import Problem, problems
from rmmatch.errors import NotSupportedError, RecordError
from rmmatch.matching.records.record import digest_of
from rmmatch.scheme.cohort_facts import CohortFacts

quick = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: Any) -> Path:
    return Path(tmp_path_factory.mktemp("records"))


def small() -> rm.Result:
    mentees = people("E", 3, goals="teaching; research", name="Ann")
    mentors = people("M", 4, goals="research", priority=1)
    cohort = cohort_of(mentees, mentors, {"tutor": [("E0", "M0")], "past_pair": [("E1", "M1")]})
    scheme = rm.Scheme.model_validate(
        {
            "criteria": [{"type": "goals"}],
            "rules": [{"type": "relations", "forbid": ["tutor"]}],
            "objective": ["pairs", "priority", "total"],
        }
    )
    return rm.match(cohort, scheme, seed=7)


def saved(result: rm.Result, path: Path, **options: Any) -> rm.Result:
    result.save(path, **options)
    return rm.load_result(path)


def same_run(one: rm.Result, other: rm.Result) -> bool:
    plain = ("status", "matching", "seed", "reason", "solver")
    return (
        all(getattr(one, name) == getattr(other, name) for name in plain)
        and all(
            dict(getattr(one, name)) == dict(getattr(other, name))
            for name in ("values", "bounds", "versions")
        )
        and prices_by_id(one) == prices_by_id(other)
    )


def prices_by_id(result: rm.Result) -> Any:
    if result.certificate is None:
        return None
    return [
        (
            tier.tier,
            dict(zip(result.cohort.mentees.ids, tier.mentees.tolist(), strict=True)),
            dict(zip(result.cohort.mentors.ids, tier.mentors.tolist(), strict=True)),
        )
        for tier in result.certificate.tiers
    ]


# --- there and back --------------------------------------------------------------------------


@quick
@given(problem=problems(), seed=st.integers(0, 9))
def test_a_run_reads_back_equal_and_checks(folder: Path, problem: Problem, seed: int) -> None:
    result = problem.match(seed=seed)
    path = folder / "run.json"
    for given_cohort in (None, result.cohort):
        result.save(path)
        loaded = rm.load_result(path, given_cohort)
        assert same_run(result, loaded)
        assert loaded.scheme == result.scheme
        if result.matching is not None:
            assert rm.check(loaded) == []
            assert loaded.pairs.equals(result.pairs)


def test_names_and_unused_columns_and_relations_stay_out(tmp_path: Path) -> None:
    loaded = saved(small(), tmp_path / "run.json")
    assert set(loaded.cohort.mentees.columns) == {"goals"}
    assert set(loaded.cohort.relations) == {"tutor"}
    assert "Ann" not in (tmp_path / "run.json").read_text()


def test_names_in_lists_of_people_stay_out_unless_they_are_compared(tmp_path: Path) -> None:
    lists = ("tutor", "line_manager", "preferences")
    mentees = pd.DataFrame(
        [
            {"id": f"E{at}", **dict.fromkeys(lists, f"Ann Other{at}" if at else "")}
            for at in range(3)
        ]
    )
    mentors = pd.DataFrame(
        [{"id": f"M{at}", "name": f"Ann Other{at}", "tutor": ""} for at in range(3)]
    )
    keys: dict[str, Any] = {
        "criteria": [{"type": "preference", "side": "mentee"}],
        "rules": [{"type": "relations", "forbid": ["tutor"]}, {"type": "reporting_chain"}],
    }
    result = rm.match(rm.read_cohort(mentors, mentees), rm.Scheme.model_validate(keys))
    loaded = saved(result, tmp_path / "run.json")
    assert "Other" not in (tmp_path / "run.json").read_text()
    assert loaded.cohort.mentees.columns["tutor"].tolist() == [None, "", ""]
    assert loaded.pairs.equals(result.pairs)
    assert loaded.notes == result.notes
    assert rm.check(loaded) == []
    keys["rules"].append({"type": "attribute", "column": "tutor", "relation": "different"})
    keys["rules"][-1]["missing"] = "allow"
    compared = rm.match(rm.read_cohort(mentors, mentees), rm.Scheme.model_validate(keys))
    kept = saved(compared, tmp_path / "run.json").cohort.mentees.columns
    assert kept["tutor"].tolist() == [None, "Ann Other1", "Ann Other2"]
    assert kept["line_manager"].tolist() == [None, "", ""]


def test_everything_a_scheme_can_use_is_in_the_record(tmp_path: Path) -> None:
    def table(prefix: str, other: str) -> pd.DataFrame:
        rows = [
            {
                "id": f"{prefix}{at}",
                "availability": ["Mon am; wk2 Tue 09:00-10:00", "weekdays 12:00-13:00", ""][at % 3],
                "preferences": f"{other}{at}; {other}0" if at else "",
                "grade": str(at % 3),
                "speciality": ["renal", "Cardiology", ""][at % 3],
                "workplace": "ABC"[at % 3],
                "line_manager": f"{other}{(at + 1) % 5}; X9",
                "declined": f"{other}{(at + 2) % 5}",
                "attended_training": "yes" if at else "no",
                "min_load": int(at == 1),
            }
            for at in range(5)
        ]
        return pd.DataFrame(rows)

    scheme = rm.Scheme.model_validate(
        {
            "cycle_weeks": 2,
            "criteria": [
                {"type": "availability", "enough": 60},
                {"type": "preference", "side": "both"},
                {"type": "speciality"},
                {"type": "workplace", "prefer": "different"},
            ],
            "rules": [
                {"type": "reporting_chain", "levels": 2},
                {"type": "eligible", "column": "attended_training"},
                {"type": "power_distance", "max_gap": 2},
            ],
        }
    )
    result = rm.match(rm.read_cohort(table("M", "E"), table("E", "M")), scheme)
    assert len(result.made) > 1
    loaded = saved(result, tmp_path / "run.json")
    assert loaded.pairs.equals(result.pairs)
    assert (loaded.scores.to_numpy() == result.scores.to_numpy()).all()
    assert rm.check(loaded) == []


def test_the_cohort_may_be_given_in_another_order_of_rows(tmp_path: Path) -> None:
    result = small()
    result.save(tmp_path / "run.json")
    mentees = people("E", 3, goals="teaching; research", name="Ann")
    mentors = people("M", 4, goals="research", priority=1)
    relations = {"past_pair": [("E1", "M1")], "tutor": [("E0", "M0")]}
    turned = cohort_of(mentees[::-1], mentors[2:] + mentors[:2], relations)
    loaded = rm.load_result(tmp_path / "run.json", turned)
    assert loaded.cohort.mentees.ids == ("E2", "E1", "E0")
    assert same_run(result, loaded)
    assert rm.check(loaded) == []


def test_a_loaded_run_may_be_saved_and_the_cohort_still_fits(tmp_path: Path) -> None:
    result = small()
    again = saved(saved(result, tmp_path / "one.json"), tmp_path / "two.json")
    assert same_run(result, again)
    whole = rm.load_result(tmp_path / "two.json", cohort=result.cohort)
    assert whole.cohort.sides == result.cohort.sides  # the same objects
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


def test_a_run_without_a_matching_and_without_prices(tmp_path: Path) -> None:
    none = rm.match(cohort_of([person("E0", min_load=1)], []), rm.Scheme())
    loaded = saved(none, tmp_path / "run.json")
    assert (loaded.status, loaded.reason) == (none.status, none.reason)
    assert loaded.matching is None
    bare = small().replace(certificate=None, status=rm.Status.FEASIBLE)
    assert saved(bare, tmp_path / "bare.json").certificate is None


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    small().save(tmp_path / "one.json")
    small().save(tmp_path / "two.json")
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


# --- what is not a record --------------------------------------------------------------------


@quick
@given(where=st.floats(0, 1, exclude_max=True), byte=st.integers(32, 126))
def test_a_changed_byte_is_refused_or_means_the_same(folder: Path, where: float, byte: int) -> None:
    path = folder / "changed.json"
    result = small()
    result.save(path)
    data = bytearray(path.read_bytes())
    data[int(where * len(data))] = byte
    path.write_bytes(data)
    try:
        loaded = rm.load_result(path)
    except RecordError:
        return
    assert same_run(result, loaded)


@quick
@given(where=st.floats(0, 1, exclude_max=True))
def test_a_record_cut_short_is_refused(folder: Path, where: float) -> None:
    path = folder / "cut.json"
    small().save(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(where * len(data))])
    with pytest.raises(RecordError, match=r"cut\.json: is not a complete JSON record"):
        rm.load_result(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not a complete JSON record"),
        ("mentee,mentor\nE0,M0\n", "is not a complete JSON record"),
        ("[" * 100_000, "is not a complete JSON record"),
        ("[1, 2]", "is not a record of rmmatch"),
        ("{}", "is not a record of rmmatch"),
        ('{"format": "rmmatch run", "version": 2}', "is a record of another version"),
        ('{"format": "rmmatch run", "version": 1}', "lacks something"),
        ('{"format": "rmmatch run", "version": 1, "sha256": "", "run": 3}', "was changed"),
        ('{"format": "rmmatch run", "version": 1, "sha256": "", "run": "\\ud800"}', "was changed"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "run.json"
    path.write_text(text)
    with pytest.raises(RecordError, match=message):
        rm.load_result(path)


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    (tmp_path / "binary.json").write_bytes(b"PK\x03\x04\xff\xfe")
    for path in (tmp_path, tmp_path / "nowhere.json", tmp_path / "binary.json"):
        with pytest.raises(RecordError):
            rm.load_result(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda run: run.pop("pairs"),
        lambda run: run.update(status="splendid"),
        lambda run: run["prices"][0].update(mentees=[2**70, 0, 0]),
        lambda run: run["prices"][0].update(mentees=[0]),
        lambda run: run["cohort"].update(mentee=[]),
        lambda run: run["cohort"]["mentee"].update(ids=3),
        lambda run: run.update(scheme={"wieghts": 1}),
        lambda run: run.update(pairs=[["E0"]]),
        lambda run: run.update(versions=None, cohort=None),
    ],
)
def test_a_forged_record_is_one_clear_error(tmp_path: Path, change: Any) -> None:
    path = tmp_path / "run.json"
    small().save(path)
    record = json.loads(path.read_text())
    change(record["run"])
    record["sha256"] = digest_of(record["run"])
    path.write_text(json.dumps(record))
    with pytest.raises(rm.errors.ProblemsError):
        rm.load_result(path)


def test_a_record_from_before_there_were_other_proofs_is_proved_by_prices(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    result = rm.match(*rm.synthetic.demo())
    result.save(path, sensitive=True)
    record = json.loads(path.read_text(encoding="utf-8"))
    del record["run"]["proof"]
    record["sha256"] = digest_of(record["run"])
    path.write_text(json.dumps(record), encoding="utf-8")
    loaded = rm.load_result(path)
    assert loaded.proof == "prices"
    assert rm.check(loaded) == []


def test_another_cohort_is_refused(tmp_path: Path) -> None:
    result = small()
    result.save(tmp_path / "run.json")
    side = result.cohort.mentees
    changed = result.cohort.replace(mentees=replace(side, capacity=side.capacity + 1))
    with pytest.raises(RecordError, match="not the one that was paired"):
        rm.load_result(tmp_path / "run.json", changed)


# --- whole or not at all ---------------------------------------------------------------------


def test_a_failure_while_writing_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.json"
    path.write_text("the old file")

    def refuse(*_: Any) -> None:
        raise OSError("no space left on the device")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(RecordError, match="no space"):
        small().save(path)
    assert path.read_text() == "the old file"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_in_the_way_or_no_folder_at_all(tmp_path: Path) -> None:
    (tmp_path / "run.json").mkdir()
    with pytest.raises(RecordError, match=r"run\.json"):
        small().save(tmp_path / "run.json")
    with pytest.raises(RecordError, match="nowhere"):
        small().save(tmp_path / "nowhere" / "run.json")
    assert list(tmp_path.iterdir()) == [tmp_path / "run.json"]


def test_a_plain_function_cannot_be_saved_and_leaves_no_file(tmp_path: Path) -> None:
    def shapely(mentees: Any, mentors: Any) -> Any:
        return np.ones((len(mentees), len(mentors)))

    cohort = cohort_of(people("E", 2), people("M", 2))
    result = rm.match(cohort, rm.Scheme.model_validate({"criteria": [shapely]}))
    with pytest.raises(NotSupportedError, match="code is not data"):
        result.save(tmp_path / "run.json")
    assert list(tmp_path.iterdir()) == []


# --- sensitive columns -----------------------------------------------------------------------

GROUPS = ["Group  One", "group one", "group two", "Two;Group One", "two ; group one", ";", None]
GROUPS += ["two;group one", "Two; Group one;", ""]


def sensitive_run(*rules: dict[str, Any], values: Any = GROUPS) -> rm.Result:
    sides = [
        [person(f"{prefix}{at}", ethnicity=value or None) for at, value in enumerate(values)]
        for prefix in "EM"
    ]
    given_rules = [{"type": "attribute", "column": "ethnicity", **rule} for rule in rules]
    scheme = rm.Scheme.model_validate({"sensitive": ["Ethnicity"], "rules": given_rules})
    return rm.match(cohort_of(*sides), scheme)


@pytest.mark.parametrize("relation", ["same", "different", "overlap"])
def test_pseudonyms_keep_every_rule_on_equal_values_and_no_value(
    tmp_path: Path, relation: str
) -> None:
    result = sensitive_run({"relation": relation})
    loaded = saved(result, tmp_path / "run.json")
    assert loaded.left_out == ()
    assert (loaded.scores.to_numpy() == result.scores.to_numpy()).all()
    assert rm.check(loaded) == []
    text = (tmp_path / "run.json").read_text().casefold()
    assert "group" not in text
    assert "two" not in text


@quick
@given(values=st.lists(st.text("aA; \t", max_size=5), min_size=1, max_size=6))
def test_pseudonyms_are_alike_exactly_where_the_values_are(folder: Path, values: list[str]) -> None:
    cells = [value if value.strip() else None for value in values]
    relations = [{"relation": one, "missing": "allow"} for one in ("same", "overlap")]
    for rule in relations:
        result = sensitive_run(rule, values=cells)
        loaded = saved(result, folder / "pseudonyms.json")
        assert (loaded.scores.to_numpy() == result.scores.to_numpy()).all()


def test_pseudonyms_do_not_depend_on_the_values(tmp_path: Path) -> None:
    records = []
    for values in (["white", "black", "white"], ["black", "white", "black"]):
        path = tmp_path / "run.json"
        sensitive_run({"relation": "different"}, values=values).save(path)
        records.append(json.loads(path.read_text())["run"]["cohort"])
    assert records[0] == records[1]


def test_what_no_pseudonym_can_stand_for_is_left_out(tmp_path: Path) -> None:
    values = ["31", "44", "58"]
    result = sensitive_run({"relation": "within", "gap": 15}, values=values)
    path = tmp_path / "run.json"
    loaded = saved(result, path)
    assert loaded.left_out == ("ethnicity",)
    assert "ethnicity" not in loaded.cohort.mentees.columns
    for ask in (lambda: loaded.scores, lambda: rm.check(loaded), lambda: loaded.pairs):
        with pytest.raises(RecordError, match=r"load_result.*cohort"):
            ask()
    assert rm.check(rm.load_result(path, cohort=result.cohort)) == []
    # Saved once more, it still says what is not in it.
    assert saved(loaded, tmp_path / "again.json").left_out == ("ethnicity",)


def test_sensitive_columns_are_kept_where_that_is_asked_for(tmp_path: Path) -> None:
    result = sensitive_run({"relation": "within", "gap": 15}, values=["31", "44", "58"])
    loaded = saved(result, tmp_path / "run.json", sensitive=True)
    assert loaded.left_out == ()
    assert loaded.cohort.mentees.columns["ethnicity"].tolist() == ["31", "44", "58"]
    assert rm.check(loaded) == []


@pytest.mark.parametrize("kind", ["line_manager", "declined"])
def test_sensitive_relations_are_left_out(tmp_path: Path, kind: str) -> None:
    cohort = cohort_of(people("E", 2), people("M", 2), {kind: [("E0", "M0")]})
    rules = [{"type": "relations", "forbid": ["line_manager"]}]
    result = rm.match(cohort, table_scheme({}, sensitive=[kind], rules=rules))
    loaded = saved(result, tmp_path / "run.json")
    assert loaded.left_out == (kind,)
    assert kind not in loaded.cohort.relations
    assert rm.check(rm.load_result(tmp_path / "run.json", cohort)) == []


def test_a_rule_of_somebody_elses_keeps_what_it_may_read(tmp_path: Path) -> None:
    class NotSameShoes(rm.rules.Rule):
        type: Literal["not_same_shoes"] = "not_same_shoes"

        def forbids(self, mentees: Any, mentors: Any) -> Any:
            return mentees["shoes"].to_numpy()[:, None] == mentors["shoes"].to_numpy()[None, :]

    facts = {"shoes": "red", "name": "Ann", "faith": "none"}
    cohort = cohort_of(people("E", 2, **facts), people("M", 2, shoes="blue"))
    rules = [{"type": "not_same_shoes"}]
    result = rm.match(cohort, rm.Scheme.model_validate({"sensitive": ["faith"], "rules": rules}))
    loaded = saved(result, tmp_path / "run.json")
    assert set(loaded.cohort.mentees.columns) == {"shoes"}
    assert rm.check(loaded) == []


def test_cohorts_and_results_can_be_pickled() -> None:
    cohort, scheme = rm.synthetic.demo()
    result = rm.match(cohort, scheme)
    again = pickle.loads(pickle.dumps(result))
    assert again.cohort.fingerprint == cohort.fingerprint
    assert again.matching == result.matching
    assert rm.check(copy.deepcopy(again)) == []


def test_a_record_with_tiers_that_cannot_decide_loads_and_passes_its_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Earlier versions wrote `participation` and `priority` also where they make no difference."""
    cohort = cohort_of(people("E", 3), [*people("M", 2), person("M2", status="reserve")])
    scores = {("E0", "M0"): 0.9, ("E1", "M0"): 0.8, ("E1", "M1"): 0.7, ("E2", "M2"): 0.5}
    scheme = table_scheme(scores, objective=["participation", "pairs", "priority", "total"])
    result = rm.match(cohort, scheme)
    assert list(result.values) == ["applicants", "pairs", "total"]
    path = tmp_path / "run.json"
    with monkeypatch.context() as patch:
        everything = CohortFacts(1, has_two_places=True, has_priority=True)
        patch.setattr(CohortFacts, "of_sides", lambda *given: everything)
        rm.match(cohort, scheme).save(path)
    old = rm.load_result(path)
    assert list(old.values) == ["applicants", "participation", "pairs", "priority", "total"]
    assert old.made == result.made
    assert rm.check(old) == []
    assert rm.check(old.replace(values={**old.values, "participation": 4})) != []
    assert rm.check(old.replace(values={**old.values, "priority": 1})) != []
    # whatever is asked of it: by today's tiers, which choose the same pairs
    assert rm.explain(old, mentee="E1").sentences
    assert {"pairs", "total"} <= set(rm.prices_of_pairs(old).losses)
    changed = rm.what_if(old, forbid=[("E1", "M1")])
    assert changed.price == {
        "applicants": 0,
        "participation": 0,
        "pairs": 0,
        "priority": 0,
        "total": pytest.approx(0.8),
    }
    assert len(rm.rematch(old, withdrawn=["E0"]).kept) == 2
    assert len(rm.alternatives(old, k=2)) == 2
    old.save(tmp_path / "again.json")
    assert dict(rm.load_result(tmp_path / "again.json").values) == dict(old.values)


def test_a_run_of_before_a_question_was_asked_is_not_asked_it_with_its_tables(
    tmp_path: Path,
) -> None:
    """A rule that excludes somebody from every pair is refused now, until `any:` says so."""
    rule = {"type": "attribute", "column": "f", "relation": "same", "any": []}
    scheme = rm.Scheme.from_dict({"criteria": [{"type": "goals"}], "rules": [rule]})

    def tables() -> rm.Cohort:
        mentees = [{"id": "E1", "f": "b", "goals": "x"}, {"id": "E2", "f": "a", "goals": "x"}]
        return rm.read_cohort([{"id": "M1", "f": "a", "goals": "x"}], mentees)

    path = tmp_path / "run.json"
    rm.match(tables(), scheme).save(path)
    record = json.loads(path.read_text())
    del record["run"]["scheme"]["rules"][0]["any"]
    record["sha256"] = digest_of(record["run"])
    path.write_text(json.dumps(record))
    loaded = rm.load_result(path, tables())
    assert rm.check(loaded) == []
    with pytest.raises(rm.SchemeError, match="any"):
        rm.match(tables(), loaded.scheme)
