"""The tiers of an objective, as a scheme names them: what the whole pairing is for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
from rmmatch.rules.relations import kind_misfits
from rmmatch.scheme.tiers import TIERS, TierName

__all__ = [
    "Aim",
    "Entry",
    "applicants_by_score",
    "disordered_tiers",
    "tier_names",
]


class Aim(Declared):
    """One tier of an objective, with its options.

    Attributes
    ----------
    tier : str
        ``pairs``, ``priority``, ``participation``, ``kept_pairs``, ``worst_pair``, ``leximin``,
        ``rank_profile``, ``spread``, ``nash``, ``quota_shortfall``,
        ``blocking_pairs`` or ``total``.
    within : float
        The share of the tier's optimum, in [0, 1), that later tiers may give up. Not for tiers
        whose value is a list.
    kind : str, optional
        Of ``kept_pairs``: the kind of relation whose pairs are counted; ``kept`` by default.
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
        """The kind of relation that ``kept_pairs`` counts."""
        return self.kind or "kept"

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
        return (self.relation,) if self.tier == "kept_pairs" else ()

    def misfits(self, cohort: Cohort) -> Iterator[Mismatch]:
        """Yield a mismatch where nobody's relations are of the kind.

        Parameters
        ----------
        cohort : Cohort
        """
        for kind in self.columns_used():
            yield from kind_misfits(cohort, kind, "kind")


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


def tier_names(aims: Sequence[Aim], *, has_reserves: bool) -> tuple[str, ...]:
    """Return the names of all tiers, in order.

    Where there are reserves, pairs of two applicants come first, but for pairs that are to be kept
    before anything else: nobody loses a partner to an applicant who has none. Where no pair may
    block, nobody has a reserve who could have an applicant, without a tier for it.

    Parameters
    ----------
    aims : sequence of Aim
        The objective, in order; at least one.
    has_reserves : bool
        Whether any person of the cohort is a reserve.

    Examples
    --------
    >>> tier_names([Aim(tier="kept_pairs"), Aim(tier="pairs")], has_reserves=True)
    ('kept_pairs', 'applicants', 'pairs')
    """
    names = [aim.tier for aim in aims]
    n_before = _n_kept_first(aims)
    puts_stability_first = TIERS[names[0]].form == "blocking"
    applicants = ("applicants",) if has_reserves and not puts_stability_first else ()
    return (*names[:n_before], *applicants, *names[n_before:])


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
