"""Lists of partners to choose from, for schemes in which people choose for themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from rmmatch.cohort import OTHER_ROLE, Cohort, Role, Side
from rmmatch.errors import NotSupportedError, require_whole
from rmmatch.files import markup
from rmmatch.files.json_data import JsonAnswer, json_data
from rmmatch.numeric import MILLION, Bools, Ints
from rmmatch.scheme import Scheme
from rmmatch.scoring import PairScores
from rmmatch.solving.assignment.network import LinearTier, count_loads
from rmmatch.solving.formulation.formulation import formulate, full_network
from rmmatch.solving.lexicographic.driver import solve_linear_tiers

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Shortlist", "shortlist"]

_MAX_PAIRS = 4_000_000  # acceptable or not; limit of input
_N_REASONS = 2  # criteria named beside a score; wording
_MAX_SHOWN_ROWS = 100  # of a table on the screen; wording


@dataclass(frozen=True, eq=False, repr=False)
class Shortlist(JsonAnswer):
    """Who is proposed to whom.

    Attributes
    ----------
    role : {'mentee', 'mentor'}
        Who has a list.
    k, most : int
        How long a list is at most, and on how many one can be.
    rows : tuple of dict
        The rows of `table`.
    without : tuple of str
        The ids of those whose list is empty.
    total : int
        The sum of the scores on all lists, in millionths; no lists have a larger one.
    """

    role: Role
    k: int
    most: int
    rows: tuple[dict[str, Any], ...]
    without: tuple[str, ...]
    total: int

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row for each name on a list, best first: who has the list and who is on it.

        Columns: mentee, mentor (who has the list comes first); place on the list, from 1; score in
        [0, 1]; choice, which choice they are by score of all `acceptable` partners, 1 being the
        best and equal ones sharing the better; listed, on how many lists they are; reasons, what
        gave most of the score.
        """
        import pandas as pd

        names = ["place", "score", "choice", "acceptable", "listed", "reasons"]
        columns = [self.role, OTHER_ROLE[self.role], *names]
        return pd.DataFrame(list(self.rows), columns=columns)

    def to_dict(self) -> dict[str, Any]:
        """Return role, k, most, total, rows and without as plain JSON data."""
        return {entry.name: json_data(getattr(self, entry.name)) for entry in fields(self)}

    def of(self, id_: str) -> tuple[str, ...]:
        """Return the ids on somebody's list, best first.

        Parameters
        ----------
        id_ : str
            Of the person who has the list.
        """
        return tuple(row[OTHER_ROLE[self.role]] for row in self.rows if row[self.role] == id_)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows)

    @property
    def headline(self) -> str:
        """One line: how many lists and names there are."""
        n_lists = len({row[self.role] for row in self.rows})
        return (
            f"{n_lists} lists of at most {self.k}, nobody on more than {self.most}: "
            f"{len(self.rows)} names, {len(self.without)} {self.role}s without any"
        )

    def __repr__(self) -> str:
        if not self.rows:
            return self.headline
        text = self.table.to_string(
            index=False, max_rows=_MAX_SHOWN_ROWS, float_format="{:.3f}".format
        )
        return f"{self.headline}\n{text}"

    def _repr_html_(self) -> str:
        return markup.block(markup.title(self.headline), markup.frame(self.table))


