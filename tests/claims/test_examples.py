"""The examples show what they say: every rule is looked up in the csv files by plain Python."""

from __future__ import annotations

import csv
import importlib.util
import json
import re
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest

import rmmatch as rm
from rmmatch import synthetic
from rmmatch.analysis.explanations import explain_all

EXAMPLES = Path(__file__).parents[2] / "examples"
LOCAL_PATH = re.compile(r"(^|[\s'\"(])(/\w+/|~/|[A-Z]:\\)")
NOTEBOOKS = sorted(EXAMPLES.glob("*/*.ipynb"))
RELATIONS = ("line_manager", "supervisor", "tutor", "examiner", "past_pair", "conflict")
YES = {"yes", "y", "true", "1"}
FOLDERS = ("deanery", "medical_school", "research_centre")


def people(folder, side):
    with (EXAMPLES / folder / f"{side}.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def said(person, column):
    return " ".join(person.get(column, "").split()).casefold()


def named(person, column):
    return {id_.strip() for id_ in person.get(column, "").split(";") if id_.strip()}


@pytest.fixture(scope="module", params=FOLDERS)
def example(request):
    """Name, mentors, mentees, result."""
    folder = EXAMPLES / request.param
    scheme = rm.Scheme.from_file(folder / "scheme.yaml")
    relations = folder / "relations.csv"
    cohort = rm.read_cohort(
        folder / "mentors.csv",
        folder / "mentees.csv",
        relations=relations if relations.exists() else None,
        sensitive=scheme.sensitive,
    )
    sides = people(request.param, "mentors"), people(request.param, "mentees")
    return request.param, *sides, rm.match(cohort, scheme)


# Every example ---------------------------------------------------------------------------------


def test_the_result_is_proved_optimal_and_valid(example):
    result = example[-1]
    assert result.status is rm.Status.OPTIMAL
    assert rm.check(result) == []


def test_only_trained_people_are_paired(example):
    _, mentors, mentees, result = example
    for mentee, mentor in result.made:
        assert said(mentors[mentor], "attended_training") in YES
        assert said(mentees[mentee], "attended_training") in YES


def test_nobody_is_paired_with_somebody_who_has_power_over_them(example):
    name, mentors, mentees, result = example
    stated = set()
    if name == "medical_school":
        with (EXAMPLES / name / "relations.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        stated = {(row["mentee"], row["mentor"]) for row in rows if row["kind"] != "pinned"}
        assert len(stated) == 4
    for mentee, mentor in result.made:
        assert (mentee, mentor) not in stated
        for kind in RELATIONS:
            assert mentee not in named(mentors[mentor], kind)
            assert mentor not in named(mentees[mentee], kind)


def test_nobody_is_paired_along_a_reporting_chain(example):
    _, mentors, mentees, result = example
    for mentee, mentor in result.made:
        above = named(mentors[mentor], "line_manager")
        for _ in range(2):
            above |= {
                manager
                for id_ in above & mentees.keys()
                for manager in named(mentees[id_], "line_manager")
            }
        assert mentee not in above


def test_each_has_places_for_their_pairs(example):
    _, mentors, mentees, result = example
    for role, side in (("mentor", mentors), ("mentee", mentees)):
        for id_, person in side.items():
            assert len(result.made.partners(role, id_)) <= int(person.get("capacity") or 1)


# Each example ----------------------------------------------------------------------------------


def matched(folder, **changes):
    """Pair an example after changing cells of mentors.csv."""
    mentors = pd.read_csv(EXAMPLES / folder / "mentors.csv", dtype=str).set_index("id")
    for id_, status in changes.items():
        mentors.loc[id_, "status"] = status
    cohort = rm.read_cohort(
        mentors.reset_index(),
        EXAMPLES / folder / "mentees.csv",
        relations=EXAMPLES / folder / "relations.csv",
    )
    return rm.match(cohort, rm.Scheme.from_file(EXAMPLES / folder / "scheme.yaml"))


def test_medical_school_pairs_nine_keeps_the_pin_and_spares_the_reserves():
    result = matched("medical_school")
    assert len(result.made) == 9
    assert ("E08", "M08") in result.made
    assert result.unpaired["id"].tolist() == ["M10", "M11"]
    assert set(result.unpaired["reason"]) == {"is a reserve, and was not needed"}


@pytest.mark.parametrize("gone", ["M01", "M02", "M03", "M04", "M05", "M06", "M07", "M09"])
def test_a_reserve_steps_in_for_whoever_withdraws(gone):
    result = matched("medical_school", **{gone: "withdrawn"})
    used = {mentor for _, mentor in result.made}
    assert len(result.made) == 9
    assert ("E08", "M08") in result.made
    assert gone not in used
    assert len(used & {"M10", "M11"}) == 1


def test_the_pilot_runs_from_the_proposal_to_the_next_run(monkeypatch):
    monkeypatch.chdir(EXAMPLES / "medical_school")
    notebook = json.loads(Path("pilot.ipynb").read_text(encoding="utf-8"))
    names = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), "pilot.ipynb", "exec"), names)
    approved, change, final, over = (names[n] for n in ("approved", "change", "final", "over"))
    assert approved.review.state == final.review.state == "approved"
    assert ("E01", "M02") not in approved.made
    # Eight pairs are left in peace, and a reserve steps in for the ninth.
    assert len(change.kept) == 8
    assert set(final.made) - set(approved.made) <= {("E01", "M10"), ("E01", "M11")}
    assert len(final.made) == 9
    assert over.pins == (("E09", "M07"),)
    assert ("E09", "M07") in names["result"].made
    assert len(names["result"].made) == 3
    assert ("E02", "M04") in final.made
    assert ("E02", "M04") not in names["result"].made


