"""What pairs and people add to each tier, and how many pairs a person may have."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from rmmatch.checking.blocking import n_blocking_pairs
from rmmatch.checking.levels import LevelArithmetic
from rmmatch.checking.quotas import quota_costs
from rmmatch.cohort import Relation, Side
from rmmatch.numeric import Bools, Ints, exact_sum, pair_keys
from rmmatch.scheme.cohort_facts import CohortFacts
from rmmatch.scheme.objectives import applicants_by_score, tier_names
from rmmatch.scheme.quotas import quota_instances
from rmmatch.scheme.tiers import tier_kind
from rmmatch.scoring import PairScores

__all__ = [
    "TierValues",
    "values_on_tiers",
]


# they count people or quotas
_SCORELESS_TIERS = (
    "blocking_pairs",
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
    recorded : collection of str
        Tiers that a result has: they count even where they cannot decide. Earlier versions
        wrote those too.

    Attributes
    ----------
    tiers : tuple of str
        In order, among them ``applicants`` where there are reserves; without those that cannot
        decide.
    applicants : (ndarray of bool, ndarray of bool)
        Mentees, mentors who are no reserves.
    listed_pairs : dict of str to Relation
        The pairs that are counted by name, of each tier that counts such.
    quotas : tuple of QuotaInstance
        What the scheme's quotas ask.
    levels : LevelArithmetic
        The tiers that go level by level.
    """

    def __init__(self, scores: PairScores, recorded: Collection[str] = ()) -> None:
        self._scores = scores
        self._sides = scores.cohort.sides
        aims = scores.scheme.aims
        self._by_score = applicants_by_score(aims)
        self.levels = LevelArithmetic(scores)
        mentees, mentors = (np.asarray(side.status != "reserve") for side in self._sides)
        self.applicants: tuple[Bools, Bools] = mentees, mentors
        facts = CohortFacts.of_cohort(scores.cohort, scores.scheme.rules)
        self.tiers: tuple[str, ...] = tier_names(aims, facts, recorded)
        self.quotas = quota_instances(scores.scheme.quotas, scores.cohort, scores.scheme.setting)
        self.listed_pairs: dict[str, Relation] = {
            aim.label: scores.cohort.relation(aim.relation)
            for aim in aims
            if aim.label in self.tiers and aim.columns_used()
        }

    def weight(self, tier: str, *, both_applicants: bool) -> int | None:
        """Return what each pair adds to a tier, None where that differs.

        Pairs to be kept, or avoided, are listed by name: these apart, none adds to their tier.

        Parameters
        ----------
        tier : str
        both_applicants : bool
            Of pairs of which neither is a reserve, or of all others.

        Returns
        -------
        int or None
            In the unit of the tier.
        """
        if tier == "pairs":
            return 1
        if tier in self.listed_pairs or tier in _SCORELESS_TIERS:
            return 0
        if tier == "applicants":
            return 0 if not both_applicants else None if self._by_score else 1
        return None

    def sums_scores(self, tier: str) -> bool:
        """Tell whether pairs that do not all add the same to a tier add their scores.

        Parameters
        ----------
        tier : str
        """
        return tier in ("applicants", "total")

    def weights(self, tier: str, mentees: Ints, mentors: Ints, scores: Ints) -> Ints:
        """Return what listed pairs add to a tier that goes by no level.

        Parameters
        ----------
        tier : str
        mentees, mentors : ndarray of int64, shape (n_pairs,)
            Positions of the pairs, cohort order.
        scores : ndarray of int64, shape (n_pairs,)
            Millionths.

        Returns
        -------
        ndarray of int64, shape (n_pairs,)
            In the unit of the tier.
        """
        if tier in self.listed_pairs:
            is_listed = self._is_listed(self.listed_pairs[tier], mentees, mentors)
            return np.where(is_listed, -1 if tier_kind(tier).direction == "min" else 1, 0)
        is_of_applicants = self.applicants[0][mentees] & self.applicants[1][mentors]
        own_weights = scores
        if tier == "nash":
            own_weights = np.rint(1e6 * np.log(np.maximum(scores, 1))).astype(np.int64)
        weights = [self.weight(tier, both_applicants=kind) for kind in (True, False)]
        of_applicants, of_reserves = (
            own_weights if weight is None else weight for weight in weights
        )
        return np.where(is_of_applicants, of_applicants, of_reserves)

    def rewards(self, tier: str, side: Side, level: int = 0) -> tuple[Ints, int]:
        """Return what each of a person's first pairs adds to a tier, and for how many pairs.

        Parameters
        ----------
        tier : str
        side : Side
        level : int
            Of a tier that goes by level.

        Returns
        -------
        reward : ndarray of int64, shape (n_people,)
            In the unit of the tier, cohort order.
        reach : int
            A load: pairs beyond it add nothing.
        """
        unit_reward = np.ones_like(side.priority)
        if tier == "spread":
            return unit_reward, self.levels.max_contribution(tier, side, level)
        if tier == "priority":
            return side.priority, 1
        if tier == "participation":
            return (side.status == "applicant").astype(np.int64), 1
        return unit_reward, 0

    def values_of_pairs(self, mentees: Ints, mentors: Ints) -> dict[str, int | tuple[int, ...]]:
        """Return what listed allowed pairs are worth on each tier.

        Parameters
        ----------
        mentees, mentors : ndarray of int64, shape (n_pairs,)
            Positions of the pairs, cohort order.

        Returns
        -------
        dict of str to int or tuple of int
            Tiers in order, as of `Result.values`.
        """
        scores = self._scores.terms_of_pairs(mentees, mentors).score
        values: dict[str, int | tuple[int, ...]] = {}
        for tier in self.tiers:
            if tier_kind(tier).goes_by_level:
                values[tier] = self.levels.value(tier, mentees, mentors, scores)
                continue
            if tier_kind(tier).form == "blocking":
                values[tier] = -n_blocking_pairs(self._scores, mentees, mentors)
                continue
            total = exact_sum(self.weights(tier, mentees, mentors, scores))
            for side, people in zip(self._sides, (mentees, mentors), strict=True):
                reward, reach = self.rewards(tier, side)
                is_paired = np.bincount(people, minlength=reward.size) > 0
                total += exact_sum(reward[is_paired]) if reach else 0
            values[tier] = total
        for tier, cost in quota_costs(self.quotas, mentees, mentors).items():
            before_cost = values.get(tier)
            if isinstance(before_cost, int):
                values[tier] = before_cost - cost
        return values

    def _is_listed(self, relation: Relation, mentees: Ints, mentors: Ints) -> Bools:
        n_mentors = len(self._sides[1])
        listed_keys = pair_keys(relation.mentees, relation.mentors, n_mentors)
        return np.isin(pair_keys(mentees, mentors, n_mentors), listed_keys)


def values_on_tiers(
    scores: PairScores, mentees: Ints, mentors: Ints, recorded: Collection[str] = ()
) -> dict[str, int | tuple[int, ...]]:
    """Return what a matching is worth on each tier of its scheme, as `Result.values`.

    Parameters
    ----------
    scores : PairScores
    mentees, mentors : ndarray of int64, shape (n_pairs,)
        Positions of allowed pairs, in cohort order.
    recorded : collection of str
        Tiers of the objective that are wanted even where they cannot decide.
    """
    return TierValues(scores, recorded).values_of_pairs(mentees, mentors)
