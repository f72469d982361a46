"""`reserves`: whom to train as stand-ins, so that the most pairs outlive random dropout."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from rmmatch.cohort import Role
from rmmatch.errors import CohortError, Problem, require_seconds, require_whole
from rmmatch.files import markup
from rmmatch.files.json_data import JsonAnswer, json_data
from rmmatch.lifecycle.reserves.best_subset import ServiceModel, best_subset
from rmmatch.matching import Result
from rmmatch.numeric import Bools, Ints

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Estimate", "Reserve", "Reserves", "draw_dropouts", "reserves"]


_MAX_RESERVES = 12  # people; all subsets of the chosen are gone through; limit of input
_Z_95 = 1.959964  # standard deviations that hold 95 % of a normal distribution


@dataclass(frozen=True)
class Estimate:
    """A mean over the draws, with a 95 % interval of the normal distribution."""

    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, numbers: Ints) -> Estimate:
        """Build from one number a draw.

        Parameters
        ----------
        numbers : ndarray of int64, shape (n_draws,)
            At least two.
        """
        mean = float(numbers.mean())
        half_width = _Z_95 * float(numbers.std(ddof=1)) / math.sqrt(len(numbers))
        return cls(mean, mean - half_width, mean + half_width)

    def __str__(self) -> str:
        return f"{self.mean:.2f} ({self.low:.2f} to {self.high:.2f})"


@dataclass(frozen=True)
class Reserve:
    """One person who is worth training as a stand-in.

    Attributes
    ----------
    id : str
    side : {'mentee', 'mentor'}
    status : str
        ``reserve``, or ``applicant`` for somebody without a partner.
    alone : float
        The mean number of pairs this person would save as the only stand-in.
    share : float
        The mean number of pairs that would be lost without them, all others being there.
    person : str
        How a coordinator reads of them: the name, and the id in brackets.
    """

    id: str
    side: Role
    status: str
    alone: float
    share: float
    person: str = ""


@dataclass(frozen=True, eq=False, repr=False)
class Reserves(JsonAnswer):
    """The best stand-ins for a pairing.

    Attributes
    ----------
    chosen : tuple of Reserve
        Who saves most first.
    n_pairs, dropout, draws, seed
        Of what was drawn.
    alive : Estimate
        How many pairs there are in the end, with these stand-ins.
    alive_without : Estimate
        The same with none.
    saved : Estimate
        Their difference, draw by draw.
    bound : float
        No other choice of as many people has a larger mean than this over the same draws.
    """

    chosen: tuple[Reserve, ...]
    n_pairs: int
    dropout: float
    draws: int
    seed: int
    alive: Estimate
    alive_without: Estimate
    saved: Estimate
    bound: float

    @property
    def is_proved(self) -> bool:
        """Whether no other choice keeps more pairs alive; else time ran out."""
        return self.bound <= self.alive.mean

    @cached_property
    def table(self) -> pd.DataFrame:
        """The stand-ins: id, side, status, alone, share (see `Reserve`)."""
        import pandas as pd

        names = ["id", "side", "status", "alone", "share"]
        return pd.DataFrame([asdict(reserve) for reserve in self.chosen], columns=names)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain JSON data."""
        data = {**asdict(self), "is_proved": self.is_proved}
        return {key: json_data(entry) for key, entry in data.items()}

    @property
    def headlines(self) -> tuple[str, ...]:
        """What was found, a sentence each."""
        proof = "no other choice keeps more"
        if not self.is_proved:
            proof = f"the time ran out: another choice keeps {self.bound:.2f} at most"
        return (
            f"If each person drops out with a chance of {100 * self.dropout:.3g} %, "
            f"{self.alive_without} of {self.n_pairs} pairs remain on average.",
            f"With these stand-ins, {self.alive} pairs remain ({proof}).",
            f"They save {self.saved} pairs. These are averages of {self.draws:,} simulations, with "
            "95 % intervals.",
        )

    def __str__(self) -> str:
        lines = [
            f"  {reserve.person or reserve.id}, {reserve.side}, "
            f"{reserve.status}: {reserve.share:.2f} pairs lost without them, "
            f"{reserve.alone:.2f} saved by them alone"
            for reserve in self.chosen
        ]
        return "\n".join(["People to train as stand-ins:", *lines, *self.headlines])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return markup.sentences_block(str(self).splitlines())


