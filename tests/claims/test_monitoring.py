"""Columns kept for equality monitoring decide nothing, are shown nowhere and saved nowhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest

import rmmatch as rm
from rmmatch.cohort.edits import emptied
from rmmatch.criteria import Criterion
from rmmatch.rules import Rule
from rmmatch.scoring import PairScores
from rmmatch.scoring.sweep import executors

MARK = "zqx"
QUESTION = "What is your ethnic group?"
KEPT = ("ethnicity", "faith", "tutor")
CRITERIA = [{"type": "goals"}]


def side(prefix: str, other: str, question: str = "ethnicity") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": f"{prefix}{at}",
            "name": f"Name {prefix}{at}",
            "goals": ["teaching", "research", "teaching; research"][at % 3],
            "grade": str(at),
            question: f"{MARK}-group-{at % 2}",
            "faith": f"{MARK}-faith-{at}",
            "tutor": f"{other}{at}" if at < 3 else f"{MARK} Sharp",
            "line_manager": f"{other}{at}",
            "preferences": f"{other}1; {other}2",
            "availability": "Mon am",
        }
        for at in range(6)
    )


def tables(question: str = "ethnicity") -> tuple[pd.DataFrame, pd.DataFrame]:
    return side("M", "E", question), side("E", "M", question)


def scheme_with(**keys: Any) -> rm.Scheme:
    return rm.Scheme.from_text(
        json.dumps({"criteria": CRITERIA, "monitoring_only": list(KEPT), **keys})
    )


USES: list[tuple[str, dict[str, Any], str]] = [
    ("criteria", {"type": "attribute", "column": "ethnicity"}, "ethnicity"),
    ("criteria", {"type": "goals", "column": "faith"}, "faith"),
    ("criteria", {"type": "power_distance", "target": 1, "spread": 1}, "grade"),
    ("criteria", {"type": "availability"}, "availability"),
    ("criteria", {"type": "preference"}, "preferences"),
    ("rules", {"type": "attribute", "column": "ethnicity", "relation": "same"}, "ethnicity"),
    ("rules", {"type": "eligible", "column": "faith"}, "faith"),
    ("rules", {"type": "relations", "forbid": ["tutor"]}, "tutor"),
    ("rules", {"type": "reporting_chain"}, "line_manager"),
    ("rules", {"type": "power_distance", "min_gap": 1}, "grade"),
    ("rules", {"type": "availability", "min_minutes": 30}, "availability"),
    ("quotas", {"side": "mentors", "column": "ethnicity", "parity": 0.1}, "ethnicity"),
    ("quotas", {"side": "pairs", "mentor": {"faith": "x"}, "at_least": 1}, "faith"),
    ("objective", {"tier": "kept_pairs", "kind": "tutor"}, "tutor"),
]


@pytest.mark.parametrize("spelling", [str, str.upper, lambda name: f"  {name.title()} "])
@pytest.mark.parametrize(("family", "part", "column"), USES)
def test_nothing_that_decides_may_read_such_a_column(
    family: str, part: dict[str, Any], column: str, spelling: Any
) -> None:
    keys = {family: [part], "grades": None, "monitoring_only": [spelling(column)]}
    with pytest.raises(rm.SchemeError) as caught:
        scheme_with(**keys)
    (item,) = caught.value.items
    assert item.code == "monitoring_only"
    assert item.column == f"{family}[0]"
    assert item.reason == f"reads the column '{column}', which is kept for equality monitoring only"
    assert "may not decide about a person" in item.remedy
    assert ("`reason:`" in item.remedy) == (family in ("rules", "quotas"))
    # It is no other mistake: without the key, such a scheme is fine.
    scheme_with(**{**keys, "monitoring_only": []})


@pytest.mark.parametrize("listed", [QUESTION, QUESTION.upper(), " Ethnicity", "ethnicity"])
@pytest.mark.parametrize("read", ["ethnicity", QUESTION, "ETHNICITY "])
def test_the_survey_question_is_the_column_it_is(listed: str, read: str) -> None:
    mapping = {QUESTION: "ethnicity"}
    scheme = scheme_with(monitoring_only=[listed], columns=mapping)
    assert scheme.monitoring_only == scheme.sensitive == ("ethnicity",)
    rule = {"type": "attribute", "column": read, "relation": "same"}
    with pytest.raises(rm.SchemeError, match="kept for equality monitoring only"):
        scheme_with(monitoring_only=[listed], columns=mapping, rules=[rule])
    # Read without the scheme's names of columns, the question is still refused.
    with pytest.raises(rm.SchemeError, match="were read without the scheme"):
        rm.match(rm.read_cohort(*tables(QUESTION)), scheme)
    cohort = rm.read_cohort(*tables(QUESTION), scheme=scheme)
    assert MARK not in str(PairScores(cohort, scheme).cohort.mentees.column("ethnicity"))


@pytest.mark.parametrize(
    "column", ["id", "Role", "status", "capacity", "Min load", "priority", "name", "E-mail"]
)
def test_what_always_decides_cannot_be_for_monitoring_only(column: str) -> None:
    with pytest.raises(rm.SchemeError, match="cannot be kept for monitoring only"):
        scheme_with(monitoring_only=[column])


@pytest.mark.parametrize("kind", ["declined", "forbidden", "pinned", "same_person"])
def test_nor_can_a_list_that_always_holds(kind: str) -> None:
    with pytest.raises(rm.SchemeError, match="cannot be kept for monitoring only"):
        scheme_with(monitoring_only=[kind])


def test_they_are_sensitive_and_a_scheme_reads_back() -> None:
    scheme = scheme_with(monitoring_only=["faith", "ethnicity"], sensitive=["faith", "disability"])
    assert scheme.sensitive == ("disability", "faith", "ethnicity")
    assert scheme.to_dict()["sensitive"] == ["disability"]
    assert rm.Scheme.from_text(scheme.to_yaml()) == scheme
    assert rm.Scheme.from_text(scheme.to_json()) == scheme
    assert "monitoring_only" not in rm.Scheme().to_dict()


def test_a_part_put_in_without_validation_is_refused_when_the_two_meet() -> None:
    cohort, scheme = rm.read_cohort(*tables()), scheme_with()
    rule = rm.rules.AttributeRule(column="ethnicity", relation="same")
    bare = scheme.model_copy(update={"rules": (rule,)})
    for ask in (rm.match, rm.score):
        with pytest.raises(rm.SchemeError) as caught:
            ask(cohort, bare)
        assert [item.code for item in caught.value.items] == ["monitoring_only"]
    result = rm.match(cohort, scheme)
    with pytest.raises(rm.SchemeError, match="kept for equality monitoring only"):
        rm.what_if(result, rules={0: {"type": "eligible", "column": "faith"}})


SEEN: list[pd.DataFrame] = []
COHORTS: list[rm.Cohort] = []


class MonitoredMasks(Rule):
    """A rule that looks at all it is given."""

    type: Literal["test_monitoring_masks"] = "test_monitoring_masks"

    def forbids(self, mentees: pd.DataFrame, mentors: pd.DataFrame) -> Any:
        SEEN.extend((mentees, mentors))
        return np.zeros((len(mentees), len(mentors)), dtype=bool)

    def remarks(self, cohort: rm.Cohort, setting: Any) -> Any:
        COHORTS.append(cohort)
        yield from ()

    def misfits(self, cohort: rm.Cohort, setting: Any) -> Any:
        COHORTS.append(cohort)
        yield from ()


class MonitoredKernels(Criterion):
    """A criterion that takes the whole cohort."""

    type: Literal["test_monitoring_kernels"] = "test_monitoring_kernels"

    def prepare(self, cohort: rm.Cohort, setting: Any) -> Any:
        COHORTS.append(cohort)
        return super().prepare(cohort, setting)

    def score(self, mentees: pd.DataFrame, mentors: pd.DataFrame) -> Any:
        SEEN.extend((mentees, mentors))
        return np.zeros((len(mentees), len(mentors)))


def everything_of(cohort: rm.Cohort) -> str:
    parts: list[Any] = [dict(cohort.managers), cohort.doubts, cohort.links, cohort.notes]
    for people in cohort.sides:
        parts += [people.column(name).tolist() for name in people.columns]
    return repr(parts)


def test_nobodys_own_function_or_class_ever_sees_a_value() -> None:
    def by_function(mentees: pd.DataFrame, mentors: pd.DataFrame) -> Any:
        SEEN.extend((mentees, mentors))
        return np.zeros((len(mentees), len(mentors)))

    cohort = rm.read_cohort(*tables())
    assert MARK in everything_of(cohort)
    scheme = rm.Scheme(
        criteria=(rm.criteria.Function(function=by_function), MonitoredKernels()),
        rules=(MonitoredMasks(),),
        monitoring_only=KEPT,
    )
    SEEN.clear()
    COHORTS.clear()
    result = rm.match(cohort, scheme)
    rm.validate(cohort, scheme)
    rm.explain(result, mentee="E0", mentor="M0")
    rm.check(cohort, scheme, [("E0", "M0")])
    assert len(SEEN) >= 6
    assert COHORTS
    for frame in SEEN:
        assert not set(KEPT) & set(frame.columns)
        assert MARK not in frame.to_csv()
    for given in (*COHORTS, result.cohort, result.scores.cohort):
        assert MARK not in everything_of(given)
        assert len(given.relation("tutor")) == 0
    assert MARK in everything_of(cohort)  # the reader's own value is as it was
    sent = executors.minimal_cohort(result.cohort, scheme)
    assert not set(KEPT) & {name for people in sent.sides for name in people.columns}
    raw = executors.minimal_cohort(cohort, scheme)
    assert not set(KEPT) & {name for people in raw.sides for name in people.columns}


def test_a_class_that_asks_for_one_is_refused() -> None:
    class MonitoredAsker(Rule):
        type: Literal["test_monitoring_asker"] = "test_monitoring_asker"

        def columns_used(self) -> tuple[str, ...]:
            return (" Ethnicity",)

    with pytest.raises(ValueError, match="kept for equality monitoring only"):
        rm.Scheme(rules=(MonitoredAsker(),), monitoring_only=("ethnicity",))


def test_records_tables_and_texts_have_none_and_the_pairs_are_the_same(tmp_path: Path) -> None:
    cohort, scheme = rm.read_cohort(*tables()), scheme_with()
    result = rm.match(cohort, scheme)
    assert result.made == rm.match(cohort, scheme_with(monitoring_only=[])).made
    path = tmp_path / "run.json"
    for sensitive in (False, True):
        result.save(path, sensitive=sensitive)
        assert MARK not in path.read_text(encoding="utf-8")
    loaded = rm.load_result(path, cohort=cohort)
    assert loaded.made == result.made
    assert loaded.cohort.has_column("ethnicity")
    assert MARK not in everything_of(loaded.cohort)
    # Correcting such data later leaves the record valid: nothing was decided by it.
    mentors, mentees = tables()
    mentors["faith"] = "corrected"
    assert rm.load_result(path, cohort=rm.read_cohort(mentors, mentees)).made == result.made
    over = rm.carry_over(result, sensitive=True)
    assert {"ethnicity", "faith"} <= set(over.left_out)
    for frame in (over.mentors, over.mentees):
        assert MARK not in frame.to_csv()
    shown = [
        result,
        result.headline,
        result.pairs,
        rm.explain(result, mentee="E0"),
        result.unpaired,
    ]
    shown += [rm.check(result), list(scheme.remarks(cohort)), result.cohort, result.scores]
    assert MARK not in "".join(f"{value!r} {value}" for value in shown)
    shared = rm.anonymise(path).read_text(encoding="utf-8")
    assert MARK not in shared
    assert "monitoring_only" not in shared


def test_a_rematch_and_a_newcomer_stay_without_them(tmp_path: Path) -> None:
    cohort, scheme = rm.read_cohort(*tables()), scheme_with()
    result = rm.match(cohort, scheme)
    newcomer = side("M", "E").iloc[:1].assign(id="M9", name="Name M9", role="mentor")
    again = rm.rematch(result, withdrawn=[("mentor", "M0")], joined=newcomer)
    assert "M9" in again.result.cohort.mentors.ids
    assert MARK not in everything_of(again.result.cohort)
    told = rm.what_if(result, add=newcomer)
    assert MARK not in everything_of(told.result.cohort)
    path = tmp_path / "run.json"
    again.result.save(path)
    assert MARK not in path.read_text(encoding="utf-8")
    mentors, mentees = tables()
    larger = rm.read_cohort(pd.concat([mentors, newcomer.drop(columns="role")]), mentees)
    assert rm.load_result(path, cohort=larger).made == again.result.made
    assert rm.check(rm.load_result(path)) == []


def test_emptying_twice_changes_nothing() -> None:
    cohort = rm.read_cohort(*tables())
    assert emptied(cohort, ()) is cohort
    names = (*KEPT, "availability", "preferences", "line_manager")
    once = emptied(cohort, names)
    assert once is not cohort
    assert emptied(once, names) is once
    assert not once.managers
    assert not once.mentees.calendars
    assert len(once.mentees.preferences.indices) == 0
    assert all(once.has_column(name) for name in KEPT)


def test_a_misspelt_column_is_an_error_at_reading_and_a_note_later() -> None:
    scheme = scheme_with(monitoring_only=["ethnicty"])
    with pytest.raises(rm.CohortError, match="no table has the column 'ethnicty'"):
        rm.read_cohort(*tables(), scheme=scheme)
    remarks = list(scheme.remarks(rm.read_cohort(*tables())))
    assert any(
        "says that 'ethnicty' is for monitoring only, but no table has" in one for one in remarks
    )
    result = rm.match(rm.read_cohort(*tables()), scheme_with())
    assert not any("no table has" in one for one in result.scheme.remarks(result.cohort))
