"""What a check has looked at, in numbers and in words: how far its answer may be relied on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from rmmatch.files.json_data import JsonAnswer
from rmmatch.scheme import Scheme
from rmmatch.scheme.tiers import TIERS

if TYPE_CHECKING:
    from rmmatch.checking.proof import Proof
    from rmmatch.checking.sampling import Sample

__all__ = ["Outcome"]


@dataclass(frozen=True)
class Outcome(JsonAnswer):
    """What a check has looked at.

    Attributes
    ----------
    n_pairs : int
        Pairs of people; 0 where there were no prices to look at.
    scored, dismissed : int
        How many of them were scored, and how many dismissed because they cannot be worth their
        prices.
    sampled, sampled_uniformly : int
        Dismissed pairs that were scored after all, and how many of them were drawn uniformly.
    wrong : int
        How many of these were dismissed wrongly.
    seed : int or None
        Of the sample, where there is one.
    trusted : tuple of str
        Tiers whose bound is the solver's word.
    words : tuple of str
        The same in sentences.
    """

    n_pairs: int = 0
    scored: int = 0
    dismissed: int = 0
    sampled: int = 0
    sampled_uniformly: int = 0
    wrong: int = 0
    seed: int | None = None
    trusted: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join(self.words)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, as JSON has them."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def of_list(cls) -> Outcome:
        """Return the outcome of a check of pairs alone."""
        line = "Rules, loads, pins and values were checked; whether there is a better list was not."
        return cls(words=(line,))

    @classmethod
    def of(cls, proof: Proof | None, trusted: Sequence[str], scheme: Scheme) -> Outcome:
        """Return the outcome of a check of a result.

        Parameters
        ----------
        proof : Proof or None
            What its prices prove, where it has prices.
        trusted : sequence of str
            Tiers whose bound is the solver's word.
        scheme : Scheme
        """
        words = ["Rules, loads, pins and values were computed anew from the cohort."]
        if proof is None or not proof.n_scored:
            n_pairs = n_scored = 0
            has_none = proof is None or not proof.malformed
            words += ["There were no prices to look at."] if has_none and not trusted else []
        else:
            n_pairs, n_scored = proof.n_pairs, proof.n_scored
            words += _sentence_of_pairs(n_pairs, n_scored)
        sample = None if proof is None else proof.sample
        words += [] if sample is None else [_sentences_of_sample(sample)]
        words += [_sentence_of_trust(trusted, scheme)] if trusted else []
        return cls(
            n_pairs,
            n_scored,
            n_pairs - n_scored,
            0 if sample is None else sample.n_uniform + sample.n_near,
            0 if sample is None else sample.n_uniform,
            0 if sample is None else sample.n_wrong,
            None if sample is None else sample.seed,
            tuple(trusted),
            tuple(words),
        )


def _sentence_of_pairs(n_pairs: int, n_scored: int) -> list[str]:
    if n_scored == n_pairs:
        return [f"Proof: all {n_pairs:,} pairs of people were scored, and none was dismissed."]
    return [
        f"Proof: of {n_pairs:,} pairs of people {n_scored:,} were scored one by one, and "
        f"{n_pairs - n_scored:,} dismissed, as forbidden or not worth their prices."
    ]


def _sentences_of_sample(sample: Sample) -> str:
    n_drawn = sample.n_uniform + sample.n_near
    begin = (
        f"Of those dismissed, {n_drawn:,} were scored after all, {sample.n_uniform:,} of them "
        f"drawn at random and {sample.n_near:,} from next to their prices (seed {sample.seed})"
    )
    if sample.n_wrong:
        return (
            f"{begin}: {sample.n_wrong:,} wrong. Do not rely on this proof; `exhaustive` checks "
            "without any dismissal."
        )
    if not sample.n_uniform:
        return f"{begin}: no wrong dismissal."
    drawn = "a million" if sample.n_uniform == 1_000_000 else f"{sample.n_uniform:,}"
    return (
        f"{begin}: no wrong dismissal. So with 95 % certainty fewer than 3 in {drawn} dismissals "
        "are wrong."
    )


def _sentence_of_trust(trusted: Sequence[str], scheme: Scheme) -> str:
    reasons = [
        *(["quotas"] if scheme.quotas else []),
        *(["`min_load: if_used`"] if scheme.min_load == "if_used" else []),
        *(["`within`"] if any(aim.within for aim in scheme.aims) else []),
        *(f"`{aim.tier}`" for aim in scheme.aims if TIERS[aim.tier].form == "blocking"),
    ]
    return (
        f"That there is nothing better on {', '.join(trusted)} is the solver's word and was not "
        f"checked: the scheme asks for {' and '.join(reasons)}, where prices of people prove "
        "nothing."
    )
