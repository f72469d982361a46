"""Decisions from elsewhere: of a page that was sent back, and of the run before this one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from rmmatch.cohort import Cohort
from rmmatch.cohort.tables import RawTable, read_table
from rmmatch.desk.folders.runs import Run
from rmmatch.errors import FolderError, Problem, ReviewError, nearest
from rmmatch.files.table_limits import Row
from rmmatch.lifecycle.adoption import adopt
from rmmatch.lifecycle.reviewing import match_again, review
from rmmatch.matching import Result, Review, Step
from rmmatch.matching.matching import IdPair
from rmmatch.matching.review import to_timestamp
from rmmatch.scheme import Scheme
from rmmatch.solving import match
from rmmatch.spelling import fold

__all__ = ["AppliedDecisions", "CarriedDecisions", "match_as_decided", "read_returned"]

COLUMNS = ("run", "mentee", "mentor", "decision", "reason")
_WORDS = {
    "kept": "kept",
    "keep": "kept",
    "lock": "kept",
    "turned down": "turned down",
    "turn down": "turned down",
    "reject": "turned down",
    "open": "open",
    "no decision": "open",
}
_DECISIONS = ("kept", "turned down", "open")


class ReturnedDecision(NamedTuple):
    """A line of decisions.csv.

    Attributes
    ----------
    row : int or str
    run : str
        The key of the run that the page was of.
    pair : tuple of (mentee id, mentor id)
    decision : {'kept', 'turned down', 'open'}
    reason : str
    """

    row: Row
    run: str
    pair: IdPair
    decision: str
    reason: str


@dataclass(frozen=True)
class AppliedDecisions:
    """What became of a file of decisions.

    Attributes
    ----------
    run : Run
        The current run, as it is now.
    kept, turned_down, opened : tuple of (mentee id, mentor id)
        That were applied.
    not_applied : tuple of str
        In words: about pairs that are made no more.
    conflicts : tuple of str
        In words: pairs about which somebody has decided otherwise. Neither is changed.
    file : Path or None
        The copy in the folder of the run; None where nothing was applied.
    """

    run: Run
    kept: tuple[IdPair, ...] = ()
    turned_down: tuple[IdPair, ...] = ()
    opened: tuple[IdPair, ...] = ()
    not_applied: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    file: Path | None = None

    @property
    def lines(self) -> tuple[str, ...]:
        """What became of it, in words."""
        counts = {
            "kept": len(self.kept),
            "turned down": len(self.turned_down),
            "open again": len(self.opened),
        }
        texts = [
            f"{count} pair{'' if count == 1 else 's'} {word}"
            for word, count in counts.items()
            if count
        ]
        lines = [f"Applied: {', '.join(texts) or 'nothing'}."]
        for title, entries in (
            ("Not applied, because the pair is made no more:", self.not_applied),
            ("Decided otherwise by somebody else, and left as it was:", self.conflicts),
        ):
            lines += [title, *(f"  {entry}" for entry in entries)] if entries else []
        return tuple(lines)


def read_returned(path: Path, keys: Mapping[str, str], cohort: Cohort) -> list[ReturnedDecision]:
    """Return the decisions of a file that a page of review has made.

    Parameters
    ----------
    path : Path
    keys : mapping of str to str
        Keys of every run of this folder, at any time → the name of the run.
    cohort : Cohort
        Finds people by id, e-mail address or name.

    Raises
    ------
    FolderError
        The file cannot be read, is of another folder, or has decisions that cannot be taken; all
        problems are listed.
    """
    problems: list[Problem] = []
    raw = read_table(path, path.name, known_headers=frozenset(COLUMNS), problems=problems, notes=[])
    lines = [] if raw is None else list(_lines(raw, keys, cohort, problems))
    if not problems and not lines:
        reason, remedy = "has no decisions", "download the decisions from the page again"
        problems.append(Problem(path.name, "", "", "", reason, remedy, code="no_decisions"))
    problems += _contradictions(path.name, lines)
    if problems:
        raise FolderError(problems)
    return lines


def _lines(
    raw: RawTable, keys: Mapping[str, str], cohort: Cohort, problems: list[Problem]
) -> Iterator[ReturnedDecision]:
    cells = {fold(name): column for name, column in zip(raw.header, raw.columns, strict=True)}
    missing = [name for name in COLUMNS if name not in cells]
    remedy = "use the file that the page of review gave you"
    for name in missing:
        reason = "there is no such column"
        problems.append(Problem(raw.name, "", name, "", reason, remedy, code="missing_column"))
    if missing:
        return
    foreign: list[Row] = []
    for place, row in enumerate(raw.rows):
        run, mentee, mentor, word, reason = (cells[name][place] or "" for name in COLUMNS)
        decision = _WORDS.get(fold(word), "")
        if run not in keys:
            foreign.append(row)
            continue
        if not decision:
            close = nearest(word, _DECISIONS)
            advice = f"did you mean {close!r}?" if close else f"write {', '.join(_DECISIONS)}"
            text = "is not a decision"
            problems.append(
                Problem(raw.name, row, "decision", word, text, advice, code="not_a_decision")
            )
        elif decision == "turned down" and not reason.strip():
            text, advice = "a pair that is turned down needs a reason", "say why, in a few words"
            problems.append(
                Problem(raw.name, row, "reason", "", text, advice, code="missing_reason")
            )
        else:
            ((mentee, mentor),) = cohort.ids_of_pairs([(mentee, mentor)])
            yield ReturnedDecision(row, run, (mentee, mentor), decision, reason.strip())
    if foreign:
        text = "is of a run that this folder does not have"
        advice = "open the folder that the page was made from, and apply it there"
        problems.append(Problem(raw.name, foreign[0], "run", "", text, advice, code="other_folder"))


def _contradictions(file: str, lines: Iterable[ReturnedDecision]) -> Iterator[Problem]:
    rows: dict[IdPair, dict[str, Row]] = {}
    for line in lines:
        rows.setdefault(line.pair, {}).setdefault(line.decision, line.row)
    for pair, decisions in rows.items():
        if len(decisions) > 1:
            reason = f"has two decisions: {' and '.join(decisions)}"
            where = ", ".join(map(str, decisions.values()))
            yield Problem(
                file, where, "decision", " ".join(pair), reason, "leave one", code="contradiction"
            )


@dataclass
class SortedDecisions:
    """Decisions from elsewhere, sorted by what can be done with them.

    Attributes
    ----------
    lock, release : list of (mentee id, mentor id)
    reject : dict of (mentee id, mentor id) to str
    not_applied, conflicts : list of str
    """

    lock: list[IdPair] = field(default_factory=list)
    release: list[IdPair] = field(default_factory=list)
    reject: dict[IdPair, str] = field(default_factory=dict)
    not_applied: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether nothing can be applied."""
        return not (self.lock or self.release or self.reject)


