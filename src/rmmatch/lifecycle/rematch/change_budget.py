"""The best pairing that gives up few of the old pairs: `kept_pairs` before the scheme's tiers."""

from __future__ import annotations

from dataclasses import dataclass

from rmmatch.cohort import Cohort, Relation
from rmmatch.lifecycle.rematch.keep_all import keep_all
from rmmatch.matching import Matching, Result, Status
from rmmatch.scheme import Scheme
from rmmatch.scheme.objectives import Aim
from rmmatch.solving import Stop, match_until

__all__ = ["ChangeBudgetSearch", "without_budget"]

_KEPT_KIND = "paired_before"  # no table of relations has such a kind


@dataclass(frozen=True)
class ChangeBudgetSearch:
    """The search for a pairing that changes few of the old pairs.

    Attributes
    ----------
    cohort : Cohort
    scheme : Scheme
    old : Matching
        The old pairs that nobody asked to end.
    seed : int
        Breaks ties.
    stop : Stop
        When to give up.
    """

    cohort: Cohort
    scheme: Scheme
    old: Matching
    seed: int
    stop: Stop

    def best(self, most_changes: int) -> Result:
        """Return the best pairing that gives up so many pairs more than needed, at most.

        Parameters
        ----------
        most_changes : int
        """
        fewest_changes = self._best_giving_up(0)
        n_kept = fewest_changes.values.get("kept_pairs", 0)
        assert isinstance(n_kept, int)
        most = min(most_changes, n_kept)
        if fewest_changes.matching is None or not most:
            return fewest_changes
        best = self._best_giving_up(most, n_kept)
        if best.status is not Status.OPTIMAL:  # out of time
            return fewest_changes
        # fewer changes that are worth as much: the worth grows with the number, mostly at each
        low, high = -1, n_kept - len(set(best.made) & set(self.old))
        if not high:
            return fewest_changes
        middle = high - 1
        while high - low > 1:
            candidate = self._best_giving_up(middle, n_kept) if middle else fewest_changes
            if self.stop.is_due:
                break
            if _is_as_good(candidate, best):
                high, best = middle, candidate
            else:
                low = middle
            middle = (low + high) // 2
        return best

    def _best_giving_up(self, count: int, n_kept: int = 0) -> Result:
        """Return the best pairing that keeps at least `n_kept` - `count` of the old pairs.

        With a count of 0: that keeps the most.
        """
        own_entries = tuple(
            entry
            for entry, aim in zip(self.scheme.objective, self.scheme.aims, strict=True)
            if aim.tier != "kept_pairs"
        )
        if 0 < n_kept == count:  # all may go: of the best pairings that which keeps the most
            objective = (*(own_entries or ("pairs",)), Aim(tier="kept_pairs", kind=_KEPT_KIND))
        else:
            share = _short_fraction(count, n_kept) if count else 0.0
            first = Aim(tier="kept_pairs", kind=_KEPT_KIND, within=share)
            objective = (first, *(own_entries if len(self.old) else own_entries or ("pairs",)))
        scheme = self.scheme.model_copy(update={"objective": objective})
        mentees, mentors = self.old.positions(self.cohort)
        old_pairs = Relation.from_pairs(zip(mentees.tolist(), mentors.tolist(), strict=True))
        cohort = self.cohort.replace(relations={**self.cohort.relations, _KEPT_KIND: old_pairs})
        all_kept = None if count else keep_all(cohort, scheme, old_pairs, self.seed, self.stop)
        return self._match(cohort, scheme) if all_kept is None else all_kept

    def _match(self, cohort: Cohort, scheme: Scheme) -> Result:
        return match_until(self.stop, cohort, scheme, seed=self.seed)


def without_budget(cohort: Cohort, scheme: Scheme) -> tuple[Cohort, Scheme]:
    """Return a cohort and a scheme without what an earlier search put before the scheme's tiers.

    Parameters
    ----------
    cohort : Cohort
    scheme : Scheme
    """
    entries = tuple(
        entry
        for entry, aim in zip(scheme.objective, scheme.aims, strict=True)
        if aim.tier != "kept_pairs" or aim.relation != _KEPT_KIND
    )
    if len(entries) == len(scheme.objective):
        return cohort, scheme
    relations = {kind: pairs for kind, pairs in cohort.relations.items() if kind != _KEPT_KIND}
    scheme = scheme.model_copy(update={"objective": entries or ("pairs",)})
    return cohort.replace(relations=relations), scheme


def _is_as_good(candidate: Result, best: Result) -> bool:
    """Tell whether a pairing is worth as much as the best on every tier that this one has."""
    return all(
        candidate.bounds.get(tier) == value
        for tier, value in best.bounds.items()
        if tier != "kept_pairs"
    )


def _short_fraction(count: int, total: int) -> float:
    """Return a short fraction of which exactly `count` of `total` are meant, rounded down."""
    for digits in range(1, 17):
        share: float = -(-count * 10**digits // total) / 10**digits
        if share < 1 and Aim(tier="kept_pairs", within=share).slack(total) == count:
            return share
    raise AssertionError("a float tells apart the pairs of any cohort")
