"""What the examples write and say stays as it is, to the last character.

Run with ``RMMATCH_WRITE_GOLDEN=1`` to write the files anew after a change of words or of the
format that is meant, and read the difference before it is committed.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import rmmatch as rm
from rmmatch.cli import main

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"
EXAMPLES = ("deanery", "medical_school", "research_centre")
RELATIONS = {"medical_school": "relations.csv"}
WRITES = bool(os.environ.get("RMMATCH_WRITE_GOLDEN"))


@pytest.fixture(scope="module", params=EXAMPLES)
def example(request: pytest.FixtureRequest) -> tuple[str, rm.Result]:
    """Name and result of an example."""
    folder = ROOT / "examples" / request.param
    scheme = rm.Scheme.from_file(folder / "scheme.yaml")
    relations = RELATIONS.get(request.param)
    cohort = rm.read_cohort(
        folder / "mentors.csv",
        folder / "mentees.csv",
        relations=folder / relations if relations else None,
        scheme=scheme,
    )
    return request.param, rm.match(cohort, scheme)


def agrees(name: str, text: str) -> None:
    """Compare a text with the one on record, or put it on record."""
    path = GOLDEN / name
    if WRITES:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    assert path.read_text(encoding="utf-8") == text


def sections(result: rm.Result) -> Iterator[tuple[str, Any]]:
    """Yield what can be asked of a result, and the answers."""
    mentees, mentors = result.cohort.mentees.ids, result.cohort.mentors.ids
    (mentee, mentor), *_ = result.made
    yield "result", result
    yield "page", result._repr_html_()
    yield "unpaired", result.unpaired.to_csv(index=False)
    yield "check", f"{rm.check(result)}\n{rm.check(result.cohort, result.scheme, [(mentee, 'M?')])}"
    for audience in ("coordinator", "committee", "participant"):
        for id_ in mentees[:12]:
            yield f"explain {id_} ({audience})", rm.explain(result, mentee=id_, audience=audience)
        for id_ in mentors[:12]:
            yield f"explain {id_} ({audience})", rm.explain(result, mentor=id_, audience=audience)
    for id_ in mentors[:8]:
        yield f"explain {mentee} {id_}", rm.explain(result, mentee=mentee, mentor=id_)
    yield "what if apart", rm.what_if(result, forbid=[(mentee, mentor)])
    yield "what if gone", rm.what_if(result, remove=[("mentor", mentor)])
    rematch = rm.rematch(result, withdrawn=[("mentor", mentor)])
    yield "rematch", rematch
    for audience in ("coordinator", "committee", "participant"):
        for notice in rematch.notices(audience):
            yield f"notice ({audience})", notice
    yield "carry over", rm.carry_over(result)
    yield "reviewed", rm.review(result, lock=[(mentee, mentor)], comment="seen")


def said(answer: Any) -> str:
    """Return an answer as text, without today's date."""
    return re.sub(r"\b2\d{3}-\d\d-\d\d(T[\d:+.Z]+)?", "DATE", str(answer))


def test_texts_are_those_on_record(example: tuple[str, rm.Result]) -> None:
    name, result = example
    text = "".join(f"== {title}\n{said(answer)}\n" for title, answer in sections(result))
    agrees(f"{name}/texts.txt", text)


def test_the_record_is_the_one_on_record(example: tuple[str, rm.Result], tmp_path: Path) -> None:
    name, result = example
    result.save(tmp_path / "run.json")
    record = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    del record["run"]["versions"], record["sha256"]
    agrees(f"{name}/run.json", json.dumps(record, indent=1, ensure_ascii=False) + "\n")


def test_files_of_the_command_line_are_those_on_record(
    example: tuple[str, rm.Result],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name, _ = example
    monkeypatch.chdir(ROOT / "examples" / name)
    monkeypatch.setenv("COLUMNS", "100")
    tables = ["mentors.csv", "mentees.csv", "--scheme", "scheme.yaml"]
    if name in RELATIONS:
        tables += ["--relations", RELATIONS[name]]
    assert main(["validate", *tables]) in (0, 1)
    assert main(["match", *tables, "--out", str(tmp_path / "out")]) == 0
    output = capsys.readouterr()
    shown = output.out + "== stderr\n" + output.err
    shown = shown.replace(str(tmp_path), "TMP")
    agrees(f"{name}/terminal.txt", re.sub(r"\d+\.\d+ s\b", "N s", shown))
    for file in sorted((tmp_path / "out").iterdir()):
        if file.suffix in (".csv", ".txt", ".html"):
            agrees(f"{name}/{file.name}", file.read_text(encoding="utf-8"))
