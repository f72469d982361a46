"""The page of review as a file: what it may do, what it holds, and the decisions read back."""

from __future__ import annotations

import base64
import csv
import hashlib
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

import rmmatch as rm
from helpers.hostile import BRACES, IMAGE, SCRIPT, hostile_result
from rmmatch.cli import main
from rmmatch.desk.page.rendering import page_environment, static_text
from rmmatch.desk.reporting import read_decisions
from rmmatch.errors import MissingExtraError, NoMatchingError, RecordError, ReviewError
from rmmatch.matching.records.record import run_key

HEADER = ["run", "mentee", "mentor", "decision", "reason"]


@pytest.fixture(scope="module")
def result() -> rm.Result:
    return rm.match(*rm.synthetic.demo())


def page_of(result: rm.Result, folder: Path, **options: bool) -> str:
    result.report(folder / "review.html", **options)
    return (folder / "review.html").read_text(encoding="utf-8")


class Elements(HTMLParser):
    """The elements of a page, and the text within scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.raw: dict[str, list[str]] = {"script": [], "style": []}
        self._inside = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag

    def handle_data(self, data: str) -> None:
        if self._inside in self.raw:
            self.raw[self._inside].append(data)
        self._inside = ""


def test_its_policy_allows_its_own_style_and_script_and_nothing_else(
    result: rm.Result, tmp_path: Path
) -> None:
    page = Elements(page_of(result, tmp_path))
    (policy,) = [a["content"] for t, a in page.tags if a.get("http-equiv")]
    digests = {
        tag: base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for tag, (text,) in page.raw.items()
    }
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digests['style']}'; "
        f"script-src 'sha256-{digests['script']}'; base-uri 'none'; form-action 'none'"
    )


def test_it_loads_nothing_and_has_no_style_or_script_beside_its_own(
    result: rm.Result, tmp_path: Path
) -> None:
    page = page_of(result, tmp_path)
    elements = Elements(page)
    assert not {t for t, _ in elements.tags} & {"img", "link", "iframe", "object", "embed", "base"}
    for tag, attributes in elements.tags:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        assert "src" not in attributes
        assert tag != "a" or attributes["href"] == "#main"
    assert not re.search(r"https?://", page)


def test_style_and_script_are_small() -> None:
    assert len(static_text("page.css").encode()) <= 5 * 1024
    assert len(static_text("review.js").encode()) <= 12 * 1024
    forbidden = r"\b(fetch|XMLHttpRequest|WebSocket|eval|innerHTML|Function|import)\b"
    assert not re.search(forbidden, static_text("review.js"))


def test_it_is_the_same_each_time_and_stays_small(result: rm.Result, tmp_path: Path) -> None:
    page = page_of(result, tmp_path)
    assert page == page_of(result, tmp_path)
    assert len(page.encode()) < 250_000


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    result = hostile_result()
    page = page_of(result, tmp_path, emails=True)
    elements = Elements(page)
    assert [t for t, _ in elements.tags].count("script") == 1
    assert "img" not in {t for t, _ in elements.tags}
    assert "\u202e" not in page
    for text in (SCRIPT, IMAGE):
        assert text not in page
    assert BRACES in page  # as it was written: no template ran it


def test_an_approved_run_is_shown_to_be_read_only(result: rm.Result, tmp_path: Path) -> None:
    page = page_of(result, tmp_path)
    assert "Draft – not approved" in page
    approved = rm.approve(rm.review(result, by="A. Coordinator"), by="B. Dean")
    page = page_of(approved, tmp_path)
    assert "Draft" not in page
    assert "by B. Dean" in page
    assert not [a for _, a in Elements(page).tags if "data-act" in a or a.get("id") == "download"]


def test_it_is_written_whole_or_not_at_all(result: rm.Result, tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="cannot be written"):
        result.report(tmp_path / "nowhere" / "review.html")
    with pytest.raises(NoMatchingError):
        result.replace(matching=None).report(tmp_path / "review.html")
    assert not list(tmp_path.iterdir())


def test_without_the_extra_a_page_is_one_clear_error(
    result: rm.Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page_environment.cache_clear()
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(MissingExtraError, match=r"rmmatch\[report\]"):
        result.report(tmp_path / "review.html")
    assert not list(tmp_path.iterdir())


def test_nothing_of_a_sensitive_column_is_in_it(tmp_path: Path) -> None:
    marked = ["ethnicity", "faith", "line_manager", "tutor", "declined"]

    def people(prefix: str, others: str) -> pd.DataFrame:
        rows = [
            {
                "id": f"{prefix}{place}",
                "grade": f"ST{place % 3 + 1}",
                "site": ["north", "south"][place % 2],
                "ethnicity": f"zqx {(place + (prefix == 'E')) % 3}",
                "faith": f"zqx {place}",
                "line_manager": f"zqx-boss9; {others}{place}",
                "tutor": "zqx-tutor9",
                "declined": f"{others}{(place + 1) % 7}",
            }
            for place in range(7)
        ]
        return pd.DataFrame(rows)

    scheme = rm.Scheme.model_validate(
        {
            "sensitive": marked,
            "criteria": [{"type": "workplace", "column": "site"}],
            "rules": [
                {"type": "attribute", "column": "ethnicity", "relation": "different"},
                {"type": "relations", "forbid": ["line_manager", "tutor", "declined"]},
            ],
            "quotas": [{"side": "mentors", "column": "faith", "parity": 1}],
        }
    )
    cohort = rm.read_cohort(people("M", "E"), people("E", "M").iloc[:5], scheme=scheme)
    result = rm.match(cohort, scheme)
    page = page_of(result, tmp_path, emails=True)
    assert "confidential" in page
    shown = re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.DOTALL).casefold()
    for word in ("zqx", "ethnicity", "faith", "tutor", "declined", "line manager"):
        assert word not in shown, word


def test_e_mails_and_reasons_are_not_in_it(result: rm.Result, tmp_path: Path) -> None:
    seen = rm.review(result, reject={result.made.pairs[0]: "zqx choir"}, comment="zqx comment")
    page = page_of(seen, tmp_path)
    assert "zqx" not in page
    assert "@example" not in page
    assert "@example" in page_of(seen, tmp_path, emails=True)


# --- decisions read back ---------------------------------------------------------------------


def write_decisions(path: Path, lines: list[list[str]], header: list[str] = HEADER) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([header, *lines])
    return path


def test_decisions_of_a_page_are_read(result: rm.Result, tmp_path: Path) -> None:
    key, pairs = run_key(result), result.made.pairs
    seen = rm.review(result, lock=[pairs[2]])
    lines = [
        [key, *pairs[0], "kept", ""],
        [key, *pairs[1], "turned down", "'=same choir"],
        [key, *pairs[2], "open", ""],
    ]
    decisions = read_decisions(write_decisions(tmp_path / "decisions.csv", lines), seen)
    assert decisions.lock == (pairs[0],)
    assert dict(decisions.reject) == {pairs[1]: "=same choir"}
    assert decisions.release == (pairs[2],)
    reviewed = rm.review(seen, **decisions.arguments)
    assert reviewed.review.locked == (pairs[0],)


def test_decisions_of_another_run_or_round_are_refused(result: rm.Result, tmp_path: Path) -> None:
    pair = result.made.pairs[0]
    line = [[run_key(result), *pair, "kept", ""]]
    path = write_decisions(tmp_path / "decisions.csv", line)
    again = rm.match_again(rm.review(result, lock=[pair]))
    with pytest.raises(ReviewError) as caught:
        read_decisions(path, again)
    (problem,) = caught.value.items
    assert (problem.code, problem.column, problem.row) == ("other_run", "run", 2)


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        (("kept", "E999"), "not_in_result"),
        (("keept", ""), "not_a_decision"),
        (("turned down", ""), "missing_reason"),
    ],
)
def test_a_spoilt_file_is_refused_with_its_row(
    result: rm.Result, tmp_path: Path, cells: tuple[str, str], code: str
) -> None:
    decision, mentee = cells
    pair = result.made.pairs[0]
    line = [run_key(result), mentee or pair[0], pair[1], decision, ""]
    with pytest.raises(ReviewError) as caught:
        read_decisions(write_decisions(tmp_path / "d.csv", [line]), result)
    (problem,) = caught.value.items
    assert (problem.code, problem.row, problem.file) == (code, 2, "d.csv")
    assert problem.remedy


def test_a_file_without_a_column_is_refused(result: rm.Result, tmp_path: Path) -> None:
    path = write_decisions(
        tmp_path / "d.csv", [[run_key(result), "E001", "kept"]], ["run", "mentee", "decision"]
    )
    with pytest.raises(ReviewError) as caught:
        read_decisions(path, result)
    assert [problem.code for problem in caught.value.items] == ["missing_column"]


def test_the_commands_write_a_page_and_read_its_decisions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["demo", "--out", "d"]) == 0
    tables = ["d/run.json", "d/mentors.csv", "d/mentees.csv"]
    assert main(["report", *tables, "--review", "review.html"]) == 0
    shown = capsys.readouterr().out
    assert f"rmmatch review {' '.join(tables)} --decisions decisions.csv --by NAME" in shown
    page = (tmp_path / "review.html").read_text(encoding="utf-8")
    assert "Mentee 001" in page
    found = re.search(r'data-run="([^"]+)"', page)
    assert found
    write_decisions(tmp_path / "decisions.csv", [[found[1], "E001", "M060", "turned down", "kin"]])
    assert main(["review", *tables, "--decisions", "decisions.csv", "--by", "A. Dean"]) == 0
    assert rm.load_result("d/run.json").review.rejected == {("E001", "M060"): "kin"}
    assert main(["report", "d/run.json", "--review", "nowhere/review.html"]) == 2
