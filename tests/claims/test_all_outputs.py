"""Markers in every private cell, and a look at every output of every command and public name.

A command or a public name that is not looked at here makes a test fail: add what it shows.
"""

from __future__ import annotations

import io
import logging
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import typer

import rmmatch as rm
from helpers.people import cohort_of, people, person, table_scheme
from rmmatch import synthetic
from rmmatch.analysis.explanations import explain_all
from rmmatch.cli import main
from rmmatch.cli.commands import app

SECRET = "zqs"  # of sensitive columns: in no output
CONTACT = "zqc"  # names and addresses: for the coordinator
SAID = "zqr"  # reasons and comments of a review: in the record and its log
MARKERS = {SECRET, CONTACT, SAID}
SENSITIVE = (
    *("ethnicity", "disability", "faith", "income", "pronouns"),
    *("line_manager", "tutor", "declined", "ex_partner", "availability"),
)
SCHEME: dict[str, Any] = {
    "sensitive": list(SENSITIVE),
    "criteria": [{"type": "goals", "weight": 2}, {"type": "preference", "side": "both"}],
    "rules": [
        {"type": "attribute", "column": "ethnicity", "relation": "different"},
        {"type": "attribute", "column": "disability", "relation": "overlap", "any": []},
        {"type": "relations", "forbid": ["line_manager", "tutor", "ex_partner", "past_pair"]},
        {"type": "reporting_chain", "levels": 2},
    ],
    "quotas": [{"side": "mentors", "column": "faith", "parity": 1}],
}


def side(prefix: str, other: str) -> pd.DataFrame:
    """People whose private cells all hold a marker."""
    rows = []
    for at in range(7):
        managers = f"{SECRET}-boss9", f"{prefix}{at - 1}", f"{other}{at - 1}"
        rows.append(
            {
                "id": f"{prefix}{at}",
                "name": f"{CONTACT}-name-{prefix}{at}",
                "email": f"{CONTACT}{prefix}{at}@example.org",
                "phone": f"+44 {CONTACT} {at}",
                "goals": ["teaching", "research", "teaching; research"][at % 3],
                "ethnicity": f"{SECRET}-ethnicity-{(at + (prefix == 'E')) % 3}",
                # E3 has none in common with anybody, and so no partner
                "disability": f"{SECRET}-{prefix}{at}"
                + f"; {SECRET}-b" * (prefix + str(at) != "E3"),
                "faith": f"{SECRET}-faith-{at % 2}",
                "income": f"{SECRET}{at}",
                "pronouns": f"{SECRET}-pronouns",
                "line_manager": managers[at % 3],
                "tutor": f"{SECRET}-tutor9",
                "declined": f"{SECRET}-declined9; {other}{at}",
                "preferences": f"{other}1; {other}2",
                "status": ["applicant", "reserve", "withdrawn"][max(0, at - 4)],
            }
        )
    return pd.DataFrame(rows)


def newcomer() -> pd.DataFrame:
    """A mentor who joins."""
    called = {"name": f"{CONTACT}-name-M77", "email": f"{CONTACT}M77@example.org"}
    return side("M", "E").iloc[:1].assign(id="M77", role="mentor", **called)


LINKS = pd.DataFrame(
    [("M0", "E1", "ex_partner", ""), ("M1", f"{SECRET}-ex9", "ex_partner", 2)],
    columns=["mentor", "mentee", "kind", "runs_ago"],
)


def cohort() -> rm.Cohort:
    mentors, mentees = side("M", "E"), side("E", "M").iloc[:5]
    return rm.read_cohort(mentors, mentees, relations=LINKS, sensitive=SENSITIVE)


def form_of_tables() -> rm.Form:
    return rm.propose_form(side("M", "E"), side("E", "M").iloc[:5])


@pytest.fixture(scope="module")
def run() -> rm.Result:
    """A pairing that somebody has commented, rejected a pair of, and made again."""
    first = rm.match(cohort(), rm.Scheme.model_validate(SCHEME))
    pair = next(iter(first.made))
    again = rm.match_again(rm.review(first, reject={pair: f"{SAID} choir"}, comment=f"{SAID} x"))
    seen = rm.review(again, by="A. Coordinator", comment=f"{SAID} fine")
    assert len(seen.made) > 2
    assert set(seen.unpaired["side"]) == {"mentee", "mentor"}
    return seen


# --- everything public -----------------------------------------------------------------------


# The tables as they were read; and the log of a review, for whoever keeps the record.
RAW = ("columns", "links", "managers", "review")


