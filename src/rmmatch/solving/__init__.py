"""Solving: `match` is the one entrance; behind it one small file for each step.

**The problem.** A variable ``x_ij`` is 1 if mentee i and mentor j are paired, else 0; forbidden
pairs have no variable. Load bounds ask ``min_i <= Σ_j x_ij <= max_i`` of every mentee, and the like
of every mentor; pinned pairs have ``x_ij = 1``; side constraints bound further sums (quotas, and
minimum loads that bind only people who are paired). An objective is a list of tiers: the first is
optimised over all allowed choices, each later one over the choices that are best for all tiers
before it. Most tiers are linear, ``Σ w_ij·x_ij + Σ_people reward·min(load, rewarded load)``; the
others are solved as sequences of linear questions. All numbers are integers, and optima are proved.

**Which method.** Up to 400,000 pairs of people the matrix of all pairs is written out; above, pairs
are generated as columns where the objective allows, else the matrix may have up to 40 million.

==========================================  ============  =================  ========
tier                                        flow          column generation  MIP
==========================================  ============  =================  ========
pairs, priority, participation, total       yes           yes                yes
applicants (comes first with reserves)      yes           yes                yes
kept_pairs, nash (weights of the matrix)    yes           no                 yes
worst_pair                                  by level      by level           by level
leximin, rank_profile                       by level      no                 by level
spread                                      by load       no                 by load
quota_shortfall (needs quotas)              no            no                 yes
blocking_pairs (up to 2,500 arcs)           no            no                 yes
ties (marks; not in the largest problems)   yes           yes                yes
==========================================  ============  =================  ========

Quotas, ``within`` and ``min_load: if_used`` need the MIP for all tiers; before a MIP is solved, the
best choice by flow is tried on them. What column generation cannot do says
`rmmatch.solving.formulation.formulation.Formulation`; what flow cannot do,
`rmmatch.solving.mip.select.needs_mip`.

**Invariants**, named by number where classes carry them:

- I1: scores are int64 millionths, -1 = forbidden.
- I2: restricting a solution set to a tier's optima drops no choice that is optimal for all tiers so
  far.
- I3: ``dual_bound(network, tier, u, v) >= tier_value(any allowed choice)`` for any integers u, v
  below 2**60 in size. So prices are never trusted: whoever reads them can evaluate the bound.
- I4: the upper bound of a pair's score is at least the score, and equal to it where the bound says
  that it is exact.
- I5: positions inside solving are in id order; cohort order only in `api`.

**Words**

- arc: a pair that may be chosen; network: people, arcs and load bounds.
- load: a person's number of chosen arcs; load bound: its minimum or maximum.
- tier: one thing to optimise; optimal face: all choices that are best for the tiers so far.
- dual price, or price: a number for a person, u or v; reduced weight of an arc: ``w - u - v``.
- certificate: the prices that prove an optimum.
- restricted master: the problem over the pool, which is the arcs at hand.
- pricing: looking through all pairs for arcs of positive reduced weight.
- artificial arc: it only keeps the restricted master solvable, and has no part in an answer.
- warm start: first arcs and prices, guessed from samples.
- side constraint: any but a load bound; slack: by how much a tier or a soft quota may be missed.
- requirement: a constraint that somebody could give up; elastic model: the MIP in which they may
  be missed; IIS: requirements in conflict, each of which is needed for the conflict.
- Hall violator: people who need more pairs than their partners can give.
- tie mark: a hash of the seed and the two ids of a pair, by which equal choices are told apart.

**Where to start reading**: ``assignment/`` network, flow, duals; ``lexicographic/`` solution_set,
tier_methods, level_methods, driver; ``column_generation/`` implicit_arcs, pricing,
restricted_master, driver. Then ``mip/`` and ``infeasibility/`` can be read in any order.

What solves several times shares a `Stop` among the calls: its time limit and Ctrl-C are for all.
"""

from rmmatch.solving.api import match, match_until
from rmmatch.solving.stopping import Stop

__all__ = ["Stop", "match", "match_until"]
