"""What prices prove, from its definition: every load, every pair, Python's own integers."""

from __future__ import annotations

import math
from typing import Any

import rmmatch as rm
from rmmatch.matching import TierPrices
from rmmatch.scheme.objectives import Aim

LEVELS = ("leximin", "rank_profile", "worst_pair")


def weight(scheme: rm.Scheme, tier: str, score: int, *, both: bool, listed: bool = False) -> int:
    """What a pair adds to a tier that goes by no level; `both`: neither of the two is a reserve."""
    if tier == "applicants":
        after_kept = [aim.tier for aim in scheme.aims if aim.tier != "kept_pairs"]
        each = score if after_kept[:1] == ["total"] else 1
        return each if both else 0
    if tier.startswith("fewest "):
        return -int(listed)
    if tier == "nash":
        return round(1e6 * math.log(max(score, 1)))
    people = dict.fromkeys(("priority", "participation", "spread"), 0)
    return {"pairs": 1, "total": score, "kept_pairs": int(listed), **people}[tier]


def level_weight(key: int, after: int | None, level: int, most: int, *, few: bool) -> int:
    """What a pair with a key adds to a level; `after` is the level before, of as few as can be."""
    between = key < level and (after is None or key > after)
    worth = int(key == level) + (most + 1) * between
    return -worth if few else worth


def tiers_of(cohort: rm.Cohort, scheme: rm.Scheme) -> list[str]:
    reserves = any("reserve" in side.status for side in cohort.sides)
    return [*(["applicants"] if reserves else []), *scheme.objective]


def loads_of(side: rm.cohort.Side, person: int) -> list[int]:
    most = 0 if side.status[person] == "withdrawn" else int(side.capacity[person])
    least = int(side.min_load[person]) if side.status[person] == "applicant" else 0
    return list(range(least, most + 1))


def most_pairs(cohort: rm.Cohort) -> int:
    """No matching has more pairs."""
    return min(
        sum(min(max(loads_of(side, person), default=0), len(other)) for person in range(len(side)))
        for side, other in (cohort.sides, cohort.sides[::-1])
    )


def reward_of(aims: dict[str, Aim], prices: TierPrices, side: rm.cohort.Side, person: int) -> Any:
    """What a person's load adds to a tier."""
    if prices.tier == "priority":
        return lambda load: int(side.priority[person]) * (load > 0)
    if prices.tier == "participation":
        return lambda load: int(load > 0 and side.status[person] == "applicant")
    if prices.tier == "spread" and aims["spread"].of == f"{side.role}s":
        return lambda load: min(load, prices.level)
    return lambda load: 0


def ranks_of(scores: rm.PairScores) -> list[list[int]]:
    """The rank of each partner in the eyes of one side, 1 the best."""
    everybody = [list(range(size)) for size in scores.shape]
    aim = next((aim for aim in scores.scheme.aims if aim.tier == "rank_profile"), None)
    ranks = [[0] * scores.shape[1] for _ in everybody[0]]
    if aim is None:
        return ranks
    views: dict[tuple[int, int], int] = {}
    for mentee, id_ in enumerate(scores.mentees):
        for mentor, other in enumerate(scores.mentors):
            pair = scores.pair(id_, other)
            if pair.forbidden_by is None:
                by_mentees = aim.of == "mentees"
                views[mentee, mentor] = pair.mentee_view if by_mentees else pair.mentor_view
    mine = 0 if aim.of == "mentees" else 1
    for place, view in views.items():
        rivals = [other for at, other in views.items() if at[mine] == place[mine]]
        ranks[place[0]][place[1]] = 1 + sum(other > view for other in rivals)
    return ranks


def slow_bounds(scores: rm.PairScores, tiers: list[TierPrices]) -> list[int]:
    """Sum what everybody's best loads and all pairs are worth at the prices."""
    cohort, scheme, matrix = scores.cohort, scores.scheme, scores.to_numpy().tolist()
    aims = {aim.label: aim for aim in scheme.aims}
    bounds = [0] * len(tiers)
    for place, side in enumerate(cohort.sides):
        for person in range(len(side)):
            loads = loads_of(side, person)
            for at, prices in enumerate(tiers):
                price = int((prices.mentees, prices.mentors)[place][person])
                reward = reward_of(aims, prices, side, person)
                worth = {load: reward(load) + price * load for load in loads}
                bounds[at] += max(worth.values())
                if prices.tier != "worst_pair":
                    loads = [load for load in loads if worth[load] == max(worth.values())]
    pins = set(zip(scores.pins.mentees.tolist(), scores.pins.mentors.tolist(), strict=True))
    listed = {}
    for aim in scheme.aims:
        relation = cohort.relation(aim.relation)
        pairs = zip(relation.mentees.tolist(), relation.mentors.tolist(), strict=True)
        listed[aim.label] = set(pairs)
    ranks, most = ranks_of(scores), most_pairs(cohort)
    for mentee, row in enumerate(matrix):
        for mentor, score in enumerate(row):
            both = "reserve" not in (cohort.mentees.status[mentee], cohort.mentors.status[mentor])
            must, may = (mentee, mentor) in pins, score >= 0
            before: TierPrices | None = None
            for at, prices in enumerate(tiers):
                after = None if before is None or before.tier != prices.tier else before.level
                before = prices
                is_lost = False
                if prices.tier in LEVELS:
                    is_generous = aims[prices.tier].generous
                    sign = -1 if is_generous else 1
                    key = sign * ranks[mentee][mentor] if prices.tier == "rank_profile" else score
                    few = prices.tier != "rank_profile" or is_generous
                    gain = level_weight(key, after, prices.level, most, few=few)
                    is_lost = key < prices.level and (after is None or key > after)
                else:
                    is_listed = (mentee, mentor) in listed.get(prices.tier, ())
                    gain = weight(scheme, prices.tier, score, both=both, listed=is_listed)
                gain -= int(prices.mentees[mentee]) + int(prices.mentors[mentor])
                is_forced = may and gain > 0
                bounds[at] += gain if must or is_forced else 0
                if prices.tier == "worst_pair":
                    worst = prices.level - aims["worst_pair"].slack(prices.level)
                    may = may and score >= worst
                else:
                    must = must or is_forced
                    may = may and gain == 0 and not is_lost
    return bounds


def slow_counts(scores: rm.PairScores, tiers: list[TierPrices], tier: str) -> dict[int, int]:
    """How many pairs of each key the prices of a tier prove, no key between having any."""
    aims = {aim.tier: aim for aim in scores.scheme.aims}
    few = tier != "rank_profile" or aims[tier].generous
    bounds = slow_bounds(scores, tiers)
    return {
        prices.level: -bound if few else bound
        for prices, bound in zip(tiers, bounds, strict=True)
        if prices.tier == tier
    }
