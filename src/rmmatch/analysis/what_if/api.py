"""What if: one thing changed, the pairing solved again, and the difference as a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from rmmatch.analysis.explanations.audiences import as_audience, count_text
from rmmatch.analysis.explanations.explanation import Explanation
from rmmatch.analysis.what_if.partner_changes import (
    change_lines,
    change_rows,
    to_table,
)
from rmmatch.analysis.what_if.people_changes import (
    NewPeople,
    PersonRef,
    add_people,
    require_values,
    resolve_people,
)
from rmmatch.analysis.what_if.sentences import (
    ChangeWords,
    tier_sentence,
    what_if_title,
    without_position,
)
from rmmatch.analysis.what_if.tier_values import objective_on_tiers
from rmmatch.checking import check
from rmmatch.cohort import Cohort, Role, people_error
from rmmatch.cohort.cells import parse_whole_number
from rmmatch.cohort.edits import with_capacities, without_people
from rmmatch.errors import CohortError, Problem, SchemeError, nearest, require_seconds
from rmmatch.files import markup
from rmmatch.files.json_data import JsonAnswer, json_data
from rmmatch.matching import Result, Status
from rmmatch.matching.display import Shown, unit_of
from rmmatch.matching.matching import IdPair, id_pairs
from rmmatch.rules import Rule
from rmmatch.scheme import Scheme
from rmmatch.scheme.cohort_facts import CohortFacts
from rmmatch.scheme.edits import unname, with_pairs
from rmmatch.scheme.objectives import tier_names
from rmmatch.scheme.quotas import Quota
from rmmatch.solving import Stop, match, match_until
from rmmatch.strategies import Listed

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["WhatIf", "is_still_proved", "what_if"]

_SCORE_COLUMNS = ("score_before", "score_after")


@dataclass(frozen=True, eq=False, repr=False)
class WhatIf(JsonAnswer):
    """What a change does to a pairing.

    Attributes
    ----------
    changed : tuple of str
        What was changed, in words with ids.
    before : Result
        The best pairing without the change.
    result : Result
        The best pairing with it; as certain as any other result of `match`.
    is_warm : bool
        Nothing had to be solved: the old pairs are allowed, and their prices still prove them.
    named_changes : tuple of str
        The same as `changed`, with the names of people.
    """

    changed: tuple[str, ...]
    before: Result
    result: Result
    is_warm: bool
    named_changes: tuple[str, ...] = ()

    @cached_property
    def price(self) -> dict[str, float]:
        """What each tier loses by the change, in the unit of `Result.objective`.

        The first that is not zero is positive where the change forbids something, negative where
        it allows something. Measured by the criteria and weights as they were. Tiers whose value
        is a list are only in `values`. Empty where one of the two pairings is not proved the best.
        """
        if any(result.status is not Status.OPTIMAL for result in (self.before, self.result)):
            return {}
        old = objective_on_tiers(self.before, self.result.values)
        new = {
            **objective_on_tiers(self.result, self.before.values),
            **self._new_values_by_old_criteria,
        }
        return {
            # of what is told as a cost, less is more
            tier: round(
                old_value - new_value
                if unit_of(self.before.scheme, tier) > 0
                else new_value - old_value,
                6,
            )
            for tier, old_value in old.items()
            if isinstance(old_value, int | float)
            and isinstance(new_value := new.get(tier), int | float)
        }

    @property
    def _is_reweighed(self) -> bool:
        return self.result.scheme.inlined().criteria != self.before.scheme.inlined().criteria

    @cached_property
    def _new_values_by_old_criteria(self) -> Mapping[str, Shown]:
        """Return what the new pairs are worth by the criteria as they were."""
        criteria = self.before.scheme.inlined().criteria
        if self.result.matching is None or not self._is_reweighed:
            return self.result.objective
        # a floor under scores is one under the new scores
        rules = tuple(rule for rule in self.result.scheme.rules if rule.score_floor is None)
        scheme = self.result.scheme.model_copy(update={"criteria": criteria, "rules": rules})
        return match(self.result.cohort, scheme, strategy=Listed(self.result.made)).objective

    @cached_property
    def values(self) -> pd.DataFrame:
        """Each tier: tier, before, after (by the criteria as they now are)."""
        import pandas as pd

        return pd.DataFrame(self._value_rows, columns=["tier", "before", "after"])

    @property
    def _value_rows(self) -> list[tuple[str, Shown | None, Shown | None]]:
        old = objective_on_tiers(self.before, self.result.values)
        new = objective_on_tiers(self.result, self.before.values)
        return [(tier, old.get(tier), new.get(tier)) for tier in dict.fromkeys((*old, *new))]

    @cached_property
    def change_rows(self) -> tuple[dict[str, Any], ...]:
        """The rows of `changes`, with tuples of partners."""
        return change_rows(self.before, self.result)

    @property
    def changes(self) -> pd.DataFrame:
        """Everybody whose partners differ: id, side, before, after, score_before, score_after.

        Several partners stand with a semicolon between them, an empty cell is nobody. The scores
        are sums over a person's pairs, each by the scheme of its pairing.
        """
        return to_table(self.change_rows, ("id", "side", "before", "after", *_SCORE_COLUMNS))

    def to_dict(self) -> dict[str, Any]:
        """Return what changed, both pairings' values, the price and the changes as JSON data."""
        data = {
            "changed": self.changed,
            "status": self.result.status.value,
            "reason": self.result.reason,
            "price": self.price,
            "before": dict(self.before.objective),
            "after": dict(self.result.objective),
            "changes": self.change_rows,
        }
        return {key: json_data(entry) for key, entry in data.items()}

    @property
    def sentences(self) -> tuple[str, ...]:
        """The difference in plain English."""
        if self.result.matching is None:
            return (self.result.headline,)
        sentences = self._tier_sentences()
        rows = self.change_rows
        if not rows:
            return (*sentences, "Nobody has other partners.")
        return (*sentences, *change_lines(rows, self.before, self.result))

    def _tier_sentences(self, *, lists: bool = True) -> list[str]:
        """Return a sentence for each tier, or for each whose value is one number."""
        return [
            tier_sentence(
                self.before.scheme,
                tier,
                (old_value, new_value),
                self.price.get(tier, 0.0),
                is_reweighed=self._is_reweighed,
            )
            for tier, old_value, new_value in self._value_rows
            if lists or tuple not in (type(old_value), type(new_value))
        ]

    def for_audience(self, audience: str) -> Explanation:
        """Return as much of the difference as an audience may know.

        Parameters
        ----------
        audience : {'coordinator', 'committee'}
            A committee learns what the whole gains or loses and how many people change, where
            they are five or more: not who, no list of scores, and not which rule is about a
            sensitive column.

        Returns
        -------
        Explanation

        Raises
        ------
        ValueError
            It is for participants, whom what becomes of others does not concern; or there is no
            such audience.
        """
        for_whom = as_audience(audience)
        if for_whom == "participant":
            raise ValueError("a what-if tells what becomes of others: it is not for participants")
        words, sentences, rows = list(self._shown_changes), self.sentences, self.change_rows
        facts: dict[str, Any] = {"changed": list(self.changed), "price": self.price}
        if for_whom == "committee":
            facts["changed"] = words = [without_position(word) for word in self.changed]
            sentences, rows = ("No pairing is possible, or none was found.",), ()
            if self.result.matching is not None:
                n_people = count_text(len(self.change_rows), for_whom)
                sentences = (
                    *self._tier_sentences(lists=False),
                    f"{n_people} people have other partners.",
                )
        return Explanation(what_if_title(words), sentences, rows, facts, for_whom)

    @property
    def _shown_changes(self) -> tuple[str, ...]:
        return self.named_changes or self.changed

    def __str__(self) -> str:
        return "\n".join(
            [what_if_title(self._shown_changes), *(f"  {sentence}" for sentence in self.sentences)]
        )

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return markup.sentences_block(str(self).splitlines())


