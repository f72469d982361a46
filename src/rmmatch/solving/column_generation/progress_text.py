"""How far the solving is, in the words of whoever waits for it."""

from __future__ import annotations

from collections import Counter

from rmmatch.matching.display import shown_value
from rmmatch.progress import Bar
from rmmatch.scheme import Scheme
from rmmatch.scheme.tiers import TIERS
from rmmatch.solving.column_generation.events import PhaseStarted, RoundFinished

__all__ = ["ProgressText"]

_PHASE_TEXTS = {
    "pricing": "a sample of {count:,} people a side",
    "beginning": "the first pairs of {count:,} people a side",
    "choosing": "choosing among {count:,} pairs",
    "asking": "asking all pairs",
}


class ProgressText:
    """Tells a bar of each round, and of what takes long in it.

    Parameters
    ----------
    bar : Bar
    scheme : Scheme

    Examples
    --------
    >>> watch = ProgressText(Bar(), Scheme())
    >>> watch.words(Step("total", 900, 41_250_000, 12, 0.1, 0.2))
    'total: round 1, 41.25 so far, 12 pairs may better it'
    >>> watch.words(Step("total", 912, 41_500_000, 0, 0.1, 0.2))
    'total: round 2, 41.5, proved'
    >>> watch.words(PhaseStarted("choosing", 912, "priority"))
    'priority: round 1, choosing among 912 pairs'
    """

    def __init__(self, bar: Bar, scheme: Scheme) -> None:
        self._bar, self._scheme = bar, scheme
        self._rounds: Counter[str] = Counter()

    def __call__(self, told: RoundFinished | PhaseStarted) -> None:
        """Tell the bar of one more round, or of what is begun."""
        self._bar.update(int(isinstance(told, RoundFinished)), words=self.sentence(told))

    def sentence(self, step: RoundFinished | PhaseStarted) -> str:
        """Return what is known after one more round, or what is begun."""
        if isinstance(step, PhaseStarted) and not step.tier:
            return _PHASE_TEXTS[step.phase].format(count=step.count)
        n_done = self._rounds[step.tier] + 1
        told = f"{TIERS[step.tier].words}: round {n_done}"
        if isinstance(step, PhaseStarted):
            return f"{told}, {_PHASE_TEXTS[step.phase].format(count=step.count)}"
        self._rounds[step.tier] = n_done
        if TIERS[step.tier].origin != "solver":
            told += f", {shown_value(self._scheme, step.tier, step.value):.6g}"
        if not step.n_found:
            return f"{told}, proved"
        one = step.n_found == 1
        return f"{told} so far, {step.n_found} pair{'' if one else 's'} may better it"
