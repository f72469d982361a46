"""What `rmmatch match` writes and prints."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

import rmmatch as rm

FILES = {"pairs.csv", "unpaired.csv", "explanations.txt", "pairing.xlsx", "run.json"}


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def read(folder: Path) -> tuple[rm.Cohort, rm.Scheme]:
    scheme = rm.Scheme.from_file(folder / "scheme.yaml")
    paths = folder / "mentors.csv", folder / "mentees.csv"
    return rm.read_cohort(*paths, columns=scheme.columns, sensitive=scheme.sensitive), scheme


def test_writes_every_file(match, folder):
    outcome = match()
    assert (outcome.code, outcome.err) == (0, "")
    assert {path.name for path in (folder / "out").iterdir()} == FILES
    assert outcome.out.startswith("2 pairs. No better pairing exists under your rules (proved).")
    assert (
        "Checked: every rule is kept. The proof that no better pairing exists is correct."
        in outcome.out
    )
    assert all(name in outcome.out for name in FILES)


def test_tells_what_pairing_as_many_as_possible_costs(match, folder):
    outcome = match()
    assert str(rm.trade_off(rm.match(*read(folder)))) in outcome.out
    assert "no trade-off between more pairs and better pairs: 2 pairs" in outcome.out


def test_an_objective_of_lists_is_told_in_one_line(match, folder):
    scheme = folder / "scheme.yaml"
    text = scheme.read_text(encoding="utf-8") + "objective: [pairs, leximin, spread]\n"
    scheme.write_text(text, encoding="utf-8")
    outcome = match()
    assert outcome.out.startswith("2 pairs. No better pairing exists")
    assert "trade-off" not in outcome.out


def test_pairs_are_those_of_the_library_and_add_up(match, folder):
    match()
    result = rm.match(*read(folder))
    rows = rows_of(folder / "out" / "pairs.csv")
    assert [(row["mentee"], row["mentor"]) for row in rows] == list(result.made)
    for row in rows:
        parts = [float(row[name]) for name in ("goals", "workplace")]
        assert sum(parts) == pytest.approx(float(row["score"]), abs=1e-9)
    assert [row["mentee_email"] for row in rows] == ["e1@example.org", "e2@example.org"]


def test_unpaired_people_have_names_and_reasons(match, folder):
    match()
    rows = rows_of(folder / "out" / "unpaired.csv")
    assert [(row["id"], row["name"], row["side"]) for row in rows] == [
        ("M3", "Mentor Three", "mentor")
    ]
    assert rows[0]["reason"] == "2 mentees were suitable, but all were paired with someone else"


def test_explanations_cover_everybody(match, folder):
    match()
    text = (folder / "out" / "explanations.txt").read_text(encoding="utf-8")
    for id_ in ("E1", "E2", "M1", "M2", "M3"):
        assert id_ in text
    assert "Mentor Three (M3) has no partner." in text


def test_the_record_can_be_loaded_and_checked(match, folder):
    match("--seed", 7)
    result = rm.load_result(folder / "out" / "run.json")
    assert result.seed == 7
    assert rm.check(result) == []


def test_formula_like_text_is_escaped_in_csv_and_text_in_the_workbook(match, folder):
    match()
    names = [row["mentor_name"] for row in rows_of(folder / "out" / "pairs.csv")]
    assert "'=cmd|' /C calc'!A0" in names
    book = CalamineWorkbook.from_path(str(folder / "out" / "pairing.xlsx"))
    header, *rows = book.get_sheet_by_name("Pairs").to_python()
    assert "=cmd|' /C calc'!A0" in [row[header.index("Mentor")] for row in rows]
    assert all(isinstance(row[header.index("Points")], float) for row in rows)


def test_accents_survive_for_excel(match, folder):
    match()
    raw = (folder / "out" / "pairs.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert "Mentor Öne" in raw.decode("utf-8-sig")


def test_nothing_sensitive_in_any_file_or_on_the_terminal(match, folder):
    outcome = match()
    book = CalamineWorkbook.from_path(str(folder / "out" / "pairing.xlsx"))
    sheets = [str(book.get_sheet_by_name(name).to_python()) for name in book.sheet_names]
    texts = [p.read_text("utf-8") for p in (folder / "out").iterdir() if p.suffix != ".xlsx"]
    for text in (*texts, *sheets, outcome.out, outcome.err):
        assert "marker" not in text


def test_a_sensitive_name_is_in_no_file(match, folder):
    scheme = folder / "scheme.yaml"
    scheme.write_text(scheme.read_text().replace("[ethnicity]", "[ethnicity, name]"))
    outcome = match()
    assert outcome.code == 0
    assert "Mentee One" not in outcome.out
    for path in (folder / "out").glob("*.[ctj]*"):
        assert "Mentee One" not in path.read_text("utf-8")


def test_other_files_of_the_folder_are_kept_and_old_ones_replaced(match, folder):
    (folder / "out").mkdir()
    (folder / "out" / "notes.txt").write_text("mine")
    (folder / "out" / "pairs.csv").write_text("old")
    assert match().code == 0
    assert (folder / "out" / "notes.txt").read_text() == "mine"
    assert "E1" in (folder / "out" / "pairs.csv").read_text("utf-8")


def test_twice_is_the_same_to_the_byte(match, folder):
    match()
    texts = sorted(FILES - {"pairing.xlsx"})  # a workbook has the time in it
    first = [(folder / "out" / name).read_bytes() for name in texts]
    match()
    assert [(folder / "out" / name).read_bytes() for name in texts] == first


def test_folders_above_are_made(run, folder):
    paths = folder / "mentors.csv", folder / "mentees.csv"
    out = folder / "this" / "year"
    assert run("match", *paths, "--scheme", folder / "scheme.yaml", "--out", out).code == 0
    assert {path.name for path in out.iterdir()} == FILES


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_fits_the_terminal_and_loses_no_id(match, columns):
    outcome = match(columns=columns)
    assert "\x1b" not in outcome.out
    table = outcome.out[
        outcome.out.index("\n") : outcome.out.index(
            "TierValues" if "TierValues" in outcome.out else "Checked"
        )
    ]
    assert max(map(len, table.splitlines())) <= columns
    for id_ in ("E1", "E2", "M1", "M2", "M3"):
        assert re.search(rf"\b{id_}\b", table)


def test_control_characters_of_a_name_never_reach_the_terminal(match, folder):
    path = folder / "mentors.csv"
    path.write_text(path.read_text("utf-8").replace("Mentor Öne", "\x1b[31mred\x07"), "utf-8")
    outcome = match()
    assert outcome.code == 0
    assert "\x1b" not in outcome.out
    assert "[31mred" in outcome.out


def test_relations_and_time_limit_are_passed_on(match, folder):
    links = folder / "relations.csv"
    links.write_text("mentor,mentee,kind\nM2,E1,pinned\n")
    assert match("--relations", links, "--time-limit", 60).code == 0
    rows = rows_of(folder / "out" / "pairs.csv")
    assert ("E1", "M2") in [(row["mentee"], row["mentor"]) for row in rows]
    text = (folder / "out" / "explanations.txt").read_text("utf-8")
    assert "(M2) are paired (pinned)" in text


def test_nobody_may_be_paired_is_an_answer(match, folder):
    scheme = folder / "scheme.yaml"
    scheme.write_text(scheme.read_text().replace("min_gap: 1", "min_gap: 9"))
    outcome = match()
    assert outcome.code == 0
    assert outcome.out.startswith("No pairs are possible under your rules (proved).")
    assert rows_of(folder / "out" / "pairs.csv") == []
    assert len(rows_of(folder / "out" / "unpaired.csv")) == 5


def test_infeasible_is_exit_1_with_the_reason_and_no_files(match, folder):
    path = folder / "mentors.csv"
    text = path.read_text("utf-8").replace("availability,capacity", "availability,min_load")
    path.write_text(text, "utf-8")  # three mentors who must have a pair, two mentees
    outcome = match()
    assert outcome.code == 1
    assert outcome.out.startswith(
        "No pairing is possible: the pins and minimum loads cannot all hold"
    )
    assert "These requirements cannot all hold (no smaller set conflicts):" in outcome.out
    assert "needs at least 1" in outcome.out
    assert "is enough" in outcome.out
    assert not (folder / "out").exists()


def test_many_people_are_cut_on_the_terminal_only(run, tmp_path):
    mentors, mentees = rm.synthetic.frames(70, 60, seed=2)
    mentors.to_csv(tmp_path / "mentors.csv", index=False)
    mentees.to_csv(tmp_path / "mentees.csv", index=False)
    (tmp_path / "scheme.yaml").write_text("version: 1\ncriteria: [{type: goals}]\n")
    paths = tmp_path / "mentors.csv", tmp_path / "mentees.csv"
    outcome = run("match", *paths, "--scheme", tmp_path / "scheme.yaml", "--out", tmp_path / "out")
    n_pairs = len(rows_of(tmp_path / "out" / "pairs.csv"))
    assert n_pairs > 40
    assert f"… and {n_pairs - 40} more, in pairs.csv" in outcome.out


def test_the_sheet_of_details_tells_what_was_decided(match, folder):
    match()
    book = CalamineWorkbook.from_path(str(folder / "out" / "pairing.xlsx"))
    rows = book.get_sheet_by_name("Details").to_python()
    assert ["criterion", "goals", "weight 2 of 3"] in rows
    assert ["rule", "rule 2", "a confidential rule (rule 2)"] in rows
    hashes = [row[2] for row in rows if row[0] == "input"]
    record = json.loads((folder / "out" / "run.json").read_text("utf-8"))
    assert all(
        source[1] in told
        for source, told in zip(record["run"]["cohort"]["sources"], hashes, strict=True)
    )


def test_the_command_names_the_repeats(run: Any, tmp_path: Path) -> None:
    tables = {
        "mentors.csv": ["id,name", "m1,Bo Lee", "m2,Cy Ray"],
        "mentees.csv": ["id,name", "e1,Ann Day", "e2,Di Fox"],
        "relations.csv": ["mentor,mentee,kind", "m1,e1,past_pair", "m2,e1,past_pair"],
        "scheme.yaml": [
            "direction: peer",
            "criteria: [{type: table, rows: [[e1, m1, 1]], missing: zero}]",
            "objective: [pairs, {tier: fewest, kind: past_pair}, total]",
        ],
    }
    for name, lines in tables.items():
        (tmp_path / name).write_text("\n".join(lines), encoding="utf-8")
    paths = {name: tmp_path / name for name in tables}
    outcome = run(
        *("match", paths["mentors.csv"], paths["mentees.csv"], "--scheme", paths["scheme.yaml"]),
        *("--relations", paths["relations.csv"], "--out", tmp_path / "run"),
        columns=200,
    )
    assert outcome.code == 0
    assert "2 pairs, 1 of them a repeat. No better pairing exists" in outcome.out
    words = " ".join((outcome.out + outcome.err).split())
    assert "1 of 2 pairs is a repeat (the fewest possible): Ann Day (e1) and Bo Lee (m1)." in words