def what_if(
    result: Result,
    *,
    pin: Iterable[IdPair] = (),
    forbid: Iterable[IdPair] = (),
    remove: Iterable[PersonRef] = (),
    add: NewPeople | None = None,
    weights: Mapping[str, float] | None = None,
    rules: Mapping[int, Rule | Mapping[str, Any] | None] | None = None,
    quotas: Mapping[int, Quota | Mapping[str, Any] | None] | None = None,
    capacity: Mapping[PersonRef, int] | None = None,
    time_limit: float | None = None,
) -> WhatIf:
    """Change one thing or several, solve again, and show the difference and what it costs.

    The result itself stays as it is. Where the changes only take something away that the pairs
    do not need, nothing is solved: `check` finds that the old prices still prove them.

    Parameters
    ----------
    result : Result
        Where it is not proved optimal, the best pairing is found first, to compare with.
    pin, forbid : iterable of (mentee id, mentor id)
        Pairs that must, or must not, be made.
    remove : iterable of id or (role, id)
        People who do not take part; an id alone is that person on both sides.
    add : DataFrame or list of mapping, optional
        People who join: rows as in the tables of `read_cohort`, with ``id`` and ``role``.
    weights : mapping of str to float, optional
        New weights by the name of the criterion; 0 leaves it out.
    rules, quotas : mapping of int to rule, quota, mapping or None, optional
        By position in the scheme: what stands there instead; None drops it. The next free
        position adds one.
    capacity : mapping of id, or (role, id), to int, optional
        New capacities; an id that stands on both sides needs its role.
    time_limit : float, optional
        Seconds for the solver, as for `match`.

    Returns
    -------
    WhatIf
        ``.result``, ``.changes``, ``.price`` by tier, ``.to_json()``.

    Raises
    ------
    CohortError
        Somebody is not there, a capacity is negative, or people who join have problems.
    SchemeError
        The changed scheme has problems, or a rule forbids a pin.
    ValueError
        `time_limit` is not positive.

    Examples
    --------
    >>> import rmmatch as rm
    >>> cohort, scheme = rm.synthetic.demo()
    >>> result = rm.match(cohort, scheme)
    >>> change = rm.what_if(result, forbid=[next(iter(result.made))])
    >>> change.result.status, len(change.changes) > 0
    (<Status.OPTIMAL: 'optimal'>, True)
    """
    require_seconds(time_limit=time_limit)
    _ = result.scores  # a run without its sensitive columns says so before anything else
    before, stop = result, Stop.after(time_limit)
    if result.status not in (Status.OPTIMAL, Status.INFEASIBLE):
        with stop.heeding_interrupts():
            before = match_until(stop, result.cohort, result.scheme, seed=result.seed)
    if add is not None:
        require_values(result)
    words = ChangeWords(before.scheme)
    scheme = _changed_scheme(
        before.scheme.inlined(), weights or {}, rules or {}, quotas or {}, words
    )
    cohort, scheme = _changed_people(before.cohort, scheme, list(remove), add, words)
    cohort = _changed_capacities(cohort, capacity or {}, words)
    problems: list[Problem] = []
    pins, bans = (id_pairs(pairs, cohort, "what_if", problems) for pairs in (pin, forbid))
    if problems:
        raise people_error(problems, cohort)
    if pins or bans:
        scheme = with_pairs(scheme, pin=pins, forbid=bans)
        for action, pairs in (("pin", pins), ("forbid", bans)):
            for mentee, mentor in pairs:
                people: tuple[tuple[Role, str], ...] = ("mentee", mentee), ("mentor", mentor)
                words.add_people(f"{action} {{}} and {{}}", cohort, *people)
    with_ids, with_names = tuple(words.with_ids), tuple(words.with_names)
    if not (weights or rules or quotas or remove or add is not None):
        unchanged = _result_if_still_best(before, cohort, scheme)
        if unchanged is not None:
            return WhatIf(with_ids, before, unchanged, is_warm=True, named_changes=with_names)
    with stop.heeding_interrupts():
        after = match_until(stop, cohort, scheme, seed=before.seed)
    if stop.is_interrupted:  # two that are not both the best tell no difference
        raise KeyboardInterrupt
    return WhatIf(with_ids, before, after, is_warm=False, named_changes=with_names)


