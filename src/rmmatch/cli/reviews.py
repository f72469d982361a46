"""Commands of a person who decides: review, approve, pair again, carry over, share."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from rmmatch.cli.commands import app
from rmmatch.cli.inputs import (
    FormFile,
    Mentees,
    Mentors,
    PeopleTables,
    Quiet,
    RelationsFile,
    Run,
    SchemeFile,
    is_watched,
    load_run,
    read_inputs,
    read_people,
    refuse_tables,
)
from rmmatch.cli.run_folder import check_run_folder, check_write_and_show
from rmmatch.cli.words import PAIR, pair_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rmmatch.matching import Result
    from rmmatch.matching.matching import IdPair

__all__ = ["app"]

_Words = list[str] | None
Changes = Literal["best", "fewest"]
By = Annotated[str, typer.Option(help="Your name, for the record.")]
Comment = Annotated[str, typer.Option(help="A comment to keep in the record.")]


@app.command()
def review(
    run: Run,
    people: PeopleTables = None,
    *,
    lock: Annotated[
        _Words, typer.Option(metavar=PAIR, help="A pair to keep. Repeat for more.")
    ] = None,
    reject: Annotated[
        _Words, typer.Option(metavar=f"'{PAIR}: REASON'", help="A pair to reject, and why.")
    ] = None,
    release: Annotated[
        _Words, typer.Option(metavar=PAIR, help="A pair no longer locked or rejected.")
    ] = None,
    together: Annotated[
        _Words,
        typer.Option(metavar=PAIR, help="A pair of your own to put together. Repeat for more."),
    ] = None,
    undo: Annotated[
        bool, typer.Option("--undo", help="Take back the last step of the review.")
    ] = False,
    decisions: Annotated[
        Path | None,
        typer.Option(
            help="Decisions to read: the workbook (pairing.xlsx), or the decisions.csv of a page."
        ),
    ] = None,
    comment: Comment = "",
    by: By = "",
    relations: RelationsFile = None,
    form: FormFile = None,
) -> None:
    """Lock, reject or comment on pairs.

    What you decide is added to the record. Without options, the review so far is shown.
    """
    from rmmatch.cli.output import show_lines
    from rmmatch.cli.scheme_folders import is_scheme_folder, review_in_folder
    from rmmatch.desk.reporting.decisions import Decisions, read_decisions
    from rmmatch.lifecycle.reviewing import review as record_review
    from rmmatch.lifecycle.reviewing import undo as take_back

    if undo and (lock or reject or release or together or decisions or comment):
        raise typer.BadParameter("cannot be given with other decisions", param_hint="--undo")
    if is_scheme_folder(run):
        refuse_tables(run, people or [], relations, form)
        decided: dict[str, Sequence[IdPair] | Mapping[IdPair, str]] = {
            "lock": [pair_of(word, "--lock") for word in lock or []],
            "reject": dict(_parse_rejection(word) for word in reject or []),
            "release": [pair_of(word, "--release") for word in release or []],
            "together": [pair_of(word, "--together") for word in together or []],
        }
        review_in_folder(run, by, decided, decisions=decisions, undo=undo, comment=comment)
        return
    result = load_run(run, people or [], relations, form)
    if undo:
        _save_review(run, take_back(result, by=by))
        return
    if not (lock or reject or release or together or decisions or comment or by):
        show_lines([result.headline, *result.review.lines(result.person_text)])
        return
    written = read_decisions(decisions, result) if decisions else Decisions()
    reviewed = record_review(
        result,
        by=by,
        lock=[*written.lock, *(pair_of(word, "--lock") for word in lock or [])],
        reject={**written.reject, **dict(_parse_rejection(word) for word in reject or [])},
        release=[*written.release, *(pair_of(word, "--release") for word in release or [])],
        together=[pair_of(word, "--together") for word in together or []],
        comment="\n".join(filter(None, (comment, written.comment))),
    )
    if decisions:
        show_lines([f"{decisions.name}: {written.summary}"])
    _save_review(run, reviewed)
    is_open = bool(reviewed.review.rejected or set(reviewed.review.locked) - set(reviewed.made))
    files = _inputs_text(run, people, relations, form)
    step = f"match-again {files} --out FOLDER" if is_open else f"approve {files} --by NAME"
    show_lines([f"Next: rmmatch {step}"])


@app.command()
def report(
    run: Run,
    people: PeopleTables = None,
    *,
    page: Annotated[
        Path,
        typer.Option("--review", help="File to write the page to, as review.html."),
    ],
    emails: Annotated[
        bool, typer.Option("--emails", help="Show e-mail addresses on the page.")
    ] = False,
    relations: RelationsFile = None,
    form: FormFile = None,
) -> None:
    """Write a page on which somebody without Python reviews the pairs.

    It is one file. Give the tables, so that it has names. Decisions come back as decisions.csv.
    """
    from rmmatch.cli.output import show_lines

    result = load_run(run, people or [], relations, form)
    result.report(page, emails=emails)
    show_lines(
        [
            f"Written to {page}: open it in a browser, or send it to whoever reviews the pairs.",
            f"Then: rmmatch review {_inputs_text(run, people, relations, form)} "
            "--decisions decisions.csv --by NAME",
        ]
    )


@app.command()
def approve(
    run: Run,
    people: PeopleTables = None,
    *,
    comment: Comment = "",
    by: Annotated[str, typer.Option(help="Name of the approver.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder to write all files of the run to.")
    ] = None,
    relations: RelationsFile = None,
    form: FormFile = None,
) -> None:
    """Approve the pairs after review."""
    from rmmatch.cli.output import print_files
    from rmmatch.cli.scheme_folders import approve_in_folder, is_scheme_folder
    from rmmatch.desk.reporting import write_files
    from rmmatch.lifecycle.reviewing import approve as say

    if is_scheme_folder(run):
        refuse_tables(run, people or [], relations, form)
        _refuse_out(run, out)
        approve_in_folder(run, by, comment)
        return
    if out is not None:
        check_run_folder(out)
    approved = say(load_run(run, people or [], relations, form), by=by, comment=comment)
    _save_review(run, approved)
    if out is not None:
        print_files(out, write_files(approved, out))


@app.command("match-again")
def match_again(
    run: Run,
    people: PeopleTables = None,
    *,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for the files of the result.")
    ] = None,
    changes: Annotated[
        Changes,
        typer.Option(help="`best`: the best pairing of all. `fewest`: leave everybody else alone."),
    ] = "best",
    most_changes: Annotated[
        int,
        typer.Option(
            help="With `fewest`: how many more pairs may change to make the pairing better.", min=0
        ),
    ] = 0,
    by: By = "",
    relations: RelationsFile = None,
    form: FormFile = None,
    quiet: Quiet = False,
) -> None:
    """Pair again: locked pairs stay, rejected pairs are not made."""
    from rmmatch.cli.scheme_folders import is_scheme_folder, pair_again_in_folder
    from rmmatch.lifecycle.reviewing import match_again as pair

    if most_changes and changes == "best":
        raise typer.BadParameter("goes with --changes fewest", param_hint="--most-changes")
    if is_scheme_folder(run):
        refuse_tables(run, people or [], relations, form)
        _refuse_out(run, out)
        pair_again_in_folder(run, by, changes, most_changes)
        return
    out = _needed(out)
    check_run_folder(out)
    result = load_run(run, people or [], relations, form)
    check_write_and_show(
        pair(result, changes=changes, most_changes=most_changes, by=by),
        out,
        progress=is_watched(quiet),
    )


@app.command()
def adopt(
    pairs: Annotated[
        Path,
        typer.Argument(metavar="PAIRS", help="Table of pairs: the columns mentee and mentor."),
    ],
    mentors: Mentors,
    mentees: Mentees = None,
    *,
    scheme: SchemeFile,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the files of the result.")],
    by: By = "",
    relations: RelationsFile = None,
    form: FormFile = None,
) -> None:
    """Turn a list of pairs made by hand into a run, to review and approve.

    Nothing is paired anew. If a rule forbids a pair of the list, it says which, and writes nothing.
    """
    from rmmatch.checking import check as check_result
    from rmmatch.cli.output import show_findings, show_lines
    from rmmatch.lifecycle.adoption import adopt as adopt_list

    check_run_folder(out)
    cohort, policy = read_inputs(scheme, mentors, mentees, relations, form)
    result = adopt_list(pairs, cohort, policy, by=by)
    findings = check_result(result)
    if findings:
        show_findings(findings)
        show_lines(["Nothing was written. Change the list, or the scheme."])
        raise typer.Exit(1)
    check_write_and_show(result, out)


@app.command("carry-over")
def carry_over(
    run: Run,
    people: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="TABLES",
            help="The tables of people of the run; none for the folder of a scheme.",
        ),
    ] = None,
    *,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for the next run's tables.")
    ] = None,
    continued: Annotated[
        _Words, typer.Option("--continue", metavar=PAIR, help="A pair that continues.")
    ] = None,
    cool_down: Annotated[
        int | None,
        typer.Option(
            help="For how many runs past pairs are not paired again. [default: always]", min=0
        ),
    ] = None,
    step: Annotated[
        int, typer.Option(help="How much more priority people without a partner get.", min=0)
    ] = 1,
    sensitive: Annotated[
        bool, typer.Option("--sensitive", help="Write sensitive columns too.")
    ] = False,
    relations: RelationsFile = None,
    form: FormFile = None,
) -> None:
    """Write the tables for the next run.

    People who had no partner get more priority, and past pairs are listed in relations.csv.
    """
    from rmmatch.cli.output import print_files, show_lines
    from rmmatch.cli.scheme_folders import is_scheme_folder, next_run_in_folder
    from rmmatch.files.folder import check_folder
    from rmmatch.lifecycle.carry_over import carry_over as carry

    pairs = [pair_of(word, "--continue") for word in continued or []]
    if is_scheme_folder(run):
        refuse_tables(run, people or [], relations, form)
        _refuse_out(run, out)
        next_run_in_folder(run, pairs, cool_down, step)
        return
    out = _needed(out)
    if not people:
        raise typer.BadParameter("give the tables of people of the run", param_hint="TABLES")
    check_folder(out)
    result = load_run(run, [], None)
    carried = carry(
        result,
        cohort=read_people(result.scheme, people, relations, form),
        continued=pairs,
        cool_down=cool_down,
        step=step,
        sensitive=sensitive,
    )
    names = carried.save(out)
    show_lines(repr(carried).splitlines())
    print_files(out, names)


@app.command()
def anonymise(
    run: Run,
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="File to write. [default: RUN-anonymous.json, beside the run]"
        ),
    ] = None,
) -> None:
    """Write a run without names or ids, to share with others.

    The pairs and the proof stay; nobody's id, name or words do.
    """
    from rmmatch.cli.output import show_lines
    from rmmatch.cli.scheme_folders import current_record, is_scheme_folder
    from rmmatch.matching import anonymise as write
    from rmmatch.matching import load_result

    if is_scheme_folder(run):
        run = current_record(run)
        out = out or Path(f"{run.parent.name}-anonymous.json")
    path = write(run, out)
    shared = load_result(path)
    show_lines([f"Written to {path}: {shared.headline}"])
    if shared.left_out:
        show_lines(
            [
                "The run was saved without sensitive columns that its rules need. Others can read "
                "the new file, but cannot check it."
            ]
        )


def _refuse_out(folder: Path, out: Path | None) -> None:
    if out is not None:
        raise typer.BadParameter(f"{folder} keeps its own runs", param_hint="--out")


def _needed(out: Path | None) -> Path:
    if out is None:
        reason = "is needed, where no folder of a scheme is given"
        raise typer.BadParameter(reason, param_hint="--out")
    return out


def _parse_rejection(word: str) -> tuple[tuple[str, str], str]:
    pair, _, reason = word.partition(":")
    return pair_of(pair, "--reject"), reason


def _inputs_text(
    run: Path, people: list[Path] | None, relations: Path | None, form: Path | None
) -> str:
    """Return the files that the next command needs again, so that the cohort is the same."""
    options: list[Path | str] = ["--relations", relations] if relations else []
    options += ["--form", form] if form else []
    return shlex.join(map(str, [run, *(people or ()), *options]))


def _save_review(run: Path, result: Result) -> None:
    """Write a review into its record, and say so."""
    from rmmatch.cli.output import show_lines
    from rmmatch.matching import save_review

    save_review(run, result)
    show_lines(
        [
            *repr(result.review).splitlines(),
            f"Written to {run}: the same pairs, {result.review.state}. Files beside it are as "
            "they were.",
        ]
    )
