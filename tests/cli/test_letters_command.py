"""`rmmatch letters`: files in a folder, what to look at, and nothing sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.letters import mentees, mentors, run_of, template


@pytest.fixture
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run with its tables, in the working folder."""
    monkeypatch.chdir(tmp_path)
    mentors().to_csv("mentors.csv", index=False)
    mentees().to_csv("mentees.csv", index=False)
    run_of().save("run.json", sensitive=True)
    return tmp_path


INPUTS = "run.json", "mentors.csv", "mentees.csv"


def test_it_writes_the_files_and_says_what_to_look_at(run, saved: Path) -> None:
    outcome = run("letters", *INPUTS, "--out", "out", columns=300)
    assert outcome.code == 0, outcome.err
    assert outcome.out.startswith("13 letters: Draft – not approved. Nothing was sent.")
    assert "do not name the partner" in outcome.out
    assert "Ida Pimg" in outcome.out
    names = {path.name for path in (saved / "out").iterdir()}
    assert "draft-letters-mentees.docx" in names
    assert all(name in outcome.out for name in names)


def test_your_own_templates_are_used(run, saved: Path) -> None:
    own, other = template(saved, "{{ name }}"), template(saved, "{{ email }}", name="other.docx")
    words = ["letters", *INPUTS, "--kinds", "docx", "--partners-agreed", "--sender", "Jo Hart"]
    assert run(*words, "--template", own, "--out", "one").code == 0
    assert (saved / "one" / "draft-letters.docx").exists()
    assert run(*words, "--template", own, "--mentor-template", other, "--out", "two").code == 0
    assert (saved / "two" / "draft-letters-mentors.docx").exists()


def test_a_wrong_template_writes_nothing(run, saved: Path) -> None:
    own = template(saved, "{{ frist_name }}")
    outcome = run("letters", *INPUTS, "--template", own, "--out", "out")
    assert outcome.code == 2
    assert "did you mean first_name?" in outcome.err
    assert not (saved / "out").exists()


def test_what_does_not_fit_is_refused(run, saved: Path) -> None:
    own = template(saved, "x")
    assert "--template" in run("letters", *INPUTS, "--mentor-template", own, "--out", "o").err
    outcome = run("letters", *INPUTS, "--kinds", "merge,tempates", "--out", "out")
    assert outcome.code == 2
    assert "templates" in outcome.err
    outcome = run("letters", "run.json", "--out", "out", columns=300)
    assert outcome.code == 2
    assert "give the tables of the people" in outcome.err
    assert not (saved / "out").exists()