def sort_returned(result: Result, lines: Iterable[ReturnedDecision]) -> SortedDecisions:
    """Return which decisions can be applied to the pairs as they are now.

    Parameters
    ----------
    result : Result
    lines : iterable of ReturnedDecision
    """
    decided = SortedDecisions()
    locked, rejected = {*result.review.locked}, result.review.rejected
    for line in {line.pair: line for line in lines}.values():
        mentee, mentor = line.pair
        names = f"{result.person_text('mentee', mentee)} and {result.person_text('mentor', mentor)}"
        reason = f" ({line.reason})" if line.reason else ""
        is_made = line.pair in result.made
        if not is_made:
            decided.not_applied.append(f"{names}: {line.decision}{reason}")
        elif line.decision == "kept" and line.pair in rejected:
            before = f"turned down ({rejected[line.pair]})"
            decided.conflicts.append(f"{names}: {before} here, kept in the file")
        elif line.decision == "turned down" and line.pair in locked:
            decided.conflicts.append(f"{names}: kept here, turned down{reason} in the file")
        elif line.decision == "kept" and line.pair not in locked:
            decided.lock.append(line.pair)
        elif line.decision == "turned down" and line.pair not in rejected:
            decided.reject[line.pair] = line.reason
        elif line.decision == "open" and line.pair in locked | rejected.keys():
            decided.release.append(line.pair)
    return decided


@dataclass(frozen=True)
class CarriedDecisions:
    """What people decided in an earlier run, as far as it goes on.

    Attributes
    ----------
    run : str
        Its name.
    kept : tuple of (mentee id, mentor id)
    turned_down : mapping of (mentee id, mentor id) to str
    """

    run: str
    kept: tuple[IdPair, ...]
    turned_down: Mapping[IdPair, str]

    @classmethod
    def of(cls, run: Run) -> CarriedDecisions:
        """Return the decisions of a run.

        Parameters
        ----------
        run : Run
        """
        said = run.result.review
        kept = said.locked
        turned_down = {pair: why for pair, why in said.ever_rejected.items() if pair not in kept}
        return cls(run.name, kept, turned_down)


def match_as_decided(
    cohort: Cohort, scheme: Scheme, decided: CarriedDecisions | None, by: str
) -> tuple[Result, tuple[str, ...]]:
    """Pair, with the decisions of an earlier run in force as far as they can be.

    Parameters
    ----------
    cohort : Cohort
    scheme : Scheme
    decided : CarriedDecisions or None
    by : str

    Returns
    -------
    result : Result
    notes : tuple of str
        Decisions that could not go on, with the reason.
    """
    if decided is None or not (decided.kept or decided.turned_down):
        return match(cohort, scheme), ()
    nothing_yet = adopt([], cohort, scheme)
    nothing_yet = nothing_yet.replace(review=Review())
    kept, notes = _possible_pairs(nothing_yet, decided.kept)
    taking_part = _TakingPart(nothing_yet)
    turned_down = {
        pair: why for pair, why in decided.turned_down.items() if taking_part.absent(pair) == ""
    }
    comment = f"decisions of run {decided.run}"
    rejects = tuple((*pair, why) for pair, why in turned_down.items())
    step = Step("reviewed", to_timestamp(), by, lock=kept, reject=rejects, comment=comment)
    return match_again(nothing_yet.replace(review=Review((step,))), by=by), notes


class _TakingPart:
    """Says who does not take part."""

    def __init__(self, result: Result) -> None:
        self.result = result

    def absent(self, pair: IdPair) -> str:
        """Return who of a pair does not take part any more, in words; empty where both do."""
        for side, id_ in zip(self.result.cohort.sides, pair, strict=True):
            place = side.position.get(id_)
            if place is None or side.status[place] == "withdrawn":
                return f"{self.result.person_text(side.role, id_)} does not take part any more"
        return ""


def _possible_pairs(
    result: Result, kept: tuple[IdPair, ...]
) -> tuple[tuple[IdPair, ...], tuple[str, ...]]:
    """Return the pairs that can still be made, and why the others cannot."""
    taking_part = _TakingPart(result)
    possible: list[IdPair] = []
    notes: list[str] = []
    for pair in kept:
        mentee, mentor = pair
        names = f"{result.person_text('mentee', mentee)} and {result.person_text('mentor', mentor)}"
        reason = taking_part.absent(pair)
        if not reason:
            try:
                review(result, together=[*possible, pair])
            except ReviewError as error:
                reason = "; ".join(problem.reason for problem in error.items)
            else:
                possible.append(pair)
        if reason:
            notes.append(f"{names} were kept, and are not any more: {reason}.")
    return tuple(possible), tuple(notes)