def _result_if_still_best(before: Result, cohort: Cohort, scheme: Scheme) -> Result | None:
    """Return the old pairs under a narrower scheme, where they are still proved the best."""
    narrower = all(
        (new.capacity <= old.capacity).all()
        for new, old in zip(cohort.sides, before.cohort.sides, strict=True)
    )
    same = before.replace(cohort=cohort, scheme=scheme)
    tiers = tier_names(scheme.aims, CohortFacts.of_cohort(cohort, scheme.rules))
    return same if narrower and tiers == (*same.values,) and is_still_proved(same) else None


def is_still_proved(result: Result) -> bool:
    """Tell whether prices alone prove a result, perhaps under another scheme than they are from.

    Parameters
    ----------
    result : Result
        Its status, values and prices are those of the result it was made from.
    """
    if result.status is not Status.OPTIMAL or result.certificate is None or result.scheme.quotas:
        return False
    priced = {tier.tier for tier in result.certificate.tiers}
    return priced >= set(result.values) and not check(result)


def _changed_scheme(
    scheme: Scheme,
    weights: Mapping[str, float],
    rules: Mapping[int, Any],
    quotas: Mapping[int, Any],
    words: ChangeWords,
) -> Scheme:
    """Return a scheme with other weights, rules and quotas."""
    data: dict[str, Any] = {name: getattr(scheme, name) for name in Scheme.model_fields}
    labels = scheme.criterion_labels()
    criteria = dict(zip(labels, scheme.criteria, strict=True))
    for label, weight in weights.items():
        if label not in criteria:
            nearest_label = nearest(label, labels)
            raise _scheme_error(
                "weights",
                label,
                "no criterion has this name",
                f"nearest: {nearest_label!r}" if nearest_label else "",
                code="unknown_criterion",
            )
        if not 0 <= weight <= 1e300:
            raise _scheme_error(
                "weights",
                f"{label}: {weight}",
                "is not a weight",
                "give a number, 0 or more",
                code="out_of_range",
            )
        words.add(f"weight of {label} from {criteria[label].weight:g} to {weight:g}")
        criteria[label] = criteria[label].model_copy(update={"weight": float(weight)})
    data["criteria"] = tuple(criterion for criterion in criteria.values() if criterion.weight)
    for key, changes in (("rules", rules), ("quotas", quotas)):
        data[key] = _replace_members(data[key], changes, key)
    if not (weights or rules or quotas):
        return scheme
    changed = Scheme.from_dict(data, source="what_if")
    for index, rule in rules.items():
        source = scheme if rule is None else changed
        place = (
            index if rule is None else list(_changed_positions(scheme.rules, rules)).index(index)
        )
        title = source.public_description(source.rules[place], index)
        if not source.rules[place].reads_sensitive(source.setting):
            title = f"the rule '{title}'"
        words.add(f"drop {title}" if rule is None else f"rule {index + 1} becomes {title}")
    for index, quota in quotas.items():
        words.add(f"{'drop' if quota is None else 'change'} quota {index + 1}")
    return changed


