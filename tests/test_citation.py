"""How to cite: the same version everywhere, and every paper that the code names is listed."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import yaml

import rmmatch as rm

ROOT = Path(__file__).parents[1]
CITING = (ROOT / "docs/citing.md").read_text(encoding="utf-8")
# A name, perhaps others, and a year: "(Hall, 1935)", "Gale and Shapley 1962", "Wilson's … (1927)".
NAMED = re.compile(r"\b([A-Z][a-zö]+)(?:,? (?:and )?[A-Z][a-zö]+)*,? \(?(1[89]\d\d|20[01]\d)\b")
NO_AUTHORS = {"Act", "Monday"}  # a law, a first day of weeks


def citation() -> dict[str, object]:
    data = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert isinstance(data, dict)
    return data


def test_the_version_is_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    top = re.search(r"^## (\S+) \((.+)\)$", changelog, re.MULTILINE)
    assert top is not None
    version, released = top.groups()
    cited = citation()
    assert cited["version"] == project["version"] == rm.__version__ == version
    assert re.findall(r"version = \{(.+)\}", CITING) == [version]
    assert f"rmmatch {version} (" in CITING
    # Nobody is told of a release that has not been.
    assert str(cited.get("date-released", "unreleased")) == released


def test_the_citation_has_what_a_reference_needs() -> None:
    cited = citation()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert cited["cff-version"] == "1.2.0"
    assert cited["license"] == project["license"]
    assert cited["authors"] == project["authors"]
    assert {"message", "title", "abstract", "type", "keywords"} <= cited.keys()
    assert f"title   = {{{cited['title']}}}" in CITING


def test_every_paper_that_the_code_and_the_docs_name_is_in_the_list() -> None:
    pages = [*(ROOT / "src/rmmatch").rglob("*.py"), *(ROOT / "docs").glob("*.md")]
    named = {
        (author, year)
        for path in pages
        if path.name not in ("citing.md", "benchmarks.md")
        for author, year in NAMED.findall(path.read_text(encoding="utf-8"))
        if author not in NO_AUTHORS
    }
    assert {("Gale", "1962"), ("Hall", "1935"), ("Murty", "1968")} <= named
    rows = [line for line in CITING.splitlines() if line.startswith("|")]
    missing = [
        (author, year)
        for author, year in sorted(named)
        if not any(author in row and f"({year})" in row for row in rows)
    ]
    assert missing == []
