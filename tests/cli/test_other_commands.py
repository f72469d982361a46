"""check, explain, compare, validate, schema, template, demo, and the program itself."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import jsonschema
import pytest
import xlsxwriter
import yaml

import rmmatch as rm
from rmmatch.checking import proof
from rmmatch.criteria import Criterion
from rmmatch.declarations.meetings import Meetings
from rmmatch.desk.template import FILES
from rmmatch.rules import Rule, always_in_force
from rmmatch.scheme.objectives import Aim
from rmmatch.scheme.quotas import Quota


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


# check ----------------------------------------------------------------------------------------


def test_check_of_a_run(match, run, folder):
    match()
    outcome = run("check", folder / "out" / "run.json")
    assert outcome.code == 0
    assert "The proof that no better pairing exists is correct." in outcome.out


def test_check_says_what_it_looked_at(match, run, folder, monkeypatch):
    match()
    path = folder / "out" / "run.json"
    for more in ([], ["--exhaustive"]):
        words = run("check", path, *more).out
        assert "Rules, loads, pins and values were computed anew" in words
        assert "all 6 pairs of people were scored, and none was dismissed" in words
    monkeypatch.setattr(proof, "_MAX_PAIRS_ALL_SCORED", -1)
    first, second = (run("check", path).out for _ in range(2))
    assert "no wrong dismissal" in first
    assert "(seed " in first
    assert first != second  # a seed of its own each time
    assert "none was dismissed" in run("check", path, "--exhaustive").out


def test_check_says_what_rests_on_the_solvers_word(match, run, folder):
    scheme = folder / "scheme.yaml"
    asked = "objective: [{tier: total, within: 0.1}, pairs, worst_pair]\n"
    scheme.write_text(scheme.read_text() + asked)
    assert "That no better pairing exists is proved by the solver alone." in match().out
    words = run("check", folder / "out" / "run.json").out
    assert "is the solver's word and was not checked" in words
    assert "That no better pairing exists is proved by the solver alone." in words
    assert "is correct" not in words


def test_exhaustive_is_for_runs(match, run, folder):
    files = (folder / "mentors.csv", folder / "mentees.csv", "--scheme", folder / "scheme.yaml")
    outcome = run("check", *files, "--exhaustive")
    assert outcome.code == 2
    assert "for a run" in outcome.err


def test_check_of_a_run_that_was_tampered_with(match, run, folder):
    match()
    path = folder / "out" / "run.json"
    path.write_text(path.read_text("utf-8").replace('["E1","M1"]', '["E1","M3"]'), "utf-8")
    outcome = run("check", path)
    assert outcome.code == 2
    assert "was changed or cut short" in outcome.err


def test_check_of_a_run_that_claims_too_much(match, run, folder):
    match()
    path = folder / "out" / "run.json"
    result = rm.load_result(path)
    pairs = [("E1", "M3"), ("E2", "M2")]
    result.replace(matching=rm.Matching.of(pairs)).save(path)
    outcome = run("check", path)
    assert outcome.code == 1
    assert "value (1)" in outcome.out
    assert "the pairs give" in outcome.out


def test_check_of_an_infeasible_run(run, folder):
    scheme = rm.Scheme.from_file(folder / "scheme.yaml")
    cohort = rm.read_cohort(folder / "mentors.csv", folder / "mentees.csv")
    infeasible = rm.match(cohort, scheme).replace(
        status=rm.Status.INFEASIBLE,
        matching=None,
        values={},
        bounds={},
        certificate=None,
        proof="",
        reason="no way",
    )
    infeasible.save(folder / "run.json")
    outcome = run("check", folder / "run.json")
    assert (outcome.code, outcome.out) == (1, "No pairing is possible: no way.\n")


def test_a_run_without_its_sensitive_columns_needs_the_tables(match, run, folder):
    scheme = folder / "scheme.yaml"
    scheme.write_text(
        scheme.read_text().replace(
            "{type: attribute, column: ethnicity, relation: different,",
            "{type: eligible, column: ethnicity, side: mentors, values: [marker-a],",
        )
    )
    assert match().code == 0
    path = folder / "out" / "run.json"
    alone = run("check", path)
    assert alone.code == 2
    assert "ethnicity" in alone.err
    tables = folder / "mentors.csv", folder / "mentees.csv"
    assert run("check", path, *tables).code == 0
    assert run("explain", path, *tables, "--mentee", "E1").code == 0
    other = run("check", path, tables[1], tables[0])
    assert other.code == 2
    assert "not the one that was paired" in other.err


@pytest.fixture
def check_list(run, folder):
    def _check(pairs: str, *more: object):
        (folder / "manual.csv").write_text(pairs)
        files = (folder / "mentors.csv", folder / "mentees.csv", "--scheme", folder / "scheme.yaml")
        return run("check", *files, "--pairs", folder / "manual.csv", *more)

    return _check


def test_check_of_a_valid_list_beside_the_optimum(check_list):
    outcome = check_list("mentee,mentor\nE1,M2\nE2,M1\n")
    assert outcome.code == 0
    assert "2 pairs: valid" in outcome.out
    total = next(line.split() for line in outcome.out.splitlines() if "total" in line)
    assert float(total[1]) < float(total[2])


def test_check_of_a_list_tells_every_violation_by_its_rule(check_list):
    outcome = check_list("mentee,mentor\nE1,M1\nE2,M1\nE2,M9\n")
    assert outcome.code == 1
    assert "capacity (1)\n  M1 has 2 pairs and a capacity of 1" in outcome.out
    assert "id (1)\n" in outcome.out
    assert "3 pairs:" in outcome.out


def test_check_takes_the_list_from_the_relations(run, folder):
    files = (folder / "mentors.csv", folder / "mentees.csv", "--scheme", folder / "scheme.yaml")
    (folder / "links.csv").write_text("mentor,mentee,kind\nM2,E1,manual\n")
    outcome = run("check", *files, "--relations", folder / "links.csv")
    assert outcome.code == 0
    assert "1 pair: valid" in outcome.out
    without = run("check", *files)
    assert without.code == 2
    assert "--pairs" in without.err


def test_check_reads_back_the_pairs_that_match_wrote(match, run, folder):
    match()
    files = (folder / "mentors.csv", folder / "mentees.csv", "--scheme", folder / "scheme.yaml")
    assert run("check", *files, "--pairs", folder / "out" / "pairs.csv").code == 0


# explain, validate, schema --------------------------------------------------------------------


def test_explain_of_a_pair_and_of_an_unpaired_person(match, run, folder):
    match()
    path = folder / "out" / "run.json"
    pair = run("explain", path, "--mentee", "E1", "--mentor", "M1")
    assert pair.out.startswith("E1 and M1 are paired: 67 points out of 100.")
    alone = run("explain", path, "--mentor", "M3")
    assert alone.out.startswith("M3 has no partner.")
    nobody = run("explain", path, "--mentor", "M33")
    assert nobody.code == 2
    assert "did you mean 'M3'" in nobody.err


def test_explain_of_something_that_is_no_record(run, folder):
    outcome = run("explain", folder / "mentors.csv", "--mentee", "E1")
    assert outcome.code == 2
    assert outcome.err.startswith("rmmatch: 1 problem; nothing was written\n  mentors.csv:")


def test_validate_tells_what_cannot_hold_together(run, folder):
    path = folder / "mentors.csv"
    text = path.read_text("utf-8").replace("availability,capacity", "availability,min_load")
    path.write_text(text, "utf-8")  # three mentors who must have a pair, two mentees
    tables = [folder / "mentors.csv", folder / "mentees.csv"]
    outcome = run("validate", *tables, "--scheme", folder / "scheme.yaml")
    assert outcome.code == 1
    assert "But no pairing is possible." in outcome.out
    assert "needs at least 1" in outcome.out
    assert "marker" not in outcome.out


def test_validate_knows_what_only_a_quota_reads(run, folder):
    path = folder / "scheme.yaml"
    scheme = yaml.safe_load(path.read_text("utf-8"))
    quota = {"side": "mentors", "column": "availability", "parity": 1.0, "soft": True}
    scheme |= {"quotas": [quota], "objective": ["pairs", "quota_shortfall", "total"]}
    path.write_text(yaml.safe_dump(scheme), "utf-8")
    outcome = run("validate", folder / "mentors.csv", folder / "mentees.csv", "--scheme", path)
    assert "These columns are used: availability, ethnicity, goals, grade, workplace" in outcome.out
    assert "These columns are not used: none" in outcome.out


def test_validate(run, folder):
    files = (folder / "mentors.csv", folder / "mentees.csv", "--scheme", folder / "scheme.yaml")
    outcome = run("validate", *files)
    assert outcome.code == 0
    said = outcome.out.splitlines()
    assert said[0] == "Rules:"
    assert "  2. A confidential rule. It may leave somebody without a partner." in said
    assert any(re.search(r"It forbids (no pair|\d+ of 6 pairs)", line) for line in said)
    assert said[said.index("") + 1 :] == [
        "These columns are used: ethnicity, goals, grade, workplace",
        "These columns are not used: availability",
        "3 mentors and 2 mentees fit the scheme.",
    ]
    path = folder / "mentors.csv"
    path.write_text(path.read_text("utf-8").replace("goals", "aims"), "utf-8")
    outcome = run("validate", *files)
    assert outcome.code == 2
    assert "criterion 1" in outcome.err


def test_validate_lists_no_column_that_holds_with_any_scheme(run, tmp_path):
    """`declined` is always in force; pairs are pinned by a table of relations and no column."""
    (tmp_path / "mentors.csv").write_text(
        "id,role,name,email,status,capacity,min_load,priority,grade,declined,conflict,pinned,shoe\n"
        "M1,mentor,Ann A,a@x.org,applicant,1,0,0,1,E2,E1,E1,38\n"
        "M2,mentor,Bob B,b@x.org,applicant,1,0,0,1,,,,40\n",
        "utf-8",
    )
    (tmp_path / "mentees.csv").write_text("id,grade\nE1,3\nE2,3\n", "utf-8")
    tables = [tmp_path / "mentors.csv", tmp_path / "mentees.csv"]
    criterion = {"type": "attribute", "column": "grade", "prefer": "different"}

    def unread(**more):
        path = tmp_path / "scheme.yaml"
        path.write_text(yaml.safe_dump({"criteria": [criterion], **more}), "utf-8")
        outcome = run("validate", *tables, "--scheme", path, columns=200)
        assert outcome.code == 0, outcome.err
        assert "the column 'pinned' is not used" in " ".join(outcome.out.split())
        [line] = [line for line in outcome.out.splitlines() if "not used: " in line]
        return line.removeprefix("These columns are not used: ").split(", ")

    assert unread() == ["conflict", "pinned", "shoe"]
    assert unread(rules=[{"type": "relations", "forbid": ["conflict"]}]) == ["pinned", "shoe"]


def test_schema_is_a_json_schema_that_accepts_the_scheme(run, folder):
    outcome = run("schema")
    assert outcome.code == 0
    schema = json.loads(outcome.out)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(yaml.safe_load((folder / "scheme.yaml").read_text()), schema)


# compare --------------------------------------------------------------------------------------


def test_compare_prints_and_writes(run, folder):
    (folder / "manual.csv").write_text("mentee,mentor\nE1,M2\nE2,M1\n")
    outcome = run(
        "compare",
        folder / "mentors.csv",
        folder / "mentees.csv",
        "--scheme",
        folder / "scheme.yaml",
        "--strategies",
        "scheme, greedy, random",
        "--seeds",
        2,
        "--pairs",
        folder / "manual.csv",
        "--out",
        folder / "comparison",
    )
    assert (outcome.code, outcome.err) == (0, "")
    rows = rows_of(folder / "comparison" / "comparison.csv")
    assert [(row["strategy"], row["seed"]) for row in rows] == [
        ("scheme", "0"),
        ("greedy", "0"),
        ("random", "0"),
        ("random", "1"),
        ("listed", "0"),
    ]
    best = max(rows, key=lambda row: float(row["total"]))
    assert float(best["total"]) == float(rows[0]["total"])
    png = (folder / "comparison" / "comparison.png").read_bytes()
    assert png.startswith(b"\x89PNG")
    summary = rows_of(folder / "comparison" / "summary.csv")
    assert [row["strategy"] for row in summary] == ["scheme", "greedy", "random", "listed"]
    assert summary[0]["total_standard_error"] == summary[0]["total_seed_error"] == ""
    assert summary[2]["total_seed_error"] != ""
    assert "mean of" in outcome.out


def test_compare_with_an_unknown_strategy(run, folder):
    outcome = run(
        "compare",
        folder / "mentors.csv",
        folder / "mentees.csv",
        "--scheme",
        folder / "scheme.yaml",
        "--strategies",
        "scheme,greddy",
        "--out",
        folder / "comparison",
    )
    assert outcome.code == 2
    assert "did you mean 'greedy'?" in outcome.err
    assert not (folder / "comparison").exists()


# template and demo ----------------------------------------------------------------------------


def test_template_writes_a_valid_scheme_and_empty_tables(run, tmp_path):
    outcome = run("template", tmp_path / "new")
    assert outcome.code == 0
    assert {path.name for path in (tmp_path / "new").iterdir()} == set(FILES)
    scheme = rm.Scheme.from_file(tmp_path / "new" / "scheme.yaml")
    assert len(scheme.criteria) >= 5
    for name in ("mentors.csv", "mentees.csv", "relations.csv"):
        assert len((tmp_path / "new" / name).read_text().splitlines()) == 1


def with_two_people(folder):
    """Fill the tables of a template with one person each, by their headers."""
    cells = {"goals": "teaching", "availability": "Mon am", "attended_training": "yes"}
    for name, id_, grade in (("mentors.csv", "M1", "FY1"), ("mentees.csv", "E1", "Consultant")):
        path = folder / name
        person = {"id": id_, "name": f"Person {id_}", "grade": grade, **cells}
        header = path.read_text().strip().split(",")
        with path.open("a") as file:
            file.write(",".join(person.get(column, "") for column in header) + "\r\n")
    return folder / "mentors.csv", folder / "mentees.csv"


def test_template_works_once_people_are_in_it(run, tmp_path):
    run("template", tmp_path)
    tables = with_two_people(tmp_path)
    scheme = ("--scheme", tmp_path / "scheme.yaml")
    outcome = run("validate", *tables, *scheme)
    assert outcome.code == 0, outcome.err
    outcome = run("match", *tables, *scheme, "--out", tmp_path / "out")
    assert outcome.code == 0, outcome.err
    assert "1 pair" in outcome.out
    policy = rm.Scheme.from_file(tmp_path / "scheme.yaml")
    assert policy.objective == ("participation", "pairs", "priority", "total")
    assert {rule.type for rule in policy.rules} >= {"eligible", "availability"}


@pytest.mark.parametrize("column", ["attended_training", "availability", "line_manager", "grade"])
def test_the_template_says_what_to_do_where_a_column_is_absent(run, tmp_path, column):
    run("template", tmp_path)
    tables = with_two_people(tmp_path)
    for path in tables:
        header = path.read_text().splitlines()[0]
        text = path.read_text().replace(header, header.replace(column, "something_else"))
        path.write_text(text)
    scheme = tmp_path / "scheme.yaml"
    outcome = run("validate", *tables, "--scheme", scheme)
    assert outcome.code == 2
    assert column in outcome.err
    lines = scheme.read_text().splitlines()
    named = {"attended_training": "eligible", "line_manager": "reporting_chain"}
    rule = named.get(column, {"grade": "power_distance"}.get(column, column))
    assert f"no column `{column}`" in " ".join(scheme.read_text().replace("#", "").split())
    switched = [f"#{line}" if f"{{type: {rule}," in line else line for line in lines]
    scheme.write_text("\n".join(switched))
    outcome = run("validate", *tables, "--scheme", scheme)
    assert outcome.code == 0, outcome.err


def switched_on(text: str) -> list[str]:
    """Each setting that is switched off, with the lines of the section it belongs to."""
    return [line[1:] for line in text.splitlines() if re.match(r"#[^ ]|#  ", line)]


def test_every_setting_of_the_template_is_valid_when_switched_on():
    text = FILES["scheme.yaml"]
    off = switched_on(text)
    lists = [line for line in off if line.startswith("  - {")]
    assert len(lists) >= 12
    whole = [line for line in off if not re.match(r"  - \{|    ", line)]
    plain = yaml.safe_load(text)
    top = yaml.safe_load("\n".join([line for line in off if re.match(r"\w|  \w|  \"", line)]))
    quotas = [
        yaml.safe_load(line)[0]
        for line in lists
        if line.startswith("  - {side: ") and "type" not in line
    ]
    assert whole
    assert set(top) == {
        "cycle_weeks",
        "sensitive",
        "monitoring_only",
        "columns",
        "people",
        "capacity",
        "each_side",
        "quotas",
        "min_load",
        "meetings",
    }
    rm.Scheme.model_validate(plain | top | {"quotas": quotas})
    for line in lists:
        item = yaml.safe_load(line)[0]
        if "type" in item:
            family = "criteria" if "weight" in item else "rules"
            rm.Scheme.model_validate({"version": 1, family: [item]})


def test_the_template_names_every_key_and_every_type():
    text = FILES["scheme.yaml"]
    implied = {rule.type for rule in always_in_force()}
    known = [*Criterion.registry.values(), *Rule.registry.values()]
    ours = [cls for cls in known if cls.__module__.startswith("rmmatch.")]
    declared = [cls for cls in ours if cls.model_fields["type"].default not in implied]
    for cls in (rm.Scheme, Quota, Meetings, Aim, *declared):
        for key in cls.model_fields:
            assert re.search(rf"\b{key}\b", text) or key == "function", (cls, key)
    for key in rm.Scheme.model_fields:  # "people" is a word too
        assert re.search(rf"^#?{key}:", text, re.MULTILINE), key
    for cls in declared:
        tag = cls.model_fields["type"].default
        assert f"type: {tag}" in text or tag == "function"


def test_template_replaces_nothing(run, tmp_path):
    (tmp_path / "scheme.yaml").write_text("mine")
    outcome = run("template", tmp_path)
    assert outcome.code == 2
    assert "scheme.yaml: is there already" in outcome.err
    assert [path.name for path in tmp_path.iterdir()] == ["scheme.yaml"]
    assert (tmp_path / "scheme.yaml").read_text() == "mine"


def test_demo(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    outcome = run("demo")
    assert outcome.code == 0
    assert outcome.out.startswith("38 pairs.")
    out = tmp_path / "rmmatch-demo"
    assert rm.check(rm.load_result(out / "run.json")) == []
    again = run(
        "match", out / "mentors.csv", out / "mentees.csv", "-s", out / "scheme.yaml", "-o", "again"
    )
    assert again.code == 0
    assert (tmp_path / "again" / "pairs.csv").read_bytes() == (out / "pairs.csv").read_bytes()
    assert run("demo").code == 0


def test_demo_does_not_undo_what_somebody_tried_out(run, tmp_path):
    run("demo", "--out", tmp_path)
    scheme = tmp_path / "scheme.yaml"
    scheme.write_text(scheme.read_text() + "# tried out\n")
    outcome = run("demo", "--out", tmp_path)
    assert outcome.code == 2
    assert "was changed" in outcome.err
    assert scheme.read_text().endswith("# tried out\n")


# The program ----------------------------------------------------------------------------------


def python(*argv: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, *argv], capture_output=True, env=environment, check=False
    )


def test_version(run):
    assert run("--version").out == f"rmmatch {rm.__version__}\n"


def test_a_missing_extra_is_one_clear_line(folder):
    with xlsxwriter.Workbook(folder / "mentors.xlsx") as book:
        book.add_worksheet("mentors").write_column(0, 0, ["id", "M1"])
    files = (folder / "mentors.xlsx", folder / "mentees.csv", "--scheme", folder / "scheme.yaml")
    argv = ["match", *map(str, files), "--out", str(folder / "out")]
    code = (
        "import sys; sys.modules['python_calamine'] = None;"
        "from rmmatch.cli import main; sys.exit(main())"
    )
    outcome = python("-c", code, *argv)
    assert outcome.returncode == 2
    assert outcome.stderr.decode().splitlines() == [
        "rmmatch: reading a spreadsheet needs python-calamine; install it with: "
        'pip install "rmmatch[excel]"'
    ]
    assert not (folder / "out").exists()


def test_the_command_comes_with_the_package():
    project = Path(__file__).parents[2] / "pyproject.toml"
    needed = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["dependencies"]
    assert {"typer", "rich"} <= {re.match(r"[\w-]+", line)[0] for line in needed}


def test_a_terminal_without_unicode_is_no_reason_to_stop(folder):
    files = (folder / "mentors.csv", folder / "mentees.csv", "--scheme", folder / "scheme.yaml")
    code = "import sys; from rmmatch.cli import main; sys.exit(main())"
    argv = ["match", *map(str, files), "--out", str(folder / "out")]
    outcome = python("-c", code, *argv, PYTHONIOENCODING="ascii")
    assert outcome.returncode == 0, outcome.stderr
    assert b"Mentor ?ne" in outcome.stdout
    assert b"\x1b" not in outcome.stdout


def test_match_does_without_pandas(folder):
    """It costs more than half of a small run."""
    files = (folder / "mentors.csv", folder / "mentees.csv", "--scheme", folder / "scheme.yaml")
    argv = ["match", *map(str, files), "--out", str(folder / "out")]
    code = (
        "import sys; from rmmatch.cli import main; code = main();"
        "sys.exit(code or 'pandas' in sys.modules)"
    )
    assert python("-c", code, *argv).returncode == 0


def test_the_module_is_the_command():
    done = python("-m", "rmmatch", "--version")
    assert done.returncode == 0
    assert done.stdout.decode().split()[-1] == rm.__version__
    assert python("-m", "rmmatch", "nonsense").returncode == 2
