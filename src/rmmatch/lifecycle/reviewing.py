"""Proposed, reviewed, approved: nobody is paired by the machine alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from rmmatch.checking import check
from rmmatch.errors import Problem, ReviewError
from rmmatch.matching import Result
from rmmatch.matching.matching import IdPair, id_pairs
from rmmatch.matching.review import Review, Step, to_timestamp
from rmmatch.scheme import Scheme
from rmmatch.scheme.edits import with_pairs, without_pairs
from rmmatch.solving import match

__all__ = ["approve", "match_again", "review"]

_MAX_SHOWN_VIOLATIONS = 5  # listed one by one; wording


def review(
    result: Result,
    *,
    by: str = "",
    lock: Iterable[IdPair] = (),
    reject: Mapping[IdPair, str] | Iterable[tuple[str, str, str]] | None = None,
    release: Iterable[IdPair] = (),
    comment: str = "",
    at: datetime | None = None,
) -> Result:
    """Say what a person thinks of a pairing: which pairs stay, which must not be, and why.

    The pairs stay as they are: `match_again` makes others. Reviews add up, and of a pair the
    last word counts. The log, with names, reasons and comments, is part of the saved record; the
    reasons and comments appear in nothing else.

    Parameters
    ----------
    result : Result
        Proposed or reviewed; it is left as it was.
    by : str
        Who reviews; kept in the record where it is given.
    lock : iterable of (mentee id, mentor id)
        Pairs of the result that stay.
    reject : mapping of (mentee id, mentor id) to str, or iterable of (mentee id, mentor id, reason)
        Pairs of the result that must not be, each with the reason.
    release : iterable of (mentee id, mentor id)
        Pairs locked or rejected before, in this round or an earlier one, that are neither any more.
    comment : str
        Anything else, for the coordinator.
    at : datetime, optional
        When, with a time zone; now by default.

    Returns
    -------
    Result
        The same in the state ``reviewed``.

    Raises
    ------
    ReviewError
        The result is approved already; a pair is not in it, or locked and rejected at once; a
        reason is missing. All problems are listed.
    NoMatchingError
        The result has no matching.

    Examples
    --------
    >>> import rmmatch as rm
    >>> result = rm.match(*rm.synthetic.demo())
    >>> stays, goes = list(result.made)[:2]
    >>> seen = rm.review(result, by="A. Coordinator", lock=[stays], reject={goes: "same choir"})
    >>> result.review.state, seen.review.state, seen.review.locked == (stays,)
    ('proposed', 'reviewed', True)
    >>> again = rm.match_again(seen)
    >>> stays in again.made, goes in again.made, again.review.state
    (True, False, 'proposed')
    """
    cohort = result.cohort
    problems: list[Problem] = []
    locks, releases = (id_pairs(pairs, cohort, "review", problems) for pairs in (lock, release))
    rejects: dict[IdPair, str] = {}
    for written, why in _pairs_with_reasons(reject):
        for pair in id_pairs([written], cohort, "review", problems):
            rejects[pair] = "; ".join(filter(None, (rejects.get(pair, ""), str(why).strip())))
    problems += [*_check_open(result), *_misnamed_problems(result, locks, rejects, releases)]
    if problems:
        raise ReviewError(problems)
    step = Step(
        "reviewed",
        to_timestamp(at),
        by.strip(),
        lock=locks,
        reject=tuple((*pair, why) for pair, why in rejects.items()),
        release=releases,
        comment=comment.strip(),
    )
    return result.replace(review=result.review.with_step(step))


def _pairs_with_reasons(
    reject: Mapping[IdPair, str] | Iterable[tuple[str, str, str]] | None,
) -> Iterator[tuple[Any, str]]:
    """Yield what is to be a pair, and the reason; an empty one where there is none."""
    if isinstance(reject, Mapping):
        yield from reject.items()
        return
    for entry in reject or ():
        is_entry = not isinstance(entry, str) and len(entry) == 3
        yield (tuple(entry[:2]), entry[2]) if is_entry else (entry, "")


def approve(
    result: Result, *, by: str = "", comment: str = "", at: datetime | None = None
) -> Result:
    """Approve a reviewed pairing: from here on it may be used, and nothing is said of it any more.

    Parameters
    ----------
    result : Result
        Reviewed, with no rejected pair; `check` must find nothing wrong with it.
    by, comment : str
    at : datetime, optional
        As in `review`.

    Returns
    -------
    Result
        The same in the state ``approved``.

    Raises
    ------
    ReviewError
        It is not reviewed, or approved already; pairs are rejected; `check` finds violations.
    NoMatchingError
        The result has no matching.

    Examples
    --------
    >>> import rmmatch as rm
    >>> result = rm.match(*rm.synthetic.demo())
    >>> rm.approve(rm.review(result, by="A. Coordinator"), by="B. Dean").review.state
    'approved'
    """
    problems = [*_check_open(result), *_check_ready(result)]
    if problems:
        raise ReviewError(problems)
    step = Step("approved", to_timestamp(at), by.strip(), comment=comment.strip())
    return result.replace(review=result.review.with_step(step))


def match_again(
    result: Result,
    *,
    by: str = "",
    seed: int | None = None,
    time_limit: float | None = None,
    at: datetime | None = None,
) -> Result:
    """Pair again after a review: locked pairs are pinned, rejected ones forbidden.

    Both stay in the scheme of the new result, as a rule on named pairs, so that locks and
    rejections of every round hold. The log goes on.

    Parameters
    ----------
    result : Result
        Reviewed.
    by : str
        As in `review`.
    seed : int, optional
        Breaks ties; that of the result by default.
    time_limit : float, optional
        Seconds for the solver, as in `match`.
    at : datetime, optional
        As in `review`.

    Returns
    -------
    Result
        Proposed, whatever it is: look at its status.

    Raises
    ------
    ReviewError
        It is not reviewed, or approved already.
    RecordError
        The run was loaded without the sensitive columns its rules need.
    SchemeError
        A rule forbids a locked pair, or a table of relations pins a rejected one.
    """
    problems = [*_check_open(result), *_check_reviewed(result.review, "to pair again")]
    if problems:
        raise ReviewError(problems)
    _ = result.scores  # a run without its sensitive columns says so before anything else
    new_result = match(
        result.cohort,
        _reviewed_scheme(result.scheme, result.review),
        seed=result.seed if seed is None else seed,
        time_limit=time_limit,
    )
    return new_result.replace(review=result.review.made_again(by=by, at=at))


def _reviewed_scheme(scheme: Scheme, said: Review) -> Scheme:
    """Return a scheme that keeps locked pairs and no rejected ones; the released are free."""
    locked, rejected, free = {*said.locked}, {*said.rejected}, said.released
    scheme = without_pairs(
        scheme,
        drops_pin=lambda pair: pair in rejected | free,
        drops_forbidden=lambda pair: pair in locked | free,
    )
    return with_pairs(scheme, pin=sorted(locked), forbid=sorted(rejected))


def _problem(where: str, value: str, reason: str, remedy: str, *, code: str) -> Problem:
    return Problem("review", "", where, value, reason, remedy, code=code)


def _check_open(result: Result) -> Iterator[Problem]:
    """Yield a problem where the pairing is approved already."""
    _ = result.made  # nothing to say of no pairs
    if result.review.state == "approved":
        remedy = "approved pairs stay; for other pairs, match the tables again"
        yield _problem("", "", f"was {result.review.summary}", remedy, code="already_approved")


def _check_reviewed(current_review: Review, purpose: str) -> Iterator[Problem]:
    if current_review.state == "proposed":
        reason, remedy = "nobody has reviewed these pairs", f"{purpose}, review them first"
        yield _problem("", "", reason, remedy, code="not_reviewed")


def _check_ready(result: Result) -> Iterator[Problem]:
    """Yield what stands in the way of an approval."""
    current_review = result.review
    yield from _check_reviewed(current_review, "to approve them")
    for pair in current_review.rejected:
        remedy = "pair again (match_again), or release it"
        yield _problem("reject", " ".join(pair), "is rejected", remedy, code="rejected_pair")
    findings = check(result)
    for violation in list(findings)[:_MAX_SHOWN_VIOLATIONS]:
        remedy = "pair again under the scheme"
        yield _problem("check", "", violation.message, remedy, code="fails_check")
    if len(findings) > _MAX_SHOWN_VIOLATIONS:
        reason = f"and {len(findings) - _MAX_SHOWN_VIOLATIONS} more violations"
        yield _problem("check", "", reason, "see check()", code="fails_check")


def _misnamed_problems(
    result: Result, lock: tuple[IdPair, ...], reject: Mapping[IdPair, str], free: tuple[IdPair, ...]
) -> Iterator[Problem]:
    """Yield the pairs that nothing can be said of, or two things at once."""
    current_review = result.review
    for where, pairs in (("lock", lock), ("reject", reject)):
        for mentee, mentor in pairs:
            if (mentee, mentor) not in result.made:
                yield _problem(
                    where,
                    f"{mentee} {mentor}",
                    "is not a pair of the result",
                    _pair_of(result, mentee),
                    code="not_in_result",
                )
    for pair, why in reject.items():
        if not why:
            remedy = "say why, in a few words"
            yield _problem("reject", " ".join(pair), "has no reason", remedy, code="missing_reason")
    for pair in sorted({*lock} & {*reject} | {*free} & {*lock, *reject}):
        remedy = "lock, reject or release it"
        yield _problem("", " ".join(pair), "is named twice", remedy, code="contradiction")
    for pair in free:
        if pair not in current_review.bound:
            reason, remedy = "is neither locked nor rejected", "take it out of `release`"
            yield _problem("release", " ".join(pair), reason, remedy, code="nothing_to_release")


def _pair_of(result: Result, mentee: str) -> str:
    partners = result.made.partners("mentee", mentee)
    if mentee not in result.cohort.mentees.position:
        return "write (mentee id, mentor id)"
    partners_text = f"{mentee} is paired with {', '.join(partners) or 'nobody'}"
    return f"{partners_text}; a pair of your own goes into the scheme: {{type: pairs, pin: [...]}}"
