"""Values of one column that look like two spellings of one value: for a person to judge.

Two values are brought together where nothing but order, case and punctuation of their words
differs, or where each word is the same but for one slip: a letter lost, added or changed, two
swapped. Guarded, because a wrong join is worse than a missed one: what holds a digit must be equal
(ST3 is not ST4), as must every word under five letters and the first letter of a word; the number
of words must be the same, and a slip must be rarer than what was meant. So "Cardiology" is never
"Paediatric cardiology", and Houghton not Haughton.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from rmmatch.spelling import fold, unaccented

__all__ = ["spelling_variants"]

_MIN_LETTERS = 5  # of a word in which a slip is looked for
_MAX_CHARACTERS = 80  # a longer value is free text
_MAX_WORDS = 8  # a longer value is free text
_RARER = 2  # times rarer is a slip than what was meant; Haughton is no slip of Houghton
_RARE = 3  # times rarer than a value that is close: no value of its own
_MAX_VALUES_PER_KEY = 12  # values with one key that are compared; speed only
_AMERICAN = re.compile(r"[ao]e(?=[a-z])")  # paediatrics, pediatrics
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_MIN_LETTERS_FOR_CHANGE = 7  # with fewer, one changed letter is another place: Barton, Burton
# Words of their own that are one letter apart.
_DIFFERENT_WORDS = frozenset(
    frozenset(pair.split("/"))
    for pair in (
        "ilium/ileum",
        "health/heath",
        "medial/medical",
        "newton/newtown",
        "police/policy",
        "prostate/prostrate",
        "perineal/peroneal",
        "causal/casual",
        "martial/marital",
        "stationary/stationery",
        "united/untied",
    )
)


def spelling_variants(counts: Mapping[str, int]) -> dict[str, tuple[str, ...]]:
    """Return values → other ways in which they seem to be written.

    The value that is written most often is taken for the right one. The work grows with the
    number of values, not with pairs of them.

    Parameters
    ----------
    counts : mapping of str to int
        Different values, and how many cells have each.

    Examples
    --------
    >>> spelling_variants({"Northgate": 9, "North-gate": 1, "Norhtgate": 1, "ST3": 3, "ST4": 1})
    {'Northgate': ('Norhtgate', 'North-gate')}
    """
    words_of = {
        value: words
        for value in sorted(counts, key=lambda value: (-counts[value], value))
        if len(value) <= _MAX_CHARACTERS and 0 < len(words := _words(value)) <= _MAX_WORDS
    }
    group_of_word = _word_groups(word for words in words_of.values() for word in words)
    mains: dict[str, list[str]] = defaultdict(list)
    variants: dict[str, list[str]] = {}
    for value, words in words_of.items():
        keys = [*_keys(words, group_of_word)]
        candidates = dict.fromkeys(main for key in keys for main in mains.get(key, ()))
        slips = {main: _n_slips(words, words_of[main]) for main in candidates}
        close = {main: n for main, n in slips.items() if n is not None}
        nearest = [main for main, n in close.items() if n == min(close.values())]
        # What is as close to two values ("Brton": Barton, Burton) is left to whoever wrote it.
        if len(nearest) == 1 and (
            not close[nearest[0]]
            or (
                counts[value] * _RARER <= counts[nearest[0]]
                and _is_safe(words, words_of[nearest[0]])
            )
        ):
            variants.setdefault(nearest[0], []).append(value)
            continue
        if any(counts[value] * _RARE <= counts[main] for main in close):
            continue  # a slip of some value: no value for others to be a slip of
        for key in keys:
            if len(mains[key]) < _MAX_VALUES_PER_KEY:
                mains[key].append(value)
    return {
        main: tuple(texts)
        for main, written in variants.items()
        # What differs in case, space or quotes alone is one value to every reader.
        if (texts := [text for text in written if fold(text) != fold(main)])
    }


def _words(value: str) -> tuple[str, ...]:
    text = unaccented(fold(value).replace("&", " and ").replace("+", " plus "))
    return tuple(_AMERICAN.sub("e", word.replace("'", "")) for word in _WORD.findall(text))


def _keys(words: tuple[str, ...], group_of_word: Mapping[str, str]) -> Iterator[str]:
    """Yield what two spellings of one value have in common."""
    yield " ".join(sorted(group_of_word[word] for word in words))
    if letters := _run_together(words):
        yield "=" + letters


def _run_together(words: tuple[str, ...]) -> str:
    """Return the letters of a value without spaces; nothing where it holds a digit or is short."""
    letters = "".join(words)
    return letters if len(letters) >= _MIN_LETTERS and not _has_digit(letters) else ""


def _n_slips(words: tuple[str, ...], main: tuple[str, ...]) -> int | None:
    """Return in how many letters two values differ; None where they cannot be one value."""
    letters = _run_together(words)
    if letters and letters == _run_together(main):
        return 0
    pairs = _paired(words, main)
    return None if pairs is None else sum(word != target for word, target in pairs)


def _is_safe(words: tuple[str, ...], main: tuple[str, ...]) -> bool:
    """Whether no slip is one that makes another word of a word."""
    return all(_is_safe_slip(word, target) for word, target in _paired(words, main) or ())


def _paired(words: tuple[str, ...], main: tuple[str, ...]) -> list[tuple[str, str]] | None:
    """Return the words of two values side by side, in any order; None where they differ."""
    if len(words) != len(main):
        return None
    pairs = list(zip(words, main, strict=True))
    if all(_is_near_word(*pair) for pair in pairs):
        return pairs
    # Numbers keep their places: "Ward 6, Floor 7" is not "Ward 7, Floor 6".
    if [word for word in words if _has_digit(word)] != [word for word in main if _has_digit(word)]:
        return None
    unmatched, pairs = list(main), []
    for word in sorted(words, key=lambda word: word not in main):
        match = next((target for target in unmatched if target == word), None) or next(
            (target for target in unmatched if _is_near_word(word, target)), None
        )
        if match is None:
            return None
        unmatched.remove(match)
        pairs.append((word, match))
    return pairs


def _is_near_word(word: str, target: str) -> bool:
    """Whether two words are one, but for one slip behind the first letter of a longer word."""
    if word == target:
        return True
    if min(len(word), len(target)) < _MIN_LETTERS or word[0] != target[0]:
        return False
    if _has_digit(word) or _has_digit(target):
        return False
    from rapidfuzz.distance import OSA

    return OSA.distance(word, target, score_cutoff=1) <= 1


def _is_safe_slip(word: str, target: str) -> bool:
    if frozenset((word, target)) in _DIFFERENT_WORDS:
        return False
    is_changed = len(word) == len(target) and sorted(word) != sorted(target)
    return word == target or not is_changed or len(target) >= _MIN_LETTERS_FOR_CHANGE


def _has_digit(word: str) -> bool:
    return any(map(str.isdigit, word))


def _word_groups(words: Iterable[str]) -> dict[str, str]:
    """Return a representative of each word; words that a slip may have made of one share it.

    Words are brought together by what remains of them without one letter.
    """
    group_of_word: dict[str, str] = {}
    parent: dict[str, str] = {}

    def root(word: str) -> str:
        while parent[word] != word:
            parent[word] = parent[parent[word]]
            word = parent[word]
        return word

    owner_of_key: dict[str, str] = {}
    for word in sorted(set(words)):
        parent[word] = word
        if len(word) < _MIN_LETTERS - 1 or _has_digit(word):
            continue
        for place in range(1, len(word) + 1):
            key = word[:place] + word[place + 1 :]
            first, second = root(owner_of_key.setdefault(key, word)), root(word)
            parent[max(first, second)] = min(first, second)
    for word in parent:
        group_of_word[word] = root(word)
    return group_of_word
