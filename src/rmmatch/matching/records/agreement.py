"""Whether the parts of a saved run agree: with each other, with the people, with the scheme."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from rmmatch.criteria import Table
from rmmatch.errors import Problem
from rmmatch.scheme import Scheme
from rmmatch.scheme.cohort_facts import CohortFacts
from rmmatch.scheme.objectives import tier_names
from rmmatch.scheme.tiers import tier_kind
from rmmatch.spelling import fold

__all__ = ["disagreements", "named_files", "tiers_of"]

_ROLES = (("mentee", "mentor"), ("mentor", "mentee"))
_PER_PERSON_LISTS = ("status", "capacity", "min_load", "priority", "calendar", "preferences")
_OPTIONAL_LISTS = ("calendar", "preferences")  # no list where the scheme does not read them
_MAX_FAULTS_PER_LIST = 5  # faults that are told of one list; wording
_REMEDY = "take the record again from where it was saved"


class _Fault(NamedTuple):
    """Where two parts do not agree, and how; by which value, unless people wrote it."""

    where: str
    reason: str
    value: str = ""


def disagreements(run: Mapping[str, Any], scheme: Scheme | None, source: str) -> Iterator[Problem]:
    """Yield what cannot all be so in a run of the right form.

    Parameters
    ----------
    run : mapping
        As `rmmatch.matching.records.schema.RecordedRun` describes it.
    scheme : Scheme or None
        Its scheme, where that can be read.
    source : str
        Name of the file.
    """
    for fault in _faults(run, scheme):
        yield Problem(
            source, "", fault.where, fault.value, fault.reason, _REMEDY, code="damaged_record"
        )


def named_files(scheme: Scheme, source: str) -> Iterator[Problem]:
    """Yield the files that a scheme in a record names: what is saved stands alone.

    A record comes from anybody, and would make this computer open what its author likes.

    Parameters
    ----------
    scheme : Scheme
    source : str
        Name of the record.
    """
    for index, criterion in enumerate(scheme.criteria):
        if isinstance(criterion, Table) and criterion.file is not None:
            yield Problem(
                source,
                "",
                f"scheme.criteria[{index}].file",
                str(criterion.file),
                "names a file: a saved run has its tables in it, and opens none",
                "save the run again with Result.save, which writes the rows of the table",
                code="names_a_file",
            )


def tiers_of(run: Mapping[str, Any], scheme: Scheme) -> tuple[str, ...]:
    """Return the tiers that a run has, in order.

    Earlier versions wrote those that cannot decide as well.

    Parameters
    ----------
    run : mapping
        As a record holds it.
    scheme : Scheme
    """
    sides = (run["cohort"][role] for role, _ in _ROLES)
    facts = CohortFacts.of_columns(
        (side["status"], side["capacity"], side["priority"]) for side in sides
    )
    facts = facts.with_kinds(
        {kind: pairs[0] for kind, pairs in run["cohort"]["relations"].items()}, scheme.rules
    )
    recorded = {*run["values"], *run["bounds"], *(prices["tier"] for prices in run["prices"] or ())}
    return tier_names(scheme.aims, facts, recorded)


def _faults(run: Mapping[str, Any], scheme: Scheme | None) -> Iterator[_Fault]:
    cohort = run["cohort"]
    for role, partner_role in _ROLES:
        yield from _side_faults(f"cohort.{role}", cohort[role], len(cohort[partner_role]["ids"]))
    sizes = len(cohort["mentee"]["ids"]), len(cohort["mentor"]["ids"])
    for kind, positions in cohort["relations"].items():
        where = f"cohort.relations.{kind}"
        if len(positions[0]) != len(positions[1]):
            yield _Fault(where, "has not as many mentees as mentors")
        for index, size in enumerate(sizes):
            yield from _out_of_range(f"{where}[{index}]", positions[index], size)
    yield from _people_faults(run)
    yield from _status_faults(run)
    for tier_idx, prices in enumerate(run["prices"] or ()):
        for key, size in zip(("mentees", "mentors"), sizes, strict=True):
            if len(prices[key]) != size:
                reason = f"has {len(prices[key])} prices for {size} {key}"
                yield _Fault(f"prices[{tier_idx}].{key}", reason)
    if scheme is not None:
        yield from _scheme_faults(run, scheme)


def _side_faults(where: str, side: Mapping[str, Any], n_others: int) -> Iterator[_Fault]:
    """Yield what is wrong with the lists of one side."""
    size = len(side["ids"])
    lists = {
        name: side[name]
        for name in _PER_PERSON_LISTS
        if name in side or name not in _OPTIONAL_LISTS
    }
    lists |= {f"columns.{name}": cells for name, cells in side["columns"].items()}
    for name, entries in lists.items():
        if len(entries) != size:
            yield _Fault(f"{where}.{name}", f"has {len(entries)} entries for {size} people")
    if ("calendar" in side) != ("calendars" in side):
        yield _Fault(where, "has one of calendar and calendars without the other")
    yield from _out_of_range(
        f"{where}.calendar", side.get("calendar", ()), len(side.get("calendars", ()))
    )
    for person, listed in enumerate(side.get("preferences", ())):
        yield from _out_of_range(f"{where}.preferences[{person}]", listed, n_others)
        if len(set(listed)) < len(listed):
            yield _Fault(f"{where}.preferences[{person}]", "lists somebody twice")
    yield from _first_faults(
        _Fault(f"{where}.ids[{at}]", "is an id that stands there twice", id_)
        for at, id_ in _repeated(side["ids"], fold)
    )


def _people_faults(run: Mapping[str, Any]) -> Iterator[_Fault]:
    """Yield who is named and is not among the people, and pairs that stand there twice."""
    ids = [set(run["cohort"][role]["ids"]) for role, _ in _ROLES]
    lists = {"pairs": run["pairs"] or []}
    for entry_idx, step in enumerate(run.get("review", ())):
        for key in ("lock", "reject", "release", "together", "ended"):
            lists[f"review[{entry_idx}].{key}"] = [pair[:2] for pair in step.get(key, ())]
    for where, pairs in lists.items():
        yield from _first_faults(
            _Fault(f"{where}[{entry_idx}][{index}]", f"is not the id of a {role}", pair[index])
            for entry_idx, pair in enumerate(pairs)
            for index, (role, _) in enumerate(_ROLES)
            if pair[index] not in ids[index]
        )
        yield from _first_faults(
            _Fault(f"{where}[{entry_idx}]", "is a pair that stands there twice", " ".join(pair))
            for entry_idx, pair in _repeated(pairs, tuple)
        )
    conflict = run.get("conflict", {})
    for section in ("wishes", "relaxations", "together"):
        for entry_idx, entry in enumerate(conflict.get(section, ())):
            for index, (role, _) in enumerate(_ROLES):
                for person in entry[f"{role}s"]:
                    if person not in ids[index]:
                        where = f"conflict.{section}[{entry_idx}].{role}s"
                        yield _Fault(where, f"names who is no {role}", person)


def _status_faults(run: Mapping[str, Any]) -> Iterator[_Fault]:
    """Yield what does not go with the status."""
    status, has_pairs = run["status"], run["pairs"] is not None
    if has_pairs != (status in ("optimal", "feasible")):
        reason = (
            "is said of a run that has pairs" if has_pairs else "is said of a run without pairs"
        )
        yield _Fault("status", reason, status)
        return
    if not has_pairs and run["values"]:
        yield _Fault("values", "are told of a run without pairs")
    if not has_pairs and run.get("proof"):
        yield _Fault("proof", "is told of a run without pairs", run["proof"])
    if status == "optimal" and run.get("proof") == "":
        yield _Fault("proof", "is not told, and the run is called optimal")
    if "conflict" in run and status != "infeasible":
        yield _Fault("conflict", "is told of a run that is not infeasible")
    log = run.get("review", ())
    if log and not has_pairs and log[-1]["state"] != "proposed":
        yield _Fault("review", "is of a run without pairs")


def _scheme_faults(run: Mapping[str, Any], scheme: Scheme) -> Iterator[_Fault]:
    """Yield what is told of tiers that the scheme does not have, or in another form."""
    tiers = tiers_of(run, scheme)
    for key in ("values", "bounds"):
        for tier, value in run[key].items():
            where = f"{key}.{tier}"
            if tier not in tiers:
                yield _Fault(where, "is of a tier that the scheme does not have")
            elif isinstance(value, list) != tier_kind(tier).is_list:
                reason = "must be a list" if tier_kind(tier).is_list else "must be one number"
                yield _Fault(where, reason)
    for at, prices in enumerate(run["prices"] or ()):
        if prices["tier"] not in tiers:
            reason = "is a tier that the scheme does not have"
            yield _Fault(f"prices[{at}].tier", reason, prices["tier"])
    for at, name in enumerate(run["left_out"]):
        if name not in scheme.sensitive:
            reason = "is left out, and the scheme does not call it sensitive"
            yield _Fault(f"left_out[{at}]", reason, name)


def _out_of_range(where: str, positions: Sequence[int], size: int) -> Iterator[_Fault]:
    """Yield the positions at which nobody, and nothing, stands."""
    if not positions or max(positions) < size:
        return
    reason = f"is no position among {size}"
    yield from _first_faults(
        _Fault(f"{where}[{at}]", reason, str(position))
        for at, position in enumerate(positions)
        if position >= size
    )


def _repeated(entries: Sequence[Any], key: Any) -> Iterator[tuple[int, Any]]:
    """Yield the entries that have the key of one before, with their positions."""
    keys = [key(entry) for entry in entries]
    if len(set(keys)) == len(keys):
        return
    seen = set()
    for entry_idx, (entry, entry_key) in enumerate(zip(entries, keys, strict=True)):
        if entry_key in seen:
            yield entry_idx, entry
        seen.add(entry_key)


def _first_faults(faults: Iterable[_Fault]) -> Iterator[_Fault]:
    """Yield the first of many alike."""
    yield from islice(faults, _MAX_FAULTS_PER_LIST)