def _changed_positions(members: Sequence[Any], changes: Mapping[int, Any]) -> Iterable[int]:
    """Yield the positions that are filled after some changes."""
    places = sorted({*range(len(members)), *changes})
    return (place for place in places if changes.get(place, ...) is not None)


def _replace_members(
    members: Sequence[Any], changes: Mapping[int, Any], key: str
) -> tuple[Any, ...]:
    """Return members, some of them replaced, dropped or added."""
    for place in sorted(changes):
        is_new = place == len(members) and changes[place] is not None
        if not (0 <= place < len(members) or is_new):
            raise _scheme_error(
                key,
                str(place),
                f"the scheme has {len(members)} of them, numbered from 0",
                f"give {len(members)} to add one",
                code="unknown_position",
            )
    by_place = dict(enumerate(members)) | dict(changes)
    return tuple(by_place[place] for place in _changed_positions(members, changes))


def _scheme_error(where: str, value: str, reason: str, remedy: str, *, code: str) -> SchemeError:
    return SchemeError([Problem("what_if", "", where, value, reason, remedy, code=code)])


def _changed_people(
    cohort: Cohort,
    scheme: Scheme,
    remove: list[PersonRef],
    add: NewPeople | None,
    words: ChangeWords,
) -> tuple[Cohort, Scheme]:
    """Return the cohort after people leave and join, and a scheme that names nobody absent."""
    if remove:
        positions: dict[Role, set[int]] = {"mentee": set(), "mentor": set()}
        for person in remove:
            for role, place in resolve_people(cohort, person):
                positions[role].add(place)
                words.add_people("without {}", cohort, (role, cohort.side(role).ids[place]))
        ids = [{side.ids[place] for place in positions[side.role]} for side in cohort.sides]
        cohort = without_people(cohort, positions["mentee"], positions["mentor"])
        scheme = unname(scheme, ids[0], ids[1])
    if add is not None:
        cohort, new = add_people(cohort, scheme, add)
        for role, id_ in new:
            words.add_people(f"with {role} {{}}", cohort, (role, id_))
    return cohort, scheme


def _changed_capacities(
    cohort: Cohort, capacity: Mapping[PersonRef, int], words: ChangeWords
) -> Cohort:
    """Return the cohort with other capacities."""
    sizes: dict[Role, dict[int, int]] = {"mentee": {}, "mentor": {}}
    for person, size in capacity.items():
        places = resolve_people(cohort, person)
        shown_id = person if isinstance(person, str) else person[1]
        if len(places) > 1:
            remedy = f"write ('mentor', {shown_id!r}) or ('mentee', {shown_id!r})"
            reason = "is on both sides"
            problem = Problem("capacity", "", "", shown_id, reason, remedy, code="ambiguous_person")
            raise CohortError([problem])
        try:
            capacity_value = parse_whole_number(str(size))
        except ValueError as error:
            remedy = "give a whole number, from 0 to 1,000,000"
            reason = str(error)
            problem = Problem(
                "capacity", "", shown_id, str(size), reason, remedy, code="not_capacity"
            )
            raise CohortError([problem]) from None
        [(role, place)] = places
        side = cohort.side(role)
        text = f"capacity of {{}} from {side.capacity[place]} to {size}"
        words.add_people(text, cohort, (role, side.ids[place]))
        sizes[role][place] = capacity_value
    return cohort.replace(
        mentees=with_capacities(cohort.mentees, sizes["mentee"]),
        mentors=with_capacities(cohort.mentors, sizes["mentor"]),
    )
