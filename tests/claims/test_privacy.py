"""Nothing sensitive is shown: markers are planted everywhere, and looked for everywhere."""

from __future__ import annotations

import json
import logging
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import rmmatch as rm
from rmmatch.cli import main

MARK = "zqx"
SENSITIVE = (
    "ethnicity",
    "disability",
    "faith",
    "age_band",
    "income",
    "grade",
    "line_manager",
    "declined",
    "tutor",
    "pronouns",
)
N_PEOPLE = 8


def side(prefix: str, other: str) -> pd.DataFrame:
    """People whose every private cell holds the marker."""
    rows = []
    for at in range(N_PEOPLE):
        rows.append(
            {
                "id": f"{prefix}{at}",
                "name": f"Name-{MARK}-{prefix}{at}",
                "email": f"{MARK}{prefix}{at}@example.org",
                "goals": ["teaching", "research", "teaching; research"][at % 3],
                "ethnicity": f"{MARK}-ethnicity-{(at + (prefix == 'E')) % 3}",
                "disability": f"{MARK}-disability-{at}; {MARK}-b",
                "faith": f"{MARK}-faith",
                "age_band": f"{MARK}-age",
                "income": str(731_000 + at),
                "grade": f"{MARK}-grade-{at % 2}",
                # Managers who are outside the cohort, inside it, and in a circle.
                "line_manager": [f"{MARK}-boss9", f"{prefix}{at - 1}", f"{other}{at - 1}"][at % 3],
                "declined": f"{other}{at}" if at == 5 else f"{MARK}-declined9" if at == 6 else "",
                "tutor": f"{MARK}-tutor9" if at == 7 else "",
                "pronouns": f"{MARK}-pronouns",
                "preferences": f"{other}1; {other}2",
                "status": "withdrawn" if at == 4 else "applicant",
            }
        )
    return pd.DataFrame(rows)


RULES = [
    {"type": "attribute", "column": "ethnicity", "relation": "different"},
    {"type": "attribute", "column": "disability", "relation": "overlap", "any": []},
    {"type": "attribute", "column": "income", "relation": "within", "gap": 5},
    {"type": "eligible", "column": "faith", "values": [f"{MARK}-faith"]},
    {"type": "power_distance", "max_gap": 1},
    {"type": "relations", "forbid": ["line_manager", "tutor"]},
    {"type": "reporting_chain", "levels": 3},
]
GRADES = [f"{MARK}-grade-0", f"{MARK}-grade-1"]


def scheme_with(rules: list[dict[str, Any]] = RULES, **keys: Any) -> rm.Scheme:
    criteria = [{"type": "goals", "weight": 2}, {"type": "preference", "side": "both"}]
    settings = {"sensitive": list(SENSITIVE), "grades": GRADES, "criteria": criteria, **keys}
    return rm.Scheme.model_validate({**settings, "rules": rules})


def tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    return side("M", "E"), side("E", "M")


@pytest.fixture
def run() -> rm.Result:
    return rm.match(rm.read_cohort(*tables(), sensitive=SENSITIVE), scheme_with())


def without_names(text: str) -> str:
    """What is left for a coordinator to see, apart from the names of people."""
    return re.sub(rf"Name-{MARK}-[EM]\d+", "", text)


def shows_nothing(text: str) -> bool:
    return MARK not in text.casefold() and not re.search(r"7310\d\d", text)


