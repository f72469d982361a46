"""Goals in free text: tags proposed for a person to accept, never scored by themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from rmmatch.cohort.cells import clean
from rmmatch.desk.survey.tags.free_text import (
    Method,
    TextVectors,
    Word,
    blocks_of,
    clauses_of,
    vectors_by,
    words_of,
)
from rmmatch.desk.survey.tags.goal_tags import GoalTags, TagProposal
from rmmatch.desk.survey.tags.text_groups import groups_of
from rmmatch.errors import NotSupportedError
from rmmatch.numeric import Singles
from rmmatch.spelling import fold

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LEAST_SIMILARITY", "propose_tags"]

# From here nine proposals of ten are right; benchmarks/bench_goal_tags.py measures it.
LEAST_SIMILARITY: Mapping[Method, float] = {"ngrams": 0.6, "text": 0.55}
_LEAST_IN_GROUP: Mapping[Method, float] = {"ngrams": 0.6, "text": 0.6}
_MOST_TEXTS_IN_GROUPS = 20_000  # all compared with all; limit of input
_LEAST_EVIDENCE = 0.5  # a word's share of what the best word says for a tag; wording


def propose_tags(
    texts: Mapping[str, str | None] | pd.Series[Any] | Iterable[str | None],
    tags: Mapping[str, str | Iterable[str]] | Iterable[str] | None = None,
    *,
    method: Method = "ngrams",
    at_least: float | None = None,
    most: int = 3,
) -> GoalTags:
    """Propose tags for goals that people wrote in their own words.

    Nothing is scored by this: a person accepts tags, and `GoalTags.to_form` writes these into the
    form. A text is compared as a whole and clause by clause with the words of each tag; the
    similarity is the largest cosine.

    Parameters
    ----------
    texts : mapping, Series or iterable of str
        Person → text, or the texts alone, whose people are then numbered from 1. Empty ones are
        left out; people who wrote the same have one row.
    tags : mapping or iterable of str, optional
        The tags to choose from, if possible with a few words or phrases that speak for each:
        ``{"teaching": ["medical education", "lectures"]}``. Without tags, similar texts are put
        into groups, and each is labelled with the words that its texts have in common.
    method : {'ngrams', 'text'}
        ``ngrams`` compares groups of 2 and 3 characters: typing errors do little harm, and a
        synonym is seen only where it is among a tag's words. ``text`` compares English words by
        their meaning, with a small model that is part of the package wordllama
        (``rmmatch[text]``); nothing is downloaded or sent anywhere.
    at_least : float, optional
        The least similarity of a proposal, from 0 to 1. The default is such that about nine
        proposals of ten were right in our trial: a wrong one costs more than none.
    most : int
        The most tags that are proposed for a text.

    Returns
    -------
    GoalTags

    Raises
    ------
    MissingExtraError
        `method` is 'text', and wordllama is not installed.
    NotSupportedError
        There are no tags to choose from, and more than 20,000 different texts.
    ValueError
        There are no tags, a tag is empty, there twice or has a ``;``, or an option is out of range.

    Examples
    --------
    >>> proposed = propose_tags({"E1": "becoming a better teecher", "E2": "n/a"}, ["teaching"])
    >>> proposed.table[["people", "tag", "words"]].values.tolist()
    [['E1', '', '']]
    >>> proposed = propose_tags(
    ...     {"E1": "becoming a better teecher"}, {"teaching": ["teacher", "lectures"]}
    ... )
    >>> proposed.table[["people", "tag", "words"]].values.tolist()
    [['E1', 'teaching', 'teecher']]
    """
    vectors = vectors_by(method)
    if at_least is not None and not 0 < at_least <= 1:
        raise ValueError(f"at_least must be above 0 and at most 1, not {at_least}")
    if most < 1:
        raise ValueError(f"most must be at least 1, not {most}")
    people = _people_of_texts(texts)
    if tags is None:
        if len(people) > _MOST_TEXTS_IN_GROUPS:
            raise NotSupportedError(
                f"groups are made of at most {_MOST_TEXTS_IN_GROUPS:,} different texts, and there "
                f"are {len(people):,}: give `tags` to choose from"
            )
        least = _LEAST_IN_GROUP[method] if at_least is None else at_least
        return GoalTags(_grouped(people, vectors, least))
    least = LEAST_SIMILARITY[method] if at_least is None else at_least
    return GoalTags(_tagged(people, _phrases_of(tags), vectors, least, most))


def _people_of_texts(
    texts: Mapping[str, str | None] | pd.Series[Any] | Iterable[str | None],
) -> dict[str, list[str]]:
    """Return each text that is not missing → who wrote it; two of one fold are one text."""
    if isinstance(texts, str):
        raise TypeError("texts must be several texts, not one str")
    if hasattr(texts, "items"):
        pairs: Iterable[tuple[Any, Any]] = texts.items()
    else:
        pairs = enumerate(texts, 1)
    people: dict[str, list[str]] = {}
    first_writings: dict[str, str] = {}
    for person, text in pairs:
        written = clean(text) if isinstance(text, str) else None
        if written is not None:
            people.setdefault(first_writings.setdefault(fold(written), written), []).append(
                str(person)
            )
    return people


def _phrases_of(
    tags: Mapping[str, str | Iterable[str]] | Iterable[str],
) -> list[tuple[str, str]]:
    """Return (tag, phrase) for each tag's own name and each of its phrases."""
    if isinstance(tags, str):
        raise TypeError("tags must be several tags, not one str")
    examples: dict[str, Sequence[str]] = (
        {
            tag: [phrases] if isinstance(phrases, str) else [*(phrases or ())]
            for tag, phrases in tags.items()
        }
        if isinstance(tags, Mapping)
        else dict.fromkeys(_without_repeats(tags), ())
    )
    _without_repeats(examples)
    for tag in examples:
        if not words_of(tag) or ";" in tag:
            raise ValueError(f"{tag!r} cannot be a tag: it needs a word, and no `;`")
    if not examples:
        raise ValueError("there are no tags; without `tags` groups of texts are proposed")
    return [
        (tag, phrase)
        for tag, phrases in examples.items()
        for phrase in (tag, *phrases)
        if words_of(phrase)
    ]


