"""Decisions that people wrote into a workbook or made on a page, read back for a review."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from rmmatch.cohort.tables import RawTable, read_table, sheet_names
from rmmatch.desk.reporting.workbook import (
    COMMENT,
    DECISION,
    DECISIONS,
    MENTEE_ID,
    MENTOR_ID,
    PAIRS,
)
from rmmatch.errors import Problem, ReviewError, nearest
from rmmatch.files.tables import unescaped
from rmmatch.matching import Result
from rmmatch.matching.matching import IdPair
from rmmatch.matching.records.record import run_key
from rmmatch.spelling import fold, visible_text

__all__ = ["Decisions", "read_decisions"]

_KEEP, _LOCK, _REJECT = DECISIONS
_NEEDED = (MENTEE_ID, MENTOR_ID, DECISION)
_RUN, _MENTEE, _MENTOR, _REASON = "run", "mentee", "mentor", "reason"
_OF_PAGE = {"kept": _LOCK, "turned down": _REJECT, "open": _KEEP}
"""Words of `review.html` in its decisions.csv: run, mentee, mentor, decision, reason."""


@dataclass(frozen=True)
class Decisions:
    """What people decided about the pairs of a result.

    Attributes
    ----------
    keep : tuple of (mentee id, mentor id)
        Pairs that nobody objects to.
    lock : tuple of (mentee id, mentor id)
    reject : mapping of (mentee id, mentor id) to str
        Each with the reason.
    release : tuple of (mentee id, mentor id)
        Pairs that a review had locked or rejected, and that are now only kept.
    comment : str
        The comments on pairs that are not rejected, a line each.
    """

    keep: tuple[IdPair, ...] = ()
    lock: tuple[IdPair, ...] = ()
    reject: Mapping[IdPair, str] = field(default_factory=lambda: MappingProxyType({}))
    release: tuple[IdPair, ...] = ()
    comment: str = ""

    @property
    def summary(self) -> str:
        """How many decisions there are of each kind, in words."""
        counts = {
            "kept": len(self.keep),
            "locked": len(self.lock),
            "rejected": len(self.reject),
            "released": len(self.release),
        }
        texts = [
            f"{count} pair{'' if count == 1 else 's'} {word}"
            for word, count in counts.items()
            if count
        ]
        n_comments = len(self.comment.splitlines())
        if n_comments:
            texts.append(f"{n_comments} comment{'' if n_comments == 1 else 's'}")
        return ", ".join(texts) or "no new decisions"

    @property
    def arguments(self) -> dict[str, Any]:
        """What `rmmatch.review` takes: ``rm.review(result, **decisions.arguments)``."""
        return {
            "lock": self.lock,
            "reject": dict(self.reject),
            "release": self.release,
            "comment": self.comment,
        }


class _Columns(NamedTuple):
    """The headers of a file of decisions, and its words for them."""

    mentee: str
    mentor: str
    decision: str
    comment: str
    words: Mapping[str, str]
    run: str = ""


_WORKBOOK = _Columns(
    MENTEE_ID, MENTOR_ID, DECISION, COMMENT, MappingProxyType({word: word for word in DECISIONS})
)
_PAGE = _Columns(_MENTEE, _MENTOR, "decision", _REASON, MappingProxyType(_OF_PAGE), _RUN)


class _Line(NamedTuple):
    """A line of the file that says something about a pair."""

    row: int | str
    pair: IdPair
    decision: str
    comment: str


def read_decisions(path: str | os.PathLike[str], result: Result) -> Decisions:
    """Read the decisions of an edited workbook, of its sheet of pairs as csv, or of a page.

    A page of review (`Result.report`) writes ``decisions.csv``. Lines without a decision and a
    comment say nothing. Columns are found by their headers, so that they may be moved, and lines
    may be sorted or filtered.

    Parameters
    ----------
    path : str or path
        A workbook that `Result.to_excel`, or ``rmmatch match --out``, wrote; or the
        ``decisions.csv`` of a page of this very run: that of another one is refused.
    result : Result
        What it was written for.

    Returns
    -------
    Decisions

    Raises
    ------
    ReviewError
        The file cannot be read, has no decisions, or has decisions that cannot be taken: of
        another run, without a reason, two about one pair. All problems are listed.
    NoMatchingError
        The result has no matching.

    Examples
    --------
    >>> import tempfile
    >>> import rmmatch as rm
    >>> from rmmatch.desk.reporting import read_decisions
    >>> result = rm.match(*rm.synthetic.demo())
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     rm.review(result, lock=[result.made.pairs[0]]).to_excel(f"{folder}/pairing.xlsx")
    ...     decisions = read_decisions(f"{folder}/pairing.xlsx", result)
    >>> decisions.lock
    (('E001', 'M060'),)
    """
    path = Path(path)
    problems: list[Problem] = []
    lines = list(_lines(path, result, problems))
    problems += _contradictions(path.name, lines)
    if problems:
        raise ReviewError(problems)
    locked, rejected = {*result.review.locked}, result.review.rejected
    by_decision: dict[str, dict[IdPair, _Line]] = {word: {} for word in ("", *DECISIONS)}
    for line in lines:
        by_decision[line.decision][line.pair] = line
    return Decisions(
        keep=tuple(by_decision[_KEEP]),
        lock=tuple(pair for pair in by_decision[_LOCK] if pair not in locked),
        reject=MappingProxyType(
            {pair: line.comment for pair, line in by_decision[_REJECT].items() if line.comment}
        ),
        release=tuple(pair for pair in by_decision[_KEEP] if pair in locked or pair in rejected),
        comment="\n".join(
            f"{' '.join(line.pair)}: {line.comment}"
            for line in lines
            if line.comment and line.decision != _REJECT
        ),
    )


def _lines(path: Path, result: Result, problems: list[Problem]) -> Iterator[_Line]:
    """Yield what is said about pairs of the result, adding what is wrong to the problems."""
    source: Path | str = f"{path}#{PAIRS}" if PAIRS in sheet_names(path) else path
    headers = {fold(name) for name in (*_NEEDED, *_PAGE[:4], _RUN)}
    raw = read_table(source, path.name, known_headers=headers, problems=problems, notes=[])
    if raw is None:
        return
    columns = _PAGE if _RUN in map(fold, raw.header) else _WORKBOOK
    cells = _cells(raw, columns, problems)
    if cells is None:
        return
    if columns.run:
        strangers = list(_other_run_problems(raw, columns, run_key(result)))
        problems += strangers
        if strangers:
            return
    names = {(visible_text(e), visible_text(m)): (e, m) for e, m in result.made}
    has_decisions = False
    for place, row in enumerate(raw.rows):
        mentee, mentor, written, comment = (unescaped(column[place] or "") for column in cells)
        decision = next(
            (kind for word, kind in columns.words.items() if fold(word) == fold(written)), ""
        )
        has_decisions = has_decisions or bool(written or comment)
        if not written and not comment:
            continue
        ((mentee, mentor),) = result.cohort.ids_of_pairs([(mentee, mentor)])
        # a page does not write what nobody sees
        pair = names.get((mentee, mentor), (mentee, mentor))
        line = _Line(row, pair, decision, comment)
        line_problems = list(_problems_of_line(raw.name, columns, line, written, result))
        problems += line_problems
        if not line_problems:
            yield line
    if not has_decisions and not problems:
        words = list(columns.words)
        remedy = f"choose {', '.join(words[:-1])} or {words[-1]} for at least one pair, and save"
        reason = "no decision is written here"
        problems.append(
            Problem(raw.name, "", columns.decision, "", reason, remedy, code="no_decisions")
        )


def _cells(
    raw: RawTable, columns: _Columns, problems: list[Problem]
) -> list[Sequence[str | None]] | None:
    """Return the columns of ids, decisions and comments; None where one is missing."""
    cells = {fold(name): column for name, column in zip(raw.header, raw.columns, strict=True)}
    needed = (columns.mentee, columns.mentor, columns.decision)
    missing = [name for name in needed if fold(name) not in cells]
    for name in missing:
        remedy = f"use the sheet “{PAIRS}” of the workbook, with its headers as they were"
        if columns.run:
            remedy = "use the file as the page of review wrote it"
        reason = "there is no such column"
        problems.append(Problem(raw.name, "", name, "", reason, remedy, code="missing_column"))
    if missing:
        return None
    no_comments: list[str | None] = [None] * len(raw.rows)
    comment = fold(columns.comment)
    return [
        *(cells[fold(name)].tolist() for name in needed),
        cells[comment].tolist() if comment in cells else no_comments,
    ]


def _other_run_problems(raw: RawTable, columns: _Columns, key: str) -> Iterator[Problem]:
    """Yield a problem where lines are about another run."""
    place = [fold(name) for name in raw.header].index(columns.run)
    rows = [
        row
        for row, cell in zip(raw.rows, raw.columns[place].tolist(), strict=True)
        if unescaped(cell or "") != key
    ]
    if rows:
        where = rows[0] if len(rows) == 1 else f"{rows[0]} to {rows[-1]}"
        reason = "these decisions are about another run, or about its pairs before they changed"
        remedy = "write the page of review of this run, and decide on that one"
        yield Problem(raw.name, where, columns.run, "", reason, remedy, code="other_run")


def _problems_of_line(
    file: str, columns: _Columns, line: _Line, written: str, result: Result
) -> Iterator[Problem]:
    if written and not line.decision:
        close = nearest(fold(written), [fold(word) for word in columns.words])
        close = next((word for word in columns.words if fold(word) == close), "")
        words = ", ".join(columns.words)
        remedy = f"did you mean {close!r}?" if close else f"write {words} or nothing"
        reason = "is not a decision"
        yield Problem(
            file, line.row, columns.decision, written, reason, remedy, code="not_a_decision"
        )
    if line.pair not in result.made:
        document = "file" if columns.run else "workbook"
        remedy = f"use the {document} of this run, and leave the columns of ids as they are"
        reason, value = "is not a pair of this run", " ".join(line.pair).strip()
        column = f"{columns.mentee}, {columns.mentor}"
        yield Problem(file, line.row, column, value, reason, remedy, code="not_in_result")
    elif line.decision == _REJECT and not line.comment and line.pair not in result.review.rejected:
        remedy = "say in a few words why this pair must not be made"
        reason = "a rejected pair needs a reason"
        yield Problem(file, line.row, columns.comment, "", reason, remedy, code="missing_reason")


def _contradictions(file: str, lines: Sequence[_Line]) -> Iterator[Problem]:
    """Yield the pairs that two lines decide about differently."""
    rows: dict[IdPair, dict[str, int | str]] = {}
    for line in lines:
        if line.decision:
            rows.setdefault(line.pair, {}).setdefault(line.decision, line.row)
    for pair, decisions in rows.items():
        if len(decisions) > 1:
            reason = f"has two decisions: {' and '.join(decisions)}"
            where = ", ".join(map(str, decisions.values()))
            yield Problem(
                file, where, DECISION, " ".join(pair), reason, "leave one", code="contradiction"
            )
