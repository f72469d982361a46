"""How far column generation is, in the words of whoever waits for it."""

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
    """Shows on a bar each round that is finished, and each phase that is begun.

    Parameters
    ----------
    bar : Bar
    scheme : Scheme

    Examples
    --------
    >>> text = ProgressText(Bar(), Scheme())
    >>> text.sentence(RoundFinished("total", 900, 41_250_000, 12, 0.1, 0.2))
    'total: round 1, 41.25 so far, 12 pairs may better it'
    >>> text.sentence(RoundFinished("total", 912, 41_500_000, 0, 0.1, 0.2))
    'total: round 2, 41.5, proved'
    >>> text.sentence(PhaseStarted("choosing", 912, "priority"))
    'priority: round 1, choosing among 912 pairs'
    """

    def __init__(self, bar: Bar, scheme: Scheme) -> None:
        self._bar, self._scheme = bar, scheme
        self._rounds: Counter[str] = Counter()

    def __call__(self, event: RoundFinished | PhaseStarted) -> None:
        """Show an event on the bar."""
        self._bar.update(int(isinstance(event, RoundFinished)), words=self.sentence(event))

    def sentence(self, event: RoundFinished | PhaseStarted) -> str:
        """Return an event in words, and count the round if it finished one.

        Parameters
        ----------
        event : RoundFinished or PhaseStarted
        """
        if isinstance(event, PhaseStarted) and not event.tier:
            return _PHASE_TEXTS[event.phase].format(count=event.count)
        round_number = self._rounds[event.tier] + 1
        words = f"{TIERS[event.tier].words}: round {round_number}"
        if isinstance(event, PhaseStarted):
            return f"{words}, {_PHASE_TEXTS[event.phase].format(count=event.count)}"
        self._rounds[event.tier] = round_number
        if TIERS[event.tier].origin != "solver":
            words += f", {shown_value(self._scheme, event.tier, event.value):.6g}"
        if not event.n_found:
            return f"{words}, proved"
        pairs = "1 pair" if event.n_found == 1 else f"{event.n_found} pairs"
        return f"{words} so far, {pairs} may better it"
