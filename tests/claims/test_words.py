"""What people read is plain English: words and phrases that no text for people may have.

Whoever adds a phrase here mends every text that has it. The rules behind the list: short sentences
with a verb; names before ids; points out of 100; counting from 1; no jargon and no puns.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

import rmmatch as rm
from claims.test_golden import EXAMPLES, RELATIONS, ROOT, said, sections
from rmmatch.cli import main
from rmmatch.cli.commands import app

# Each is a regular expression, looked for in any case.
UNWANTED = (
    r"\ba draw decided\b",
    r"\bacceptable (mentor|mentee|partner)s?\b(?! pairs)",
    r"\banswers for it\b",
    r"\basks? to (part|stay)\b",
    r"\ba class away\b",
    r"\ba scheme rule\b",
    r"\bcollide",
    r"\bhas a capacity of 0\b",
    r"\bhow it is drawn\b|\bhow often it is drawn\b",
    r"\bids of people outside the cohort\b",
    r"\bIn all (that|the|nothing)\b",
    r"\bIt does not read\b",
    r"\blast millionth\b",
    r"\bleast sure first\b",
    r"\bmay not be paired\b",
    r"\bmore pairs or better pairs\?",
    r"\bmust be told\b",
    r"\bno table has any\b",
    r"\bno longer take part\b",
    r"\bnobody to too many\b",
    r"\bno others keep more\b",
    r"\bnothing shows it\b",
    r"\bnot told\b|\bis told\b|\bare told\b|\btold the\b",
    r"\bpaired with others\b",
    r"\bpeople change( partner)?:",
    r"\bproved optimal\b",
    r"\bOPTIMAL:|\bINFEASIBLE:|\bFEASIBLE:",
    r"\bscores? \d\.\d+ of 1\b",
    r"\bsolver's word\b",
    r"\bspares?\b",
    r"\bstands in it\b",
    r"\bthe files people write\b",
    r"\bthe two of you\b",
    r"\bwhat takes longer than two seconds\b",
    r"\bWorth knowing\b",
    r"\b(rules|quotas)\[\d+\]",
)
# What a page for researchers and engineers may say, and no text of a program.
TECHNICAL = (
    r"\bOPTIMAL:|\bINFEASIBLE:|\bFEASIBLE:",
    r"\bproved optimal\b",
    r"\bacceptable (mentor|mentee|partner)s?\b(?! pairs)",
    r"\b(rules|quotas)\[\d+\]",
)
PLAIN_PAGES = {"README.md", "start.md", "files.md", "from-your-form.md"}


def unwanted_in(text: str, *, is_technical: bool = False) -> list[str]:
    """Return every line that has a phrase of the list, with the phrase."""
    expressions = [one for one in UNWANTED if not (is_technical and one in TECHNICAL)]
    return [
        f"{found.group()!r} in: {line.strip()[:160]}"
        for line in text.splitlines()
        for expression in expressions
        if (found := re.search(expression, line, re.IGNORECASE))
    ]


@pytest.fixture(scope="module", params=EXAMPLES)
def answers(request: pytest.FixtureRequest) -> str:
    """Return what the library says of an example, freshly said."""
    folder = ROOT / "examples" / request.param
    scheme = rm.Scheme.from_file(folder / "scheme.yaml")
    relations = RELATIONS.get(request.param)
    cohort = rm.read_cohort(
        folder / "mentors.csv",
        folder / "mentees.csv",
        relations=folder / relations if relations else None,
        scheme=scheme,
    )
    result = rm.match(cohort, scheme)
    asked = [f"== {title}\n{said(answer)}" for title, answer in sections(result)]
    asked.append(str(rm.reserves(result, 1, draws=20)))
    asked.append(str(rm.trade_off(result)))
    return "\n".join(asked)


def test_no_answer_has_an_unwanted_phrase(answers: str) -> None:
    assert unwanted_in(answers) == []


def test_a_participant_reads_no_id(answers: str) -> None:
    blocks = re.split(r"^== ", answers, flags=re.MULTILINE)
    read = 0
    for block in blocks:
        title, _, text = block.partition("\n")
        if not title.endswith("(participant)"):
            continue
        read += 1
        text = re.sub(r"^Notice\(id='\w+'", "", text)
        assert not re.search(r"\b[EM]\d{2,3}\b", text), block
    assert read > 20


def test_a_coordinator_reads_names_before_ids(answers: str) -> None:
    """Every id stands in brackets after a name, in what is explained to a coordinator."""
    blocks = re.split(r"^== ", answers, flags=re.MULTILINE)
    read = 0
    for block in blocks:
        title, _, text = block.partition("\n")
        if re.fullmatch(r"explain \w+ \(coordinator\)|rematch|what if (apart|gone)", title):
            read += 1
            assert not re.findall(r"(?<!\()\b[EM]\d{2,3}\b", text), block
    assert read > 20


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_output_of_the_commands_has_an_unwanted_phrase(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT / "examples" / name)
    monkeypatch.setenv("COLUMNS", "200")
    tables = ["mentors.csv", "mentees.csv", "--scheme", "scheme.yaml"]
    if name in RELATIONS:
        tables += ["--relations", RELATIONS[name]]
    assert main(["validate", *tables]) in (0, 1)
    assert main(["match", *tables, "--out", str(tmp_path / "out")]) == 0
    shown = capsys.readouterr()
    texts = [shown.out, shown.err]
    for file in sorted((tmp_path / "out").iterdir()):
        if file.suffix in (".csv", ".txt", ".html"):
            texts.append(file.read_text(encoding="utf-8"))
    assert unwanted_in("\n".join(texts)) == []


def commands() -> list[str]:
    """Return every command, by its name."""
    return sorted(typer.main.get_command(app).commands)


def help_of(command: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Return the help of a command, or of all for no name."""
    assert main([*([command] if command else []), "--help"]) == 0
    return capsys.readouterr().out


def test_no_help_has_an_unwanted_phrase(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "400")  # so that no phrase is broken into two lines
    main(["--version"])  # all commands have joined by then
    found = {name: unwanted_in(help_of(name, capsys)) for name in ("", *commands())}
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_no_template_has_an_unwanted_phrase(tmp_path: Path) -> None:
    main(["template", str(tmp_path / "new")])
    texts = [file.read_text(encoding="utf-8") for file in tmp_path.rglob("*") if file.is_file()]
    assert texts
    assert unwanted_in("\n".join(texts)) == []


PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_has_an_unwanted_phrase(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert unwanted_in(text, is_technical=page.name not in PLAIN_PAGES) == []


@pytest.mark.parametrize(
    ("text", "is_unwanted"),
    [
        ("20 acceptable mentees, paired with others", True),
        ("OPTIMAL: 38 pairs, total 26.7, proved optimal", True),
        ("38 pairs. No better pairing exists under your rules (proved).", False),
        ("Who must be told what", True),
        ("someone to train as a stand-in", False),
        ("85 acceptable pairs", False),
    ],
)
def test_the_list_finds_what_it_is_for(text: str, is_unwanted: bool) -> None:
    assert bool(unwanted_in(text)) is is_unwanted
