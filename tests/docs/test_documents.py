"""Every code block of the README and the docs runs, and prints what stands under it."""

import contextlib
import io
import re
import shlex
import shutil
import textwrap
from pathlib import Path

import pytest

import rmmatch as rm
from rmmatch import cli, synthetic

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
# Lines that set a machine up cannot run inside a test: `.ci/run` runs them.
RUN_BY_CI = ("python3 -m venv", ".venv/bin/", "bash .ci/run", "make ")
ON_WINDOWS = ("py -m venv", "py -m pip", ".venv\\Scripts\\")


def blocks(document):
    """Return (language, text, the text block that follows directly or None)."""
    text = document.read_text(encoding="utf-8")
    found = list(FENCE.finditer(text))
    for place, match in enumerate(found):
        following = found[place + 1] if place + 1 < len(found) else None
        expected = None
        if (
            following
            and following[2] == "text"
            and not text[match.end() : following.start()].strip()
        ):
            expected = textwrap.dedent(following[3])
        yield match[2], textwrap.dedent(match[3]), expected


def tidy(text):
    return [line.rstrip() for line in text.strip().splitlines()]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the demo's files, where a reader of the docs would stand."""
    for file in synthetic.demo_files():
        shutil.copy(file, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_code_blocks_run_and_print_what_is_written(document, folder):
    names = {"__name__": "document"}
    for language, text, expected in blocks(document):
        printed = io.StringIO()
        if language == "python":
            with contextlib.redirect_stdout(printed):
                exec(compile(text, document.name, "exec"), names)
        elif language == "console":
            for line in text.splitlines():
                command = shlex.split(line.removeprefix("$ "), comments=True)
                assert command[0] == "rmmatch", f"only rmmatch runs in a console block: {line}"
                with contextlib.redirect_stdout(printed):
                    assert cli.main(command[1:]) == 0, line
        elif language == "yaml":
            is_form = re.search("^fields:", text, re.MULTILINE)
            (rm.Form if is_form else rm.Scheme).from_text(text)
        elif language == "bash":
            assert all(line.startswith(RUN_BY_CI) for line in text.splitlines()), text
        elif language == "powershell":
            assert all(line.startswith(ON_WINDOWS) for line in text.splitlines()), text
        else:
            assert language == "text", language
        if expected is not None:
            assert tidy(printed.getvalue()) == tidy(expected), document.name


def test_the_readme_is_short_and_shows_a_result_early():
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 120
    assert any(line.startswith("```python") for line in lines[:25])
    assert any(re.search(r"\d+ pairs.*proved", line) for line in lines[:25])


def test_the_first_code_of_the_readme_runs_where_there_are_no_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    language, text, expected = next(blocks(ROOT / "README.md"))
    assert language == "python"
    assert expected
    exec(compile(text, "README.md", "exec"), {"__name__": "document"})
    assert not list(tmp_path.iterdir())
