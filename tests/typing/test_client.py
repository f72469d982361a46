"""A client is checked by `mypy --strict`, and does what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import rmmatch

CLIENT = Path(__file__).parent / "client.py"
SOURCE = Path(rmmatch.__file__).parents[1]


def mypy(path: Path, cache: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", f"--cache-dir={cache}"]
    # errors of the library's own files are those of `make lint`
    command += ["--follow-imports=silent", str(path)]
    environment = {**os.environ, "MYPYPATH": str(SOURCE)}
    return subprocess.run(command, capture_output=True, text=True, env=environment)


def test_a_client_is_strictly_typed(tmp_path: Path) -> None:
    done = mypy(CLIENT, tmp_path / "cache")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Success" in done.stdout

    text = CLIENT.read_text(encoding="utf-8")
    for wrong, right in (
        ('nane="Autumn"', 'name="Autumn"'),
        ("wieght=4", "weight=4"),
        ('time_limit="10"', "time_limit=10"),
    ):
        assert right in text
        text = text.replace(right, wrong)
    worse = tmp_path / "worse.py"
    worse.write_text(text, encoding="utf-8")
    done = mypy(worse, tmp_path / "cache")
    found = re.findall(r'"(\w+)"', done.stdout)
    assert {"nane", "wieght", "time_limit"} <= set(found), done.stdout


def test_the_client_runs() -> None:
    done = subprocess.run([sys.executable, str(CLIENT)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "'codes': ['unknown_type']" in done.stdout
    assert "'total': " in done.stdout