def _without_repeats(tags: Iterable[str]) -> list[str]:
    names = list(tags)
    folded = [fold(name) for name in names]
    repeated = next((name for name in names if folded.count(fold(name)) > 1), None)
    if repeated is not None:
        raise ValueError(f"the tag {repeated!r} is there twice")
    return names


def _tagged(
    people: Mapping[str, Sequence[str]],
    phrases: Sequence[tuple[str, str]],
    vectors: TextVectors,
    least: float,
    most: int,
) -> Iterator[TagProposal]:
    tags = list(dict.fromkeys(tag for tag, _ in phrases))
    tag_of_phrase = np.array([tags.index(tag) for tag, _ in phrases])
    first_phrases = np.flatnonzero(np.diff(tag_of_phrase, prepend=-1))
    phrase_matrix = vectors.of([words_of(phrase) for _, phrase in phrases])
    texts = list(people)
    for rows in blocks_of(len(texts)):
        block = texts[rows]
        clauses = [clauses_of(text) for text in block]
        ends = np.cumsum([len(pieces) for pieces in clauses])
        likeness = vectors.of([words for pieces in clauses for words in pieces]) @ phrase_matrix.T
        for text, pieces, end in zip(block, clauses, ends, strict=True):
            own = likeness[end - len(pieces) : end]
            similarities = np.maximum.reduceat(own.max(axis=0), first_phrases)
            order = sorted(
                range(len(tags)), key=lambda at: (-round(float(similarities[at]), 5), at)
            )
            used: set[str] = set()
            chosen: list[TagProposal] = []
            for at in order:
                if similarities[at] < least or len(chosen) == most:
                    break
                part = np.where(tag_of_phrase == at, own, -1)
                clause, phrase = np.unravel_index(int(part.argmax()), part.shape)
                words = _evidence(pieces[int(clause)], phrase_matrix[phrase], vectors)
                # words that speak for a better tag are no evidence for a further one
                if used.isdisjoint(words):
                    similarity = min(1.0, float(similarities[at]))
                    chosen.append(
                        TagProposal(tuple(people[text]), text, tags[at], similarity, words)
                    )
                    used.update(words)
            yield from chosen or [TagProposal(tuple(people[text]), text, "")]


def _evidence(words: Sequence[Word], phrase: Singles, vectors: TextVectors) -> tuple[str, ...]:
    """Return the words, as written, that are like a phrase."""
    likeness = vectors.of([(word,) for word in words]) @ phrase
    best = float(likeness.max())
    return tuple(
        dict.fromkeys(
            word.written
            for word, value in zip(words, likeness, strict=True)
            if best > 0 and value >= _LEAST_EVIDENCE * best
        )
    )


def _grouped(
    people: Mapping[str, Sequence[str]], vectors: TextVectors, least: float
) -> Iterator[TagProposal]:
    texts = list(people)
    words = [words_of(text) for text in texts]
    remaining = dict.fromkeys(range(len(texts)))
    for group in groups_of(words, vectors, at_least=least):
        label_words = set(group.label.split())
        for at, similarity in zip(group.members, group.similarities, strict=True):
            del remaining[at]
            evidence = (word.written for word in words[at] if word.folded in label_words)
            yield TagProposal(
                tuple(people[texts[at]]),
                texts[at],
                group.label,
                similarity,
                tuple(dict.fromkeys(evidence)),
            )
    for at in remaining:
        yield TagProposal(tuple(people[texts[at]]), texts[at], "")
