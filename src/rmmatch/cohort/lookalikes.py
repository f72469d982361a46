"""People whom a text nearly names: a slip in its letters, an initial for a name, O for 0."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np

from rmmatch.spelling import unaccented

__all__ = ["lookalikes"]

_AT_ONCE = 4096  # people whose keys are compared at once: speed only
_MOST = 4  # lookalikes of one text: who asks needs no more
_LONGEST = 120  # characters: a longer text is no name
_MOST_WORDS = 5
_CHANGED_FROM = 4  # letters; of fewer, one changed letter is another series (M001, E001)
_PART_FROM = 3  # letters of a first name that may stand for a longer one (Dan, Daniel)
_SAME_SHAPE = str.maketrans("oil", "011", " -_./'")

Called = tuple[tuple[str, ...], tuple[str, ...]]


class _Text(NamedTuple):
    """A text in the forms that are compared."""

    folded: str
    shape: str
    local: str
    name: str
    words: tuple[str, ...]


def lookalikes(
    wanted: Mapping[str, tuple[str, str]], called: Iterable[Called]
) -> dict[str, tuple[int, ...]]:
    """Return whom each text may mean.

    Numbers must be equal: ``M061`` is no slip for ``M001``. Texts and people are brought together
    by keys that a slip leaves the same (what is left without one letter; a surname with an
    initial), so that the work grows with the people and not with pairs of them.

    Parameters
    ----------
    wanted : mapping of str to (str, str)
        Each text, as `rmmatch.spelling.fold` and as `rmmatch.cohort.identities.name_key` has it.
    called : iterable of (tuple of str, tuple of str)
        Of each person the folded ids and e-mails, and the keys of the names.

    Returns
    -------
    dict of str to tuple of int
        Positions in `called`, ascending, four at most; texts that look like nobody are left out.

    Examples
    --------
    >>> people = [(("m001",), ("helen marsh",)), (("m002",), ("amara okafor",))]
    >>> asked = {text: (text, text) for text in ("helen mrash", "h marsh", "moo1", "m061", "ed")}
    >>> lookalikes(asked, people)
    {'helen mrash': (0,), 'h marsh': (0,), 'moo1': (0,)}
    """
    texts = [_text_of(*forms) for forms in wanted.values()]
    hashes: list[int] = []
    text_of_key: list[int] = []
    for place, text in enumerate(texts):
        text_keys = {hash(key) for key in _keys_of_text(text)}
        hashes += text_keys
        text_of_key += [place] * len(text_keys)
    if not hashes:
        return {}
    sought = np.array(hashes, dtype=np.int64)
    order = np.argsort(sought, kind="stable")
    sought, sought_by = sought[order], np.array(text_of_key, dtype=np.int64)[order]
    has_words = any(len(text.words) > 1 for text in texts)
    has_ids = any(" " not in text.folded or text.local for text in texts)
    near: dict[int, list[int]] = {}
    people = iter(called)
    start = 0
    while chunk := list(islice(people, _AT_ONCE)):
        keys_of = [[hash(key) for key in _keys_of_person(p, has_ids, has_words)] for p in chunk]
        flat = np.array([key for keys in keys_of for key in keys], dtype=np.int64)
        person_of = np.repeat(np.arange(len(chunk)), [len(keys) for keys in keys_of])
        first = np.searchsorted(sought, flat, "left")
        last = np.searchsorted(sought, flat, "right")
        hits = np.flatnonzero(last > first)
        pairs = {
            (int(person_of[hit]), int(place))
            for hit in hits
            for place in sought_by[first[hit] : last[hit]]
        }
        for person, place in sorted(pairs):
            listed = near.setdefault(place, [])
            if len(listed) < _MOST and _is_near(texts[place], chunk[person]):
                listed.append(start + person)
        start += len(chunk)
    return {text: tuple(near[place]) for place, text in enumerate(wanted) if near.get(place)}


def _text_of(folded: str, name: str) -> _Text:
    name = unaccented(name)
    local = folded.split("@")[0] if " " not in folded else ""
    return _Text(folded, _shape(folded), local, name, tuple(name.split()))


def _keys_of_text(text: _Text) -> Iterator[str]:
    if len(text.folded) > _LONGEST:
        return
    if " " not in text.folded:
        yield from _slip_keys(text.folded, "i")
        yield "l" + text.local
    yield "z" + text.shape
    yield from _slip_keys(text.name, "n")
    words = text.words
    if len(words) == 1:
        yield "w" + words[0]
    elif len(words) <= _MOST_WORDS:
        for place, last in enumerate(words):
            initials = {word[0] for at, word in enumerate(words) if at != place}
            for part in _parts(last):
                for key in _slip_keys(part, "s"):
                    yield from (key + "," + initial for initial in initials)


def _keys_of_person(called: Called, has_ids: bool, has_words: bool) -> Iterator[str]:
    identifiers, names = called
    for identifier in identifiers:
        yield "z" + _shape(identifier)
        if has_ids:
            yield from _slip_keys(identifier, "i")
            yield "l" + identifier.split("@")[0]
    for name in map(unaccented, names):
        words = name.split()
        yield from _slip_keys(name, "n")
        if has_ids:
            yield from ("w" + word for word in words)
        if has_words and len(words) > 1:
            for part in _parts(words[-1]):
                yield from (f"{key},{words[0][0]}" for key in _slip_keys(part, "s"))


def _slip_keys(text: str, kind: str) -> Iterator[str]:
    """Yield a text and what is left of it without one character that is no digit."""
    yield kind + text
    for at, letter in enumerate(text):
        if not letter.isdigit():
            yield kind + text[:at] + text[at + 1 :]


def _is_near(text: _Text, called: Called) -> bool:
    identifiers, names = called
    for identifier in identifiers:
        if text.shape and text.shape == _shape(identifier):
            return True
        if " " not in text.folded and _is_near_id(text, identifier):
            return True
    for name in map(unaccented, names):
        words = name.split()
        if _is_slip(text.name, name):
            return True
        if len(text.words) == 1:
            if text.words[0] in words and len(text.words[0]) > 1:
                return True
        elif len(words) > 1 and _may_be(text.words, words):
            return True
    return False


def _is_near_id(text: _Text, identifier: str) -> bool:
    local, at, domain = identifier.partition("@")
    if text.local == local:
        return True
    if at and text.folded.endswith("@" + domain):
        return _is_slip(text.local, local)
    return not at and _is_slip(text.folded, identifier)


def _is_slip(text: str, other: str) -> bool:
    """Whether one letter was lost, added or changed, or two were swapped; no digit was."""
    from rapidfuzz.distance import OSA

    if text == other:
        return True
    if [c for c in text if c.isdigit()] != [c for c in other if c.isdigit()]:
        return False
    if OSA.distance(text, other, score_cutoff=1) > 1:
        return False
    is_changed = len(text) == len(other) and sorted(text) != sorted(other)
    return not is_changed or sum(map(str.isalpha, other)) >= _CHANGED_FROM


def _may_be(text: Sequence[str], name: Sequence[str]) -> bool:
    """Whether a text has the surname, and the first name or what may stand for it."""
    return any(
        any(_is_slip(part, known) for part in _parts(last) for known in _parts(name[-1]))
        and any(_stands_for(word, name[0]) for at, word in enumerate(text) if at != place)
        for place, last in enumerate(text)
    )


def _stands_for(word: str, first: str) -> bool:
    """Whether a word is a first name, its initial, its beginning, or nearly it."""
    short, long = sorted((word, first), key=len)
    if len(short) < _PART_FROM:
        return short[0] == long[0]
    return long.startswith(short) or _is_slip(word, first)


def _parts(surname: str) -> list[str]:
    """Return a surname, and what stands between its hyphens."""
    return [surname, *(part for part in surname.split("-") if part and part != surname)]


def _shape(text: str) -> str:
    """Return an id without what is easily confused: O and 0, I, l and 1, zeros in front, signs."""
    text = text.translate(_SAME_SHAPE)
    return re.sub(r"(?<![0-9])0+(?=[0-9])", "", text) if "0" in text else text