def texts_of(value: Any, *, is_deep: bool = True) -> Iterator[str]:
    """Yield whatever a value shows: as text, html, json, csv, and its public attributes so."""
    yield f"{value!r} {value}"
    if isinstance(value, pd.DataFrame | pd.Series):
        yield value.to_csv()
    for name in ("_repr_html_", "to_json", "to_dict"):
        if hasattr(value, name) and not isinstance(value, pd.DataFrame | pd.Series | type):
            yield str(getattr(value, name)())
    if isinstance(value, Exception):
        yield f"{value.args} {value.__cause__!r} {getattr(value, 'items', '')}"
    is_plain = isinstance(value, str | int | float | tuple | list | dict | pd.DataFrame | type)
    if is_deep and not is_plain and type(value).__module__.startswith("rmmatch"):
        for name in dir(type(value)) + list(getattr(value, "__dict__", ())):
            if not name.startswith(("_", "model_")) and name not in RAW:
                found = getattr(value, name, None)
                if not callable(found):
                    yield from texts_of(found, is_deep=False)


def failure(action: Callable[[], Any]) -> rm.RmmatchError:
    with pytest.raises(rm.RmmatchError) as caught:
        action()
    return caught.value


def bad_cohort() -> Any:
    worse = side("M", "E").assign(capacity=f"{SECRET}", line_manager=f"{SECRET};")
    return rm.read_cohort(worse, side("E", "M"), sensitive=[*SENSITIVE, "capacity"])


def bad_scheme(run: rm.Result) -> Any:
    within = {"type": "attribute", "column": "income", "relation": "within", "gap": 1}
    return rm.match(run.cohort, rm.Scheme.model_validate({**SCHEME, "rules": [within]}))


def explained(run: rm.Result, audience: str) -> Iterator[Any]:
    for people_ in run.cohort.sides:
        for id_ in people_.ids:
            yield rm.explain(run, **{people_.role: id_}, audience=audience)
    if audience != "participant":
        for mentee in run.cohort.mentees.ids:
            for mentor in run.cohort.mentors.ids:
                yield rm.explain(run, mentee=mentee, mentor=mentor, audience=audience)


def changes(run: rm.Result) -> Iterator[rm.WhatIf]:
    pair = next(iter(run.made))
    yield rm.what_if(run, forbid=[pair], add=newcomer())
    yield rm.what_if(run, remove=[pair[0]], rules={0: None}, quotas={0: None})
    yield rm.what_if(run, weights={"goals": 5}, capacity={pair[1]: 2})


