"""`rematch`: who leaves, who joins, which pairs part or stay; then the pairing solved again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rmmatch.analysis.what_if.people_changes import (
    NewPeople,
    PersonRef,
    add_people,
    require_values,
    resolve_people,
)
from rmmatch.cohort import Cohort, Role, people_error
from rmmatch.cohort.edits import withdrawn_from
from rmmatch.errors import CohortError, Problem, nearest, require_seconds
from rmmatch.lifecycle.rematch.change_budget import ChangeBudgetSearch
from rmmatch.lifecycle.rematch.model import Rematch
from rmmatch.lifecycle.rematch.newer import newer_people
from rmmatch.matching import Matching, Result
from rmmatch.matching.matching import IdPair, id_pairs
from rmmatch.scheme import Scheme
from rmmatch.scheme.edits import with_pairs, without_pairs
from rmmatch.solving import Stop

__all__ = ["rematch"]


def rematch(
    result: Result,
    *,
    withdrawn: Iterable[PersonRef] = (),
    joined: NewPeople | None = None,
    newer: Cohort | None = None,
    part: Iterable[IdPair] = (),
    stay: Iterable[IdPair] = (),
    most_changes: int = 0,
    time_limit: float | None = None,
) -> Rematch:
    """Pair again after a change, and give up no pair that can stay.

    The tier ``kept_pairs`` comes first, then those of the scheme: so as many of the old pairs as
    possible stay, and only then applicants before reserves, as many pairs as possible, and so on.
    Where all old pairs may be given up (`most_changes`) it comes last.
    Who withdrew stays in the cohort with that status, so that the record remembers them; pins that
    name them, or a pair that parts, are dropped. The new result stands alone: it can be saved,
    checked, explained, and paired again.

    Parameters
    ----------
    result : Result
        The pairing so far, by whatever way it was made.
    withdrawn : iterable of id or (role, id)
        People who leave; an id alone is that person on both sides.
    joined : DataFrame or list of mapping, optional
        People who join: rows as in the tables of `read_cohort`, with ``id`` and ``role``.
    newer : Cohort, optional
        Everybody as a newer export has them, in place of the people of the run: whose status is
        ``withdrawn`` there leaves, who is not in the run joins, and what changed counts. Nobody
        of the run may be absent.
    part, stay : iterable of (mentee id, mentor id)
        Pairs of the result that ask to part, and are forbidden from now on; that ask to stay, and
        are pinned, as those are that a review locked.
    most_changes : int
        How many old pairs may be given up, counted from the most that could stay, where that
        makes the pairing better by the scheme's own tiers. No more are given up than the best
        such pairing needs.
    time_limit : float, optional
        Seconds in all; then the best so far, as for `match`. The same at Ctrl-C.

    Returns
    -------
    Rematch
        ``.result``, ``.changes``, ``.notices()``, ``.to_json()``.

    Raises
    ------
    CohortError
        Somebody is not in the cohort, a pair is not in the result or both parts and stays, a
        review rejected a pair, or people who join have problems; all of them are listed.
    NoMatchingError
        The result has no matching.
    NotSupportedError
        More than 40,000,000 pairs of people, and a scheme with quotas, other tiers than
        ``participation``, ``pairs``, ``priority`` and ``total``, or minimum loads that the kept
        pairs do not fill.
    SchemeError
        A rule forbids a pair that asks to stay, because of somebody who joined.
    ValueError
        `time_limit` is not positive.

    Examples
    --------
    >>> import rmmatch as rm
    >>> cohort, scheme = rm.synthetic.demo()
    >>> result = rm.match(cohort, scheme)
    >>> _, mentor = next(iter(result.made))
    >>> again = rm.rematch(result, withdrawn=[("mentor", mentor)])
    >>> len(again.kept) == len(result.made) - 1, rm.check(again.result)
    (True, [])
    """
    require_seconds(time_limit=time_limit)
    _ = result.scores  # a run without its sensitive columns says so before anything else
    changed = None if newer is None else newer_people(result, newer)
    if changed is not None:
        withdrawn = [
            *([withdrawn] if isinstance(withdrawn, str) else withdrawn),
            *changed.withdrawn,
        ]
    request = _parse_request(
        result,
        [withdrawn] if isinstance(withdrawn, str) else list(withdrawn),
        part,
        stay,
        most_changes=most_changes,
    )
    withdrawn_ids = [
        {id_ for role, id_ in request.withdrawn if role == side.role}
        for side in result.cohort.sides
    ]
    people = result.cohort if changed is None else changed.cohort
    cohort = withdrawn_from(people, *withdrawn_ids, parted_pairs=request.part)
    scheme = _requested_scheme(result.scheme.inlined(), request, *withdrawn_ids)
    new: list[tuple[Role, str]] = [] if changed is None else [*changed.joined]
    if newer is not None:  # so that the new run's tables can be read with its scheme
        people_settled = {**newer.reading.people, **scheme.people}
        scheme = scheme.model_copy(update={"people": people_settled})
    if joined is not None:
        if changed is None:
            require_values(result)
        cohort, added = add_people(cohort, scheme, joined)
        new += added
    old = Matching.of(
        pair
        for pair in result.made
        if pair not in request.part
        and pair[0] not in withdrawn_ids[0]
        and pair[1] not in withdrawn_ids[1]
    )
    stop = Stop.after(time_limit)
    with stop.heeding_interrupts():
        after = ChangeBudgetSearch(cohort, scheme, old, result.seed, stop).best(most_changes)
    ended = request.part  # they asked, so they had begun; and if all had, whoever is no more
    if result.review.state == "approved" and after.matching is not None:
        ended = tuple(pair for pair in result.made if pair not in after.made)
    lapsed = tuple(pair for pair in result.review.locked if pair not in request.stay)
    if result.review.log or ended:
        after = after.replace(review=result.review.made_again(ended=ended, release=lapsed))
    return Rematch(
        before=result,
        result=after,
        withdrawn=request.withdrawn,
        joined=tuple(new),
        parted=request.part,
        stayed=request.stay,
    )


@dataclass(frozen=True)
class _RematchRequest:
    """What a rematch is asked for, in ids of the cohort."""

    withdrawn: tuple[tuple[Role, str], ...]
    part: tuple[IdPair, ...]
    stay: tuple[IdPair, ...]


def _parse_request(
    result: Result,
    withdrawn: list[PersonRef],
    part: Iterable[IdPair],
    stay: Iterable[IdPair],
    *,
    most_changes: int,
) -> _RematchRequest:
    """Return the request, or raise all that is wrong with it."""
    problems: list[Problem] = []
    part, stay = (id_pairs(pairs, result.cohort, "rematch", problems) for pairs in (part, stay))

    def add_problem(where: str, value: str, reason: str, remedy: str, *, code: str) -> None:
        problems.append(Problem("rematch", "", where, value, reason, remedy, code=code))

    leaving: dict[tuple[Role, str], None] = {}
    for person in withdrawn:
        try:
            places = resolve_people(result.cohort, person, "rematch")
        except CohortError as error:
            problems += error.items
            continue
        for role, place in places:
            side = result.cohort.side(role)
            if side.status[place] != "withdrawn":  # else they left before
                leaving[role, side.ids[place]] = None
    listed = [" ".join(pair) for pair in result.made]
    for where, pairs in (("part", part), ("stay", stay)):
        for pair in pairs:
            if pair not in result.made:
                nearest_pair = nearest(" ".join(pair), listed)
                remedy = "name a mentee and a mentor whom the run paired"
                remedy += f", as {nearest_pair!r}" if nearest_pair else ""
                reason = "the run has no such pair"
                add_problem(where, " ".join(pair), reason, remedy, code="not_in_result")
    for pair in stay:
        if pair in part:
            reason = "is to part as well"
            add_problem("stay", " ".join(pair), reason, "say one of the two", code="contradiction")
        for role, id_ in _people_of(pair):
            if (role, id_) in leaving:
                reason = f"is to stay, and {id_} withdraws"
                add_problem(
                    "stay", " ".join(pair), reason, "say one of the two", code="contradiction"
                )
    for pair in result.review.rejected:
        remedy = "pair again after the review first (match_again), or release it"
        add_problem("", " ".join(pair), "was rejected in the review", remedy, code="rejected_pair")
    if not isinstance(most_changes, int) or most_changes < 0:
        reason, remedy = "is not a number of pairs", "give a whole number, 0 or more"
        add_problem("most_changes", str(most_changes), reason, remedy, code="not_a_whole_number")
    if problems:
        raise people_error(problems, result.cohort)
    # what the review locked stays, unless they leave
    locked = (
        pair
        for pair in result.review.locked
        if pair not in part and leaving.keys().isdisjoint(_people_of(pair))
    )
    return _RematchRequest(tuple(leaving), part, tuple(dict.fromkeys((*stay, *locked))))


def _people_of(pair: IdPair) -> tuple[tuple[Role, str], tuple[Role, str]]:
    return ("mentee", pair[0]), ("mentor", pair[1])


def _requested_scheme(
    scheme: Scheme, request: _RematchRequest, mentees: set[str], mentors: set[str]
) -> Scheme:
    """Return a scheme without the pins that cannot hold, and with what pairs ask for."""

    def cannot_hold(pair: IdPair) -> bool:
        return pair[0] in mentees or pair[1] in mentors or pair in request.part

    scheme = without_pairs(scheme, drops_pin=cannot_hold)
    return with_pairs(scheme, pin=request.stay, forbid=request.part)
