"""People whom a text nearly names: a slip in its letters, an initial for a name, O for 0."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rmmatch.cohort.identities.names import name_key
from rmmatch.numeric import Ints
from rmmatch.spelling import fold, unaccented

__all__ = ["lookalikes"]

_PEOPLE_PER_BATCH = 4096  # people whose keys are compared at once; speed only
_MAX_LOOKALIKES = 4  # lookalikes of one text; wording
# People of one key who are compared: nearly all who share one are lookalikes; speed only.
_MAX_PEOPLE_PER_KEY = 64
_MAX_CHARACTERS = 80  # a longer text is no name; speed only
_MAX_WORDS = 5  # a longer text is no name, though it may hold one; speed only
_WORDS_OF_NAME = 3  # that are looked for together in a longer text
_WORD = re.compile(r"[^\W\d_](?:[\w.'’-]*\w)?")
# With fewer letters, one changed letter is another series (M001, E001); wording.
_MIN_LETTERS_FOR_CHANGE = 4
# Of a first name that may stand for a longer one (Dan, Daniel); wording.
_MIN_SHORT_NAME_LETTERS = 3
# What is easily confused, and signs that do not count.
_SAME_SHAPE = str.maketrans("oil", "011", " -_./'")
_HASH_BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that powers of it never vanish; speed only
_HASH_FACTOR = np.uint64(0xBF58476D1CE4E5B9)  # spreads the codes of letters; speed only

NamesAndIds = tuple[tuple[str, ...], tuple[str, ...]]
Hashes = NDArray[np.uint64]


class _SpellingForms(NamedTuple):
    """A text in the forms that are compared."""

    folded: str
    shape: str
    local: str
    name: str
    words: tuple[str, ...]


class _SpellingKeys:
    """Strings that two spellings have in common, and whose they are.

    `exact` are compared as they are; of `slips` also what remains without any one character that is
    no digit. The first character of each key says what kind of key it is.
    """

    def __init__(self) -> None:
        self.exact: list[str] = []
        self.exact_owners: list[int] = []
        self.slips: list[str] = []
        self.slip_owners: list[int] = []

    def add(self, owner: int, exact_keys: Iterable[str], slip_keys: Iterable[str]) -> None:
        for keys, owners, added in (
            (self.exact, self.exact_owners, exact_keys),
            (self.slips, self.slip_owners, slip_keys),
        ):
            before = len(keys)
            keys += added
            owners += [owner] * (len(keys) - before)

    def hashed(self) -> tuple[Hashes, Ints]:
        """Return the hash and the owner of each key."""
        hashes, owners = [np.empty(0, dtype=np.uint64)], [np.empty(0, dtype=np.int64)]
        for keys, keys_of, with_deletions in (
            (self.exact, self.exact_owners, False),
            (self.slips, self.slip_owners, True),
        ):
            for start in range(0, len(keys), _PEOPLE_PER_BATCH):
                batch = slice(start, start + _PEOPLE_PER_BATCH)
                hashed, positions = _hashes(keys[batch], with_deletions)
                hashes.append(hashed)
                owners.append(np.array(keys_of[batch], dtype=np.int64)[positions])
        return np.concatenate(hashes), np.concatenate(owners)


def _hashes(strings: Sequence[str], with_deletions: bool) -> tuple[Hashes, Ints]:
    """Return hashes of strings and the position of each string; of slips without one letter too."""
    letters = np.array(strings, dtype=f"U{_MAX_CHARACTERS}")
    width = letters.dtype.itemsize // 4
    codes = letters.view(np.uint32).reshape(len(strings), width).astype(np.uint64)
    lengths = np.char.str_len(letters)
    longest = int(lengths.max())
    codes = codes[:, :longest]
    is_digit = (codes >= ord("0")) & (codes <= ord("9"))
    codes = (codes + np.uint64(1)) * _HASH_FACTOR
    codes[np.arange(longest)[None, :] >= lengths[:, None]] = 0
    power = _HASH_BASE ** np.arange(longest + 1, dtype=np.uint64)
    # The hash of s is Σ code(s[i]) · base^i: without s[i] all behind it stand one place lower.
    ahead = np.cumsum(codes * power[:longest], axis=1, dtype=np.uint64)
    total = ahead[:, -1]
    positions = np.arange(len(strings))
    if not with_deletions:
        return total, positions
    lower = np.zeros_like(codes)
    lower[:, 1:] = codes[:, 1:] * power[: longest - 1]
    behind = np.cumsum(lower[:, ::-1], axis=1, dtype=np.uint64)[:, ::-1]
    without = np.zeros_like(codes)
    without[:, 1:] = ahead[:, :-1]
    without[:, :-1] += behind[:, 1:]
    # The first character is the kind of key.
    may_go = (np.arange(longest)[None, :] < lengths[:, None]) & ~is_digit
    may_go[:, 0] = False
    rows, columns = np.nonzero(may_go)
    return np.concatenate((total, without[rows, columns])), np.concatenate((positions, rows))


def lookalikes(
    wanted: Mapping[str, tuple[str, str]], names_and_ids: Iterable[NamesAndIds]
) -> dict[str, tuple[int, ...]]:
    """Return the people whom each text may mean.

    Numbers must be equal: ``M061`` is no slip for ``M001``. Texts and people are brought together
    by keys that a slip leaves the same (the text without one letter; a surname with an initial),
    so that the work grows with the people and not with pairs of them; whoever shares a key is then
    compared letter by letter. A sentence is searched for names.

    Parameters
    ----------
    wanted : mapping of str to (str, str)
        Each text, as `rmmatch.spelling.fold` has it, and as `name_key`.
    names_and_ids : iterable of (tuple of str, tuple of str)
        Of each person the folded ids and e-mails, and the keys of the names.

    Returns
    -------
    dict of str to tuple of int
        Positions in `names_and_ids`, ascending, four at most; texts that look like nobody are
        left out.

    Examples
    --------
    >>> people = [(("m001",), ("helen marsh",)), (("m002",), ("amara okafor",))]
    >>> asked = {text: (text, text) for text in ("helen mrash", "h marsh", "moo1", "m061", "ed")}
    >>> lookalikes(asked, people)
    {'helen mrash': (0,), 'h marsh': (0,), 'moo1': (0,)}
    >>> sentence = "please not with helen marsh if you can"
    >>> lookalikes({sentence: (sentence, sentence)}, people)
    {'please not with helen marsh if you can': (0,)}
    """
    pieces_of = {
        text: _pieces(text)
        for text, (folded, name) in wanted.items()
        if len(name.split()) > _MAX_WORDS or len(folded) > _MAX_CHARACTERS
    }
    pieces = {piece for pieces_of_text in pieces_of.values() for piece in pieces_of_text}
    forms = {**{piece: (fold(piece), name_key(piece)) for piece in pieces}, **wanted}
    people_of = _lookalikes_of_names(forms, names_and_ids)
    lookalikes_of_wanted: dict[str, tuple[int, ...]] = {}
    for text in wanted:
        people = {
            place for part in (text, *pieces_of.get(text, ())) for place in people_of.get(part, ())
        }
        if people:
            lookalikes_of_wanted[text] = tuple(sorted(people)[:_MAX_LOOKALIKES])
    return lookalikes_of_wanted


def _pieces(text: str) -> list[str]:
    """Return what may be a name within a sentence: words in a row, and words with a capital."""
    words = [word.removesuffix("'s").removesuffix("’s") for word in _WORD.findall(text)]
    last_start = max(len(words) - _WORDS_OF_NAME, 0)
    rows = [" ".join(words[at : at + _WORDS_OF_NAME]) for at in range(last_start + 1)]
    return [*rows, *(word for word in words[1:] if word[:1].isupper() and len(word) > 1)]


def _lookalikes_of_names(
    wanted: Mapping[str, tuple[str, str]], names_and_ids: Iterable[NamesAndIds]
) -> dict[str, tuple[int, ...]]:
    texts = [_text_of(*forms) for forms in wanted.values()]
    keys = _SpellingKeys()
    for text_idx, text in enumerate(texts):
        keys.add(text_idx, _whole_keys(text), _slip_keys(text))
    hashes, owners = keys.hashed()
    if not len(hashes):
        return {}
    order = np.argsort(hashes, kind="stable")
    groups, starts = np.unique(hashes[order], return_index=True)
    ends, text_of = np.append(starts[1:], len(order)), owners[order]
    n_people_of_group = np.zeros(len(groups), dtype=np.int64)
    has_ids = any(text.local for text in texts)
    people_of_text: list[list[int]] = [[] for _ in texts]
    people, start = iter(names_and_ids), 0
    while chunk := list(islice(people, _PEOPLE_PER_BATCH)):
        keys = _SpellingKeys()
        for person, forms in enumerate(chunk):
            _add_keys_of_person(keys, person, forms, has_ids=has_ids)
        hashes, owners = keys.hashed()
        order = np.argsort(hashes)  # neighbours are looked up one after the other: speed only
        hashes, owners = hashes[order], owners[order]
        group_of_key = np.minimum(np.searchsorted(groups, hashes), len(groups) - 1)
        hits = np.flatnonzero(groups[group_of_key] == hashes)
        hits = hits[np.lexsort((group_of_key[hits], owners[hits]))]
        for person, group in zip(owners[hits].tolist(), group_of_key[hits].tolist(), strict=True):
            n_people_of_group[group] += 1
            if n_people_of_group[group] > _MAX_PEOPLE_PER_KEY:
                continue
            for text_idx in text_of[starts[group] : ends[group]].tolist():
                lookalikes_of_text = people_of_text[text_idx]
                is_new = not lookalikes_of_text or lookalikes_of_text[-1] != start + person
                if (
                    is_new
                    and len(lookalikes_of_text) < _MAX_LOOKALIKES
                    and _is_lookalike(texts[text_idx], chunk[person])
                ):
                    lookalikes_of_text.append(start + person)
        start += len(chunk)
    return {
        text: tuple(lookalikes_of_text)
        for text, lookalikes_of_text in zip(wanted, people_of_text, strict=True)
        if lookalikes_of_text
    }


def _text_of(folded: str, name: str) -> _SpellingForms:
    name = unaccented(name)
    local = folded.split("@")[0] if " " not in folded else ""
    return _SpellingForms(folded, _shape(folded), local, name, tuple(name.split()))


# Keys: i an id or e-mail, l the part before @, z a shape, n a name, w a word of it, g surname and
# first name, b surname and the beginning of one, a surname and an initial, c surname and an
# initial where only that is known --------------------------------------------------------------


def _whole_keys(text: _SpellingForms) -> Iterator[str]:
    if len(text.folded) > _MAX_CHARACTERS:
        return
    if text.local:
        yield "l" + text.local
    if text.shape:
        yield "z" + text.shape
    if len(text.words) == 1:
        yield "w" + text.words[0]
    for first, last in _first_and_last(text.words):
        if len(first) < _MIN_SHORT_NAME_LETTERS:
            yield f"a{last},{first[0]}"
        else:
            yield f"b{last},{first[:_MIN_SHORT_NAME_LETTERS]}"
            yield f"c{last},{first[0]}"


def _slip_keys(text: _SpellingForms) -> Iterator[str]:
    if len(text.folded) > _MAX_CHARACTERS:
        return
    if text.local:
        yield "i" + text.folded
        yield "i" + text.local
    yield "n" + text.name
    yield from (f"g{first},{last}" for first, last in _first_and_last(text.words))


def _first_and_last(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield every two words of a text as a first name and a surname."""
    if len(words) <= _MAX_WORDS:
        for place, last in enumerate(words):
            for surname in _surname_parts(last):
                yield from ((word, surname) for index, word in enumerate(words) if index != place)


