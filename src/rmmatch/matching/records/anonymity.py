"""A saved run without its people: for whoever may see how it was decided, and not about whom."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from random import Random, SystemRandom
from typing import Any

import numpy as np

from rmmatch.cohort.plain import from_plain
from rmmatch.errors import NotSupportedError, Problem, RecordError
from rmmatch.files.access import access_fault
from rmmatch.matching.records.disguises import Disguise
from rmmatch.matching.records.record import load_result, read_run, write_run
from rmmatch.matching.result import Result
from rmmatch.matching.review import to_timestamp
from rmmatch.numeric import pairs_of_keys
from rmmatch.scheme import Scheme
from rmmatch.scoring import PairScores

__all__ = ["anonymise"]

_N_COMPARED_PAIRS = 100_000  # pairs whose scores must be as before; what is found
_PACKAGES = ("rmmatch", "ortools", "numpy")
_SAFE_PATHS = re.compile(r"(rules|quotas|criteria)\[\d+\](\.[a-z_]+)?|relations|capacity|min_load")
_REASON_BY_STATUS = {
    "infeasible": "no matching keeps everything that is asked for",
    "no_solution_found": "no matching was found in the time there was",
}


def anonymise(path: str | Path, out: str | Path | None = None) -> Path:
    """Write a saved run anew without anything that tells who the people are.

    People have new ids (``E1``, ``M1``; ``B1`` on both sides, ``X1`` outside) in an order that is
    drawn. Words of columns are codes, the same for the same word; grades keep their levels,
    numbers their differences, and times what any two people share. Names of columns and kinds of
    relation that are not rmmatch's own are numbered. Dropped are notes, sources, seed, and of the
    scheme its name, survey questions, meetings, reasons and `people:`; of a review who, why, and
    the time of day. What is left scores every pair as before: `check` finds the new record as
    valid, and as proved, as the old.

    Numbers of places, priorities, status, who wished for whom and who is related to whom stay as
    they are, since the pairing rests on them: who knows the people well may recognise somebody.

    Parameters
    ----------
    path : str or Path
        A record that `Result.save` wrote; it stays as it is.
    out : str or Path, optional
        A file that is not there yet; by default beside the record, ``run-anonymous.json``.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    RecordError
        The record cannot be read, or `out` is there already or cannot be written.
    NotSupportedError
        The scheme has criteria or rules of somebody's own, which may read anything.

    Examples
    --------
    >>> import tempfile, rmmatch as rm
    >>> result = rm.match(*rm.synthetic.demo())
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     result.save(f"{folder}/run.json", sensitive=True)
    ...     shared = rm.load_result(rm.anonymise(f"{folder}/run.json"))
    >>> rm.check(shared), shared.values == result.values
    ([], True)
    """
    path = Path(path)
    new = path.with_name(f"{path.stem}-anonymous.json") if out is None else Path(out)
    run = _anonymous(load_result(path), read_run(path), SystemRandom())
    try:
        os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY))  # nobody else's from here on
    except FileExistsError:
        remedy = "name another file"
        raise RecordError(
            [Problem(str(new), "", "", "", "is there already", remedy, code="already_there")]
        ) from None
    except OSError as error:
        remedy = "name a file in a folder that exists and has space"
        reason, remedy = access_fault(error, "written", remedy)
        raise RecordError(
            [Problem(str(new), "", "", "", reason, remedy, code="cannot_write")]
        ) from None
    try:
        write_run(new, run)
    except BaseException:
        new.unlink()
        raise
    return new


def _anonymous(result: Result, run: Mapping[str, Any], chance: Random) -> dict[str, Any]:
    """Return what a record holds, under other names."""
    disguise = Disguise(result.cohort, result.scheme, chance)
    people = disguise.people
    orders = {f"{role}s": order for role, order in people.orders.items()}
    cohort = disguise.cohort()
    new = {
        "scheme": disguise.scheme(),
        "inputs": from_plain(cohort).fingerprint,
        "cohort": cohort,
        "left_out": sorted(map(disguise.name, run["left_out"])),
        "versions": _versions(run["versions"]),
        "seed": 0,
        "status": run["status"],
        "reason": _REASON_BY_STATUS.get(run["status"], ""),
        **({"conflict": _conflict(run["conflict"], disguise)} if "conflict" in run else {}),
        "proof": result.proof,
        "solver": "",
        "pairs": None if run["pairs"] is None else sorted(people.pair(*p) for p in run["pairs"]),
        "values": {disguise.tier(tier): value for tier, value in run["values"].items()},
        "bounds": {disguise.tier(tier): bound for tier, bound in run["bounds"].items()},
        "prices": None
        if run["prices"] is None
        else [
            {
                "tier": disguise.tier(tier["tier"]),
                **({"level": tier["level"]} if "level" in tier else {}),
                **{key: [tier[key][at] for at in order] for key, order in orders.items()},
            }
            for tier in run["prices"]
        ],
        **(
            {"review": [_step(step, disguise) for step in run["review"]]} if "review" in run else {}
        ),
    }
    if not result.left_out:
        _check_same_scores(result, new, disguise, chance)
    return new


def _versions(versions: Mapping[str, str]) -> dict[str, str]:
    """Return the numbers alone: what may follow them is somebody's own."""
    numbers = {name: re.split("[^0-9.]", versions.get(name, ""))[0] for name in _PACKAGES}
    return {name: number for name, number in numbers.items() if number}