def reserves(
    result: Result,
    k: int,
    *,
    dropout: float = 1 / 9,
    draws: int = 1000,
    seed: int = 0,
    role: Role | None = None,
    time_limit: float | None = None,
) -> Reserves:
    """Choose the people who, trained as stand-ins, keep the most pairs alive.

    In each draw everybody who is paired drops out with the same probability, independently of
    others; stand-ins do not. Pairs of two who remain stay. Who is left alone may be served by a
    stand-in of the other side who is suitable for them, as many as can be: a maximum matching
    within the stand-ins' capacities. The choice has the largest mean number of pairs over the
    draws, exactly.

    Parameters
    ----------
    result : Result
    k : int
        How many, at most 12.
    dropout : float
        The chance in (0, 1) that somebody drops out; by default that of the 2020 pilot at the
        University of Southampton, where one of nine pairs did not go to the end.
    draws : int
        At least 2.
    seed : int
        Of the draws. People are drawn in the order of their ids, so that the order of the input
        does not matter.
    role : {'mentee', 'mentor'}, optional
        Only stand-ins of this side.
    time_limit : float, optional
        Seconds for the search; `Reserves.bound` then says how good another choice could be.

    Returns
    -------
    Reserves

    Raises
    ------
    CohortError
        Fewer than `k` people are without a partner, have a capacity, and may be paired with
        somebody who has a partner to lose.
    NoMatchingError
        The result has no matching.
    ValueError
        A number is out of range.

    Examples
    --------
    >>> import rmmatch as rm
    >>> cohort, scheme = rm.synthetic.demo()
    >>> stand_ins = rm.reserves(rm.match(cohort, scheme), 2, draws=200)
    >>> len(stand_ins.chosen), stand_ins.is_proved, stand_ins.saved.mean > 0
    (2, True, True)
    """
    if not 1 <= k <= _MAX_RESERVES:
        raise ValueError(f"k must be from 1 to {_MAX_RESERVES}, not {k}")
    if not 0 < dropout < 1:
        raise ValueError(f"dropout must be a chance between 0 and 1, not {dropout}")
    require_whole(2, draws=draws)
    if role not in (None, "mentee", "mentor"):
        raise ValueError(f"role must be 'mentee' or 'mentor', not {role!r}")
    require_seconds(time_limit=time_limit)
    candidates = [_candidates(result, side.role, role) for side in result.cohort.sides]
    n_candidates = sum(map(len, candidates))
    if n_candidates < k:
        raise CohortError([_too_few_problem(k, n_candidates, role)])
    alive, alone = draw_dropouts(result, dropout, draws, seed)
    # the stand-ins of one side serve the people of the other
    sides = [
        _service_model(result, side.role, people, alone[place])
        for side, people, place in zip(result.cohort.sides, candidates, (1, 0), strict=True)
    ]
    subset = best_subset(sides, k, time_limit)
    chosen = [
        [candidate for side_idx, candidate in subset.chosen if side_idx == side] for side in (0, 1)
    ]
    saved = sum(
        (served.n_served(own_chosen) for served, own_chosen in zip(sides, chosen, strict=True)),
        np.zeros_like(alive),
    )
    people = sorted(
        _served_shares(result, sides, candidates, chosen, draws),
        key=lambda reserve: (-reserve.share, reserve.side, reserve.id),
    )
    return Reserves(
        tuple(people),
        len(result.made),
        dropout,
        draws,
        seed,
        alive=Estimate.of(alive + saved),
        alive_without=Estimate.of(alive),
        saved=Estimate.of(saved),
        bound=(int(alive.sum()) + subset.bound) / draws,
    )


