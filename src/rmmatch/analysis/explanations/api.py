"""`explain`: what may be said of a pair or a person, and to whom."""

from __future__ import annotations

import numpy as np

from rmmatch.analysis.explanations.audiences import as_audience
from rmmatch.analysis.explanations.counterfactuals import ChoiceExplainer
from rmmatch.analysis.explanations.explanation import Explanation
from rmmatch.analysis.explanations.pairs import explain_pairs
from rmmatch.analysis.explanations.participant_sheet import sheet
from rmmatch.analysis.explanations.unpaired import explain_unpaired
from rmmatch.cohort import Role
from rmmatch.matching import Result
from rmmatch.matching.display import n_text

__all__ = ["explain", "explain_all"]

# people of the smaller side, up to which everybody's chains are found at once; wording
_MAX_PEOPLE_PREPARED = 500


def explain(
    result: Result,
    *,
    mentee: str | None = None,
    mentor: str | None = None,
    audience: str = "coordinator",
) -> Explanation:
    """Explain a pair, or what became of one person.

    With both ids: that pair, whether it was chosen or not. With one: the person's pairs, or why
    there is none. For a pair it says how many points each criterion gives, why, where each person
    stands among the other's suitable partners, and who the best other partner would be: who would
    have to move, and what the pairing would lose. For somebody without a partner it says how many
    partners each rule excluded, which group of people shares too few partners, and what it would
    cost to pair the person instead. Losses are exact, as solving again would find them,
    where the matching is proved optimal and the objective is made of sums (`prices_of_pairs`).

    Values of sensitive columns are never shown; a rule on one is "a confidential rule".

    Parameters
    ----------
    result : Result
    mentee, mentor : str, optional
        Ids; at least one.
    audience : {'coordinator', 'committee', 'participant'}
        A committee sees no names or addresses, no count under 5, and not which rule is about a
        sensitive column. A participant, named by one id, sees their own partner, what the two have
        in common, and a name or address where the partner's column ``consent`` says yes: no score,
        rank or count, and nobody else who was considered.

    Returns
    -------
    Explanation

    Raises
    ------
    CohortError
        Nobody has the id; the nearest one is named.
    NoMatchingError
        The result has no matching.
    ValueError
        Neither id is given, both are for a participant, or there is no such audience.

    Examples
    --------
    >>> import rmmatch as rm
    >>> cohort, scheme = rm.synthetic.demo()
    >>> result = rm.match(cohort, scheme)
    >>> pair = rm.explain(result, mentee=result.pairs.mentee[0], mentor=result.pairs.mentor[0])
    >>> bool(abs(pair.table.contribution.sum() - result.pairs.score[0]) < 1e-9)
    True
    """
    for_whom = as_audience(audience)
    scores = result.scores
    if mentee is None and mentor is None:
        raise ValueError("give mentee=, mentor= or both")
    if mentee is not None and mentor is not None:
        if for_whom == "participant":
            raise ValueError("a participant's sheet is about one person: give mentee= or mentor=")
        ends = scores.position("mentee", mentee), scores.position("mentor", mentor)
        choices = ChoiceExplainer(result, for_whom)
        return explain_pairs(choices, np.array([ends[0]]), np.array([ends[1]]))[0]
    role: Role = "mentee" if mentor is None else "mentor"
    person = scores.position(role, str(mentee if mentor is None else mentor))
    if for_whom == "participant":
        return sheet(result, role, person)
    rows, columns = result.made.positions(result.cohort)
    is_theirs = (rows if role == "mentee" else columns) == person
    choices = ChoiceExplainer(result, for_whom)
    if not is_theirs.any():
        return next(explain_unpaired(choices, role, np.array([person])))
    explanations = explain_pairs(choices, rows[is_theirs], columns[is_theirs])
    return Explanation(
        f"{choices.person_text(role, person)} has {n_text(len(explanations), 'partner')}.",
        tuple(
            sentence
            for explanation in explanations
            for sentence in (explanation.title, *explanation.sentences)
        ),
        tuple(row for explanation in explanations for row in explanation.rows),
        {"pairs": [explanation.facts for explanation in explanations]},
        for_whom,
    )


def explain_all(result: Result) -> list[Explanation]:
    """Explain every pair, then every unpaired person, to a coordinator.

    Above 500 people on the smaller side without what another choice would have cost, which
    `explain` finds for one person at a time.

    Parameters
    ----------
    result : Result

    Returns
    -------
    list of Explanation
    """
    rows, columns = result.made.positions(result.cohort)
    choices = ChoiceExplainer(
        result, "coordinator", is_prepared=min(result.scores.shape) <= _MAX_PEOPLE_PREPARED
    )
    explanations = explain_pairs(choices, rows, columns)
    for side, paired in zip(result.cohort.sides, (rows, columns), strict=True):
        people = np.flatnonzero(np.bincount(paired, minlength=len(side)) == 0)
        explanations += explain_unpaired(choices, side.role, people)
    return explanations
