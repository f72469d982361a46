"""One JSON record of a whole run: written whole or not at all, enough to check it elsewhere."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from rmmatch.cohort import Cohort
from rmmatch.cohort.altering import as_saved
from rmmatch.cohort.saving import from_plain, to_plain
from rmmatch.errors import Problem, ProblemsError, RecordError
from rmmatch.matching.conflict import Conflict
from rmmatch.matching.model import Certificate, Matching, Status, TierPrices
from rmmatch.matching.result import Result, Value
from rmmatch.matching.review import Review
from rmmatch.rules import AttributeRule, always_in_force
from rmmatch.scheme import Scheme
from rmmatch.schemefiles import write_record

__all__ = ["load_result", "load_review", "save", "save_review"]

FORMAT = "rmmatch run"
VERSION = 1


def save(result: Result, path: Path, *, sensitive: bool = False) -> None:
    """Write a result; see `Result.save`."""
    scheme = result.scheme.inlined()
    used, pseudonyms, left_out = _columns_to_keep(result, sensitive=sensitive)
    cohort = result.cohort
    if not sensitive:
        cohort = cohort.replace(notes=scheme.notes(cohort))
    body: dict[str, Any] = {
        "scheme": scheme.to_dict(),
        "inputs": result.inputs or result.cohort.fingerprint,
        "cohort": to_plain(cohort, used, pseudonyms=pseudonyms),
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
    _write(path, body)


def _write(path: Path, body: dict[str, Any]) -> None:
    record = {"format": FORMAT, "version": VERSION, "sha256": _digest(body), "run": body}
    write_record(path, json.dumps(record, ensure_ascii=False, separators=(",", ":")))


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
    with _as_a_record(path):
        body = _body(path)
        before = Review.from_plain(body.get("review", [])).log
        pairs = Matching.of((mentee, mentor) for mentee, mentor in body["pairs"])
        people = body["inputs"]
    is_same = pairs == result.made and people == (result.inputs or result.cohort.fingerprint)
    if not is_same or before != after[: len(before)]:
        reason = "is of other pairs, or was reviewed by somebody else meanwhile"
        remedy = "load it again, and repeat what you did"
        raise _failure(path, reason, remedy, code="changed_meanwhile")
    _write(path, {**body, "review": result.review.to_plain()})


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
    path = Path(path)
    with _as_a_record(path):
        return Review.from_plain(_body(path).get("review", []))


def load_result(path: str | Path, cohort: Cohort | None = None) -> Result:
    """Read a record that `Result.save` wrote.

    Parameters
    ----------
    path : str or Path
    cohort : Cohort, optional
        The cohort that was paired, where the record was saved without the sensitive columns its
        rules need, or to have names and all columns again. After a rematch: that of the tables it
        began with, and the rows of those who joined.

    Raises
    ------
    RecordError
        The file is not a record, was changed or cut short, is of a newer version, or the cohort
        is not the one that was paired.
    """
    path = Path(path)
    with _as_a_record(path):
        body = _body(path)
        if cohort is not None and cohort.fingerprint != body["inputs"]:
            cohort = _changed_since(cohort, body)
            if cohort is None:
                reason = "the cohort is not the one that was paired"
                remedy = "read the same input files, the table of relations included"
                remedy += ", and who joined later"
                raise _failure(path, reason, remedy, code="other_cohort")
        return _result(body, cohort)


def _changed_since(read: Cohort, body: dict[str, Any]) -> Cohort | None:
    """Return people as a rematch left them, None where they are not those of the tables."""
    with suppress(KeyError, ValueError):
        cohort = as_saved(read, from_plain(body["cohort"]))
        if cohort.fingerprint == body["inputs"]:
            return cohort
    return None


@contextmanager
def _as_a_record(path: Path) -> Iterator[None]:
    """Tell what is wrong with a file that does not hold what a record holds."""
    try:
        yield
    except ProblemsError:
        raise
    except (AttributeError, LookupError, OverflowError, TypeError, ValueError) as error:
        reason = f"lacks something a record has: {type(error).__name__}"
        raise _failure(path, reason, code="incomplete_file") from None


def _body(path: Path) -> dict[str, Any]:
    """Return what a record holds, once it is known to be whole."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise _failure(path, f"cannot be read: {error.strerror}", code="file_not_found") from None
    except OSError as error:
        raise _failure(path, f"cannot be read: {error.strerror}", code="unreadable_file") from None
    except (ValueError, RecursionError):
        remedy = "copy it again from where it was saved"
        raise _failure(
            path, "is not a complete JSON record", remedy, code="incomplete_file"
        ) from None
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        remedy = "give a file that Result.save wrote"
        raise _failure(path, "is not a record of rmmatch", remedy, code="not_a_record")
    if record.get("version") != VERSION:
        version = str(record.get("version"))
        reason = "is a record of another version"
        raise _failure(path, reason, "update rmmatch", version, code="other_version")
    body: dict[str, Any] = record["run"]
    if record["sha256"] != _digest(body):
        reason = "was changed or cut short after it was saved"
        raise _failure(path, reason, "copy it again", code="changed_file")
    return body


def _failure(
    path: Path, reason: str, remedy: str = "", value: str = "", *, code: str
) -> RecordError:
    return RecordError([Problem(path.name, "", "", value, reason, remedy, code=code)])


def _result(body: dict[str, Any], cohort: Cohort | None) -> Result:
    scheme = Scheme.from_text(json.dumps(body["scheme"]), source="record")
    saved = from_plain(body["cohort"]).replace(reading=scheme.reading)
    used = saved if cohort is None else cohort
    certificate = None
    if body["prices"] is not None:
        # Prices are in the order the people had when the run was saved.
        orders = [
            np.array([side.position[id_] for id_ in given.ids], dtype=np.int64)
            for side, given in zip(saved.sides, used.sides, strict=True)
        ]
        certificate = Certificate(
            tuple(
                TierPrices(
                    tier["tier"],
                    np.array(tier["mentees"], dtype=np.int64)[orders[0]],
                    np.array(tier["mentors"], dtype=np.int64)[orders[1]],
                    int(tier.get("level", 0)),
                )
                for tier in body["prices"]
            )
        )
    return Result(
        cohort=used,
        scheme=scheme,
        status=Status(body["status"]),
        matching=None if body["pairs"] is None else Matching.of((e, m) for e, m in body["pairs"]),
        values=_values(body["values"]),
        bounds=_values(body["bounds"]),
        certificate=certificate,
        # before there were other proofs nothing was written
        proof=body.get("proof", "prices" if body["status"] == "optimal" else ""),
        solver=body["solver"],
        seed=body["seed"],
        reason=body["reason"],
        conflict=Conflict.from_plain(body["conflict"]) if "conflict" in body else None,
        left_out=tuple(body["left_out"]) if cohort is None else (),
        inputs=body["inputs"] if cohort is None else "",
        versions=body["versions"],
        review=Review.from_plain(body.get("review", [])),
    )


def _values(saved: dict[str, Any]) -> dict[str, Value]:
    """Return values of tiers as they were before JSON made lists of them."""
    return {tier: tuple(v) if isinstance(v, list) else v for tier, v in saved.items()}


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
            isinstance(member, AttributeRule) and member.relation != "within"
            for member in members
            if name in member.columns_used()
        )
    }
    gone = {n for n in hidden - comparable if cohort.has_column(n) or n in cohort.relations}
    return used - gone, comparable, sorted(gone.union(result.left_out))


def _digest(body: dict[str, Any]) -> str:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
