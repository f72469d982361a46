"""Other matchings than the result's: the next best, or as different as possible."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from rmmatch.analysis.alternatives.most_different import most_different
from rmmatch.analysis.alternatives.second_best import murty_enumeration
from rmmatch.cohort import Role
from rmmatch.errors import NotSupportedError, require_whole
from rmmatch.files import markup
from rmmatch.files.json_data import JsonAnswer, json_data
from rmmatch.matching import Matching, Result
from rmmatch.matching.display import shown_value
from rmmatch.numeric import Ints, pair_keys
from rmmatch.scheme import Scheme
from rmmatch.solving.api import overflow_as_scheme_error
from rmmatch.solving.assignment.network import optimal_face, tier_value, transpose
from rmmatch.solving.formulation.formulation import formulate, full_linear_model
from rmmatch.solving.lexicographic.driver import solve_linear_tiers

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Alternative", "Alternatives", "alternatives"]

_MAX_PAIRS = 4_000_000  # of people; paths between more would not fit a computer; limit of input


@dataclass(frozen=True, eq=False, repr=False)
class Alternative(JsonAnswer):
    """Another matching, beside that of a result.

    Attributes
    ----------
    matching : Matching
    values : dict of str to int
        What the matching is worth on each tier, exactly, as `Result.values`.
    objective : dict of str to float
        The same as people read it, as `Result.objective`.
    gone, new : tuple of (mentee id, mentor id)
        The pairs that only the result has, and those that only this matching has.
    is_proved : bool
        With ``within``: whether it is proved that no matching within the limit is more different,
        which at some hundred people may take too long. Else always.
    """

    matching: Matching
    values: Mapping[str, int]
    objective: Mapping[str, float]
    gone: tuple[tuple[str, str], ...]
    new: tuple[tuple[str, str], ...]
    is_proved: bool = True

    def to_dict(self) -> dict[str, Any]:
        """Return pairs, objective, without, with and is_proved as plain JSON data."""
        data = {
            "pairs": self.matching.pairs,
            "objective": self.objective,
            "without": self.gone,
            "with": self.new,
            "is_proved": self.is_proved,
        }
        return {key: json_data(entry) for key, entry in data.items()}

    def __repr__(self) -> str:
        objective_text = ", ".join(f"{tier} {value:.6g}" for tier, value in self.objective.items())
        return f"{objective_text}: without {_pairs_text(self.gone)}; with {_pairs_text(self.new)}"


class Alternatives(Sequence[Alternative], JsonAnswer):
    """Alternatives in order.

    Parameters
    ----------
    result : Result
        What they are alternatives to.
    items : sequence of Alternative
    """

    def __init__(self, result: Result, items: Sequence[Alternative]) -> None:
        self.result = result
        self._items = tuple(items)

    @overload
    def __getitem__(self, place: int) -> Alternative: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Alternative, ...]: ...
    def __getitem__(self, place: int | slice) -> Alternative | tuple[Alternative, ...]:
        return self._items[place]

    def __len__(self) -> int:
        return len(self._items)

    @property
    def rows(self) -> tuple[dict[str, Any], ...]:
        """The rows of `to_frame`."""
        before = _whole_values(self.result.values)
        scheme = self.result.scheme
        return tuple(
            {
                "alternative": number,
                **alternative.objective,
                **{
                    f"{tier}_less": shown_value(scheme, tier, before[tier] - value)
                    for tier, value in alternative.values.items()
                    if tier in before
                },
                "changed": len(alternative.gone),
                "without": _pairs_text(alternative.gone),
                "with": _pairs_text(alternative.new),
            }
            for number, alternative in enumerate(self, start=1)
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the result's own objective and the alternatives, best first, as JSON data."""
        return {
            "objective": json_data(self.result.objective),
            "alternatives": [alternative.to_dict() for alternative in self],
        }

    @property
    def table(self) -> pd.DataFrame:
        """The same as `to_frame` returns."""
        return self.to_frame()

    def to_frame(self) -> pd.DataFrame:
        """Return one row an alternative.

        Columns: alternative (from 1); each tier, and how much less it is than the result's
        (``<tier>_less``; scores in units of 1); changed, how many pairs of the result are not in
        it; without, with: these pairs, and those it has in their place.
        """
        import pandas as pd

        return pd.DataFrame(list(self.rows))

    def __repr__(self) -> str:
        if not self._items:
            return "No other matching."
        return "\n".join(
            f"{number}. {alternative!r}" for number, alternative in enumerate(self, start=1)
        )

    def _repr_html_(self) -> str:
        if not self._items:
            return markup.block(markup.paragraph(repr(self)))
        return markup.block(markup.frame(self.to_frame(), decimals="{:.4f}"))


