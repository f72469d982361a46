"""From a result to what a page of review shows."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from rmmatch.analysis.explanations import Explanation
from rmmatch.analysis.explanations.api import explain_all
from rmmatch.analysis.explanations.pairs import most_points
from rmmatch.checking import check
from rmmatch.cohort import Cohort, Role
from rmmatch.desk.page.groups import group_counts
from rmmatch.desk.page.view_data import (
    CardAction,
    CardState,
    CriterionPoints,
    PairCard,
    PersonName,
    ReviewView,
    SchemeWords,
    UnpairedCard,
    UnpairedGroup,
)
from rmmatch.desk.reporting.verdicts import verdict_line
from rmmatch.matching import Result
from rmmatch.matching.matching import IdPair
from rmmatch.matching.records.record import run_key
from rmmatch.matching.unpaired import UnpairedKind
from rmmatch.numeric import MILLION
from rmmatch.scheme import Scheme
from rmmatch.scheme.display import aim_text, direction_text, quota_texts, rule_texts
from rmmatch.scheme.quotas import quota_sentences
from rmmatch.scoring.points import as_points, share_points

__all__ = ["KEEP", "TURN_DOWN", "pair_key", "review_view"]

KEEP = CardAction("keep", "Keep")
TURN_DOWN = CardAction("turn-down", "Not this pair", has_dialog=True)
_STATES: dict[str, CardState] = {"keep": "kept", "turn-down": "turned down"}

_WEAKEST_SHARE, _LEAST_WEAKEST = 0.2, 5  # pairs to look at for their points alone; wording
_KEY_CHARACTERS = 12
_KINDS: dict[UnpairedKind, tuple[str, str]] = {
    "nobody_suitable": ("Nobody was suitable", "The rules excluded every partner."),
    "outbid": (
        "Suitable, but their partners went to others",
        "There were suitable partners, and the pairing gave them to somebody else.",
    ),
    "not_eligible": ("Not eligible", "They could not take part."),
    "reserve": ("In reserve", "Reserves who were not needed."),
    "withdrew": ("Withdrew", "They left the scheme."),
}


def pair_key(*ids: str) -> str:
    """Return a name for a pair or a person that shows no id: for addresses and for pages.

    Parameters
    ----------
    *ids : str
        Of the mentee and the mentor; or the role and the id of somebody.

    Examples
    --------
    >>> pair_key("E1", "M1") == pair_key("E1", "M1") != pair_key("E1", "M2")
    True
    """
    digest = hashlib.sha256("\x1f".join(ids).encode("utf-8", "surrogatepass")).hexdigest()
    return f"p{digest[:_KEY_CHARACTERS]}"


def review_view(
    result: Result,
    *,
    before: Collection[IdPair] | None = None,
    actions: Sequence[CardAction] = (KEEP, TURN_DOWN),
    unpaired_actions: Sequence[CardAction] = (),
    emails: bool = False,
    reasons: bool = False,
    explanations: bool = True,
    checked: bool = True,
) -> ReviewView:
    """Return what a page of review shows: pairs weakest first, who has no partner, the scheme.

    Nothing of it comes from a sensitive column.

    Parameters
    ----------
    result : Result
    before : collection of (mentee id, mentor id), optional
        The pairs of the pairing before; those that it did not have are new.
    actions, unpaired_actions : sequence of CardAction
        The buttons of each pair, and of each person without a partner.
    emails : bool
        Whether e-mail addresses are shown, where they are not sensitive.
    reasons : bool
        Whether the page may say why a pair was turned down: for the coordinator alone.
    explanations : bool
        Whether to say where each person stands with the other, and who else would suit.
    checked : bool
        Whether to check the result anew.

    Raises
    ------
    NoMatchingError
        The result has no matching.
    RecordError
        The run was loaded without the sensitive columns its rules need.
    """
    cohort = result.cohort.hiding(result.scheme.sensitive)
    explained = explain_all(result)
    n_pairs = len(result.made)
    cards = _pair_cards(result, cohort, explained[:n_pairs], before, emails, reasons)
    cards = [
        replace(card, actions=_actions_of(card, actions), why=card.why if explanations else ())
        for card in cards
    ]
    findings = check(result) if checked else []
    return ReviewView(
        run_key=run_key(result),
        title=result.scheme.name or "Pairs to review",
        headline=result.headline,
        verdict=verdict_line(result, len(findings)) if checked else "",
        problems=tuple(violation.message for violation in findings),
        notes=result.notes,
        is_approved=result.review.state == "approved",
        state=result.review.summary,
        pairs=tuple(cards),
        unpaired=_unpaired_groups(
            result, cohort, explained[n_pairs:] if explanations else None, unpaired_actions, emails
        ),
        scheme=_scheme_words(result.scheme),
        groups=group_counts(result),
        criteria=tuple(map(_words_of, result.scores.criteria)),
        quotas=_open_quotas(result),
    )


def _words_of(name: str) -> str:
    words = name.replace("_", " ")
    return f"{words[:1].upper()}{words[1:]}"


def _person_name(cohort: Cohort, role: Role, person: int, emails: bool) -> PersonName:
    side = cohort.side(role)
    name = cohort.person_text(role, person, has_id=False)
    is_shown = emails and "email" not in cohort.reading.sensitive
    email = side.column("email")[person] if is_shown and "email" in side.columns else ""
    return PersonName(role, side.ids[person], name, email or "")


def _pair_cards(
    result: Result,
    cohort: Cohort,
    explanations: Sequence[Explanation],
    before: Collection[IdPair] | None,
    emails: bool,
    reasons: bool,
) -> list[PairCard]:
    """Return the pairs, weakest first, those of equal points by their ids."""
    scores = result.scores
    mentees, mentors = result.positions
    rejected, locked = result.review.rejected, {*result.review.locked}
    pair_scores = scores.pairs(mentees, mentors)
    cards: list[tuple[int, PairCard]] = []
    for mentee, mentor, pair_score, explanation in zip(
        mentees.tolist(), mentors.tolist(), pair_scores, explanations, strict=True
    ):
        pair = pair_score.mentee, pair_score.mentor
        criteria = tuple(
            CriterionPoints(
                _words_of(row["criterion"]),
                points,
                most,
                row["fact"],
                is_missing=math.isnan(row["score"]),
            )
            for row, points, most in zip(
                explanation.rows,
                share_points(list(pair_score.contributions.values())),
                most_points(scores, pair_score),
                strict=True,
            )
        )
        state: CardState = "turned down" if pair in rejected else "kept" if pair in locked else ""
        card = PairCard(
            key=pair_key(*pair),
            mentee=_person_name(cohort, "mentee", mentee, emails),
            mentor=_person_name(cohort, "mentor", mentor, emails),
            points=as_points(pair_score.score),
            criteria=criteria,
            why=explanation.sentences[len(criteria) :],
            state=state,
            reason=rejected.get(pair, "") if reasons else "",
            is_new=before is not None and pair not in before,
        )
        cards.append((pair_score.score, card))
    cards.sort(key=lambda entry: (entry[0], entry[1].mentee.id, entry[1].mentor.id))
    n_weakest = max(_LEAST_WEAKEST, math.ceil(len(cards) * _WEAKEST_SHARE))
    return [
        replace(card, concerns=tuple(_concerns(card, place < n_weakest)))
        for place, (_, card) in enumerate(cards)
    ]


def _concerns(card: PairCard, is_weak: bool) -> Iterator[str]:
    """Yield why somebody should look at a pair, in a few words each."""
    if is_weak:
        yield "among the weakest"
    names = [criterion.name for criterion in card.criteria if criterion.is_missing]
    if names:
        yield f"data missing: {', '.join(names)}"


def _actions_of(card: PairCard, actions: Sequence[CardAction]) -> tuple[CardAction, ...]:
    """Return the buttons of a card: pressed is the one that led to its state."""
    return tuple(
        replace(action, is_pressed=bool(card.state) and _STATES.get(action.name) == card.state)
        for action in actions
    )


def _unpaired_groups(
    result: Result,
    cohort: Cohort,
    explanations: Sequence[Explanation] | None,
    actions: Sequence[CardAction],
    emails: bool,
) -> tuple[UnpairedGroup, ...]:
    """Return the people without a partner, those whom the rules left out first."""
    rows = result.unpaired_rows
    sentences = [()] * len(rows) if explanations is None else [e.sentences for e in explanations]
    people: dict[UnpairedKind, list[UnpairedCard]] = {kind: [] for kind in _KINDS}
    for row, why in zip(rows, sentences, strict=True):
        reason = f"{row.reason[:1].upper()}{row.reason[1:]}."
        card = UnpairedCard(
            key=pair_key(row.side, row.id),
            person=_person_name(cohort, row.side, cohort.side(row.side).position[row.id], emails),
            reason=reason,
            why=tuple(sentence for sentence in why if sentence != reason),
            actions=tuple(actions),
        )
        people[row.kind].append(card)
    return tuple(
        UnpairedGroup(kind, *_KINDS[kind], tuple(cards)) for kind, cards in people.items() if cards
    )


def _open_quotas(result: Result) -> tuple[str, ...]:
    """Return what each quota got, but for those on sensitive columns: they are not even named."""
    scheme = result.scheme
    quotas = [quota for quota in scheme.quotas if not quota.reads_sensitive(scheme.setting)]
    return quota_sentences(quotas, result.cohort, scheme.setting, result.positions)


def _scheme_words(scheme: Scheme) -> SchemeWords:
    total = sum(criterion.weight for criterion in scheme.criteria) or 1
    shares = share_points(
        [round(MILLION * criterion.weight / total) for criterion in scheme.criteria]
    )
    names = map(_words_of, scheme.criterion_labels())
    return SchemeWords(
        name=scheme.name,
        direction=direction_text(scheme.direction),
        rules=rule_texts(scheme.rules, scheme.setting),
        quotas=quota_texts(scheme.quotas, scheme.setting),
        aims=tuple(f"{text[:1].upper()}{text[1:]}" for text in map(aim_text, scheme.aims)),
        weights=tuple(zip(names, shares, strict=True)),
    )