def test_the_pairing_made_by_hand_is_valid_and_scores_less():
    result = matched("medical_school")
    found = rm.check(
        result.cohort, result.scheme, EXAMPLES / "medical_school/manual.csv", best=result
    )
    assert found == []
    assert found.best == result.objective
    assert found.objective["pairs"] == found.best["pairs"] == 9
    assert found.objective["total"] < found.best["total"]


def test_research_centre_pairs_the_ten_trained_and_has_four_mentors_over():
    mentors, mentees = (people("research_centre", side) for side in ("mentors", "mentees"))
    trained = [
        {id_ for id_, person in side.items() if said(person, "attended_training") in YES}
        for side in (mentees, mentors)
    ]
    assert [len(side) for side in trained] == [10, 14]
    folder = EXAMPLES / "research_centre"
    cohort = rm.read_cohort(folder / "mentors.csv", folder / "mentees.csv")
    result = rm.match(cohort, rm.Scheme.from_file(folder / "scheme.yaml"))
    assert {mentee for mentee, _ in result.made} == trained[0]
    assert len(trained[1] - {mentor for _, mentor in result.made}) == 4
    for mentee, mentor in result.made:
        assert mentees[mentee]["organisation"] != mentors[mentor]["organisation"]
    used = Counter(mentors[mentor]["organisation"] for _, mentor in result.made)
    assert len(used) == 3
    assert min(used.values()) >= 2


def test_research_centre_tells_what_each_wish_costs():
    folder = EXAMPLES / "research_centre"
    cohort = rm.read_cohort(folder / "mentors.csv", folder / "mentees.csv")
    scheme = rm.Scheme.from_file(folder / "scheme.yaml")
    result = rm.match(cohort, scheme)
    costs = rm.prices_of_rules(result).set_index("part")
    assert costs.what["quotas[0]"] == "at least 2 mentors of each organisation"
    # only the training costs a pair: one senior did not come
    assert costs.pairs[costs.pairs != 0].to_dict() == {"rules[0]": 1}
    assert costs.total["quotas[0]"] == 0
    [quota] = scheme.to_dict()["quotas"]
    three, four = (rm.what_if(result, quotas={0: {**quota, "at_least": n}}) for n in (3, 4))
    assert round(three.price["total"], 3) == 0.014
    assert four.result.status is rm.Status.INFEASIBLE


def test_deanery_keeps_the_rule_on_backgrounds_and_most_people_are_paired():
    result = rm.match(*synthetic.demo())
    mentors, mentees = (people("deanery", side) for side in ("mentors", "mentees"))
    assert (len(mentors), len(mentees)) == (60, 45)
    assert 35 <= len({mentee for mentee, _ in result.made}) < 45
    for mentee, mentor in result.made:
        assert said(mentors[mentor], "ethnicity") == "ethnic minority background"
        assert said(mentees[mentee], "ethnicity") == "any other background"
        assert said(mentors[mentor], "status") != "withdrawn"


def test_deanery_pairs_people_carried_over_first():
    cohort, scheme = synthetic.demo()
    first = rm.match(cohort, scheme)
    without = rm.match(cohort, scheme.model_copy(update={"objective": ("pairs", "total")}))
    carried_over = [
        {id_ for id_, person in people("deanery", side).items() if person["priority"] != "0"}
        for side in ("mentees", "mentors")
    ]
    paired = [
        sum(len({pair[place] for pair in result.made} & carried_over[place]) for place in (0, 1))
        for result in (first, without)
    ]
    assert len(first.made) == len(without.made)
    assert first.objective["total"] < without.objective["total"]
    assert paired[0] > paired[1]
    assert first.objective["priority"] == paired[0]


PARITY = {"side": "mentors", "column": "graduate_route", "parity": 0.10}


