"""Bad input: a complete, clear message, exit 2, and the output folder untouched."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from rmmatch.cli.output import problem_lines
from rmmatch.errors import Problem

MENTORS = "mentors.csv"
SCHEME = "scheme.yaml"


def change(name: str, old: str, new: str):
    def _change(folder: Path) -> None:
        text = (folder / name).read_text("utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new), "utf-8")

    return _change


def write(name: str, content: str | bytes):
    def _write(folder: Path) -> None:
        data = content.encode() if isinstance(content, str) else content
        (folder / name).write_bytes(data)

    return _write


def make_folder(folder: Path) -> None:
    (folder / MENTORS).unlink()
    (folder / MENTORS).mkdir()


def make_zip(folder: Path) -> None:
    with zipfile.ZipFile(folder / MENTORS, "w") as archive:
        archive.writestr("hello.txt", "not a workbook")


def rule(text: str):
    return change(SCHEME, "rules:\n", f"rules:\n  - {text}\n")


CASES = {
    "duplicate ids": (change(MENTORS, "M2,", "M1,"), ["mentors.csv, rows 2-3, id", "'M1'"]),
    "pin on nobody": (
        rule("{type: pairs, pin: [[E1, M11]]}"),
        ["scheme.yaml", "rule 1, pin", "'M11'", "'M1'"],
    ),
    "empty file": (write(MENTORS, ""), ["mentors.csv: is empty"]),
    "header only": (write(MENTORS, "id,grade,goals,workplace,ethnicity\n"), ["mentors.csv"]),
    "no id column": (change(MENTORS, "id,name", "identifier,name"), ["mentors.csv", "id"]),
    "missing column": (
        change(MENTORS, "workplace", "place"),
        ["scheme.yaml", "criterion 2", "'workplace'", "'place'"],
    ),
    "row longer than the header": (
        change(MENTORS, "Tue am,1", "Tue am,1,surplus"),
        ["mentors.csv, row 3", "has cells beyond the last header"],
    ),
    "grade off the scale": (
        change(MENTORS, "ST4", "SpR"),
        ["scheme.yaml, grades", "'SpR'", "not one of the scheme's `grades`"],
    ),
    "no such time": (change(MENTORS, "Tue am", "Mon 25:00"), ["row 3, availability", "Mon 25:00"]),
    "time backwards": (
        change(MENTORS, "Tue am", "Mon 12:00-09:00"),
        ["row 3, availability", "Mon 12:00-09:00"],
    ),
    "negative capacity": (change(MENTORS, "Tue am,1", "Tue am,-1"), ["row 3, capacity", "'-1'"]),
    "fractional capacity": (
        change(MENTORS, "Tue am,1", "Tue am,1.5"),
        ["row 3, capacity", "'1.5'"],
    ),
    "weight 0": (change(SCHEME, "weight: 2", "weight: 0"), ["scheme.yaml, line 6", "'0'"]),
    "weight negative": (change(SCHEME, "weight: 2", "weight: -1"), ["criterion 1, weight", "'-1'"]),
    "weight nan": (change(SCHEME, "weight: 2", "weight: .nan"), ["criterion 1, weight", "'nan'"]),
    "weight inf": (change(SCHEME, "weight: 2", "weight: .inf"), ["criterion 1, weight", "'inf'"]),
    "pin that a rule forbids": (
        lambda folder: (
            rule("{type: pairs, pin: [[E1, M2]]}")(folder),
            change(MENTORS, "M2,=cmd|' /C calc'!A0,m2@example.org,ST1", "M2,x,y,Consultant")(
                folder
            ),
        ),
        ["pin", "E1, M2", "the grade gap must be at least 1"],
    ),
    "more pins than capacity": (
        rule("{type: pairs, pin: [[E1, M1], [E2, M1]]}"),
        ["pin", "'M1'", "2 pins for a mentor of capacity 1"],
    ),
    "50 MB of one line": (
        write(MENTORS, b"id," * (50_000_000 // 3)),
        ["mentors.csv", "header line"],
    ),
    "100,000 columns": (
        write(MENTORS, ",".join(["id", *(f"c{n}" for n in range(99_999))]) + "\nM1\n"),
        ["mentors.csv: has 100,000 columns", "16,384"],
    ),
    "over 1,000 goals": (
        change(MENTORS, "teaching;research", "a;" * 1_001),
        ["mentors.csv, row 2, goals: has 1,001 answers", "1,000", "keep the answers"],
    ),
    "zip that is no workbook": (make_zip, ["mentors.csv", "is not a workbook"]),
    "bytes of no encoding": (
        write(MENTORS, b"id,grade,goals,workplace,ethnicity\nM1,FY1,\x81\x8d,North,a\n"),
        ["mentors.csv, row 2", "neither UTF-8 nor Windows-1252"],
    ),
    "folder for a file": (make_folder, ["mentors.csv: is a folder"]),
    "no such file": (
        lambda folder: (folder / MENTORS).rename(folder / "mentor.csv"),
        ["no such file", "'mentor.csv'"],
    ),
    "no such scheme": (lambda folder: (folder / SCHEME).unlink(), ["scheme.yaml: no such file"]),
    "unknown key": (change(SCHEME, "weight: 2", "wieght: 2"), ["criterion 1, wieght", "'weight'"]),
    "not YAML": (write(SCHEME, "version: [1\n"), ["scheme.yaml", "is not YAML or JSON"]),
}


@pytest.mark.parametrize(("spoil", "told"), CASES.values(), ids=CASES)
def test_bad_input(match, folder, spoil, told):
    (folder / "out").mkdir()
    (folder / "out" / "pairs.csv").write_text("of last year")
    spoil(folder)
    outcome = match()
    assert outcome.code == 2
    assert outcome.out == ""
    for words in told:
        assert words in outcome.err
    assert "Traceback" not in outcome.err
    assert "marker" not in outcome.err
    assert [path.name for path in (folder / "out").iterdir()] == ["pairs.csv"]
    assert (folder / "out" / "pairs.csv").read_text() == "of last year"


def write_people(folder: Path, rows: list[str]) -> None:
    header = (folder / MENTORS).read_text("utf-8").splitlines(keepends=True)[0]
    (folder / MENTORS).write_text(header + "".join(rows), "utf-8")


def test_fifty_problems_are_told_line_by_line(match, folder):
    write_people(folder, [f"M{n},x,y,FY1,a,North,marker-a,Mon am,-{n}\n" for n in range(1, 51)])
    outcome = match()
    assert outcome.code == 2
    assert outcome.err.startswith("rmmatch: 50 problems; nothing was written\n")
    lines = outcome.err.splitlines()
    assert len(lines) == 51
    assert all(f"row {n + 1}, capacity" in lines[n] for n in range(1, 51))
    assert lines[50].count("'-50'") == 1


def test_problems_that_are_alike_are_told_once_where_they_are_many(match, folder):
    wrong = ["-1", "-1", "-2", "-3", "-4", "x", "1"]
    rows = [f"M{n},x,y,FY1,a,North,marker-a,Mon am,{wrong[n % 7]}\n" for n in range(70)]
    write_people(folder, rows)
    outcome = match()
    assert outcome.code == 2
    first, *lines = outcome.err.splitlines()
    assert first == "rmmatch: 51 problems; nothing was written"
    assert len(lines) == 2
    assert "rows 2-6, 9-13, 16-20, " in lines[0]
    assert "capacity: is negative (found '-1, -2, -3 and 1 more')" in lines[0]
    assert "rows 7, 14, 21, 28, 35, 42, 49, 56 and 2 more, capacity: is not a number" in lines[1]


def test_a_hundred_thousand_wrong_answers_are_told_in_a_few_lines(match, folder):
    rows = [f"M1,x,y,FY1,a,North,marker-a,Mon {n}:00,1\n" for n in range(100, 100_100)]
    write_people(folder, rows)
    outcome = match()
    assert outcome.code == 2
    first, *lines = outcome.err.splitlines()
    assert first == "rmmatch: 2 problems; nothing was written"
    assert "rows 2-100001, id: every row has the same id" in outcome.err
    assert "availability: 100,000 answers cannot be read" in outcome.err
    assert len(lines) == 2
    assert len(outcome.err) < 5_000


def test_at_most_fifty_kinds_of_problem_are_told_and_how_many_are_left():
    problems = [
        Problem("mentors.csv", n, "id", "", f"is wrong in way {n}", "mend it", code="not_an_id")
        for n in range(1, 201)
    ]
    lines = problem_lines(problems)
    assert len(lines) == 51
    assert lines[-1] == "… and 150 more: correct these and try again"


def test_a_hidden_value_stays_hidden_where_problems_are_told_together(match, folder):
    scheme = folder / SCHEME
    scheme.write_text(scheme.read_text().replace("[ethnicity]", "[ethnicity, availability]"))
    rows = [f"M{n},x,y,FY1,a,North,marker-a,marker {n},1\n" for n in range(60)]
    write_people(folder, rows)
    outcome = match()
    assert "rows 2-61, availability" in outcome.err
    assert "(hidden)" in outcome.err
    assert "marker" not in outcome.err


def test_blank_rows_are_ignored_and_reported(match, folder):
    path = folder / MENTORS
    path.write_text(path.read_text("utf-8") + ",,,,,,,,\n ,,,,,,,,\n", "utf-8")
    outcome = match()
    assert outcome.code == 0
    assert "mentors.csv: 2 blank rows were ignored" in outcome.out


def test_a_value_of_a_sensitive_column_is_hidden_in_a_problem(match, folder):
    scheme = folder / SCHEME
    scheme.write_text(scheme.read_text().replace("[ethnicity]", "[ethnicity, availability]"))
    change(MENTORS, "Tue am", "marker 99")(folder)
    outcome = match()
    assert outcome.code == 2
    assert "(hidden)" in outcome.err
    assert "marker" not in outcome.err


def test_an_output_folder_that_cannot_be_written(run, folder):
    """Found before anything is read or solved; /proc takes no folder, not even from root."""
    (folder / "file").write_text("a file")
    files = (folder / "nobody.csv", "--scheme", folder / SCHEME)
    for out in (folder / "file", folder / "file" / "deeper", "/proc/rmmatch"):
        outcome = run("match", *files, "--out", out)
        assert outcome.code == 2
        assert f"{out}: cannot be written" in outcome.err
        assert "nobody.csv" not in outcome.err
    assert (folder / "file").read_text() == "a file"


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        ([], "Usage"),
        (["mach"], "No such command 'mach'"),
        (["match"], "Missing argument"),
        (["match", "a.csv", "b.csv", "--out", "x"], "--scheme"),
        (["match", "a.csv", "--scheme", "s", "--out", "x", "--seed", "-1"], "--seed"),
        (["match", "a.csv", "--scheme", "s", "--out", "x", "--time-limit", "0"], "more than 0"),
        (["match", "a.csv", "--scheme", "s", "--out", "x", "--time-limit", "nan"], "more than 0"),
        (["check", "a.csv", "--pairs", "p.csv"], "needs --scheme"),
        (["check", "a", "b", "c", "--scheme", "s"], "one table or two"),
        (["explain", "run.json"], "--mentee"),
        (["compare", "a.csv", "--scheme", "s", "--strategies", ","], "name at least one"),
    ],
)
def test_usage_errors(run, tmp_path, monkeypatch, argv, told):
    monkeypatch.chdir(tmp_path)
    outcome = run(*argv)
    assert outcome.code == 2
    assert told in outcome.err + outcome.out
    assert list(tmp_path.iterdir()) == []