def _add_keys_of_person(
    keys: _SpellingKeys, person: int, forms: NamesAndIds, *, has_ids: bool
) -> None:
    identifiers, names = forms
    exact_keys = ["z" + _shape(identifier) for identifier in identifiers]
    slip_keys: list[str] = []
    if has_ids:
        locals_ = [identifier.split("@")[0] for identifier in identifiers]
        exact_keys += ["l" + local for local in locals_]
        slip_keys += ["i" + identifier for identifier in identifiers]
        slip_keys += ["i" + local for local in locals_]
    for name in map(unaccented, names):
        words = name.split()
        exact_keys += ["w" + word for word in words]
        slip_keys.append("n" + name)
        if len(words) > 1:
            first = words[0]
            for surname in _surname_parts(words[-1]):
                slip_keys.append(f"g{first},{surname}")
                exact_keys.append(f"a{surname},{first[0]}")
                exact_keys.append(
                    f"b{surname},{first[:_MIN_SHORT_NAME_LETTERS]}"
                    if len(first) >= _MIN_SHORT_NAME_LETTERS
                    else f"c{surname},{first[0]}"
                )
    keys.add(person, exact_keys, slip_keys)


# Letter by letter ------------------------------------------------------------------------------


def _is_lookalike(text: _SpellingForms, person: NamesAndIds) -> bool:
    identifiers, names = person
    for identifier in identifiers:
        if text.shape and text.shape == _shape(identifier):
            return True
        if text.local and _is_near_identifier(text, identifier):
            return True
    for name in map(unaccented, names):
        words = name.split()
        if _is_slip(text.name, name):
            return True
        if len(text.words) == 1:
            if text.words[0] in words and len(text.words[0]) > 1:
                return True
        elif len(words) > 1 and _may_be_name(text.words, words):
            return True
    return False