def draw_dropouts(
    result: Result, dropout: float, draws: int, seed: int
) -> tuple[Ints, tuple[Ints, Ints]]:
    """Draw who drops out.

    Parameters
    ----------
    result : Result
    dropout : float
        The chance in (0, 1) that a paired person drops out.
    draws, seed : int
        How many draws, and where they begin.

    Returns
    -------
    ndarray of int64, shape (draws,)
        How many pairs are left.
    tuple of ndarray of int64, shape (draws, n_mentees) and (draws, n_mentors)
        How many partners everybody who stays has lost, people in cohort order.
    """
    rng = np.random.default_rng(seed)
    mentees, mentors = result.made.positions(result.cohort)
    has_dropped = []
    for side, people in zip(result.cohort.sides, (mentees, mentors), strict=True):
        drops = np.zeros((draws, len(side)), dtype=np.bool_)
        paired = side.by_id[np.isin(side.by_id, people)]
        drops[:, paired] = rng.random((draws, paired.size)) < dropout
        has_dropped.append(drops)
    ends = has_dropped[0][:, mentees], has_dropped[1][:, mentors]
    left_alone = []
    for side, people, own_ends, partner_ends in zip(
        result.cohort.sides, (mentees, mentors), ends, ends[::-1], strict=True
    ):
        lost = np.zeros((draws, len(side)), dtype=np.int64)
        for pair, person in enumerate(people.tolist()):
            lost[:, person] += partner_ends[:, pair] & ~own_ends[:, pair]
        left_alone.append(lost)
    alive = (~ends[0] & ~ends[1]).sum(axis=1)
    return alive.astype(np.int64), (left_alone[0], left_alone[1])


def _candidates(result: Result, own_role: Role, wanted_role: Role | None) -> Ints:
    """Return who of a side could be a stand-in for somebody, by id."""
    side, (mentees, mentors) = result.cohort.side(own_role), result.made.positions(result.cohort)
    if wanted_role not in (None, own_role):
        return np.zeros(0, dtype=np.int64)
    paired, partners = (mentees, mentors) if own_role == "mentee" else (mentors, mentees)
    free = np.asarray((side.status != "withdrawn") & (side.capacity > 0), dtype=np.bool_)
    free[paired] = False
    people: Ints = side.by_id[free[side.by_id]]
    # whoever the rules let nobody have who has a partner to lose can stand in for nobody
    is_useful = np.any(_acceptable_matrix(result, own_role, people, np.unique(partners)), axis=1)
    return people[is_useful]


def _acceptable_matrix(result: Result, own_role: Role, people: Ints, partners: Ints) -> Bools:
    """Return whom people of a side may be paired with, shape (n_people, n_others)."""
    if own_role == "mentee":
        return result.scores.block(people, partners) >= 0
    return (result.scores.block(partners, people) >= 0).T


def _service_model(result: Result, own_role: Role, candidates: Ints, alone: Ints) -> ServiceModel:
    """Return how the candidates of a side serve those of the other who are left alone."""
    partners = np.flatnonzero(alone.any(axis=0))
    acceptable = _acceptable_matrix(result, own_role, candidates, partners)
    return ServiceModel(
        alone[:, partners], acceptable, result.cohort.side(own_role).capacity[candidates]
    )


def _served_shares(
    result: Result,
    sides: list[ServiceModel],
    candidates: list[Ints],
    chosen: list[list[int]],
    draws: int,
) -> Iterator[Reserve]:
    for side, served, people, side_chosen in zip(
        result.cohort.sides, sides, candidates, chosen, strict=True
    ):
        together = int(served.n_served(side_chosen).sum())
        for candidate in side_chosen:
            others_chosen = [chosen_idx for chosen_idx in side_chosen if chosen_idx != candidate]
            without = int(served.n_served(others_chosen).sum())
            person = int(people[candidate])
            yield Reserve(
                side.ids[person],
                side.role,
                str(side.status[person]),
                int(served.n_served([candidate]).sum()) / draws,
                (together - without) / draws,
                result.person_text(side.role, side.ids[person]),
            )


def _too_few_problem(k: int, count: int, role: Role | None) -> Problem:
    people_text = f"{role}{'s' * (count != 1)}" if role else "person" if count == 1 else "people"
    return Problem(
        "reserves",
        "",
        "k",
        str(k),
        f"only {count} {people_text} could stand in: those without a partner who could be "
        "paired with somebody who has one",
        f"give k={count}, or let more people join with the status reserve"
        if count
        else "let people join with the status reserve",
        code="too_few_people",
    )