def alternatives(
    result: Result,
    k: int = 5,
    *,
    mentee: str | None = None,
    mentor: str | None = None,
    within: float | None = None,
) -> Alternatives:
    """Return the next best matchings of a result's scheme.

    They come in the order of the scheme's objective, each of its tiers before the next; equal
    ones in the order of their sums of marks, as `match` breaks ties. None is left out, however
    little it differs from another (Murty, 1968; Chegireddy and Hamacher, 1987). The time of each
    grows with the cube of the smaller side: some 0.1 s at 200 people.

    Parameters
    ----------
    result : Result
    k : int
        How many, at most.
    mentee, mentor : str, optional
        The id of one person, of whom alone is asked: the best matchings in which they have other
        partners than in the result, and than in those before in the list.
    within : float, optional
        In place of the next best, the most different: each has as few pairs as possible in common
        with the result and those before in the list, counting a pair once for each, with the best
        values of all tiers before ``total`` and at most this share of the best ``total`` less. The
        list ends where what is most different is in it already.

    Returns
    -------
    Alternatives
        A sequence of `Alternative`; fewer than `k` where there are no more.

    Raises
    ------
    CohortError
        Nobody has the id; the nearest one is named.
    NoMatchingError
        The result has no matching.
    NotSupportedError
        The scheme has quotas, or a tier that is no sum over pairs and people, or there are more
        than 4,000,000 pairs of people; or numbers of a cohort that was built by hand are too large
        to be added up in 64 bits.
    ValueError
        `k` is not positive, `within` is not in [0, 1], both sides or one and `within` are given,
        or the objective has no ``total`` to be within.

    Examples
    --------
    >>> import rmmatch as rm
    >>> cohort, scheme = rm.synthetic.demo()
    >>> result = rm.match(cohort, scheme)
    >>> next_best = rm.alternatives(result, k=3)
    >>> [one.values["total"] <= result.values["total"] for one in next_best]
    [True, True, True]
    """
    require_whole(1, k=k)
    if sum(option is not None for option in (mentee, mentor, within)) > 1:
        raise ValueError("give one of mentee=, mentor= and within=")
    if within is not None and not 0 <= within <= 1:
        raise ValueError(f"within must be a share in [0, 1], not {within}")
    _ = result.made  # raises where there is none
    scores = result.scores
    if scores.shape[0] * scores.shape[1] > _MAX_PAIRS:
        raise NotSupportedError(f"alternatives are found among at most {_MAX_PAIRS:,} pairs")
    problem = _AlternativesSearch(result)
    if within is not None:
        matchings = problem.most_different(within)
    elif mentor is not None:
        matchings = problem.next_best("mentor", scores.position("mentor", mentor))
    elif mentee is not None:
        matchings = problem.next_best("mentee", scores.position("mentee", mentee))
    else:
        matchings = problem.next_best()
    with overflow_as_scheme_error():
        return Alternatives(result, list(islice(matchings, k)))


