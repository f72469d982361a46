"""Everything a scheme and a cohort ask for, as wishes that may be kept or let go one by one.

Unlike the other programmes this one knows the pairs that rules forbid: who lets a rule go may use
them. What always holds (withdrawal, refusals, forbidden pairs of the tables) is no wish.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np

from rmmatch.kernels import values_of_pairs
from rmmatch.quotas import Quota
from rmmatch.rules import always_in_force
from rmmatch.scoring import PairScores
from rmmatch.scoring.pairs import floor_of
from rmmatch.solving.limits import Row, limits_of
from rmmatch.solving.linear import Outcome, solve_programme
from rmmatch.solving.network import Bools, Ints
from rmmatch.solving.objective import Posed
from rmmatch.solving.posing import Lines

__all__ = ["Demands", "Key", "demands_of", "rows_of", "solve_demands"]

_MOST_CELLS = 100_000
_MOST_KINDS = 25_000_000  # pairs looked through for those of a kind
_UNBOUNDED = 2**39


class Key(NamedTuple):
    """Which wish it is.

    `at` is a place among the pins, the rules of the demands or the rows; a person is given by
    side (0 is mentees) and place.
    """

    kind: Literal["pin", "rule", "quota", "min_load", "capacity"]
    at: int
    side: int = -1


@dataclass(frozen=True, eq=False)
class Demands:
    """All wishes over the pairs of people that they concern, people in the order of their ids.

    Attributes
    ----------
    keys : tuple of Key
    ends : tuple of ndarray of int64, shape (n_cells,)
        The mentee and the mentor of each pair that only wishes can forbid, where it matters.
    rules : tuple of int
        Positions in `PairScores.rule_list` of the rules that forbid some of these pairs.
    broken : ndarray of bool, shape (n_rules, n_cells)
    pins : ndarray of int64
        The cells that are pinned.
    rows : tuple of Row
        The limits of the hard quotas; `row_quotas` tells of which quota of the scheme.
    row_quotas : tuple of int
    least, used, most : tuple of ndarray of int64
        Of mentees and mentors: the least load, the least load of who has any, the capacity.
    """

    keys: tuple[Key, ...]
    ends: tuple[Ints, Ints]
    rules: tuple[int, ...]
    broken: Bools
    pins: Ints
    rows: tuple[Row, ...]
    row_quotas: tuple[int, ...]
    least: tuple[Ints, Ints]
    used: tuple[Ints, Ints]
    most: tuple[Ints, Ints]

    def cells_of(self, side: int) -> Ints:
        """Return how many cells each person of a side has."""
        return np.bincount(self.ends[side], minlength=self.most[side].size)

    def missed(self, chosen: Bools) -> Bools:
        """Tell which wishes a choice of cells misses."""
        ends = self.ends[0][chosen], self.ends[1][chosen]
        loads = [np.bincount(ends[s], minlength=self.most[s].size) for s in (0, 1)]
        missed = np.zeros(len(self.keys), dtype=np.bool_)
        for at, (kind, index, side) in enumerate(self.keys):
            if kind == "pin":
                missed[at] = not chosen[self.pins[index]]
            elif kind == "rule":
                missed[at] = bool((self.broken[index] & chosen).any())
            elif kind == "quota":
                row = self.rows[index]
                missed[at] = not row.least <= row.reached(*ends) <= row.most
            elif kind == "capacity":
                missed[at] = loads[side][index] > self.most[side][index]
            else:
                load = loads[side][index]
                missed[at] = load < self.least[side][index] or 0 < load < self.used[side][index]
        return missed


def demands_of(scores: PairScores, posed: Posed) -> Demands | None:
    """Return what a cohort and a scheme ask for; None where it concerns too many pairs.

    Only pairs that help to keep a wish matter: who needs nobody, and is counted nowhere, may as
    well be left alone by the others who do.
    """
    orders = posed.mentees, posed.mentors
    frame = posed.frame
    hard = [i for i, quota in enumerate(scores.scheme.quotas) if not quota.is_soft]
    rows: list[Row] = []
    row_quotas: list[int] = []
    for index in hard:
        some = rows_of(scores, posed, scores.scheme.quotas[index])
        rows += some
        row_quotas += [index] * len(some)
    least = frame.least_mentees, frame.least_mentors
    used = posed.limits.used_mentees, posed.limits.used_mentors
    wanted = [(least[s] > 0) | (used[s] > 1) for s in (0, 1)]
    kinds = []
    for row in rows:
        if row.least > -_UNBOUNDED and row.kind is not None:
            kinds.append(row)
        elif row.least > -_UNBOUNDED:
            wanted = [w | (x != 0) for w, x in zip(wanted, (row.mentees, row.mentors), strict=True)]
    ends = _cells(wanted, kinds, (frame.fixed_mentees, frame.fixed_mentors))
    if ends is None:
        return None
    masks = [_forbidden(scores, rule, orders, ends) for rule in range(len(scores.rule_list))]
    n_implied = len(always_in_force())
    free = ~np.logical_or.reduce([*masks[:n_implied], np.zeros(ends[0].size, dtype=np.bool_)])
    ends = ends[0][free], ends[1][free]
    if ends[0].size > _MOST_CELLS:
        return None
    rules = [i for i in range(n_implied, len(masks)) if masks[i][free].any()]
    n_mentors = orders[1].size
    capacity = [
        side.capacity[order].astype(np.int64)
        for side, order in zip(scores.cohort.sides, orders, strict=True)
    ]
    demands = Demands(
        keys=(),
        ends=ends,
        rules=tuple(rules),
        broken=np.array([masks[i][free] for i in rules]).reshape(len(rules), ends[0].size),
        pins=np.searchsorted(
            ends[0] * n_mentors + ends[1],
            np.sort(frame.fixed_mentees * n_mentors + frame.fixed_mentors),
        ),
        rows=tuple(rows),
        row_quotas=tuple(row_quotas),
        least=least,
        used=used,
        most=(capacity[0], capacity[1]),
    )
    return replace(demands, keys=tuple(_keys(demands)))


def rows_of(scores: PairScores, posed: Posed, quota: Quota) -> list[Row]:
    """Return the rows of a hard quota, by the places of people.

    Who has a capacity of 0 counts as one who could be paired: the capacity is a wish by itself.
    """
    cohort = scores.cohort
    mentees, mentors = (replace(s, capacity=np.maximum(s.capacity, 1)) for s in cohort.sides)
    meaning = quota.meaning(cohort.replace(mentees=mentees, mentors=mentors), scores.setting)
    return list(limits_of([meaning], (posed.mentees, posed.mentors)).rows)


def _cells(
    wanted: Sequence[Bools], kinds: Sequence[Row], pins: tuple[Ints, Ints]
) -> tuple[Ints, Ints] | None:
    """Return the pairs with somebody wanted, or of a kind that is asked for, or pinned; sorted."""
    n_mentees, n_mentors = wanted[0].size, wanted[1].size
    # twice as many: some may always be forbidden
    n_wanted = int(wanted[0].sum()) * n_mentors + int(wanted[1].sum()) * n_mentees
    if n_wanted > 4 * _MOST_CELLS or (kinds and n_mentees * n_mentors > _MOST_KINDS):
        return None
    mentees, mentors = np.flatnonzero(wanted[0]), np.flatnonzero(wanted[1])
    found = [
        (mentees[:, None] * n_mentors + np.arange(n_mentors)).ravel(),
        (np.arange(n_mentees)[:, None] * n_mentors + mentors).ravel(),
        pins[0] * n_mentors + pins[1],
    ]
    for row in kinds:
        assert row.kind is not None
        holds = row.kind.holds(np.arange(n_mentees)[:, None], np.arange(n_mentors)[None, :])
        found.append(np.flatnonzero(holds))
        if found[-1].size > 4 * _MOST_CELLS:
            return None
    cells = np.unique(np.concatenate(found)).astype(np.int64)
    return cells // max(1, n_mentors), cells % max(1, n_mentors)


def _forbidden(
    scores: PairScores, rule: int, orders: tuple[Ints, Ints], ends: tuple[Ints, Ints]
) -> Bools:
    """Tell which pairs a rule forbids, whatever the others do."""
    mentees, mentors = orders[0][ends[0]], orders[1][ends[1]]
    mask = scores.masks[rule]
    with np.errstate(over="ignore"):
        if mask is None:
            below: Bools = scores.listed(mentees, mentors).score < floor_of(scores.rule_list[rule])
            return below
        return np.asarray(values_of_pairs(mask, mentees, mentors), dtype=np.bool_)


def _keys(demands: Demands) -> Iterator[Key]:
    """Yield the wishes; of the capacities only those that could bind."""
    yield from (Key("pin", index) for index in range(demands.pins.size))
    yield from (Key("quota", index) for index in range(len(demands.rows)))
    for side in (0, 1):
        asked = (demands.least[side] > 0) | (demands.used[side] > 1)
        yield from (Key("min_load", who, side) for who in np.flatnonzero(asked).tolist())
    for side in (0, 1):
        binds = demands.cells_of(side) > demands.most[side]
        yield from (Key("capacity", who, side) for who in np.flatnonzero(binds).tolist())
    yield from (Key("rule", index) for index in range(len(demands.rules)))


def solve_demands(
    demands: Demands, kept: Bools, *, is_fewest: bool, deadline: float | None = None
) -> Bools | None:
    """Return what a choice misses that keeps some wishes; None where none can.

    Parameters
    ----------
    demands : Demands
    kept : ndarray of bool, shape (n_wishes,)
    is_fewest : bool
        Miss as few of the others as possible; else any choice will do.
    deadline : float, optional
        A value of `time.monotonic`.

    Raises
    ------
    TimeoutError
        The deadline passed, or the solver's answer did not stand when looked at in whole numbers.
    """
    lines = Lines()
    n_cells, n_wishes = demands.ends[0].size, len(demands.keys)
    at = {key: place for place, key in enumerate(demands.keys)}
    kept_rules = [k for k in range(len(demands.rules)) if kept[at[Key("rule", k)]]]
    barred = demands.broken[kept_rules].any(axis=0)
    cells = lines.add_columns(n_cells, 0.0, np.where(barred, 0.0, 1.0))
    let_go = lines.add_columns(n_wishes, 0.0, np.where(kept, 0.0, 1.0))

    pins = np.array([at[Key("pin", i)] for i in range(demands.pins.size)], dtype=np.int64)
    rows = lines.add_rows(pins.size, 1.0, np.inf)
    lines.put(rows, cells[demands.pins], 1.0)
    lines.put(rows, let_go[pins], 1.0)
    for k in range(len(demands.rules)):
        if k not in kept_rules:
            theirs = np.flatnonzero(demands.broken[k] & ~barred)
            links = lines.add_rows(theirs.size, -np.inf, 0.0)
            lines.put(links, cells[theirs], 1.0)
            lines.put(links, let_go[np.full(theirs.size, at[Key("rule", k)])], -1.0)
    paired = [_add_people(lines, demands, side, cells, let_go, at) for side in (0, 1)]
    for index, limit in enumerate(demands.rows):
        _add_limit(lines, demands, limit, cells, paired, int(let_go[at[Key("quota", index)]]))
    worth = [(let_go, np.full(n_wishes, -1.0 if is_fewest else 0.0))]
    answer = solve_programme(lines.programme(worth), is_whole=True, deadline=deadline)
    if answer.outcome is Outcome.INFEASIBLE:
        return None
    if answer.x is None:
        raise TimeoutError
    missed = demands.missed(answer.x[cells] > 0.5)
    if (missed & kept).any():
        raise TimeoutError
    return missed


def _add_people(
    lines: Lines, demands: Demands, side: int, cells: Ints, let_go: Ints, at: dict[Key, int]
) -> Ints:
    """Add what loads are asked of a side; return the columns that say who is paired, or -1."""
    most, least, used = demands.most[side], demands.least[side], demands.used[side]
    n_cells = demands.cells_of(side)

    def add_rows(people: Ints, low: Ints | float, high: Ints | float) -> Ints:
        rows = lines.add_rows(people.size, low, high)
        place = np.full(most.size, -1, dtype=np.int64)
        place[people] = rows
        theirs = np.flatnonzero(place[demands.ends[side]] >= 0)
        lines.put(place[demands.ends[side]][theirs], cells[theirs], 1.0)
        return rows

    def wish(kind: Literal["min_load", "capacity"], people: Ints) -> Ints:
        places = [at[Key(kind, who, side)] for who in people.tolist()]
        return let_go[np.array(places, dtype=np.int64)]

    binding = np.array(
        [key.at for key in demands.keys if key.kind == "capacity" and key.side == side],
        dtype=np.int64,
    )
    # load <= most, or all cells where the capacity is let go
    rows = add_rows(binding, -np.inf, most[binding])
    lines.put(rows, wish("capacity", binding), -np.maximum(0, n_cells - most)[binding])
    asked = np.flatnonzero(least > 0)
    rows = add_rows(asked, least[asked], np.inf)
    lines.put(rows, wish("min_load", asked), least[asked])

    weighed = [(limit.mentees, limit.mentors)[side] != 0 for limit in demands.rows]
    counted = np.flatnonzero(np.logical_or.reduce([used > 1, *weighed]))
    paired = np.full(most.size, -1, dtype=np.int64)
    paired[counted] = lines.add_columns(counted.size, 0.0, 1.0)
    # load >= used·paired (1 where that is let go), load <= cells·paired
    rows = add_rows(counted, 0.0, np.inf)
    lines.put(rows, paired[counted], -np.maximum(1, used[counted]))
    many = used[counted] > 1
    lines.put(rows[many], wish("min_load", counted[many]), used[counted][many] - 1)
    rows = add_rows(counted, -np.inf, 0.0)
    lines.put(rows, paired[counted], -n_cells[counted])
    return paired


def _add_limit(
    lines: Lines, demands: Demands, limit: Row, cells: Ints, paired: Sequence[Ints], let_go: int
) -> None:
    """Add both bounds of a limit, each far away where the wish is let go."""
    terms: list[tuple[Ints, Ints]] = []
    for side, weights in enumerate((limit.mentees, limit.mentors)):
        people = np.flatnonzero(weights)
        terms.append((paired[side][people], weights[people]))
    counted = np.flatnonzero(limit.over(*demands.ends))
    terms.append((cells[counted], np.ones(counted.size, dtype=np.int64)))
    factors = np.concatenate([values for _, values in terms])
    lowest, highest = int(factors[factors < 0].sum()), int(factors[factors > 0].sum())
    for low, high, loose in (
        (float(limit.least), np.inf, max(0, limit.least - lowest)),
        (-np.inf, float(limit.most), min(0, limit.most - highest)),
    ):
        if abs(low if high == np.inf else high) >= _UNBOUNDED:
            continue
        row = lines.add_rows(1, low, high)
        for columns, values in terms:
            lines.put(row, columns, values)
        lines.put(row, np.array([let_go]), loose)
