"""One JSON record of a whole run: written whole or not at all, enough to check it elsewhere."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from rmmatch.cohort import Cohort
from rmmatch.cohort.columns import RELATION_COLUMNS
from rmmatch.cohort.edits import as_in_saved_run
from rmmatch.cohort.plain import from_plain, to_plain
from rmmatch.cohort.relations_reader import without_outsiders
from rmmatch.errors import Problem, RecordError, SchemeError
from rmmatch.files.access import access_fault
from rmmatch.files.atomic import write_record
from rmmatch.matching.certificate import Certificate, TierPrices
from rmmatch.matching.conflict import Conflict
from rmmatch.matching.display import Value
from rmmatch.matching.matching import Matching, Status
from rmmatch.matching.open_files import RecordPlace, name_of, read_open, write_open
from rmmatch.matching.records.agreement import disagreements, named_files, tiers_of
from rmmatch.matching.records.disguises import compared_columns
from rmmatch.matching.records.schema import form_problems
from rmmatch.matching.result import Result
from rmmatch.matching.review import Review
from rmmatch.rules import AttributeRule, always_in_force
from rmmatch.scheme import Scheme

__all__ = [
    "digest_of",
    "key_of_record",
    "load_result",
    "load_review",
    "read_run",
    "run_key",
    "save",
    "save_review",
    "write_run",
]

FORMAT = "rmmatch run"
VERSION = 1  # of the format of a record
_ENVELOPE = {"format", "version", "sha256", "run"}
_MAX_LISTED_FAULTS = 100  # faults of one record; wording


def save(result: Result, path: RecordPlace, *, sensitive: bool = False) -> None:
    """Write a result; see `Result.save`.

    Parameters
    ----------
    result : Result
    path : path or open file
    sensitive : bool
        Write sensitive columns as they are.
    """
    scheme = result.scheme.inlined()
    used, pseudonyms, left_out = _columns_to_keep(result, sensitive=sensitive)
    cohort = result.cohort
    if not sensitive:
        cohort = cohort.replace(notes=tuple(map(without_outsiders, scheme.notes(cohort))))
    body: dict[str, Any] = {
        "scheme": scheme.to_dict(),
        "inputs": result.inputs or result.cohort.fingerprint,
        "cohort": to_plain(
            cohort, used, pseudonyms=pseudonyms, emptied_columns=_columns_to_empty(result)
        ),
        "left_out": left_out,
        "versions": dict(result.versions),
        "seed": result.seed,
        "status": result.status.value,
        "reason": result.reason,
        **({} if result.conflict is None else {"conflict": result.conflict.to_plain()}),
        "proof": result.proof,
        "solver": result.solver,
        "pairs": None if result.matching is None else [list(pair) for pair in result.matching],
        "values": dict(result.values),
        "bounds": dict(result.bounds),
        "prices": None
        if result.certificate is None
        else [
            {
                "tier": t.tier,
                **({"level": t.level} if t.level else {}),
                "mentees": t.mentees.tolist(),
                "mentors": t.mentors.tolist(),
            }
            for t in result.certificate.tiers
        ],
        **({"review": result.review.to_plain()} if result.review.log else {}),
    }
    write_run(path, body)


def write_run(path: RecordPlace, run: dict[str, Any]) -> None:
    """Write a record of a run; to a path, whole or not at all.

    Parameters
    ----------
    path : path or open file
    run : dict
        What the record is to hold, as `RecordedRun` describes it.

    Raises
    ------
    RecordError
        The file cannot be written.
    """
    record = {"format": FORMAT, "version": VERSION, "sha256": digest_of(run), "run": run}
    if isinstance(path, str | os.PathLike):
        write_record(Path(path), json.dumps(record, ensure_ascii=False, separators=(",", ":")))
        return
    try:
        write_open(path, json.dumps(record, separators=(",", ":")))
    except OSError as error:
        reason, remedy = f"cannot be written: {error}", "give a file that is open for writing"
        raise _record_error(path, reason, remedy, code="cannot_write") from None


def save_review(path: str | Path, result: Result) -> None:
    """Write a result's review into its record, and leave all else in there as it is.

    Parameters
    ----------
    path : str or Path
        A record of the same run.
    result : Result

    Raises
    ------
    RecordError
        The file is not a whole record; or it has other pairs, or a log that this one does not
        go on from, as where somebody else has reviewed it since; or it cannot be written.
    """
    path = Path(path)
    after = result.review.log
    run = read_run(path)
    before = Review.from_plain(run.get("review", [])).log
    pairs = Matching.of((mentee, mentor) for mentee, mentor in run["pairs"] or ())
    people = run["inputs"]
    is_same = pairs == result.made and people == (result.inputs or result.cohort.fingerprint)
    if not is_same or before != after[: len(before)]:
        reason = "is of other pairs, or was reviewed by somebody else meanwhile"
        remedy = "load it again, and repeat what you did"
        raise _record_error(path, reason, remedy, code="changed_meanwhile")
    write_run(path, {**run, "review": result.review.to_plain()})


def load_review(path: str | Path) -> Review:
    """Read only what people said of a record's pairs.

    Parameters
    ----------
    path : str or Path

    Raises
    ------
    RecordError
        The file is not a whole record.
    """
    return Review.from_plain(read_run(Path(path)).get("review", []))


def load_result(path: RecordPlace, cohort: Cohort | None = None) -> Result:
    """Read a record that `Result.save` wrote.

    The whole of it is looked at before anything is made of it, and no file that it may name is
    opened.

    Parameters
    ----------
    path : str, Path or open file
        A file open for text or bytes is read to its end and stays open.
    cohort : Cohort, optional
        The cohort that was paired, where the record was saved without the sensitive columns its
        rules need, or to have names and all columns again. After a rematch: that of the tables it
        began with, and the rows of those who joined.

    Raises
    ------
    RecordError
        The file is not a record, was changed or cut short, is of a newer version, holds what does
        not go together, or the cohort is not the one that was paired. Every fault is listed.
    """
    run = read_run(path)
    scheme = _scheme_of(run, name_of(path))
    saved = from_plain(run["cohort"]).replace(reading=scheme.reading._replace(settled=True))
    cohort = None if cohort is None else scheme.readable(cohort)
    if cohort is not None and cohort.fingerprint != run["inputs"]:
        cohort = _people_as_rematched(cohort, saved, run["inputs"])
        if cohort is None:
            reason = "the cohort is not the one that was paired"
            remedy = "read the same input files, the table of relations included"
            remedy += ", and who joined later"
            raise _record_error(path, reason, remedy, code="other_cohort")
    if cohort is not None and not _same_people(saved, cohort):
        reason = "has other people than the cohort it says it is of"
        raise _record_error(path, reason, "copy it again", code="damaged_record")
    if cohort is not None:  # it was paired: how its tables are written is asked no more
        cohort = cohort.replace(reading=cohort.reading._replace(settled=True))
    return _build_result(run, scheme, saved, cohort)


def _same_people(cohort: Cohort, cohort_read: Cohort) -> bool:
    return all(
        sorted(side.ids) == sorted(side_read.ids)
        for side, side_read in zip(cohort.sides, cohort_read.sides, strict=True)
    )


def _people_as_rematched(read: Cohort, saved: Cohort, inputs: str) -> Cohort | None:
    """Return people as a rematch left them, None where they are not those of the tables."""
    if _same_people(read, saved):
        cohort = as_in_saved_run(read, saved)
        if cohort.fingerprint == inputs:
            return cohort
    return None


def read_run(path: RecordPlace) -> dict[str, Any]:
    """Return what a record holds, once it is known to be whole and of the right form.

    Parameters
    ----------
    path : path or open file

    Raises
    ------
    RecordError
        It is not; every fault is listed.
    """
    try:
        if isinstance(path, str | os.PathLike):
            text = Path(path).read_text(encoding="utf-8")
        else:
            text = read_open(path)
        record = _parse_json(text)
    except FileNotFoundError as error:
        raise _record_error(
            path, f"cannot be read: {error.strerror}", code="file_not_found"
        ) from None
    except OSError as error:
        reason, remedy = access_fault(error, "read")
        raise _record_error(path, reason, remedy, code="unreadable_file") from None
    except (ValueError, RecursionError):
        remedy = "copy it again from where it was saved"
        raise _record_error(
            path, "is not a complete JSON record", remedy, code="incomplete_file"
        ) from None
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        remedy = "give a file that Result.save wrote"
        raise _record_error(path, "is not a record of rmmatch", remedy, code="not_a_record")
    version = record.get("version")
    if type(version) is not int or version != VERSION:  # True is 1, and no number
        reason = "is a record of another version"
        raise _record_error(path, reason, "update rmmatch", str(version), code="other_version")
    if not record.keys() >= _ENVELOPE:
        reason = f"lacks something a record has: {', '.join(sorted(_ENVELOPE - record.keys()))}"
        raise _record_error(path, reason, "copy it again", code="incomplete_file")
    if not _holds_all_arcs(record):
        reason = "was changed or cut short after it was saved"
        raise _record_error(path, reason, "copy it again", code="changed_file")
    remedy = "update rmmatch, if a newer version saved it"
    problems = [
        Problem(name_of(path), "", key, "", "there is no such key", remedy, code="unknown_key")
        for key in sorted(record.keys() - _ENVELOPE)
    ]
    _raise_problems([*problems, *form_problems(record["run"], name_of(path))], name_of(path))
    run: dict[str, Any] = record["run"]
    return run


def _parse_json(text: str) -> Any:
    """Return what a JSON text says, which must be the same for every reader of JSON.

    Raises
    ------
    ValueError
        It is not JSON, has a key twice, or a number that is none.
    RecursionError
        It is nested too deeply.
    """

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) < len(pairs):
            raise ValueError("a key stands twice")
        return dict(pairs)

    def refuse(name: str) -> None:
        raise ValueError(f"{name} is no number")

    return json.loads(text, object_pairs_hook=unique, parse_constant=refuse)


def _raise_problems(problems: list[Problem], source: str) -> None:
    """Raise all there is, or the first of very many."""
    if not problems:
        return
    if len(problems) > _MAX_LISTED_FAULTS:
        reason = f"and {len(problems) - _MAX_LISTED_FAULTS} more faults"
        more = Problem(source, "", "", "", reason, "copy it again", code="damaged_record")
        problems = [*problems[:_MAX_LISTED_FAULTS], more]
    raise RecordError(problems)


def _record_error(
    path: RecordPlace, reason: str, remedy: str = "", value: str = "", *, code: str
) -> RecordError:
    return RecordError([Problem(name_of(path), "", "", value, reason, remedy, code=code)])


def _scheme_of(run: dict[str, Any], source: str) -> Scheme:
    """Return the scheme of a run with which all else agrees.

    Raises
    ------
    RecordError
        Something does not; every fault is listed.
    """
    scheme: Scheme | None = None
    problems: list[Problem] = []
    try:
        scheme = Scheme.from_dict(run["scheme"], source=source)
        problems += named_files(scheme, source)
    except SchemeError as error:
        problems += (
            replace(problem, column=f"scheme.{problem.column}".removesuffix("."))
            for problem in error.items
        )
    _raise_problems([*problems, *disagreements(run, scheme, source)], source)
    assert scheme is not None
    return scheme


def _build_result(
    run: dict[str, Any], scheme: Scheme, saved: Cohort, cohort: Cohort | None
) -> Result:
    used = saved if cohort is None else cohort
    certificate = None
    if run["prices"] is not None:
        # Prices are in the order the people had when the run was saved.
        orders = [
            np.array([side.position[id_] for id_ in saved_side.ids], dtype=np.int64)
            for side, saved_side in zip(saved.sides, used.sides, strict=True)
        ]
        certificate = Certificate(
            tuple(
                TierPrices(
                    tier["tier"],
                    np.array(tier["mentees"], dtype=np.int64)[orders[0]],
                    np.array(tier["mentors"], dtype=np.int64)[orders[1]],
                    tier.get("level", 0),
                )
                for tier in run["prices"]
            )
        )
    tiers = tiers_of(run, scheme)
    return Result(
        cohort=used,
        scheme=scheme,
        status=Status(run["status"]),
        matching=None if run["pairs"] is None else Matching.of((e, m) for e, m in run["pairs"]),
        values=_values(run["values"], tiers),
        bounds=_values(run["bounds"], tiers),
        certificate=certificate,
        # before there were other proofs nothing was written
        proof=run.get("proof", "prices" if run["status"] == "optimal" else ""),
        solver=run["solver"],
        seed=run["seed"],
        reason=run["reason"],
        conflict=Conflict.from_plain(run["conflict"]) if "conflict" in run else None,
        left_out=tuple(run["left_out"]) if cohort is None else (),
        inputs=run["inputs"] if cohort is None else "",
        versions=run["versions"],
        review=Review.from_plain(run.get("review", [])),
    )


def _values(saved: dict[str, Any], tiers: Iterable[str]) -> dict[str, Value]:
    """Return values of tiers in order, as they were before JSON made lists of them."""
    in_order = {tier: saved[tier] for tier in tiers if tier in saved}
    return {tier: tuple(v) if isinstance(v, list) else v for tier, v in in_order.items()}


def _columns_to_keep(result: Result, *, sensitive: bool) -> tuple[set[str], set[str], list[str]]:
    """Return the columns the scheme uses, those to be pseudonyms, and those left out."""
    scheme, cohort = result.scheme, result.cohort
    members = (*scheme.criteria, *always_in_force(), *scheme.rules, *scheme.quotas, *scheme.aims)
    used = {"pinned"}.union(*(member.columns_used() for member in members))
    if any(not m.columns_used() and not type(m).__module__.startswith("rmmatch.") for m in members):
        # Somebody's own class reads columns it does not declare: keep what may be kept.
        every = {name for side in cohort.sides for name in side.columns}
        used |= every - set(scheme.sensitive) - {"name", "email"}
    hidden = set() if sensitive else used & set(scheme.sensitive)
    comparable = {
        name
        for name in hidden
        if all(
            isinstance(member, AttributeRule)
            and member.relation != "within"
            # what its words name would have to stand there as it is
            and not member.any
            and name not in (member.only_where or ())
            for member in members
            if name in member.columns_used()
        )
    }
    left_out = {n for n in hidden - comparable if cohort.has_column(n) or n in cohort.relations}
    return used - left_out, comparable, sorted(left_out.union(result.left_out))


def _columns_to_empty(result: Result) -> set[str]:
    """Return the lists of people whose cells nothing reads: they may hold names and addresses."""
    scheme = result.scheme
    if any(
        not type(m).__module__.startswith("rmmatch.") for m in (*scheme.criteria, *scheme.rules)
    ):
        return set()
    return {*RELATION_COLUMNS, "preferences"} - compared_columns(scheme)


def digest_of(run: Any) -> str:
    """Return the SHA-256 of what a record holds.

    Parameters
    ----------
    run : dict
        As JSON has it.
    """
    text = json.dumps(run, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def run_key(result: Result) -> str:
    """Return a name of a run and of its round, which files of decisions bear.

    It follows from the people, the pairs and how often they were paired again; a review and the
    way to a file and back do not change it.

    Parameters
    ----------
    result : Result

    Raises
    ------
    NoMatchingError
        The result has no matching.

    Examples
    --------
    >>> import rmmatch as rm
    >>> result = rm.match(*rm.synthetic.demo())
    >>> run_key(result) == run_key(rm.review(result, lock=list(result.made)[:1]))
    True
    """
    n_rounds = sum(step.state == "proposed" for step in result.review.log)
    pairs = [list(pair) for pair in result.made]
    return _key(result.inputs or result.cohort.fingerprint, pairs, n_rounds)


def key_of_record(run: Mapping[str, Any]) -> str:
    """Return the `run_key` of a run that is in a record.

    Parameters
    ----------
    run : mapping
        What the record holds under ``run``.
    """
    n_rounds = sum(step["state"] == "proposed" for step in run.get("review", ()))
    return _key(run["inputs"], run["pairs"], n_rounds)


def _key(inputs: str, pairs: Sequence[Sequence[str]], n_rounds: int) -> str:
    # a word in front, so that no spreadsheet takes it for a number
    return f"run-{digest_of([inputs, pairs, n_rounds])[:16]}"


def _holds_all_arcs(record: dict[str, Any]) -> bool:
    """Whether a record holds what it was saved with."""
    try:
        return bool(record["sha256"] == digest_of(record["run"]))
    except (UnicodeEncodeError, RecursionError):  # half a character, or nested too deeply
        return False
