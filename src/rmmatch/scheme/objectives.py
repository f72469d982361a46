"""The tiers of an objective, as a scheme names them: what the whole pairing is for."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_serializer,
    model_validator,
)

from rmmatch.cohort import Cohort
from rmmatch.declarations.base import ColumnName
from rmmatch.declarations.declared import Declared
from rmmatch.declarations.setting import Mismatch
from rmmatch.errors import HIDDEN
from rmmatch.rules.relations import kind_misfits
from rmmatch.scheme.cohort_facts import CohortFacts
from rmmatch.scheme.tiers import TIERS, TierName

__all__ = [
    "DEFAULT_OBJECTIVE",
    "SENSITIVE_COUNT",
    "SENSITIVE_REMEDY",
    "Aim",
    "Entry",
    "aims_in_force",
    "applicants_by_score",
    "disordered_tiers",
    "tier_names",
]


SENSITIVE_COUNT = "counts pairs of a sensitive list: the result would show who is on it"
SENSITIVE_REMEDY = "use this list in rules only"


class Aim(Declared):
    """One tier of an objective, with its options.

    Attributes
    ----------
    tier : str
        ``pairs``, ``priority``, ``participation``, ``kept_pairs``, ``fewest``, ``worst_pair``,
        ``leximin``, ``rank_profile``, ``spread``, ``nash``, ``quota_shortfall``,
        ``blocking_pairs`` or ``total``.
    within : float
        The share of the tier's optimum, in [0, 1), that later tiers may give up. Not for tiers
        whose value is a list.
    kind : str, optional
        Of ``kept_pairs`` and ``fewest``: the kind of relation whose pairs are counted; by default
        ``kept``, and ``past_pair`` of ``fewest``.
    side : {'mentees', 'mentors'}, optional
        Of ``rank_profile``: whose ranks, by default the mentees'. Of ``spread``: whose loads, by
        default the mentors'.
    generous : bool
        Of ``rank_profile``: as few as possible of the worst rank first, not as many as possible
        of the best.

    Examples
    --------
    >>> Aim(tier="kept_pairs").relation
    'kept'
    >>> Aim(tier="fewest").label
    'fewest past_pair'
    >>> Aim(tier="total", within=0.02).slack(7_930_000)
    158600
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    tier: TierName
    within: Annotated[float, Field(ge=0, lt=1)] = 0.0
    kind: ColumnName | None = None
    side: Literal["mentees", "mentors"] | None = None
    generous: bool = False

    @model_validator(mode="after")
    def _options_have_a_meaning(self) -> Self:
        for option in ("kind", "side", "generous"):
            if getattr(self, option) and option not in TIERS[self.tier].options:
                tiers = (tier.name for tier in TIERS.values() if option in tier.options)
                raise ValueError(f"`{option}` goes with {' and '.join(tiers)}, not {self.tier}")
        if self.within and TIERS[self.tier].is_list:
            raise ValueError(f"`within` needs a tier with one number, and {self.tier} is a list")
        return self

    @model_serializer
    def _as_written(self) -> dict[str, Any]:
        """Return what was set, and no defaults."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: value for name, value in values.items() if value}

    @property
    def relation(self) -> str:
        """The kind of relation that ``kept_pairs`` or ``fewest`` counts."""
        return self.kind or ("past_pair" if self.tier == "fewest" else "kept")

    @property
    def label(self) -> str:
        """What a result calls the tier: no two tiers of an objective have one label."""
        return f"{self.tier} {self.relation}" if TIERS[self.tier].is_repeatable else self.tier

    @property
    def of(self) -> Literal["mentees", "mentors"]:
        """Whose ranks or loads count."""
        return self.side or TIERS[self.tier].default_side

    def __str__(self) -> str:
        options = {name: value for name, value in self._as_written().items() if name != "tier"}
        text = ", ".join(f"{name} {value}" for name, value in options.items())
        return f"{self.tier} ({text})" if text else self.tier

    def slack(self, optimum: int) -> int:
        """Return how much of an optimum later tiers may give up, rounded down.

        Parameters
        ----------
        optimum : int
            Of this tier, in its unit.
        """
        # as the scheme writes it: 0.02 is two hundredths, not the nearest binary fraction
        return int(Fraction(repr(self.within)) * abs(optimum))

    def columns_used(self) -> tuple[str, ...]:
        """Return the kind of relation that is read."""
        return (self.relation,) if "kind" in TIERS[self.tier].options else ()

    def misfits(self, cohort: Cohort) -> Iterator[Mismatch]:
        """Yield a mismatch where nobody's relations are of the kind.

        Parameters
        ----------
        cohort : Cohort
        """
        for kind in self.columns_used():
            yield from kind_misfits(cohort, kind, "kind")
            if self.tier == "fewest" and kind in cohort.reading.sensitive:
                yield Mismatch("kind", HIDDEN, SENSITIVE_COUNT, SENSITIVE_REMEDY, "sensitive")


def _shortest(entry: str | Aim) -> str | Aim:
    """Return the name alone where nothing else is said, so that equal schemes are equal."""
    if isinstance(entry, Aim) and entry == Aim(tier=entry.tier):
        return entry.tier
    return entry


Entry = Annotated[
    Annotated[TierName, Tag("name")] | Annotated[Aim, Tag("mapping")],
    # One of the two is meant, so that a mistake in it is not also reported for the other.
    Discriminator(lambda value: "mapping" if isinstance(value, Mapping | Aim) else "name"),
    AfterValidator(_shortest),
]
"""A tier as a scheme writes it: its name, or a mapping with options."""

DEFAULT_OBJECTIVE: tuple[Entry, ...] = ("participation", "pairs", "priority", "total")
"""What a scheme is for that does not say so."""


def aims_in_force(
    aims: Sequence[Aim], facts: CohortFacts, recorded: Collection[str] = ()
) -> tuple[Aim, ...]:
    """Return the tiers of an objective that can make a difference, in order.

    Three tiers are left out where they cannot, so that nobody solves or reads them:

    - ``priority``, where nobody who could have a partner has a priority: it is 0 for every
      matching.
    - ``participation``, where nobody has two places and ``pairs``, without ``within``, stands
      anywhere before it or directly after it. Each person in a pair is then in no other. So
      without reserves every matching has twice as many people as pairs: where ``pairs`` came
      before, all that is left has equally many people; where it comes directly after, it chooses
      the same matchings by itself, whatever ``within`` the participation had.
      With reserves on one side only, each pair has one applicant more if both of its people are
      applicants. How many such pairs there are is settled by the tier ``applicants``, which comes
      before, if it counts them: then people are pairs plus a constant. Where it adds up scores,
      or is not there since stability comes first, or where both sides have reserves, so that a
      pair may have two, one or no applicant, ``participation`` decides, and stays.
      Where another tier stands between the two, ``participation`` is what settles the number of
      pairs before it, and stays.
    - ``fewest``, where no pair of its kind is listed, or a rule forbids them all: it is 0 for
      every matching.

    If nothing at all were left, the objective stays as it is written.

    Parameters
    ----------
    aims : sequence of Aim
        The objective, in order; at least one.
    facts : CohortFacts
        Of the cohort that is paired.
    recorded : collection of str
        Tiers that a result has: these stay. Earlier versions left nothing out.

    Examples
    --------
    >>> aims = [Aim(tier="participation"), Aim(tier="pairs"), Aim(tier="priority")]
    >>> facts = CohortFacts(n_sides_with_reserves=0, has_two_places=False, has_priority=False)
    >>> [aim.tier for aim in aims_in_force(aims, facts)]
    ['pairs']
    """
    deciding = tuple(aims)
    if not facts.has_priority and "priority" not in recorded:
        deciding = tuple(aim for aim in deciding if aim.tier != "priority")
    if "participation" not in recorded and _is_participation_settled(aims, deciding, facts):
        deciding = tuple(aim for aim in deciding if aim.tier != "participation")
    deciding = tuple(
        aim
        for aim in deciding
        if aim.tier != "fewest" or aim.relation in facts.open_kinds or aim.label in recorded
    )
    return deciding or tuple(aims)


def _is_participation_settled(
    aims: Sequence[Aim], deciding: Sequence[Aim], facts: CohortFacts
) -> bool:
    """Tell whether the number of pairs settles how many applicants have a partner."""
    names = [aim.tier for aim in deciding]
    if facts.has_two_places or not {"participation", "pairs"}.issubset(names):
        return False
    place = names.index("pairs")
    if deciding[place].within or place > names.index("participation") + 1:
        return False
    if not facts.has_reserves:
        return True
    counts_applicants = _has_applicants_tier(aims) and not applicants_by_score(aims)
    return facts.n_sides_with_reserves == 1 and counts_applicants


def tier_names(
    aims: Sequence[Aim], facts: CohortFacts, recorded: Collection[str] = ()
) -> tuple[str, ...]:
    """Return the names of all tiers that a result has, in order.

    Those that cannot make a difference are left out, see `aims_in_force`.

    Where there are reserves, pairs of two applicants come first, but for pairs that are to be kept
    before anything else: nobody loses a partner to an applicant who has none. Where no pair may
    block, nobody has a reserve who could have an applicant, without a tier for it.

    Parameters
    ----------
    aims : sequence of Aim
        The objective, in order; at least one.
    facts : CohortFacts
        Of the cohort that is paired.
    recorded : collection of str
        As of `aims_in_force`.

    Examples
    --------
    >>> facts = CohortFacts(n_sides_with_reserves=1, has_two_places=True, has_priority=False)
    >>> tier_names([Aim(tier="kept_pairs"), Aim(tier="pairs")], facts)
    ('kept_pairs', 'applicants', 'pairs')
    """
    names = [aim.label for aim in aims_in_force(aims, facts, recorded)]
    n_before = _n_kept_first(aims)
    has_tier = facts.has_reserves and _has_applicants_tier(aims)
    return (*names[:n_before], *(("applicants",) if has_tier else ()), *names[n_before:])


def _has_applicants_tier(aims: Sequence[Aim]) -> bool:
    """Tell whether applicants come first where there are reserves: unless no pair may block."""
    return TIERS[aims[0].tier].form != "blocking"


def applicants_by_score(aims: Sequence[Aim]) -> bool:
    """Tell whether pairs of two applicants count by their scores, since scores come first.

    Parameters
    ----------
    aims : sequence of Aim
        The objective, in order; at least one.
    """
    return [aim.tier for aim in aims[_n_kept_first(aims) :]][:1] == ["total"]


def _n_kept_first(aims: Sequence[Aim]) -> int:
    return int(aims[0].tier == "kept_pairs")


def disordered_tiers(aims: Sequence[Aim]) -> Iterator[tuple[int, Aim]]:
    """Yield the tiers for which no pair at all would be best, since nothing before asks for any.

    Parameters
    ----------
    aims : sequence of Aim
        The objective, in order.

    Yields
    ------
    (int, Aim)
        Position in the objective, and the tier.
    """
    for index, aim in enumerate(aims):
        if TIERS[aim.tier].asks_for_pairs:
            return
        if TIERS[aim.tier].is_best_empty or aim.generous:
            yield index, aim