class _AlternativesSearch:
    """The arcs and tiers of a result, and the result's pairs among the arcs."""

    def __init__(self, result: Result) -> None:
        self._result = result
        self._formulation = formulate(result.scores, result.seed)
        self._network, self._tiers = full_linear_model(result.scores, self._formulation)

    def next_best(self, role: Role | None = None, person: int = -1) -> Iterator[Alternative]:
        """Yield the next best matchings, of all or of one person given by position."""
        network, tiers = self._network, self._tiers
        arc_order = np.arange(network.n_arcs)
        person_pos, side_idx = None, 0
        if role is not None:
            side_idx = ("mentee", "mentor").index(role)
            people = (
                self._formulation.mentee_order
                if role == "mentee"
                else self._formulation.mentor_order
            )
            person_pos = int(np.flatnonzero(people == person)[0])
            id_ = self._result.cohort.side(role).ids[person]
        if role == "mentor" or (role is None and network.n_mentors < network.n_mentees):
            network, tiers, arc_order = transpose(network, tiers)
        before = set(self._result.made)
        if person_pos is not None:
            before = {pair for pair in before if pair[side_idx] == id_}
        for ranked in murty_enumeration(network, tiers, person_pos):
            matching = self._matching(arc_order[ranked.chosen])
            pairs = set(matching)
            if person_pos is not None:
                pairs = {pair for pair in pairs if pair[side_idx] == id_}
            if pairs != before:
                yield self._as_alternative(matching, ranked.values)

    def most_different(self, within: float) -> Iterator[Alternative]:
        """Yield the most different matchings whose total is within a share of the best."""
        names = [tier.name for tier in self._tiers]
        if "total" not in names:
            raise ValueError("within= is about the total, which is no tier of the objective")
        network = self._network
        solution = solve_linear_tiers(network, self._tiers)
        if solution is None:
            return
        arcs = np.arange(network.n_arcs)
        for tier, proof in zip(self._tiers[: names.index("total")], solution.prices, strict=False):
            assert proof is not None, "a tier is proved unless there is a time limit"
            network, face_arcs = optimal_face(network, tier.with_arcs(arcs), *proof)
            arcs = arcs[face_arcs]
        best = solution.bounds[names.index("total")]
        assert isinstance(best, int), "the total is one number"
        keys = pair_keys(
            self._network.mentees[arcs], self._network.mentors[arcs], self._network.n_mentors
        )
        shared = np.isin(keys, self._keys(self._result.made)).astype(np.int64)
        seen = {self._result.made}
        while True:
            different = most_different(
                network,
                self._tiers[names.index("total")].with_arcs(arcs),
                self._tiers[-1].with_arcs(arcs),
                shared,
                best - int(within * best),
            )
            matching = self._matching(arcs[different.chosen])
            if matching in seen:
                return
            is_chosen = np.zeros(self._network.n_arcs, dtype=np.bool_)
            is_chosen[arcs[different.chosen]] = True
            values = tuple(tier_value(self._network, tier, is_chosen) for tier in self._tiers)
            yield self._as_alternative(matching, values, is_proved=different.is_proved)
            seen.add(matching)
            shared += different.chosen

    def _keys(self, matching: Matching) -> Ints:
        """Return the keys of a matching's pairs, of positions in id order as in the network."""
        rows, columns = matching.positions(self._result.cohort)
        mentee_positions = np.argsort(self._formulation.mentee_order)
        mentor_positions = np.argsort(self._formulation.mentor_order)
        return pair_keys(mentee_positions[rows], mentor_positions[columns], self._network.n_mentors)

    def _matching(self, arcs: Ints) -> Matching:
        network, formulation = self._network, self._formulation
        return Matching.at(
            self._result.cohort,
            formulation.mentee_order[network.mentees[arcs]],
            formulation.mentor_order[network.mentors[arcs]],
        )

    def _as_alternative(
        self, matching: Matching, values: Sequence[int], *, is_proved: bool = True
    ) -> Alternative:
        names = [tier.name for tier in self._tiers[:-1]]
        by_tier = dict(zip(names, values, strict=False))
        before, after = set(self._result.made), set(matching)
        return Alternative(
            matching,
            by_tier,
            _shown_values(self._result.scheme, by_tier),
            tuple(sorted(before - after)),
            tuple(sorted(after - before)),
            is_proved,
        )


def _pairs_text(pairs: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{mentee}–{mentor}" for mentee, mentor in pairs) or "none"


def _whole_values(values: Mapping[str, int | tuple[int, ...]]) -> dict[str, int]:
    return {tier: value for tier, value in values.items() if isinstance(value, int)}


def _shown_values(scheme: Scheme, values: Mapping[str, int]) -> dict[str, float]:
    shown = {tier: shown_value(scheme, tier, value) for tier, value in values.items()}
    return {tier: value for tier, value in shown.items() if not isinstance(value, tuple)}
