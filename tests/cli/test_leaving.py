"""rematch and reserves, by the command line."""

from __future__ import annotations

import csv
import json

import pytest


@pytest.fixture
def record(match, folder):
    """E1 and M1, E2 and M2; nobody has M3."""
    assert match().code == 0
    return folder / "out" / "run.json"


def rows(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_somebody_leaves_and_the_new_run_can_be_used_again(run, record, folder):
    out = folder / "again"
    outcome = run("rematch", record, "--withdrawn", "M2", "--out", out, columns=200)
    assert outcome.code == 0
    assert "Rematch: M2 withdraws" in outcome.out
    assert "1 of 2 pairs continue, 1 is new. There are now 2 pairs." in outcome.out
    said = "E2, mentee: no longer paired with M2 because M2 withdrew; now paired with M3."
    assert said in outcome.out
    assert (
        "Checked: every rule is kept. The proof that no better pairing exists is correct."
        in outcome.out
    )
    assert [row["id"] for row in rows(out / "changes.csv")] == ["E2", "M2", "M3"]
    assert [row["id"] for row in rows(out / "notices.csv")] == ["E2", "M2", "M3"]
    assert rows(out / "notices.csv")[0]["sentence"] == (
        "Your pairing with your mentor has ended. A new mentor has been found for you. "
        "The coordinator will tell you who it is."
    )
    assert run("check", out / "run.json").code == 0
    later = run("rematch", out / "run.json", "--withdrawn", "mentor:M3", columns=200)
    assert later.code == 0
    assert "1 of 2 pairs continue, 0 are new. There is now 1 pair." in later.out
    assert "E2, mentee: no longer paired with M3 because M3 withdrew; no partner yet" in later.out
    assert run("explain", out / "run.json", "--mentee", "E2").code == 0


def test_who_to_tell_stands_with_name_and_address(run, folder):
    (folder / "mentors.csv").write_text(
        "id,name,email,workplace\nM1,Ann Lee,ann@x.example,a\nM2,Bo Ray,bo@x.example,b\n"
    )
    (folder / "mentees.csv").write_text("id,name,workplace\nE1,Cy Day,a\nE2,,b\n")
    scheme = folder / "by_place.yaml"
    scheme.write_text("criteria: [{type: workplace, prefer: same}]")
    out, again = folder / "first", folder / "second"
    tables = folder / "mentors.csv", folder / "mentees.csv"
    assert run("match", *tables, "--scheme", scheme, "--out", out).code == 0
    assert run("rematch", out / "run.json", *tables, "--withdrawn", "M2", "--out", again).code == 0
    told = {row["id"]: row for row in rows(again / "notices.csv")}
    assert list(told["M2"])[:4] == ["id", "name", "email", "side"]
    assert (told["M2"]["name"], told["M2"]["email"]) == ("Bo Ray", "bo@x.example")
    changes = {row["id"]: row for row in rows(again / "changes.csv")}
    assert (changes["E2"]["before"], changes["E2"]["after"]) == ("Bo Ray (M2)", "")
    secret, hidden = folder / "third", folder / "fourth"
    scheme.write_text("criteria: [{type: workplace, prefer: same}]\nsensitive: [name]")
    assert run("match", *tables, "--scheme", scheme, "--out", secret).code == 0
    leave = "--withdrawn", "M2", "--out", hidden
    assert run("rematch", secret / "run.json", *tables, *leave).code == 0
    assert "Bo Ray" not in (hidden / "changes.csv").read_text("utf-8-sig")


def test_everything_at_once_as_json(run, record, folder):
    late = folder / "late.csv"
    late.write_text("id,role,goals,grade,ethnicity\nM9,mentor,research,FY1,marker-z\n")
    outcome = run(
        *("rematch", record, folder / "mentors.csv", folder / "mentees.csv"),
        *("--part", "E2 M2", "--stay", "E1,M1", "--join", late, "--most-changes", 1, "--json"),
    )
    assert outcome.code == 0
    told = json.loads(outcome.out)
    assert (told["parted"], told["stayed"]) == ([["E2", "M2"]], [["E1", "M1"]])
    assert told["joined"] == [["mentor", "M9"]]
    assert ["E1", "M1"] in told["kept"]
    assert "marker" not in outcome.out


def test_a_record_without_its_sensitive_columns_is_paired_again_with_the_tables(run, match, folder):
    scheme = folder / "scheme.yaml"
    quota = "quotas:\n  - {side: mentors, column: ethnicity, value: marker-a, at_most: 2}\n"
    scheme.write_text(scheme.read_text() + quota)
    assert match().code == 0
    tables = folder / "mentors.csv", folder / "mentees.csv"
    out = folder / "again"
    command = ("rematch", folder / "out" / "run.json", *tables, "--withdrawn", "M2", "--out", out)
    outcome = run(*command, columns=200)
    assert outcome.code == 0
    assert "marker" not in outcome.out
    assert run("rematch", out / "run.json", "--withdrawn", "M1").code == 2
    assert run("rematch", out / "run.json", *tables, "--withdrawn", "M1").code == 0


def test_what_nothing_allows_exits_with_1_and_writes_nothing(run, match, folder):
    mentors = folder / "mentors.csv"
    header, first, *others = mentors.read_text(encoding="utf-8").splitlines()
    lines = [f"{header},min_load", f"{first},1", *(f"{line},0" for line in others)]
    mentors.write_text("\n".join(lines), encoding="utf-8")
    assert match().code == 0
    out = folder / "again"
    record = folder / "out" / "run.json"
    outcome = run("rematch", record, "--withdrawn", "E1", "--withdrawn", "E2", "--out", out)
    assert outcome.code == 1
    assert "No pairing is possible" in outcome.out
    assert not out.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--withdrawn", "M11"), "did you mean 'M1'"),
        (("--part", "E1"), "'E1' is not a pair"),
        (("--part", "E1 M1 M2"), "is not a pair"),
        (("--stay", "E1 M2"), "the run has no such pair"),
        (("--join", "nobody.csv"), "no such file"),
        (("--most-changes", "-1"), "most-changes"),
        (("--part", "E1,M1", "--stay", "E1,M1"), "is to part as well"),
    ],
)
def test_bad_words_are_told(run, record, words, said):
    outcome = run("rematch", record, *words, columns=200)
    assert outcome.code == 2
    assert said in outcome.err


