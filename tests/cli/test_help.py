"""Help: every command in the order of use, with an example that works as it stands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer

from rmmatch.cli.commands import app
from rmmatch.cli.help import EXAMPLES
from rmmatch.cli.words import pair_of

COMMANDS = [name for examples in EXAMPLES.values() for name in examples]


def test_every_command_is_in_a_group(run):
    outcome = run("--help")  # all commands have joined by then
    names = [command.name or command.callback.__name__ for command in app.registered_commands]
    assert sorted(name.replace("_", "-") for name in names) == sorted(COMMANDS)
    assert outcome.code == 0
    groups = re.findall("^([A-Z][a-z]+):$", outcome.out, flags=re.MULTILINE)
    assert groups == ["Options", *EXAMPLES]
    shown = re.findall("^  ([a-z-]+)  ", outcome.out, flags=re.MULTILINE)
    assert [name for name in shown if name in COMMANDS] == COMMANDS
    assert "..." not in outcome.out.split("Options:")[1]  # nothing is cut off


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_ends_with_its_example(run, name):
    outcome = run(name, "--help")
    assert outcome.code == 0
    example = next(examples[name] for examples in EXAMPLES.values() if name in examples)
    assert outcome.out.rstrip().endswith(f"Example:\n\n    {example}")


def test_the_examples_run_one_after_another(run, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("demo", "--out", ".").code == 0
    for name in COMMANDS:
        if name == "desk":  # it serves until somebody closes it: tests/desk/web
            continue
        example = next(examples[name] for examples in EXAMPLES.values() if name in examples)
        program, *words = shlex.split(example)
        assert program == "rmmatch"
        outcome = run(*words)
        assert outcome.code == 0, (example, outcome.err or outcome.out)


def test_every_command_that_takes_tables_takes_a_form(run):
    takers = set()
    for name in COMMANDS:
        text = run(name, "--help").out
        assert ("--relations" in text) <= ("--form" in text), name
        takers |= {name} if "--form" in text else set()
    assert len(takers) == 20


def test_a_pair_is_written_in_one_way(run):
    for name in COMMANDS:
        text = " ".join(run(name, "--help").out.split())
        assert "MENTOR,MENTEE" not in text
    assert pair_of("E003,M016", "--pin") == pair_of("E003 M016", "--pin") == ("E003", "M016")
    with pytest.raises(typer.BadParameter, match="as in E003,M016"):
        pair_of("E003", "--pin")
