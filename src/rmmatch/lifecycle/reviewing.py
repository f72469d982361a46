"""Proposed, reviewed, approved: nobody is paired by the machine alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

from rmmatch.checking import check
from rmmatch.cohort import OTHER_ROLE
from rmmatch.errors import Problem, ReviewError, require_seconds, require_whole
from rmmatch.lifecycle.rematch.change_budget import ChangeBudgetSearch, without_budget
from rmmatch.matching import Matching, Result
from rmmatch.matching.display import list_text, n_text
from rmmatch.matching.matching import IdPair, id_pairs
from rmmatch.matching.review import Review, Step, to_timestamp
from rmmatch.matching.rule_words import partners_excluded_text
from rmmatch.rules import Pairs
from rmmatch.scheme import Scheme
from rmmatch.scheme.edits import with_pairs, without_pairs
from rmmatch.scoring import PairScores
from rmmatch.solving import Stop, match

__all__ = ["approve", "match_again", "review", "undo"]

_MAX_SHOWN_VIOLATIONS = 5  # listed one by one; wording


def review(
    result: Result,
    *,
    by: str = "",
    lock: Iterable[IdPair] = (),
    reject: Mapping[IdPair, str] | Iterable[tuple[str, str, str]] | None = None,
    release: Iterable[IdPair] = (),
    together: Iterable[IdPair] = (),
    comment: str = "",
    at: datetime | None = None,
) -> Result:
    """Say what a person thinks of a pairing: which pairs stay, which must not be, and why.

    The pairs stay as they are: `match_again` makes others. What a pair of your own would cost says
    `rmmatch.what_if` with ``pin=``, before you put it together. Reviews add up, and of a pair the
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
        Pairs locked, rejected or put together before, in this round or an earlier one, that are
        none of these any more.
    together : iterable of (mentee id, mentor id)
        Pairs of your own, which the result does not have: `match_again` makes them, and they stay.
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
        reason is missing; a rule forbids a pair of your own, and which. All problems are listed.
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
    locks, releases, own_pairs = (
        id_pairs(pairs, cohort, "review", problems) for pairs in (lock, release, together)
    )
    rejects: dict[IdPair, str] = {}
    for written, why in _pairs_with_reasons(reject):
        for pair in id_pairs([written], cohort, "review", problems):
            rejects[pair] = "; ".join(filter(None, (rejects.get(pair, ""), str(why).strip())))
    problems += [
        *_check_open(result),
        *_misnamed_problems(result, locks, rejects, releases, own_pairs),
    ]
    problems = problems or [
        *_forbidden_problems(result, own_pairs),
        *_capacity_problems(result, (*locks, *own_pairs), {*rejects, *releases}),
    ]
    if problems:
        raise ReviewError(problems)
    step = Step(
        "reviewed",
        to_timestamp(at),
        by.strip(),
        lock=locks,
        reject=tuple((*pair, why) for pair, why in rejects.items()),
        release=releases,
        together=own_pairs,
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


def undo(result: Result, *, by: str = "", at: datetime | None = None) -> Result:
    """Take back the last step of a review; the log keeps both.

    Each pair of that step has again what was said of it before. What is undone twice is as it was
    after the step that was undone.

    Parameters
    ----------
    result : Result
        Reviewed since it was last paired.
    by : str
    at : datetime, optional
        As in `review`.

    Raises
    ------
    ReviewError
        There is nothing to take back: nobody has reviewed these pairs, or they are approved.

    Examples
    --------
    >>> import rmmatch as rm
    >>> result = rm.match(*rm.synthetic.demo())
    >>> stays, goes = list(result.made)[:2]
    >>> seen = rm.review(rm.review(result, lock=[stays]), reject={stays: "same choir"})
    >>> rm.undo(seen).review.locked == (stays,), rm.undo(seen).review.rejected
    (True, {})
    """
    problems = [*_check_open(result), *_check_reviewed(result.review, "to take a step back")]
    if problems:
        raise ReviewError(problems)
    log = result.review.log
    before = Review(log[:-1])
    words = dict.fromkeys(before.locked, "") | before.ever_rejected
    step = log[-1]
    pairs = {*step.lock, *step.release, *step.together, *(entry[:2] for entry in step.reject)}
    ordered = sorted(pairs)
    own_pairs = {pair for pair in ordered if pair not in result.made}
    locked = [pair for pair in ordered if words.get(pair) == ""]
    reversed_step = Step(
        "reviewed",
        to_timestamp(at),
        by.strip(),
        lock=tuple(pair for pair in locked if pair not in own_pairs),
        reject=tuple((*pair, words[pair]) for pair in ordered if words.get(pair)),
        release=tuple(pair for pair in ordered if pair not in words),
        together=tuple(pair for pair in locked if pair in own_pairs),
        comment="took the last step back",
    )
    return result.replace(review=result.review.with_step(reversed_step))


def match_again(
    result: Result,
    *,
    changes: Literal["best", "fewest"] = "best",
    most_changes: int = 0,
    by: str = "",
    seed: int | None = None,
    time_limit: float | None = None,
    at: datetime | None = None,
) -> Result:
    """Pair again after a review: locked pairs are pinned, rejected ones forbidden.

    Both stay in the scheme of the new result, as a rule on named pairs, so that locks and
    rejections of every round hold. The log and the locks go on.

    Parameters
    ----------
    result : Result
        Reviewed.
    changes : {'best', 'fewest'}
        The best pairing of all, which may change pairs that nobody spoke of; or the best of those
        that give up none of them that can stay (the tier ``kept_pairs`` comes first).
    most_changes : int
        With ``fewest``: how many pairs more may be given up where that makes the pairing better,
        as in `rmmatch.rematch`.
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
    ValueError
        `changes` is neither; `most_changes` goes with ``fewest`` alone, and is 0 or more.
    """
    if changes not in ("best", "fewest"):
        raise ValueError(f"changes must be 'best' or 'fewest', not {changes!r}")
    require_whole(0, most_changes=most_changes)
    if most_changes and changes == "best":
        raise ValueError("most_changes goes with changes='fewest'")
    problems = [*_check_open(result), *_check_reviewed(result.review, "to pair again")]
    if problems:
        raise ReviewError(problems)
    _ = result.scores  # a run without its sensitive columns says so before anything else
    scheme = _reviewed_scheme(result.scheme, result.review)
    seed = result.seed if seed is None else seed
    if changes == "best":
        cohort, scheme = without_budget(result.cohort, scheme)
        new_result = match(cohort, scheme, seed=seed, time_limit=time_limit)
    else:
        require_seconds(time_limit=time_limit)
        old = Matching.of(pair for pair in result.made if pair not in result.review.rejected)
        stop = Stop.after(time_limit)
        with stop.heeding_interrupts():
            search = ChangeBudgetSearch(result.cohort, scheme.inlined(), old, seed, stop)
            new_result = search.best(most_changes)
    return new_result.replace(review=result.review.made_again(by=by, at=at))


def _reviewed_scheme(scheme: Scheme, said: Review) -> Scheme:
    """Return a scheme that keeps locked pairs and no rejected ones; the released are free."""
    locked, rejected, free = {*said.locked}, {*said.rejected}, said.released
    scheme = without_pairs(
        scheme,
        drops_pin=lambda pair: pair in rejected | free,
        drops_forbidden=lambda pair: pair in locked | free,
    )
    pinned = {pair for rule in scheme.rules if isinstance(rule, Pairs) for pair in rule.pin}
    return with_pairs(scheme, pin=sorted(locked - pinned), forbid=sorted(rejected))


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
    for pair in current_review.locked:
        if pair not in result.made:
            remedy = "pair again (match_again), or release it"
            reason = "is to be put together"
            yield _problem("together", " ".join(pair), reason, remedy, code="pair_not_made")
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


def _forbidden_problems(result: Result, own_pairs: tuple[IdPair, ...]) -> Iterator[Problem]:
    """Yield the pairs of one's own that a rule forbids, each with the rules."""
    if not own_pairs:
        return
    # an earlier rejection does not count: of a pair the last word does
    freed = result.review.bound.intersection(own_pairs)
    scores, pairs = result.scores, Matching.of(own_pairs)
    if freed:
        scheme = without_pairs(result.scheme, drops_forbidden=lambda pair: pair in freed)
        scores = PairScores(result.cohort, scheme)
    forbidding = scores.forbidden_by_of_pairs(*pairs.positions(result.cohort))
    for (mentee, mentor), rule in zip(pairs, forbidding.tolist(), strict=True):
        if rule >= 0:
            names = f"{result.person_text('mentee', mentee)} and "
            names += result.person_text("mentor", mentor)
            words = partners_excluded_text(scores, scores.rules[rule], names)
            remedy = "choose another partner, or change the scheme first"
            yield _problem("together", f"{mentee} {mentor}", words, remedy, code="forbidden_pair")


def _capacity_problems(
    result: Result, new: tuple[IdPair, ...], freed: set[IdPair]
) -> Iterator[Problem]:
    """Yield who would have more pairs that stay than places."""
    staying = {*result.review.locked, *new} - freed
    for index, side in enumerate(result.cohort.sides):
        for id_ in sorted({pair[index] for pair in new}):
            partners = sorted(pair[1 - index] for pair in staying if pair[index] == id_)
            capacity = int(side.capacity[side.position[id_]])
            if len(partners) > capacity:
                places = n_text(capacity, "place")
                names = [result.person_text(OTHER_ROLE[side.role], partner) for partner in partners]
                person = result.person_text(side.role, id_)
                reason = f"{person} would stay with {list_text(names)}, and has {places}"
                remedy = "release a pair first"
                yield _problem("together", id_, reason, remedy, code="over_capacity")


def _misnamed_problems(
    result: Result,
    lock: tuple[IdPair, ...],
    reject: Mapping[IdPair, str],
    free: tuple[IdPair, ...],
    own_pairs: tuple[IdPair, ...],
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
    for pair in own_pairs:
        if pair in result.made:
            reason, remedy = "is a pair of the result already", "lock it, so that it stays"
            yield _problem("together", " ".join(pair), reason, remedy, code="already_paired")
    named = [*lock, *reject, *free, *own_pairs]
    for pair in sorted(pair for pair in {*named} if named.count(pair) > 1):
        remedy = "lock, reject, release it or put it together"
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
    return f"{partners_text}; to make a pair of your own, put the two together"