def test_whom_to_train(run, record):
    outcome = run("reserves", record, "-k", 1, "--draws", 200, columns=200)
    assert outcome.code == 0
    assert "M3" in outcome.out
    assert "no other choice keeps more" in outcome.out
    data = json.loads(run("reserves", record, "-k", 1, "--dropout", "0.3", "--json").out)
    assert (data["dropout"], data["chosen"][0]["id"]) == (0.3, "M3")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-k", "2"), "only 1 person could stand in"),
        (("-k", "1", "--side", "mentee"), "only 0 mentees could stand in"),
        (("-k", "1", "--side", "both"), "must be mentee or mentor"),
        (("-k", "1", "--dropout", "1.5"), "must be a chance between 0 and 1"),
    ],
)
def test_bad_numbers_of_spares_are_told(run, record, words, said):
    outcome = run("reserves", record, *words, columns=200)
    assert outcome.code == 2
    assert said in outcome.err


def test_who_joins_is_read_as_any_table(run, match, folder):
    assert match().code == 0
    record, late = folder / "out" / "run.json", folder / "late.csv"
    tables = folder / "mentors.csv", folder / "mentees.csv"
    late.write_bytes("id;role;name\nM8;mentor;Zoë\n".encode("cp1252"))
    outcome = run("rematch", record, *tables, "--join", late, columns=200)
    assert outcome.code == 0
    assert "(M8) joins" in outcome.out
    late.write_text("id,role,capacity\nM8,mentor,1\nM9,mentor,many\nM1,mentor,1\n")
    outcome = run("rematch", record, *tables, "--join", late, columns=200)
    assert outcome.code == 2
    assert "row 3, capacity" in outcome.err
    late.write_text("")
    assert "empty" in run("rematch", record, *tables, "--join", late, columns=200).err