def _is_near_identifier(text: _SpellingForms, identifier: str) -> bool:
    local, at_sign, domain = identifier.partition("@")
    if text.local == local:
        return True
    if at_sign and text.folded.endswith("@" + domain):
        return _is_slip(text.local, local)
    return not at_sign and _is_slip(text.folded, identifier)


def _is_slip(text: str, target: str) -> bool:
    """Whether one letter was lost, added or changed, or two were swapped; no digit was."""
    from rapidfuzz.distance import OSA

    if text == target:
        return True
    if OSA.distance(text, target, score_cutoff=1) > 1:
        return False
    if [sign for sign in text if sign.isdigit()] != [sign for sign in target if sign.isdigit()]:
        return False
    is_changed = len(text) == len(target) and sorted(text) != sorted(target)
    return not is_changed or sum(map(str.isalpha, target)) >= _MIN_LETTERS_FOR_CHANGE


def _may_be_name(text: Sequence[str], name: Sequence[str]) -> bool:
    """Whether a text has the surname, and the first name or what may stand for it."""
    return any(
        any(
            _is_slip(written, surname)
            for written in _surname_parts(last)
            for surname in _surname_parts(name[-1])
        )
        and any(
            _stands_for_first_name(word, name[0])
            for index, word in enumerate(text)
            if index != place
        )
        for place, last in enumerate(text)
    )


def _stands_for_first_name(word: str, first: str) -> bool:
    """Whether a word is a first name, its initial, its beginning, or nearly it."""
    short, long = sorted((word, first), key=len)
    if len(short) < _MIN_SHORT_NAME_LETTERS:
        return short[0] == long[0]
    return long.startswith(short) or _is_slip(word, first)


def _surname_parts(surname: str) -> list[str]:
    """Return a surname, and what stands between its hyphens."""
    if "-" not in surname:
        return [surname]
    return [surname, *(piece for piece in surname.split("-") if piece)]


def _shape(text: str) -> str:
    """Return an id without what is easily confused: O and 0, I, l and 1, zeros in front, signs."""
    text = text.translate(_SAME_SHAPE)
    return re.sub(r"(?<![0-9])0+(?=[0-9])", "", text) if "0" in text else text
