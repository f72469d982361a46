"""What pairs and people add to each tier, and how many pairs a person may have."""

from __future__ import annotations

import numpy as np

from rmmatch.checking.blocking import n_blocking_pairs
from rmmatch.checking.levels import LevelArithmetic
from rmmatch.checking.quotas import quota_costs
from rmmatch.cohort import Relation, Side
from rmmatch.numeric import Bools, Ints, exact_sum
from rmmatch.scheme.objectives import applicants_by_score, tier_names
from rmmatch.scheme.quotas import quota_instances
from rmmatch.scheme.tiers import TIERS
from rmmatch.scoring import PairScores

__all__ = [
    "TierValues",
    "values_on_tiers",
]


# they count people or quotas, or pairs that are listed by name
_SCORELESS_TIERS = (
    "blocking_pairs",
    "kept_pairs",
    "participation",
    "priority",
    "quota_shortfall",
    "spread",
)


class TierValues:
    """The tiers of one cohort under one scheme.

    Parameters
    ----------
    scores : PairScores

    Attributes
    ----------
    tiers : tuple of str
        In order, among them ``applicants`` where there are reserves.
    applicants : (ndarray of bool, ndarray of bool)
        Mentees, mentors who are no reserves.
    kept : Relation
        The pairs that the tier ``kept_pairs`` counts, where there is one.
    quotas : tuple of QuotaInstance
        What the scheme's quotas ask.
    levels : Levels
        The tiers that go level by level.
    """

    def __init__(self, scores: PairScores) -> None:
        self._scores = scores
        self._sides = scores.cohort.sides
        aims = scores.scheme.aims
        self._by_score = applicants_by_score(aims)
        self.levels = LevelArithmetic(scores)
        mentees, mentors = (np.asarray(side.status != "reserve") for side in self._sides)
        self.applicants: tuple[Bools, Bools] = mentees, mentors
        has_reserves = not (mentees.all() and mentors.all())
        self.tiers: tuple[str, ...] = tier_names(aims, has_reserves=has_reserves)
        kinds = [aim.relation for aim in aims if aim.tier == "kept_pairs"]
        self.quotas = quota_instances(scores.scheme.quotas, scores.cohort, scores.scheme.setting)
        self.kept_pairs = scores.cohort.relation(kinds[0]) if kinds else Relation.from_pairs([])

    def weight(self, tier: str, *, both_applicants: bool) -> int | None:
        """Return what each pair adds to a tier, None where that differs.

        Pairs to be kept are listed by name: these apart, no pair adds to their tier.

        Parameters
        ----------
        tier : str
        both : bool
            Of pairs of which neither is a reserve, or of all others.
        """
        if tier == "pairs":
            return 1
        if tier in _SCORELESS_TIERS:
            return 0
        if tier == "applicants":
            return 0 if not both_applicants else None if self._by_score else 1
        return None

    def sums_scores(self, tier: str) -> bool:
        """Whether pairs that do not all add the same to a tier add their scores."""
        return tier in ("applicants", "total")

    def weights(self, tier: str, mentees: Ints, mentors: Ints, scores: Ints) -> Ints:
        """Return what listed pairs add to a tier that goes by no level, shape (n_pairs,)."""
        if tier == "kept_pairs":
            return self._is_kept_pair(mentees, mentors).astype(np.int64)
        both = self.applicants[0][mentees] & self.applicants[1][mentors]
        each = [self.weight(tier, both_applicants=kind) for kind in (True, False)]
        differing = scores
        if tier == "nash":
            differing = np.rint(1e6 * np.log(np.maximum(scores, 1))).astype(np.int64)
        those, others = (differing if weight is None else weight for weight in each)
        return np.where(both, those, others)

    def rewards(self, tier: str, side: Side, level: int = 0) -> tuple[Ints, int]:
        """Return what each of a person's first pairs adds to a tier, and of how many."""
        one = np.ones_like(side.priority)
        if tier == "spread":
            return one, self.levels.max_contribution(tier, side, level)
        if tier == "priority":
            return side.priority, 1
        return one, int(tier == "participation")

    def values_of_pairs(self, mentees: Ints, mentors: Ints) -> dict[str, int | tuple[int, ...]]:
        """Return what listed allowed pairs are worth on each tier."""
        scores = self._scores.terms_of_pairs(mentees, mentors).score
        worth: dict[str, int | tuple[int, ...]] = {}
        for tier in self.tiers:
            if TIERS[tier].goes_by_level:
                worth[tier] = self.levels.value(tier, mentees, mentors, scores)
                continue
            if TIERS[tier].form == "blocking":
                worth[tier] = -n_blocking_pairs(self._scores, mentees, mentors)
                continue
            total = exact_sum(self.weights(tier, mentees, mentors, scores))
            for side, people in zip(self._sides, (mentees, mentors), strict=True):
                reward, reach = self.rewards(tier, side)
                is_paired = np.bincount(people, minlength=reward.size) > 0
                total += exact_sum(reward[is_paired]) if reach else 0
            worth[tier] = total
        for tier, cost in quota_costs(self.quotas, mentees, mentors).items():
            before = worth.get(tier)
            if isinstance(before, int):
                worth[tier] = before - cost
        return worth

    def _is_kept_pair(self, mentees: Ints, mentors: Ints) -> Bools:
        width = len(self._sides[1])
        kept = self.kept_pairs.mentees * width + self.kept_pairs.mentors
        return np.isin(mentees * width + mentors, kept)


def values_on_tiers(
    scores: PairScores, mentees: Ints, mentors: Ints
) -> dict[str, int | tuple[int, ...]]:
    """Return what a matching is worth on each tier of its scheme, as `Result.values`.

    Parameters
    ----------
    scores : PairScores
    mentees, mentors : ndarray of int64, shape (n_pairs,)
        Positions of allowed pairs, in cohort order.
    """
    return TierValues(scores).values_of_pairs(mentees, mentors)
