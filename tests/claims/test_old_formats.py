"""Records and schemes that earlier versions wrote are still read, and mean the same.

Each folder of ``old/<format version>/`` holds a scheme, its tables and the record of one run, as
the version of that time wrote them. These files are never changed. A new format version gets a
folder of its own beside the old ones; `docs/releasing.md` says when there is a new version.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

import rmmatch as rm

OLD = Path(__file__).parent / "old"
RUNS = sorted(path.parent for path in OLD.glob("*/*/run.json"))


@pytest.fixture(params=RUNS, ids=lambda run: f"{run.parent.name}-{run.name}")
def folder(request: pytest.FixtureRequest) -> Path:
    """The folder of one run."""
    return Path(request.param)


def written(folder: Path) -> dict[str, Any]:
    """Return a record as plain data, without the code that reads records."""
    record: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    return record


def cohort_of(folder: Path) -> rm.Cohort:
    scheme = rm.Scheme.from_file(folder / "scheme.yaml")
    return rm.read_cohort(folder / "mentors.csv", folder / "mentees.csv", scheme=scheme)


def test_an_old_record_says_what_its_file_says(folder: Path) -> None:
    run = written(folder)["run"]
    result = rm.load_result(folder / "run.json")
    pairs = None if result.matching is None else [list(pair) for pair in result.matching]
    assert result.status.value == run["status"]
    assert pairs == run["pairs"]
    assert result.reason == run["reason"]
    assert result.seed == run["seed"]
    assert result.proof == run["proof"]
    assert json.loads(json.dumps(dict(result.values))) == run["values"]
    assert json.loads(json.dumps(dict(result.bounds))) == run["bounds"]
    assert [step.state for step in result.review.log] == [
        step["state"] for step in run.get("review", [])
    ]


def test_an_old_record_still_passes_its_check(folder: Path) -> None:
    for cohort in (None, cohort_of(folder)):
        result = rm.load_result(folder / "run.json", cohort=cohort)
        if result.matching is None:
            assert result.conflict is not None
        else:
            assert rm.check(result) == []


def test_an_old_record_that_is_saved_again_says_the_same(folder: Path, tmp_path: Path) -> None:
    rm.load_result(folder / "run.json", cohort=cohort_of(folder)).save(tmp_path / "run.json")
    again = rm.load_result(tmp_path / "run.json")
    before = rm.load_result(folder / "run.json")
    assert again.matching == before.matching
    assert again.status == before.status
    assert dict(again.values) == dict(before.values)
    assert again.review == before.review


def test_an_old_scheme_survives_a_round_trip(folder: Path, tmp_path: Path) -> None:
    scheme = rm.Scheme.from_file(folder / "scheme.yaml")
    for file in ("scheme.yaml", "scheme.json"):
        scheme.to_file(tmp_path / file)
        assert rm.Scheme.from_file(tmp_path / file) == scheme


def test_an_old_scheme_says_what_its_file_says(folder: Path) -> None:
    plain = yaml.safe_load((folder / "scheme.yaml").read_text(encoding="utf-8"))
    scheme = rm.Scheme.from_file(folder / "scheme.yaml")
    assert scheme.name == plain["name"]
    assert [criterion.weight for criterion in scheme.criteria] == [
        entry["weight"] for entry in plain["criteria"]
    ]
    assert [rule.type for rule in scheme.rules] == [entry["type"] for entry in plain["rules"]]


def test_the_scheme_inside_an_old_record_is_still_a_scheme(folder: Path) -> None:
    plain = written(folder)["run"]["scheme"]
    result = rm.load_result(folder / "run.json")
    assert rm.Scheme.from_text(json.dumps(plain)) == result.scheme


def test_every_format_version_up_to_todays_is_kept(tmp_path: Path) -> None:
    cohort, scheme = rm.synthetic.demo()
    rm.match(cohort, scheme).save(tmp_path / "run.json")
    newest = written(tmp_path)["version"]
    assert {written(folder)["version"] for folder in RUNS} == set(range(1, newest + 1))
    assert all(str(written(folder)["version"]) == folder.parent.name for folder in RUNS)
    schemes = {rm.Scheme.from_file(folder / "scheme.yaml").version for folder in RUNS}
    assert schemes == set(range(1, scheme.version + 1))


def test_the_kept_runs_are_of_several_kinds() -> None:
    runs = [written(folder)["run"] for folder in RUNS]
    assert {run["status"] for run in runs} == {"optimal", "infeasible"}
    assert {run["proof"] for run in runs} == {"prices", "solver", ""}
    assert any(run["scheme"].get("sensitive") for run in runs)
    assert any(run.get("review") for run in runs)