def test_deanery_pairs_the_same_share_of_both_routes_at_a_small_cost():
    result = rm.match(*synthetic.demo())
    told = rm.what_if(result, quotas={0: PARITY})
    fair = told.result
    assert fair.status is rm.Status.OPTIMAL
    assert rm.check(fair) == []
    mentors = people("deanery", "mentors")

    def apart(pairs):
        paired = {mentor for _, mentor in pairs}
        shares = [
            Fraction(len(group & paired), len(group))
            for route in ("UK", "international")
            if (
                group := {
                    id_
                    for id_, mentor in mentors.items()
                    if mentor["graduate_route"] == route and said(mentor, "status") != "withdrawn"
                }
            )
        ]
        return abs(shares[0] - shares[1])

    assert apart(fair.made) <= Fraction("0.1") < apart(result.made)
    assert told.price == {"pairs": 0, "priority": 0, "total": pytest.approx(0.08, abs=0.005)}
    total_first = fair.scheme.model_copy(update={"objective": ("pairs", "total", "priority")})
    without = rm.match(fair.cohort, total_first).objective
    assert without["pairs"] == fair.objective["pairs"]
    assert without["priority"] == fair.objective["priority"] - 1
    assert without["total"] - fair.objective["total"] == pytest.approx(0.48, abs=0.005)


@pytest.mark.parametrize("quotas", [{}, {0: PARITY}], ids=["as it is", "with parity"])
def test_deanery_shows_nobodys_background_or_route(tmp_path, quotas):
    result = rm.what_if(rm.match(*synthetic.demo()), quotas=quotas).result
    result.save(tmp_path / "run.json")
    shown = [repr(result), result._repr_html_(), (tmp_path / "run.json").read_text("utf-8")]
    shown += [str(explanation) for explanation in explain_all(result)]
    answers = {
        said(person, "ethnicity")
        for side in ("mentors", "mentees")
        for person in people("deanery", side).values()
    } - {""}
    assert len(answers) == 2
    assert not [text for text in shown if re.search(r"\bUK\b|international(?! graduates)", text)]
    assert not [text for text in shown if any(answer in text.casefold() for answer in answers)]


# Files and notebooks ---------------------------------------------------------------------------


def test_the_deanery_is_the_bundled_demo_and_can_be_made_again(tmp_path):
    spec = importlib.util.spec_from_file_location("make_data", EXAMPLES / "make_data.py")
    make_data = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make_data)
    make_data.main([tmp_path])
    files = {file.name: file.read_bytes() for file in synthetic.demo_files()}
    assert sorted(files) == ["mentees.csv", "mentors.csv", "scheme.yaml"]
    for name, content in files.items():
        assert (EXAMPLES / "deanery" / name).read_bytes() == content
        if name.endswith(".csv"):
            assert (tmp_path / name).read_bytes() == content


def test_each_example_has_a_notebook():
    assert {path.parent.name for path in NOTEBOOKS} == {*FOLDERS, "research", "survey"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_short_prose_first_and_say_what_to_do_next(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = [(cell["cell_type"], "".join(cell["source"])) for cell in notebook["cells"]]
    assert len(cells) <= 20
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert cells[0][0] == "markdown"
    assert cells[-1][0] == "markdown"
    assert cells[-1][1].startswith("## What to do next")
    for _, text in cells:
        assert not LOCAL_PATH.search(text)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_stored_with_what_they_show_and_nothing_of_the_machine(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert path.stat().st_size < 300_000
    assert notebook["metadata"]["language_info"] == {"name": "python"}
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    outputs = [output for cell in code for output in cell["outputs"]]
    assert outputs
    assert not [output for output in outputs if output["output_type"] == "error"]
    assert not [output for output in outputs if output.get("name") == "stderr"]
    for output in outputs:
        data = output.get("data", {})
        shown = [output.get("text", []), data.get("text/plain", []), data.get("text/html", [])]
        assert not LOCAL_PATH.search("".join("".join(text) for text in shown))


def test_notebooks_for_coordinators_show_pictures_whose_code_is_folded():
    for path in NOTEBOOKS:
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if "import matplotlib" in "".join(cell["source"]) or "plt.show()" in cell["source"]:
                assert cell["metadata"] == {"jupyter": {"source_hidden": True}}, path.name
                assert any("image/png" in output["data"] for output in cell["outputs"]), path.name


def notebook_runner():
    spec = importlib.util.spec_from_file_location("run_notebooks", EXAMPLES / "run_notebooks.py")
    runner = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(runner)
    return runner


def test_the_check_of_notebooks_compares_words_and_no_pictures_counts_or_tags():
    texts = notebook_runner().texts
    stored = (EXAMPLES / "medical_school/medical_school.ipynb").read_text(encoding="utf-8")
    shown = texts(stored)
    assert "(a picture)" in shown
    assert any("M01" in line for line in shown)
    assert not any("<td" in line for line in shown)
    notebook = json.loads(stored)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["execution_count"] = 99
            for output in cell["outputs"]:
                if "image/png" in output.get("data", {}):
                    output["data"]["image/png"] = "another picture"
    changed = json.dumps(notebook)
    assert texts(re.sub(r"<(td|th)", r"<\1 id=1", changed)) == shown
    assert texts(changed.replace("E01", "E99")) != shown