def everything_shown(result: rm.Result) -> Iterator[tuple[str, str]]:
    """Whatever a person sees of a run, by name."""
    cohort, scores = result.cohort, result.scores
    for name, value in {
        "cohort": cohort,
        "mentees": cohort.mentees,
        "mentors": cohort.mentors,
        "notes": cohort.notes,
        "sources": cohort.sources,
        "remarks": rm.validate(cohort, result.scheme),
        "scores": scores,
        "rules": scores.rules,
        "result": result,
        "matching": result.matching,
        "certificate": result.certificate,
        "pairs": result.pairs.to_csv(),
        "unpaired": result.unpaired.to_csv(),
        "acceptable": scores.to_frame().to_csv(),
        "headline": result.headline,
        "solver": result.solver,
        "html": without_names(result._repr_html_()),
        "one pair": scores.pair("E0", "M0"),
    }.items():
        yield name, f"{value!r} {value}"
    everybody = [(e, m) for e in cohort.mentees.ids for m in cohort.mentors.ids]
    findings = rm.check(cohort, result.scheme, [*everybody, ("E99", "M0"), ("E0", "M0")])
    assert len(findings) > len(everybody) / 2
    yield "findings", "\n".join(f"{found!r} {found}" for found in findings)
    yield "by rule", str(findings.by_rule())
    explained = [rm.explain(result, mentee=e, mentor=m) for e, m in everybody]
    explained += [rm.explain(result, mentee=e) for e in cohort.mentees.ids]
    explained += [rm.explain(result, mentor=m) for m in cohort.mentors.ids]
    for audience in ("committee", "participant"):
        explained += [rm.explain(result, mentee=e, audience=audience) for e in cohort.mentees.ids]
        explained += [rm.explain(result, mentor=m, audience=audience) for m in cohort.mentors.ids]
    explained += [
        rm.explain(result, mentee=e, mentor=m, audience="committee") for e, m in everybody
    ]
    for one in explained:
        text = f"{one!r} {one} {one._repr_html_()} {one.table.to_csv()} {one.to_json()}"
        yield f"explanation for a {one.audience}", text
    prices = rm.prices_of_pairs(result)
    yield "prices", f"{prices!r} {prices.table.to_csv()} {rm.prices_of_rules(result).to_csv()}"
    pair = next(iter(result.made))
    other = next(pair for pair in everybody if scores.pair(*pair).score >= 0)
    called = {"id": "M77", "name": None, "email": None}
    newcomer = side("M", "E").iloc[:1].assign(role="mentor", **called)
    for change in (
        {"forbid": [pair]},
        {"pin": [other]},
        {"remove": [pair[0]]},
        {"add": newcomer},
        {"weights": {"goals": 5}},
        {"capacity": {pair[1]: 3}},
        *({"rules": {index: None}} for index in range(len(result.scheme.rules))),
    ):
        told = rm.what_if(result, **change)
        text = f"{told!r} {told.changed} {told._repr_html_()} {told.to_json()} {told.price}"
        yield f"what if {change}", f"{text} {told.values.to_csv()} {told.changes.to_csv()}"
        assert told.result.matching is not None
    again = rm.rematch(
        result, withdrawn=[("mentor", pair[1])], part=list(result.made)[1:2], joined=newcomer
    )
    letters = [again.notices(audience) for audience in ("participant", "coordinator", "committee")]
    text = f"{again!r} {letters} {again._repr_html_()} {again.to_json()} {again.changes.to_csv()}"
    yield "rematch", f"{text} {again.notice_rows.to_csv()} {again.result!r}"
    assert all(letters)
    spares = rm.reserves(again.result, 1, draws=10)
    yield "reserves", f"{spares!r} {spares._repr_html_()} {spares.to_json()} {spares.table}"