def _conflict(conflict: Mapping[str, Any], disguise: Disguise) -> dict[str, Any]:
    """Return a conflict without its sentences, which name people and what they wrote."""

    def hidden(entry: Mapping[str, Any], what: str) -> dict[str, Any]:
        where = ", ".join(p for p in entry["where"].split(", ") if _SAFE_PATHS.fullmatch(p))
        ids = {key: sorted(map(disguise.people.id, entry[key])) for key in ("mentees", "mentors")}
        return {**entry, "where": where, "label": f"{what} ({where})", **ids}

    return {
        "wishes": [hidden(wish, wish["kind"]) for wish in conflict["wishes"]],
        **{
            section: [hidden(change, change["action"]) for change in conflict[section]]
            for section in ("relaxations", "together")
        },
        "is_smallest": conflict["is_smallest"],
        "is_minimal": conflict["is_minimal"],
    }


def _step(step: Mapping[str, Any], disguise: Disguise) -> dict[str, Any]:
    """Return an entry of the log: what was decided on which day, not by whom, nor why."""
    people = disguise.people
    day = datetime.fromisoformat(step["at"]).astimezone(UTC).replace(hour=0, minute=0, second=0)
    new: dict[str, Any] = {"state": step["state"], "at": to_timestamp(day)}
    for key in ("lock", "release", "together", "ended"):
        if key in step:
            new[key] = sorted(people.pair(*pair) for pair in step[key])
    if "reject" in step:
        new["reject"] = sorted([*people.pair(*pair[:2]), ""] for pair in step["reject"])
    return new


def _check_same_scores(
    result: Result, run: Mapping[str, Any], disguise: Disguise, chance: Random
) -> None:
    """Make sure that pairs score as before: all of them, or many of very many."""
    scores = result.scores
    disguised = PairScores(from_plain(run["cohort"]), Scheme.model_validate(run["scheme"]))
    n_pairs = scores.shape[0] * scores.shape[1]
    places: Iterable[int] = range(n_pairs)
    if n_pairs > _N_COMPARED_PAIRS:
        places = (chance.randrange(n_pairs) for _ in range(_N_COMPARED_PAIRS))
    mentees, mentors = pairs_of_keys(np.fromiter(places, dtype=np.int64), scores.shape[1])
    orders = [np.array(order, dtype=np.int64) for order in disguise.people.orders.values()]
    before = scores.scores_of_pairs(orders[0][mentees], orders[1][mentors])
    if (before != disguised.scores_of_pairs(mentees, mentors)).any():
        raise NotSupportedError(
            "this run cannot be made anonymous: in other words some pairs would score otherwise"
        )
