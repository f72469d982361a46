"""What prices prove, from its definition: every load, every pair, Python's own integers."""

from __future__ import annotations

import rmmatch as rm
from rmmatch.matching import TierPrices


def weight(scheme: rm.Scheme, tier: str, score: int, *, both: bool) -> int:
    """What a pair adds to a tier; `both`: neither of the two is a reserve."""
    if tier == "applicants":
        each = score if scheme.objective[0] == "total" else 1
        return each if both else 0
    return {"pairs": 1, "priority": 0, "total": score}[tier]


def tiers_of(cohort: rm.Cohort, scheme: rm.Scheme) -> list[str]:
    reserves = any("reserve" in side.status for side in cohort.sides)
    return [*(["applicants"] if reserves else []), *scheme.objective]


def slow_bounds(scores: rm.PairScores, tiers: list[TierPrices]) -> list[int]:
    """Sum what everybody's best loads and all pairs are worth at the prices."""
    cohort, scheme, matrix = scores.cohort, scores.scheme, scores.to_numpy().tolist()
    bounds = [0] * len(tiers)
    for place, side in enumerate(cohort.sides):
        for person, status in enumerate(side.status):
            most = 0 if status == "withdrawn" else int(side.capacity[person])
            least = int(side.min_load[person]) if status == "applicant" else 0
            loads = list(range(least, most + 1))
            for at, prices in enumerate(tiers):
                price = int((prices.mentees, prices.mentors)[place][person])
                reward = int(side.priority[person]) if prices.tier == "priority" else 0
                worth = {load: reward * (load > 0) + price * load for load in loads}
                bounds[at] += max(worth.values())
                loads = [load for load in loads if worth[load] == max(worth.values())]
    pins = set(zip(scores.pins.mentees.tolist(), scores.pins.mentors.tolist(), strict=True))
    for mentee, row in enumerate(matrix):
        for mentor, score in enumerate(row):
            both = "reserve" not in (cohort.mentees.status[mentee], cohort.mentors.status[mentor])
            must, may = (mentee, mentor) in pins, score >= 0
            for at, prices in enumerate(tiers):
                gain = weight(scheme, prices.tier, score, both=both)
                gain -= int(prices.mentees[mentee]) + int(prices.mentors[mentor])
                must = must or (may and gain > 0)
                bounds[at] += gain if must else 0
                may = may and gain == 0
    return bounds