def test_nothing_a_person_sees_holds_a_sensitive_value(
    run: rm.Result, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    # names are for the coordinator
    plain_sides = (table.drop(columns=["name", "email"]) for table in tables())
    cohort = rm.read_cohort(*plain_sides, sensitive=SENSITIVE)
    with caplog.at_level(logging.DEBUG):
        again = rm.match(cohort, run.scheme)
        assert rm.check(again) == []
        for name, text in everything_shown(again):
            assert shows_nothing(text), name
    assert shows_nothing(caplog.text)
    assert capsys.readouterr() == ("", "")
    assert len(run.made) > 0
    assert len(run.unpaired) > 0


def test_the_markers_are_really_there(run: rm.Result) -> None:
    for people in run.cohort.sides:
        for column in (*SENSITIVE, "name", "email"):
            if column not in ("income", "declined", "tutor", "line_manager"):
                assert not shows_nothing(str(people.column(column))), column
    plain = run.scheme.model_copy(update={"sensitive": ()})
    findings = rm.check(run.cohort, plain, [("E2", "M0")])
    assert any(not shows_nothing(str(found)) for found in findings)


def test_a_record_holds_neither_names_nor_sensitive_values(run: rm.Result, tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    # The scheme itself names no person's value here.
    rules = [rule for rule in RULES if rule["type"] not in ("eligible", "power_distance")]
    result = rm.match(run.cohort, scheme_with(rules, grades=None))
    result.save(path)
    assert shows_nothing(path.read_text())
    result.save(path, sensitive=True)
    text = path.read_text()
    assert f"{MARK}-ethnicity" in text
    assert "731000" in text
    for column in ("faith", "age_band", "pronouns"):
        assert f"{MARK}-{column[:3]}" not in text
    assert "Name-" not in text
    assert "@example.org" not in text


# --- exceptions ------------------------------------------------------------------------------


def fails(action: Callable[[], Any]) -> str:
    with pytest.raises(rm.RmmatchError) as caught:
        action()
    chain: list[str] = []
    error: BaseException | None = caught.value
    while error is not None:
        chain.append(f"{error!r} {error} {getattr(error, 'items', '')}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    assert isinstance(caught.value, rm.errors.ProblemsError)
    chain.append(caught.value.problems.to_csv())
    return "\n".join(chain)


def test_misfits_of_sensitive_columns_hide_the_value() -> None:
    cohort = rm.read_cohort(*tables(), sensitive=SENSITIVE)
    numbers = [{"type": "attribute", "column": "age_band", "relation": "within", "gap": 1}]
    gap = [{"type": "power_distance", "min_gap": 1}]
    for scheme in (
        scheme_with(numbers),
        scheme_with(gap, grades=["ST1", "ST2"]),
        scheme_with(gap, grades=None),
    ):
        text = fails(lambda scheme=scheme: rm.match(cohort, scheme))
        assert "(hidden)" in text
        assert shows_nothing(text)


def test_pins_that_a_sensitive_rule_forbids_do_not_say_why() -> None:
    cohort = rm.read_cohort(*tables(), sensitive=SENSITIVE)
    pins = [[f"E{at}", f"M{other}"] for at in range(8) for other in range(8) if other != at]
    scheme = scheme_with([*RULES, {"type": "pairs", "pin": pins}])
    text = fails(lambda: rm.match(cohort, scheme))
    assert "a confidential rule (rule 1)" in text
    assert shows_nothing(text)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("availability", f"{MARK} 09:00-25:00"),
        ("capacity", f"{MARK}"),
        ("min_load", f"-{MARK}"),
        ("priority", f"{MARK}.5"),
        ("status", f"{MARK}"),
        ("preferences", f"{MARK}; {MARK}"),
        ("declined", f"{MARK}; {MARK}"),
        ("line_manager", f"{MARK}; ; {MARK}"),
    ],
)
def test_bad_cells_of_sensitive_columns_hide_the_value(column: str, value: str) -> None:
    mentors, mentees = tables()
    mentors[column] = value
    try:
        cohort = rm.read_cohort(mentors, mentees, sensitive=[*SENSITIVE, column])
    except rm.CohortError:
        pass  # looked at below
    else:
        assert shows_nothing(f"{cohort!r} {cohort.notes}")
        return
    text = fails(lambda: rm.read_cohort(mentors, mentees, sensitive=[*SENSITIVE, column]))
    assert shows_nothing(text)
    assert "(hidden)" in text


def test_a_scheme_may_not_score_a_sensitive_column() -> None:
    criteria = [{"type": "attribute", "column": "ethnicity", "prefer": "same"}]
    with pytest.raises(ValueError, match="scores the sensitive column 'ethnicity'"):
        scheme_with(criteria=criteria)


def test_a_survey_question_is_as_sensitive_as_the_column_it_is() -> None:
    question = "What is your ethnicity?"
    mapping = {question: "ethnicity"}
    scheme = rm.Scheme(columns=mapping, sensitive=(question,))
    assert scheme.sensitive == ("ethnicity",)
    assert rm.Scheme.from_text(scheme.to_yaml()) == scheme
    with pytest.raises(rm.SchemeError, match="scores the sensitive column 'ethnicity'"):
        rm.Scheme.from_text(
            f'{{sensitive: ["{question}"], columns: {{"{question}": ethnicity}}, '
            "criteria: [{type: attribute, column: ethnicity}]}"
        )


@pytest.mark.parametrize("column", ["ID", "role", "status", "capacity", "Min load", "priority"])
def test_what_every_reason_and_record_tells_cannot_be_called_sensitive(column: str) -> None:
    with pytest.raises(rm.SchemeError, match="cannot be sensitive"):
        rm.Scheme.from_text(f"sensitive: [{column}]")


def test_a_sensitive_column_that_is_not_there_is_told() -> None:
    cohort = rm.read_cohort(*tables())
    remarks = rm.validate(cohort, scheme_with([], sensitive=["ethnicty"]))
    assert any(
        "the scheme says that 'ethnicty' is sensitive, but no table has" in remark
        for remark in remarks
    )


def test_nobody_learns_who_declined_whom_where_that_is_sensitive(run: rm.Result) -> None:
    assert run.cohort.relation("declined").mentees.tolist() == [5]
    scheme = scheme_with([])
    explained = str(rm.explain(rm.match(run.cohort, scheme), mentee="E5", mentor="M5"))
    (found,) = rm.check(run.cohort, scheme, [("E5", "M5")])
    for text in (explained, str(found), found.rule):
        assert "a rule that always holds" in text
        assert "declined" not in text


def test_what_the_reader_noticed_in_a_sensitive_column_stays_with_the_cohort(
    tmp_path: Path,
) -> None:
    mentors, mentees = tables()
    mentors["tutor"] = [f"{MARK}-{at}; {MARK} E. Sharp" for at in range(N_PEOPLE)]
    cohort = rm.read_cohort(mentors, mentees)  # read before anybody knew what is sensitive
    assert [(doubt.column, doubt.text) for doubt in cohort.doubts] == [
        ("tutor", f"{MARK} E. Sharp")
    ]
    outside = f"tutor: {N_PEOPLE + 1} names or ids match nobody taking part"
    assert any(note.startswith(outside) for note in cohort.notes)
    result = rm.match(cohort, scheme_with([]))
    result.save(tmp_path / "run.json")
    told = "\n".join(rm.validate(cohort, result.scheme))
    assert outside not in told
    assert shows_nothing(told)
    assert "Sharp" not in (tmp_path / "run.json").read_text(encoding="utf-8")
    assert "tutor" not in "".join(rm.load_result(tmp_path / "run.json").cohort.notes)


@pytest.mark.parametrize(
    "text",
    ["E-3", f"{MARK} E. Sharp", f"Name-{MARK}-Q; {MARK}-3, E3", f"{MARK}-E3@example.org"],
)
def test_a_refused_list_that_is_sensitive_is_not_shown(text: str) -> None:
    mentors, mentees = tables()
    mentors["tutor"] = text
    # It may be read before anybody knew what is sensitive.
    for known in ((), SENSITIVE):
        cohort = rm.read_cohort(mentors, mentees, sensitive=known)
        assert cohort.doubts
        with pytest.raises(rm.SchemeError) as caught:
            rm.match(cohort, scheme_with())
        assert {item.column for item in caught.value.items} == {"tutor"}
        assert {item.value for item in caught.value.items} == {"(hidden)"}
        error = caught.value
        for shown in (str(error), repr(error), error.problems.to_csv()):
            assert shows_nothing(shown)
            assert not re.search(r"\bE-?3\b", shown)


@pytest.mark.parametrize("known", [(), ["name"]])
def test_names_that_are_sensitive_are_in_no_hint(known: list[str]) -> None:
    """They may be read before anybody knew that they are sensitive."""
    mentors, mentees = (table[["id", "name", "goals"]] for table in tables())
    reads = {"rules": [{"type": "relations", "forbid": ["tutor"]}], "sensitive": ["name"]}
    scheme = rm.Scheme.model_validate({"criteria": [{"type": "goals"}], **reads})
    slip = mentors.assign(tutor="E-3")
    cohorts = [rm.read_cohort(table, mentees, sensitive=known) for table in (slip, mentors)]
    result = rm.match(cohorts[1], scheme)
    pinned = scheme.model_copy(update={"rules": (rm.rules.Pairs(pin=(("E-3", "M0"),)),)})
    actions: list[Callable[[], Any]] = [
        lambda: rm.match(cohorts[0], scheme),
        lambda: rm.match(cohorts[1], pinned),
        lambda: rm.explain(result, mentee="E-3"),
        lambda: rm.review(result, lock=[("E-3", "M0")]),
        lambda: rm.what_if(result, remove=["E-3"]),
    ]
    [found] = rm.check(cohorts[1], scheme, [("E-3", "M0")])
    assert "E3" in str(found)
    assert shows_nothing(f"{found} {found!r}")
    for action in actions:
        with pytest.raises(rm.RmmatchError) as caught:
            action()
        assert "E3" in str(caught.value)
        assert shows_nothing(str(caught.value))


# --- the terminal ----------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Mentors, mentees and scheme as files; names and addresses are no secret here."""
    for name, table in zip(("mentors.csv", "mentees.csv"), tables(), strict=True):
        table.drop(columns=["name", "email"]).to_csv(tmp_path / name, index=False)
    scheme_with().to_file(tmp_path / "scheme.yaml")
    paths = [str(tmp_path / name) for name in ("mentors.csv", "mentees.csv", "scheme.yaml")]
    return [*paths[:2], "--scheme", paths[2]]


def texts_under(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                for name in book.namelist():
                    yield f"{path.name}/{name}", book.read(name).decode(errors="replace")
        elif path.is_file():
            yield path.name, path.read_text(encoding="utf-8-sig")


def without_the_scheme(name: str, text: str) -> str:
    """A record repeats the scheme, whose own words (grades, eligible values) tell of nobody."""
    if not name.endswith(".json"):
        return text
    record = json.loads(text)
    record["run"].pop("scheme")
    return json.dumps(record)


def test_the_files_and_the_terminal_show_nothing(
    files: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["match", *files, "--out", str(out)]) == 0
    for name, text in texts_under(out):
        assert shows_nothing(without_the_scheme(name, text)), name
    assert {"pairs.csv", "unpaired.csv", "run.json"} <= {path.name for path in out.iterdir()}
    pairs = tmp_path / "manual.csv"
    pairs.write_text("mentee,mentor\nE0,M0\nE4,M4\nE9,M1\n")
    assert main(["check", *files, "--pairs", str(pairs)]) == 1
    assert main(["validate", *files]) == 0
    record = [str(out / "run.json"), *files[:2]]
    for audience in ("coordinator", "committee", "participant"):
        for person in (["--mentee", "E0"], ["--mentor", "M4"], ["--mentor", "M0", "--json"]):
            assert main(["explain", *record, *person, "--audience", audience]) == 0
    assert main(["what-if", *record, "--remove", "M0"]) == 0
    assert main(["what-if", *record, "--drop-rule", "0", "--json"]) == 0
    assert main(["rule-prices", *record]) == 0
    again = tmp_path / "again"
    assert main(["rematch", *record, "--withdrawn", "M0", "--out", str(again)]) == 0
    for name, text in texts_under(again):
        assert shows_nothing(without_the_scheme(name, text)), name
    shown = capfd.readouterr()
    assert shows_nothing(shown.out)
    assert shows_nothing(shown.err)
    assert "E9" in shown.out


def test_errors_on_the_terminal_show_nothing(
    files: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    scheme = scheme_with([{"type": "power_distance", "min_gap": 1}], grades=["ST1"])
    scheme.to_file(Path(files[-1]))
    assert main(["match", *files, "--out", str(tmp_path / "out")]) == 2
    shown = capfd.readouterr()
    assert "(hidden)" in shown.err
    assert shows_nothing(shown.out + shown.err)


# --- audiences -------------------------------------------------------------------------------


def consenting() -> rm.Result:
    """A run in which everybody may say whether their partner learns how to reach them."""
    sides = []
    for table, prefix in zip(tables(), "ME", strict=True):
        ids = table["id"]
        table["email"] = [f"{MARK}-mail-{id_}@example.org" for id_ in ids]
        table["name"] = [f"Name-{MARK}-{id_}" for id_ in ids]
        table["phone"] = [f"{MARK}-phone-{id_}" for id_ in ids]
        table["consent"] = ["yes", "No", None, "TRUE", "maybe", "y", "0", " "]
        table["capacity"] = 2 if prefix == "M" else 1
        sides.append(table)
    rules = [{"type": "attribute", "column": "ethnicity", "relation": "different"}]
    criteria = [
        {"type": "goals", "weight": 2},
        {"type": "preference", "side": "both"},
        {"type": "attribute", "column": "phone"},
    ]
    scheme = scheme_with(rules, criteria=criteria)
    return rm.match(rm.read_cohort(*sides, sensitive=SENSITIVE), scheme)


AGREED = {f"{prefix}{at}" for prefix in "EM" for at in (0, 3, 5)}


def test_a_participant_is_told_of_their_own_partners_only() -> None:
    result = consenting()
    cohort = result.cohort
    shown = set()
    for people in cohort.sides:
        for id_ in people.ids:
            told = rm.explain(result, **{people.role: id_}, audience="participant")
            text = f"{told!r} {told._repr_html_()} {told.table.to_csv()} {told.to_json()}"
            partners = set(result.made.partners(people.role, id_))
            # nobody is named but the two
            assert set(re.findall(r"\b[EM]\d\b", str(told))) <= {id_, *partners}
            reached = {f"{MARK}-mail-{one}" for one in partners & AGREED}
            assert set(re.findall(rf"{MARK}-mail-[EM]\d", text)) == reached
            assert set(re.findall(rf"{MARK}-phone-([EM]\d)", text)) == partners & AGREED
            assert set(re.findall(rf"Name-{MARK}-([EM]\d)", text)) == partners & AGREED
            shown |= partners & AGREED
            for word in ("score", "choice", "acceptable", "forbid", "rule", "weight", "listed"):
                assert word not in text.casefold(), word
            for value in result.pairs.score:
                assert f"{value:.3f}" not in text
            others = re.sub(rf"{MARK}-(mail|phone)-[EM]\d|Name-{MARK}-[EM]\d", "", text)
            assert shows_nothing(others)
    assert shown
    with pytest.raises(ValueError, match="about one person"):
        rm.explain(result, mentee="E0", mentor="M0", audience="participant")


@pytest.mark.parametrize("column", ["consent", "email"])
def test_a_sensitive_contact_is_never_shown(column: str) -> None:
    result = consenting()
    scheme = result.scheme.model_copy(update={"sensitive": (*SENSITIVE, column)})
    hidden = rm.match(result.cohort, scheme)
    for id_ in hidden.cohort.mentees.ids:
        told = rm.explain(hidden, mentee=id_, audience="participant").to_json()
        assert f"{MARK}-mail" not in told
        if column == "consent":
            assert shows_nothing(told)


def test_a_committee_sees_no_contact_no_small_count_and_no_sensitive_rule() -> None:
    result = consenting()
    cohort = result.cohort
    everybody = [{people.role: id_} for people in cohort.sides for id_ in people.ids]
    everybody += [
        {"mentee": e, "mentor": m} for e in cohort.mentees.ids for m in cohort.mentors.ids
    ]
    phones = 0
    for who in everybody:
        phones += f"{MARK}-phone" in str(rm.explain(result, **who))
        told = rm.explain(result, **who, audience="committee")
        text = f"{told} {told._repr_html_()} {told.table.to_csv()} {told.to_json()}"
        assert shows_nothing(text)
        assert "rules[" not in text
        assert not re.search(r"\b[1-4] (of \w+ ment|acceptable|mentees|mentors|more would)", text)
    assert phones  # a coordinator sees what was compared


def test_there_is_no_other_audience(run: rm.Result) -> None:
    with pytest.raises(ValueError, match="coordinator, committee, participant"):
        rm.explain(run, mentee="E0", audience="press")
