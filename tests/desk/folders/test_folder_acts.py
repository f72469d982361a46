"""What is decided in a folder: acts change the pairs as the library does, and can be undone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import rmmatch as rm
from rmmatch.desk.folders import SchemeFolder
from rmmatch.errors import FolderError, ReviewError


def pairs_of(folder: SchemeFolder) -> set[tuple[str, str]]:
    assert folder.current is not None
    return set(folder.current.result.made)


def test_a_folder_pairs_its_tables_and_names_the_run_by_the_day(folder: SchemeFolder) -> None:
    run = folder.pair()
    best = rm.match(folder.cohort, folder.scheme)
    assert set(run.result.made) == set(best.made)
    assert run.name.rpartition("-")[2] == "1"
    assert run.path.parent == folder.path / "runs"
    assert [act.act for act in run.acts] == ["paired"]
    assert run.acts[0].by == "Ann Lee"
    assert folder.pair().name.rpartition("-")[2] == "2"


def test_names_of_people_are_shown_after_opening_again(folder: SchemeFolder) -> None:
    folder.pair()
    mentee, _ = next(iter(pairs_of(folder)))
    folder.close()
    with rm.open_folder(folder.path) as again:
        assert again.current is not None
        assert again.current.result.person_text("mentee", mentee) != mentee
        text = (again.current.path / "run.json").read_text(encoding="utf-8")
        assert "trust.example" not in text


def test_both_ways_to_turn_a_pair_down_do_what_their_previews_said(folder: SchemeFolder) -> None:
    folder.pair()
    for pair in sorted(pairs_of(folder)):
        before = pairs_of(folder)
        preview = folder.preview_turn_down(pair)
        assert pairs_of(folder) == before
        for changes, expected in (("fewest", preview.fewest), ("best", preview.best)):
            if not expected.is_possible:
                continue
            run = folder.turn_down(pair, "they share an office", changes)  # type: ignore[arg-type]
            made = set(run.result.made)
            assert {new[:2] for new in expected.new_pairs} == made - before
            assert {lost[:2] for lost in expected.lost_pairs} == before - made
            assert run.acts[-1].price["lost_points"] == expected.lost_points
            assert folder.undo().result.made == rm.load_result(run.path / "run.json").made
            assert pairs_of(folder) == before
        assert preview.fewest.n_others == 0
        assert preview.best.lost_millionths <= preview.fewest.lost_millionths


def test_what_a_preview_says_in_words(folder: SchemeFolder) -> None:
    folder.pair()
    preview = folder.preview_turn_down(min(pairs_of(folder)))
    text = " ".join(preview.fewest.sentences)
    assert "Nobody else changes." in text
    assert " points" in text
    assert json.loads(json.dumps(preview.to_dict()))["pair"] == list(preview.pair)


def test_two_people_can_be_put_together_and_stay(folder: SchemeFolder) -> None:
    folder.pair()
    (mentee, _), *_, (_, mentor) = sorted(pairs_of(folder))
    preview = folder.preview_put_together(mentee, mentor)
    assert preview.is_possible
    assert preview.change is not None
    run = folder.put_together((mentee, mentor))
    assert (mentee, mentor) in run.result.made
    assert (mentee, mentor) in run.result.review.locked
    run = folder.pair_again("best")
    assert (mentee, mentor) in run.result.made


def test_people_can_be_given_by_name(folder: SchemeFolder) -> None:
    folder.pair()
    result = folder.current.result  # type: ignore[union-attr]
    mentee, mentor = next(iter(result.made))
    names = [result.cohort.directory.person(id_).names[0] for id_ in (mentee, mentor)]
    run = folder.keep((names[0], names[1]))
    assert run.result.review.locked == ((mentee, mentor),)
    assert folder.keep((mentee, mentor)).acts == run.acts  # kept already: no act
    assert folder.release((mentee, mentor)).result.review.locked == ()


def test_a_rule_that_forbids_a_pair_is_named_and_nothing_changes(folder: SchemeFolder) -> None:
    folder.pair()
    preview = folder.preview_put_together("E01", "M01")
    assert not preview.is_possible
    assert preview.change is None
    assert "no pairs related as line manager" in preview.forbidden[0]
    n_acts = len(folder.current.acts)  # type: ignore[union-attr]
    with pytest.raises(ReviewError):
        folder.put_together(("E01", "M01"))
    with pytest.raises(ReviewError, match="no reason"):
        folder.turn_down(next(iter(pairs_of(folder))), " ")
    assert len(folder.current.acts) == n_acts  # type: ignore[union-attr]


def test_undo_goes_back_step_by_step_also_across_pairing_again(folder: SchemeFolder) -> None:
    run = folder.pair()
    states = [json.loads((run.path / "run.json").read_text())["sha256"]]

    def then(run: object) -> None:
        states.append(json.loads((folder.current.path / "run.json").read_text())["sha256"])  # type: ignore[union-attr]

    pairs = sorted(pairs_of(folder))
    then(folder.keep(pairs[0]))
    then(folder.turn_down(pairs[1], "same team", "best"))
    then(folder.pair_again("best"))
    then(folder.keep(sorted(pairs_of(folder))[-1]))
    for expected in reversed(states[:-1]):
        assert folder.current.can_undo  # type: ignore[union-attr]
        run = folder.undo()
        assert json.loads((run.path / "run.json").read_text())["sha256"] == expected
    assert not run.can_undo
    with pytest.raises(FolderError, match="nothing was done"):
        folder.undo()
    assert sum(act.is_undone for act in run.acts) == 4  # and all of them are still listed


def test_decisions_go_on_when_the_folder_is_paired_anew(folder: SchemeFolder) -> None:
    folder.pair()
    pairs = sorted(pairs_of(folder))
    folder.keep(pairs[0])
    folder.turn_down(pairs[1], "same team")
    run = folder.pair()
    assert len(folder.runs) == 2
    assert pairs[0] in run.result.made
    assert pairs[1] not in run.result.made
    assert pairs[0] in run.result.review.locked
    assert run.result.review.ever_rejected == {pairs[1]: "same team"}
    run = folder.pair_again("best") if run.state == "reviewed" else run
    assert pairs[1] not in run.result.made


def test_a_kept_pair_that_can_no_longer_be_is_named(folder: SchemeFolder) -> None:
    folder.pair()
    mentee, mentor = sorted(pairs_of(folder))[0]
    folder.keep((mentee, mentor))
    folder.edit_answer(mentor, "status", "withdrawn", role="mentor")
    run = folder.pair()
    assert (mentee, mentor) not in run.result.made
    assert any("does not take part any more" in note for note in run.notes)


def test_approval_needs_a_review_and_freezes_the_run(folder: SchemeFolder) -> None:
    folder.pair()
    with pytest.raises(ReviewError, match="nobody has reviewed"):
        folder.approve("B. Dean")
    folder.turn_down(sorted(pairs_of(folder))[0], "same team")
    with pytest.raises(FolderError, match="nobody is named"):
        folder.approve(" ")
    run = folder.approve("B. Dean", "as discussed")
    assert run.state == "approved"
    assert not run.can_undo
    assert {"pairs.csv", "unpaired.csv", "explanations.txt", "run.json"} <= {
        path.name for path in run.path.iterdir()
    }
    assert rm.check(rm.load_result(run.path / "run.json")) == []
    for act in (
        folder.undo,
        folder.pair,
        lambda: folder.keep(next(iter(pairs_of(folder)))),
        lambda: folder.pair_again("best"),
    ):
        with pytest.raises((FolderError, ReviewError), match="approved"):
            act()


def test_a_workbook_that_somebody_wrote_into_is_not_lost(folder: SchemeFolder) -> None:
    pytest.importorskip("xlsxwriter")
    run = folder.pair()
    folder.write_files()
    workbook = (run.path / "pairing.xlsx").read_bytes()
    folder.write_files()
    assert (run.path / "pairing-before-1.xlsx").read_bytes() == workbook


def test_nothing_possible_is_an_error_and_nothing_is_kept(folder: SchemeFolder) -> None:
    for mentor in folder.cohort.mentors.ids:  # six mentors who need one, and five mentees
        folder.edit_answer(mentor, "min_load", "1")
    with pytest.raises(FolderError) as caught:
        folder.pair()
    assert caught.value.items[0].code == "no_pairing"
    assert folder.current is None
    assert list((folder.path / "runs").iterdir()) == []


def test_files_are_for_the_owner_alone(folder: SchemeFolder) -> None:
    folder.pair()
    folder.keep(next(iter(pairs_of(folder))))
    assert folder.path.stat().st_mode & 0o777 == 0o700
    for path in (folder.path / "runs").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
    for path in (folder.path / ".desk").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_folder_that_is_none_says_how_to_begin_one(
    tmp_path: Path, new_folder: Callable[[str], Path]
) -> None:
    for path, code in ((tmp_path, "not_a_scheme_folder"), (tmp_path / "x", "not_a_scheme_folder")):
        with pytest.raises(FolderError, match="rmmatch init") as caught:
            rm.open_folder(path)
        assert [problem.code for problem in caught.value.items] == [code]
    damaged = new_folder("damaged")
    (damaged / ".desk" / "folder.json").write_text("{")
    with pytest.raises(FolderError, match="damaged"):
        rm.open_folder(damaged)
    newer = new_folder("newer")
    marker = json.loads((newer / ".desk" / "folder.json").read_text())
    (newer / ".desk" / "folder.json").write_text(json.dumps({**marker, "version": 2}))
    with pytest.raises(FolderError, match="update rmmatch"):
        rm.open_folder(newer)


def test_an_empty_folder_says_what_is_missing(tmp_path: Path) -> None:
    with rm.open_folder(tmp_path / "new", create=True) as folder:
        assert folder.current is None
        assert folder.runs == ()
        assert folder.questions == ()
        with pytest.raises(FolderError) as caught:
            folder.pair()
        assert caught.value.items[0].code == "no_people"
        with pytest.raises(FolderError, match="nobody is paired yet"):
            folder.undo()
