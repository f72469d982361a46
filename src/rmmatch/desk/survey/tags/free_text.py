"""Short free text as vectors: by n-grams of characters, or by the meaning of its words."""

from __future__ import annotations

import logging
import re
import zlib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias

import numpy as np

from rmmatch.errors import MissingExtraError
from rmmatch.numeric import Ints, Singles
from rmmatch.spelling import fold, unaccented

__all__ = ["Method", "TextVectors", "Word", "blocks_of", "clauses_of", "vectors_by", "words_of"]

Method: TypeAlias = Literal["ngrams", "text"]

_NGRAM_LENGTHS = (2, 3)  # of characters, within a word: longer ones miss typing errors; wording
_DIMENSIONS = 4096  # of hashed n-grams: two texts without a common one differ by some .02; speed
_BLOCK = 1024  # texts at a time; speed only
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_CLAUSE = re.compile(r"[.;,:!?()/|•\n\r\t]+|\s[-–—]\s|\b(?:and|or|but|also|plus)\b", re.IGNORECASE)
# Words that say that somebody has a goal, not which.
_FILLER_WORDS = """
    a about able advice after all also always am an and another any anything are around as at be
    because become becoming been before being best better bit both build building but by can chance
    could develop developing development did do does doing don't else enough especially etc every
    everything experience experiences feel feeling find finding for from gain gaining generally get
    getting give given go going good great had has have having help helping how i i'd i'll i'm i've
    idea ideas if improve improvement improving in into is it it's its just keep know knowledge lack
    learn learning like little lot love make making many maybe me mentor mentoring mentorship more
    most much my myself need needs new no not of on one only or other others our out own people
    perhaps please really side skill skills so some somebody someone something sort start started
    starting such support supporting take taking than that the their them then there these they
    thing things think this those through to too two understand understanding up us use using very
    want wanted was we well were what when where whether which while who why will wish with within
    without work working would year years yes you your
"""
_FILLERS = frozenset(_FILLER_WORDS.split())


class Word(NamedTuple):
    """A word as written, and what is compared of it."""

    written: str
    folded: str


def words_of(text: str) -> tuple[Word, ...]:
    """Return the words of a text that say something; all of them, where none does.

    Parameters
    ----------
    text : str

    Examples
    --------
    >>> [word.written for word in words_of("I'd like to learn about IT, and Café culture")]
    ['IT', 'Café', 'culture']
    """
    words = [Word(written, unaccented(fold(written))) for written in _WORD.findall(text)]
    # IT and US are no fillers, unless all of the text is in capitals
    is_loud = text.isupper()
    telling = tuple(
        word
        for word in words
        if word.folded not in _FILLERS
        or (len(word.written) > 1 and word.written.isupper() and not is_loud)
    )
    return telling or tuple(words)


def clauses_of(text: str) -> tuple[tuple[Word, ...], ...]:
    """Return the words of a text, then of each of its clauses: a goal is often one of several.

    Parameters
    ----------
    text : str
    """
    pieces = filter(None, map(words_of, _CLAUSE.split(text)))
    return tuple(dict.fromkeys((words_of(text), *pieces)))


class TextVectors(Protocol):
    """A way to put words into vectors whose products say how like they are."""

    def of(self, texts: Sequence[Sequence[Word]]) -> Singles:
        """Return a row of length 1 for each text; of zeros where it has no words."""
        ...


class _Ngrams:
    """Words by the n-grams of their characters: robust to typing errors, blind to meaning."""

    def of(self, texts: Sequence[Sequence[Word]]) -> Singles:
        blocks = [
            self._block(texts[start : start + _BLOCK]) for start in range(0, len(texts), _BLOCK)
        ]
        return np.concatenate(blocks) if blocks else np.zeros((0, _DIMENSIONS), np.float32)

    def _block(self, texts: Sequence[Sequence[Word]]) -> Singles:
        matrix = np.zeros((len(texts), _DIMENSIONS), np.float32)
        for row, words in zip(matrix, texts, strict=True):
            for word in words:
                places, weights = _ngrams_of(word.folded)
                row[places] += weights
        return _normalised(matrix)


@cache
def _ngrams_of(word: str) -> tuple[Ints, Singles]:
    """Return the places of the n-grams of a word and their weights, of length 1 together."""
    padded = f" {word} "
    totals: dict[int, int] = {}
    for length in _NGRAM_LENGTHS:
        for start in range(len(padded) - length + 1):
            # crc32 is the same on every machine; the sign lets chance hits cancel out
            code = zlib.crc32(padded[start : start + length].encode())
            place, sign = code % _DIMENSIONS, 1 if code >> 31 else -1
            totals[place] = totals.get(place, 0) + sign
    weights = np.fromiter(totals.values(), np.float32, len(totals))
    length_ = float(np.linalg.norm(weights)) or 1.0
    return np.fromiter(totals, np.int64, len(totals)), weights / np.float32(length_)


class _Meanings:
    """Words by a small model of English that is part of the package wordllama."""

    def __init__(self) -> None:
        self._model = _loaded_model()

    def of(self, texts: Sequence[Sequence[Word]]) -> Singles:
        # an empty text has no tokens to average
        sentences = [" ".join(word.folded for word in words) or " " for words in texts]
        if not sentences:
            return np.zeros((0, self._model.embedding.shape[1]), np.float32)
        return _normalised(np.asarray(self._model.embed(sentences), np.float32))


@cache
def _loaded_model() -> Any:
    """Return the model from the files that came with the package: nothing is downloaded."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        import wordllama
    except ImportError:
        raise MissingExtraError("wordllama", "text", "comparing texts by meaning") from None
    finally:
        # importing wordllama makes the root logger print what others log
        root.handlers[:] = handlers
        root.setLevel(level)
    # it looks for its tokenizer below the cache only, so its own folder is the cache
    folder = Path(wordllama.__file__).parent
    return wordllama.WordLlama.load(cache_dir=folder, disable_download=True)


def _normalised(matrix: Singles) -> Singles:
    lengths = np.sqrt((matrix * matrix).sum(axis=1, keepdims=True))
    return (matrix / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def vectors_by(method: Method) -> TextVectors:
    """Return the vectors of a method.

    Parameters
    ----------
    method : {'ngrams', 'text'}

    Raises
    ------
    ValueError
        There is no such method.
    MissingExtraError
        `method` is 'text', and wordllama is not installed.
    """
    if method not in ("ngrams", "text"):
        raise ValueError(f"method must be 'ngrams' or 'text', not {method!r}")
    return _Ngrams() if method == "ngrams" else _Meanings()


def blocks_of(n_rows: int) -> Iterator[slice]:
    """Yield the rows of a large table some at a time.

    Parameters
    ----------
    n_rows : int
    """
    for start in range(0, n_rows, _BLOCK):
        yield slice(start, min(start + _BLOCK, n_rows))