def saved(run: rm.Result) -> Iterator[Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.json"
        run.save(path)
        yield rm.load_result(path, run.cohort)
        yield failure(lambda: rm.load_result(path, synthetic.demo()[0]))
        yield failure(lambda: rm.load_result(path).scores)
        # Comments are kept here, and nothing else that is private.
        yield path.read_text(encoding="utf-8").replace(SAID, "")


def anonymised(run: rm.Result) -> Iterator[Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.json"
        run.save(path, sensitive=True)
        shared = rm.anonymise(path)
        yield rm.load_result(shared)
        yield shared.read_text(encoding="utf-8")
        yield failure(lambda: rm.anonymise(path))


def lettered(run: rm.Result) -> Iterator[Any]:
    with tempfile.TemporaryDirectory() as folder:
        yield rm.letters(run, folder)
        yield failure(lambda: rm.letters(run, folder, template=__file__))


def reviewed(run: rm.Result) -> Iterator[Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.json"
        run.save(path)
        seen = rm.review(run, by="B")
        yield rm.save_review(path, seen)
        yield rm.load_result(path, run.cohort)
        yield failure(lambda: rm.save_review(path, plain(run)))


def hand_made(run: rm.Result) -> list[tuple[str, str]]:
    return [(e, m) for e in run.cohort.mentees.ids for m in run.cohort.mentors.ids] + [("E9", "M0")]


def rematched(run: rm.Result) -> Iterator[Any]:
    (_, mentor), pair, *_ = run.made
    again = rm.rematch(run, withdrawn=[("mentor", mentor)], part=[pair])
    yield again
    for audience in ("coordinator", "committee", "participant"):
        yield from again.notices(audience)


def in_folder(run: rm.Result) -> Iterator[Any]:
    """The folder of a scheme, and what it says of somebody whom it does not know."""
    with tempfile.TemporaryDirectory() as place:
        with rm.open_folder(f"{place}/scheme", create=True, by="B") as folder:
            for file in synthetic.demo_files():
                (folder.path / file.name).write_bytes(file.read_bytes())
            yield from (folder.pair(), folder.deletion_plan.lines)
        yield failure(lambda: rm.open_folder(f"{place}/nowhere"))


Shown = Callable[[rm.Result], Iterable[Any]]
SHOWN: dict[str, Shown] = {
    "CarryOver": lambda run: [rm.carry_over(run).relations, rm.carry_over(run)],
    "Cohort": lambda run: [run.cohort, *run.cohort.sides],
    "CohortError": lambda run: [failure(bad_cohort)],
    "FolderError": in_folder,
    "Form": lambda run: [form_of_tables()],
    "FormError": lambda run: [
        failure(lambda: rm.Form.from_dict({"fields": {"goals": {"frm": 3}}}))
    ],
    "Matching": lambda run: [run.made],
    "PairScores": lambda run: [run.scores, *map(run.scores.pair, *zip(*run.made, strict=True))],
    "Result": lambda run: [run, *explain_all(run)],
    "Rematch": rematched,
    "Reserves": lambda run: [rm.reserves(run, 1, draws=20)],
    "RmmatchError": lambda run: [failure(bad_cohort)],
    "Scheme": lambda run: [run.scheme, run.scheme.to_yaml()],
    "SchemeError": lambda run: [failure(lambda: bad_scheme(run))],
    "SchemeFolder": in_folder,
    "Status": lambda run: [run.status],
    "UnknownPersonError": lambda run: [failure(lambda: rm.explain(run, mentee="M0"))],
    "Violation": lambda run: list(rm.check(run.cohort, run.scheme, hand_made(run))),
    "WhatIf": lambda run: (told.for_audience("committee") for told in changes(run)),
    "adopt": lambda run: [rm.adopt(run.made.pairs, run.cohort, run.scheme, by="B")],
    "alternatives": lambda run: [rm.alternatives(plain(run), 3)],
    "anonymise": anonymised,
    "approve": lambda run: [rm.approve(run, by="B"), failure(lambda: rm.approve(plain(run)))],
    "carry_over": lambda run: [repr(rm.carry_over(run)), rm.carry_over(run).left_out],
    "check": lambda run: [rm.check(run), rm.check(run.cohort, run.scheme, hand_made(run))],
    "compare": lambda run: [rm.compare(run.cohort, run.scheme, ["scheme", "greedy"])],
    "confidence": lambda run: [rm.confidence(plain(run), 20)],
    "criteria": lambda run: run.scheme.criteria,
    "errors": lambda run: [failure(bad_cohort).problems, failure(lambda: bad_scheme(run)).problems],
    "explain": lambda run: explained(run, "coordinator"),
    "letters": lettered,
    "load_result": saved,
    "match": lambda run: [rm.match(run.cohort, run.scheme)],
    "match_again": lambda run: [rm.match_again(run)],
    "open_folder": in_folder,
    "prices_of_pairs": lambda run: [rm.prices_of_pairs(plain(run))],
    "prices_of_rules": lambda run: [rm.prices_of_rules(run)],
    "propose_tags": lambda run: [rm.propose_tags(["teaching", "?"], ["teaching"]).accept(1)],
    "propose_form": lambda run: [form_of_tables()],
    "read_cohort": lambda run: [cohort()],
    "rematch": rematched,
    "reserves": lambda run: [rm.reserves(run, 1, draws=20)],
    "review": lambda run: [rm.review(run, by="B")],
    "rules": lambda run: run.scheme.rules,
    "save_review": reviewed,
    "score": lambda run: [rm.score(run.cohort, run.scheme).to_frame()],
    "shortlist": lambda run: [rm.shortlist(run.cohort, run.scheme)],
    "strategies": lambda run: [
        rm.match(run.cohort, run.scheme, strategy=strategy())
        for strategy in (rm.strategies.Greedy, rm.strategies.Random)
    ],
    "synthetic": lambda run: [synthetic.demo()[0]],
    "trade_off": lambda run: [rm.trade_off(run)],
    "types": lambda run: [rm.prices_of_pairs(plain(run)).to_dict(), run.certificate],
    "undo": lambda run: [rm.undo(rm.review(run, by="B"))],
    "validate": lambda run: [rm.validate(run.cohort, run.scheme)],
    "what_if": changes,
}


# Names and addresses that stand beside ids in the tables of the next run.
MAY_SHOW = {"CarryOver": {CONTACT}}
# A coordinator reads of people by name, and by nothing else of theirs: no address, no number.
NAMES_PEOPLE = {
    *(
        "Rematch",
        "Reserves",
        "Result",
        "explain",
        "letters",
        "reserves",
        "alternatives",
        "approve",
        "confidence",
        "load_result",
    ),
    *("match", "match_again", "prices_of_pairs", "rematch", "review", "save_review"),
    *("adopt", "strategies", "undo", "what_if"),
}
NAME = f"{CONTACT}-name-"


def plain(run: rm.Result) -> rm.Result:
    """The same people without quotas, which prices of pairs do not know."""
    return rm.match(run.cohort, run.scheme.model_copy(update={"quotas": ()}))


def test_every_public_name_is_looked_at() -> None:
    assert set(SHOWN) == set(rm.__all__)


@pytest.mark.parametrize("name", sorted(SHOWN))
def test_no_public_name_shows_what_is_private(
    run: rm.Result, name: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        shown = [text for value in SHOWN[name](run) for text in texts_of(value)]
    assert shown
    for text in shown:
        text = text.casefold()
        if name in NAMES_PEOPLE:
            text = text.replace(NAME, "")
        found = {mark for mark in MARKERS if mark in text}
        assert found <= MAY_SHOW.get(name, set()), text[:2000]
    for text in (caplog.text, *capsys.readouterr()):
        assert not [mark for mark in MARKERS if mark in text.casefold()], text[:2000]


@pytest.mark.parametrize("audience", ["committee", "participant"])
def test_no_explanation_shows_what_is_private(run: rm.Result, audience: str) -> None:
    for state in (run, rm.approve(run, by="A. Coordinator")):
        for told in explained(state, audience):
            for text in texts_of(told):
                assert not [mark for mark in (*MARKERS, "Coordinator") if mark in text], text


@pytest.mark.parametrize("audience", ["committee", "participant"])
def test_no_notice_names_somebody_who_did_not_agree(run: rm.Result, audience: str) -> None:
    (_, mentor), pair, *_ = run.made
    again = rm.rematch(run, withdrawn=[("mentor", mentor)], part=[pair])
    sentences = [notice.sentence for notice in again.notices(audience)]
    assert sentences
    for sentence in sentences:
        assert not [mark for mark in MARKERS if mark in sentence], sentence
        assert audience == "committee" or not re.search(r"\b[EM]\d\b", sentence), sentence


# --- every command ---------------------------------------------------------------------------

OUT = "OUT"  # stands for a new folder, or a file beside it
MAY_HOLD = {
    "explanations.txt": {CONTACT},
    # to each reader, their own name and address
    **{
        f"draft-{name}": {CONTACT}
        for name in (
            *("letters.csv", "letters.xlsx", "letters.html", "letters-mentees.docx"),
            *("letters-mentors.docx", "letters-docx.zip", "email-drafts.zip"),
        )
    },
    "mentees.csv": {CONTACT},  # of the next run
    "mentors.csv": {CONTACT},
    "pairing.xlsx": {CONTACT},
    "pairs.csv": {CONTACT},
    "relations.csv": {CONTACT},  # beside the ids, of the next run
    "run.json": {SAID},
    "report-0.html": {CONTACT},
    "unpaired.csv": {CONTACT},
    "changes.csv": {CONTACT},
    "notices.csv": {CONTACT},
}
MAY_PRINT = {
    **{
        command: {CONTACT}
        for command in ("match", "match-again", "rematch", "explain", "what-if", "reserves")
    },
    **{command: {SAID} for command in ("approve", "review")},
}


@pytest.fixture(scope="module")
def folder(run: rm.Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables, the scheme, and runs with and without quotas."""
    made = tmp_path_factory.mktemp("outputs")
    side("M", "E").to_csv(made / "mentors.csv", index=False)
    side("E", "M").iloc[:5].to_csv(made / "mentees.csv", index=False)
    bad = side("M", "E").assign(availability=f"{SECRET} o'clock")
    bad.to_csv(made / "bad.csv", index=False)
    newcomer().to_csv(made / "joins.csv", index=False)
    LINKS.to_csv(made / "links.csv", index=False)
    run.scheme.to_file(made / "scheme.yaml")
    listed = pd.DataFrame(hand_made(run)[:-1], columns=["mentee", "mentor"])
    listed.to_csv(made / "pairs.csv", index=False)
    run.save(made / "run.json")
    plain(run).save(made / "plain.json")
    with rm.open_folder(made / "scheme", create=True) as opened:
        for name in ("mentors.csv", "mentees.csv", "scheme.yaml"):
            (opened.path / name).write_bytes((made / name).read_bytes())
        (opened.path / "relations.csv").write_bytes((made / "links.csv").read_bytes())
    return made


def command_lines(run: rm.Result) -> dict[str, list[list[str]]]:
    """Every command, on files with markers; those that read tables also on bad ones."""
    tables = ["mentors.csv", "mentees.csv", "--relations", "links.csv"]
    inputs = [*tables, "--scheme", "scheme.yaml"]
    bad = ["bad.csv", "mentees.csv", "--scheme", "scheme.yaml"]
    record, plainer = ["run.json", *tables], ["plain.json", *tables]
    (mentee, mentor), *_ = run.made
    others = [["--mentee", mentee], ["--mentor", mentor, "--json"], ["--mentee", "E3"]]
    return {
        "alternatives": [[*plainer, "--count", "2", "--out", OUT]],
        "anonymise": [["run.json", "--out", f"{OUT}.json"], ["run.json", "--out", "run.json"]],
        "approve": [[*record, "--by", "B", "--comment", f"{SAID}!", "--out", OUT], [*record]],
        "carry-over": [
            [*record, "--out", OUT, "--continue", f"{mentee} {mentor}"],
            ["run.json", "mentees.csv", "mentors.csv", "--out", OUT],
        ],
        "check": [record, ["run.json"], [*inputs, "--pairs", "pairs.csv"], bad],
        "compare": [[*inputs, "--out", OUT, "--pairs", "pairs.csv"], bad],
        "confidence": [[*plainer, "--draws", "5", "--out", OUT]],
        "delete-data": [["scheme"]],
        "demo": [["--out", OUT]],
        "explain": [
            [*record, *who, "--audience", audience]
            for who in others
            for audience in ("coordinator", "committee", "participant")
        ],
        "letters": [[*record, "--out", OUT], ["run.json", "--out", OUT]],
        "import": [["mentors.csv", "mentees.csv", "--out", OUT]],
        "init": [[OUT, "--demo"]],
        "match": [[*inputs, "--out", OUT], [*bad, "--out", OUT]],
        "adopt": [["pairs.csv", *inputs, "--out", OUT]],
        "match-again": [[*record, "--out", OUT], ["run.json", "--out", OUT]],
        "rematch": [
            [*record, "--withdrawn", mentor, "--join", "joins.csv", "--out", OUT],
            [*record, "--part", f"{mentee} {mentor}", "--json"],
            ["run.json", "--withdrawn", "M99"],
        ],
        "reserves": [
            [*record, "--count", "1", "--draws", "20"],
            [*record, "--count", "1", "--draws", "20", "--json"],
            [*record, "--draws", "20"],
        ],
        "review": [
            ["run.json"],
            ["run.json", "--by", "A", "--lock", f"{mentee},{mentor}", "--comment", f"{SAID} 2"],
        ],
        "report": [
            [*record, "--emails", "--review", f"{OUT}.html"],
            ["run.json", "--review", f"{OUT}.html"],
        ],
        "rule-prices": [record],
        "schema": [[]],
        "shortlist": [[*inputs, "--out", OUT], bad],
        "status": [["scheme"]],
        "template": [[OUT]],
        "validate": [inputs, bad],
        "what-if": [
            [*record, "--remove", mentor, "--add", "joins.csv"],
            [*record, "--forbid", f"{mentee},{mentor}", "--drop-rule", "0", "--json"],
            [*record, "--drop-rule", "0", "--audience", "committee", "--json"],
            [*record, "--drop-rule", "0", "--audience", "participant"],
        ],
    }


def test_every_command_is_looked_at(run: rm.Result) -> None:
    assert main(["--version"]) == 0  # all commands have joined by then
    commands = typer.main.get_command(app).commands
    # what the desk shows is looked at page by page: tests/desk/web/test_pages.py
    assert {*command_lines(run), "desk"} == set(commands)


def test_no_command_shows_what_is_private(
    run: rm.Result,
    folder: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "300")
    codes: dict[str, list[int]] = {}
    # what is approved stays so: after everything that asks for less
    lines = command_lines(run)
    for command in sorted(lines, key=lambda name: (name == "approve", name)):
        for number, words in enumerate(lines[command]):
            out = folder / f"{command}-{number}"
            codes.setdefault(command, []).append(
                main([command, *(word.replace(OUT, str(out)) for word in words)])
            )
            for text in capfd.readouterr():
                found = {mark for mark in MARKERS if mark in text.casefold()}
                assert found <= MAY_PRINT.get(command, set()), (command, words, text)
            files = (file for file in out.rglob("*") if file.is_file())
            for file in (*files, *folder.glob(f"{out.name}.*")):
                text = contents(file).casefold()
                found = {mark for mark in MARKERS if mark in text}
                assert found <= MAY_HOLD.get(file.name, set()), file
    # Each did what it is for, and was looked at where it fails.
    assert {command for command, code in codes.items() if code[0] not in (0, 1)} == set()
    assert sum(2 in code for code in codes.values()) >= 6


def contents(file: Path) -> str:
    """Return what is in a file as text, of a workbook all of its parts."""
    if file.suffix not in (".xlsx", ".docx", ".zip"):
        return file.read_bytes().decode("utf-8", errors="replace")
    with zipfile.ZipFile(file) as book:
        parts = [(name, book.read(name)) for name in book.namelist()]
    texts = []
    for name, part in parts:
        if name.endswith(".docx"):
            with zipfile.ZipFile(io.BytesIO(part)) as document:
                texts += [
                    document.read(entry).decode(errors="replace") for entry in document.namelist()
                ]
        else:
            texts.append(part.decode("utf-8", errors="replace"))
    return "".join(texts)


# --- committees ------------------------------------------------------------------------------


def test_the_facts_for_a_committee_name_nobody_whom_the_sentences_do_not() -> None:
    # Each mentor is the next mentee's second choice: one other pair moves all of them.
    n = 8
    scores = {(f"E{at}", f"M{at}"): 0.5 for at in range(n)}
    scores |= {(f"E{at}", f"M{at - 1}"): 0.4 for at in range(1, n)}
    scores["E0", f"M{n - 1}"] = 0.45
    cohort = cohort_of(people("E", n), people("M", n))
    keys = {"rules": [{"type": "minimum_score", "at_least": 0.1}]}
    result = rm.match(cohort, table_scheme(scores, **keys))
    hidden = 0
    for mentee, mentor in scores:
        told = rm.explain(result, mentee=mentee, mentor=mentor)
        before = rm.explain(result, mentee=mentee, mentor=mentor, audience="committee")
        named = [set(re.findall(r"\b[EM]\d\b", text)) for text in (told.to_json(), str(before))]
        assert set(re.findall(r"\b[EM]\d\b", before.to_json())) <= named[1]
        hidden += named[0] > named[1]
    assert hidden


def test_a_committee_is_told_what_a_change_costs_and_not_who_changes(run: rm.Result) -> None:
    [pair, *_] = run.made
    different = {"type": "attribute", "column": "faith", "relation": "different"}
    for change in ({"forbid": [pair]}, {"rules": {0: None}}, {"rules": {0: different}}):
        told = rm.what_if(run, **change)
        shown = told.for_audience("committee")
        assert not set(re.findall(r"\b[EM]\d\b", shown.to_json())) - {
            *change.get("forbid", [()])[0]
        }
        assert "rules[" not in shown.to_json()
        assert shown.facts["price"] == told.price
        assert shown.sentences[0] == told.sentences[0]
        n_people = len(told.changes)
        assert shown.sentences[-1] == (
            f"{'fewer than 5' if 0 < n_people < 5 else n_people} people have other partners."
        )
    assert shown.title == "What if: change a confidential rule"
    assert str(told.for_audience("coordinator")) == str(told)
    for wrong in ("participant", "press"):
        with pytest.raises(ValueError, match=r"not for participants|must be one of"):
            told.for_audience(wrong)


def test_a_committee_sees_no_list_of_scores_and_no_reason() -> None:
    cohort = cohort_of(people("E", 2), [person("M0", min_load=1), person("M1")])
    scores = {("E0", "M0"): 0.251, ("E1", "M0"): 0.252, ("E1", "M1"): 0.253}
    listed = rm.match(cohort, table_scheme(scores, objective=["pairs", "leximin"]))
    told = rm.what_if(listed, weights={"table": 2}).for_audience("committee")
    assert "0.25" not in told.to_json()
    nothing = rm.what_if(listed, forbid=[("E0", "M0"), ("E1", "M0")]).for_audience("committee")
    assert nothing.sentences == ("No pairing is possible, or none was found.",)