def shortlist(
    cohort: Cohort,
    scheme: Scheme,
    k: int = 3,
    most: int = 5,
    *,
    role: Role = "mentee",
    seed: int = 0,
) -> Shortlist:
    """Propose some acceptable partners to each person, and nobody to too many.

    Of all such lists these have the largest sum of scores, exactly; of equal ones the most names,
    then the largest sum of marks, as `match` breaks ties. Capacities and the objective play no
    part. Whoever withdrew, is a reserve or has a capacity of 0 neither has a list nor is on one; a
    pinned pair is on the lists in any case.

    Parameters
    ----------
    cohort : Cohort
    scheme : Scheme
    k : int
        How many names a list has at most.
    most : int
        On how many lists one can be.
    role : {'mentee', 'mentor'}
        Who has a list.
    seed : int
        Of the rule that breaks ties.

    Returns
    -------
    Shortlist

    Raises
    ------
    NotSupportedError
        There are more than 4,000,000 pairs of people.
    SchemeError
        The cohort and the scheme do not fit.
    ValueError
        `k` or `most` is not positive, or there is no such role.

    Examples
    --------
    >>> import rmmatch as rm
    >>> cohort, scheme = rm.synthetic.demo()
    >>> lists = rm.shortlist(cohort, scheme, k=3, most=4)
    >>> int(lists.table["listed"].max()) <= 4
    True
    """
    require_whole(1, k=k, most=most)
    if role not in OTHER_ROLE:
        raise ValueError(f"role must be 'mentee' or 'mentor', not {role!r}")
    scores = PairScores(cohort, scheme)
    if scores.shape[0] * scores.shape[1] > _MAX_PAIRS:
        raise NotSupportedError(f"shortlists are made of at most {_MAX_PAIRS:,} pairs")
    formulation = formulate(scores, seed)
    network, _ = full_network(scores, formulation)
    limits = (k, most) if role == "mentee" else (most, k)
    n_fixed = count_loads(network, network.fixed)
    max_loads = [
        np.maximum(np.where(_takes_part(side)[order], limit, 0), fixed)
        for side, order, limit, fixed in zip(
            cohort.sides,
            (formulation.mentee_order, formulation.mentor_order),
            limits,
            n_fixed,
            strict=True,
        )
    ]
    network = replace(
        network,
        min_load_mentees=np.zeros_like(max_loads[0]),
        max_load_mentees=max_loads[0],
        min_load_mentors=np.zeros_like(max_loads[1]),
        max_load_mentors=max_loads[1],
    )
    rows, columns = (
        formulation.mentee_order[network.mentees],
        formulation.mentor_order[network.mentors],
    )
    weights = scores.to_numpy()[rows, columns]
    total = LinearTier("total", weights)
    ties = formulation.implicit_tiers["ties"].as_linear_tier(
        network.mentees, network.mentors, weights
    )
    solution = solve_linear_tiers(
        network, [total, LinearTier("names", np.ones_like(weights)), ties]
    )
    assert solution is not None, "empty lists with the pins are allowed"
    assert solution.chosen is not None
    chosen = rows[solution.chosen], columns[solution.chosen]
    list_rows = _rows(scores, role, *chosen)
    side = cohort.side(role)
    listed = {row[role] for row in list_rows}
    without = [side.ids[person] for person in np.flatnonzero(_takes_part(side)).tolist()]
    return Shortlist(
        role,
        k,
        most,
        list_rows,
        tuple(id_ for id_ in without if id_ not in listed),
        int(weights[solution.chosen].sum()),
    )


def _takes_part(side: Side) -> Bools:
    takes_part: Bools = (side.status == "applicant") & (side.capacity > 0)
    return takes_part


def _rows(
    scores: PairScores, role: Role, mentees: Ints, mentors: Ints
) -> tuple[dict[str, Any], ...]:
    """Return the row of each pair, by who has the list and then by score."""
    matrix, terms = scores.to_numpy(), scores.terms_of_pairs(mentees, mentors)
    pair_scores = matrix[mentees, mentors]
    owners, partners = (mentees, mentors) if role == "mentee" else (mentors, mentees)
    owner_scores = matrix[mentees] if role == "mentee" else matrix[:, mentors].T
    choices = 1 + (owner_scores > pair_scores[:, None]).sum(axis=1)
    acceptable = (owner_scores >= 0).sum(axis=1)
    listed = np.bincount(partners, minlength=max(scores.shape))
    ids = scores.cohort.side(role).ids, scores.cohort.side(OTHER_ROLE[role]).ids
    list_rows = [
        {
            role: ids[0][owner],
            OTHER_ROLE[role]: ids[1][partner],
            "place": 0,
            "score": int(pair_scores[pair]) / MILLION,
            "choice": int(choices[pair]),
            "acceptable": int(acceptable[pair]),
            "listed": int(listed[partner]),
            "reasons": _reasons(
                scores, int(mentees[pair]), int(mentors[pair]), terms.contributions[:, pair]
            ),
        }
        for pair, (owner, partner) in enumerate(
            zip(owners.tolist(), partners.tolist(), strict=True)
        )
    ]
    list_rows.sort(key=lambda row: (row[role], -row["score"], row[OTHER_ROLE[role]]))
    place = 0
    for number, row in enumerate(list_rows):
        place = place + 1 if number and list_rows[number - 1][role] == row[role] else 1
        row["place"] = place
    return tuple(list_rows)


def _reasons(scores: PairScores, mentee: int, mentor: int, contributions: Ints) -> str:
    """Say what gave most of a score, with the facts behind it."""
    reasons = []
    for place in np.argsort(-contributions, kind="stable")[:_N_REASONS].tolist():
        if contributions[place] > 0:
            fact = scores.scheme.criteria[place].fact(scores.cohort, scores.setting, mentee, mentor)
            contribution_text = f"{scores.criteria[place]} {contributions[place] / MILLION:.3f}"
            reasons.append(f"{contribution_text} ({fact})" if fact else contribution_text)
    return "; ".join(reasons)
