"""Sentences with blanks: what a scheme says, part by part, with a blank for each value it sets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rmmatch.cohort import Cohort
from rmmatch.desk.rule_forms.fields import FormPart, SchemeField, SchemeForm, scheme_form
from rmmatch.desk.rule_forms.patterns import BLANK_WORDS, TAILS, pattern_of
from rmmatch.desk.rule_forms.values import number_text
from rmmatch.numeric import MILLION
from rmmatch.scheme import Scheme
from rmmatch.scoring.points import share_points

__all__ = ["RuleSentence", "SentenceBlank", "sentences"]

_CONFIDENTIAL = {"rules": "A confidential rule.", "quotas": "A confidential quota."}
_MAX_SHOWN_PAIRS = 5  # wording
_SLOT = re.compile(r"\{(\w+)\}")
_PRIVATE = ("sensitive", "monitoring_only")  # of the scheme itself: lists of private columns
_SAID_APART = ("name", "reason")  # which stand beside a sentence


@dataclass(frozen=True, slots=True)
class SentenceBlank:
    """A value in a sentence, which a page may make a box of.

    Attributes
    ----------
    path : str
        Its field: a key of `SchemeForm.fields`.
    text : str
        The value in words.
    """

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class RuleSentence:
    """What one part of a scheme says.

    Attributes
    ----------
    path : str
        ``rules[1]``.
    family : {'scheme', 'criteria', 'rules', 'quotas', 'objective', 'meetings'}
    parts : tuple of str or SentenceBlank
        The sentence, piece by piece.
    name, reason : str
        What its author calls it, and why it is needed; empty where nothing is said.
    share : int, optional
        Of a criterion: its share of 100 points.
    is_confidential : bool
        Whether it reads a sensitive column. Its sentence says only that, unless it was asked for.
    """

    path: str
    family: str
    parts: tuple[str | SentenceBlank, ...]
    name: str = ""
    reason: str = ""
    share: int | None = None
    is_confidential: bool = False

    @property
    def text(self) -> str:
        """The sentence."""
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)

    @property
    def marked_text(self) -> str:
        """The sentence with each value in brackets."""
        return "".join(part if isinstance(part, str) else f"[{part.text}]" for part in self.parts)

    @property
    def blanks(self) -> tuple[SentenceBlank, ...]:
        """The values."""
        return tuple(part for part in self.parts if isinstance(part, SentenceBlank))

    def to_dict(self) -> dict[str, Any]:
        """Return the sentence as plain data."""
        parts = [
            {"text": part, "path": None}
            if isinstance(part, str)
            else {"text": part.text, "path": part.path}
            for part in self.parts
        ]
        names = ("path", "family", "name", "reason", "share", "is_confidential")
        return {**{name: getattr(self, name) for name in names}, "parts": parts, "text": self.text}


def sentences(
    scheme: Scheme,
    cohort: Cohort | None = None,
    *,
    form: SchemeForm | None = None,
    shows_confidential: bool = False,
) -> list[RuleSentence]:
    """Return a scheme as sentences, in the order of its form.

    Parameters
    ----------
    scheme : Scheme
    cohort : Cohort, optional
        Names the people of single pairs.
    form : SchemeForm, optional
        The form of this scheme, where there is one already.
    shows_confidential : bool
        Whether rules and quotas that read a sensitive column are written out, for the author of
        the scheme; else their sentences say only that they are confidential.

    Examples
    --------
    >>> scheme = Scheme.from_dict({"rules": [
    ...     {"type": "power_distance", "min_gap": 2},
    ...     {"type": "relations", "forbid": ["line_manager", "tutor"]},
    ... ]})
    >>> for sentence in sentences(scheme):
    ...     if sentence.family == "rules":
    ...         print(sentence.marked_text)
    A mentor must be at least [2] grades below the mentee.
    Never together: [line manager, tutor].
    """
    form = scheme_form(scheme, cohort) if form is None else form
    writer = _Writer(scheme, cohort, shows_confidential=shows_confidential)
    return [writer.sentence(part) for part in form.parts if part.is_present]


class _Writer:
    """Writes the sentences of one scheme."""

    def __init__(self, scheme: Scheme, cohort: Cohort | None, *, shows_confidential: bool) -> None:
        self.scheme = scheme
        self.shows_confidential = shows_confidential
        self.cohort = cohort
        total = sum(criterion.weight for criterion in scheme.criteria) or 1.0
        weights = [round(MILLION * criterion.weight / total) for criterion in scheme.criteria]
        self.shares = share_points(weights)

    def sentence(self, part: FormPart) -> RuleSentence:
        """Return what a part says."""
        if part.is_confidential and not self.shows_confidential:
            words = _CONFIDENTIAL[part.family]
            return RuleSentence(part.path, part.family, (words,), is_confidential=True)
        fields = {field.key: field for field in part.fields}
        values = {key: field.value for key, field in fields.items()}
        share = None
        if part.family == "criteria":
            share = self.shares[int(part.path.partition("[")[2].rstrip("]"))]
        name, reason = (str(values.get(key) or "") for key in _SAID_APART)
        pieces = (*self._pieces(part, fields, values, share),)
        parts = _joined(pieces)
        return RuleSentence(
            part.path,
            part.family,
            parts,
            "" if part.family == "scheme" else name,
            reason,
            share,
            part.is_confidential,
        )

    def _pieces(
        self,
        part: FormPart,
        fields: Mapping[str, SchemeField],
        values: Mapping[str, Any],
        share: int | None,
    ) -> Iterator[str | SentenceBlank]:
        """Yield the pattern of the part with its blanks filled, then what it does not say."""
        pattern = pattern_of(part, values, self.scheme)
        slots = {*_SLOT.findall(pattern)}
        for index, piece in enumerate(_SLOT.split(pattern)):
            if index % 2 == 0:
                yield piece
            elif piece == "share":
                yield SentenceBlank(fields["weight"].path, str(share))
            else:
                yield SentenceBlank(fields[piece].path, self._text(part, fields[piece], values))
        said = {*slots, *(("weight",) if "share" in slots else ())}
        for key, field in fields.items():
            apart = key in _SAID_APART and part.family != "scheme"
            if key in said or apart or not field.is_set or field.value in ({}, None):
                continue
            before, after = TAILS.get((part.family, key), TAILS.get(("", key), ("; ", "")))
            if (part.family, key) not in TAILS and ("", key) not in TAILS:
                before = f"; {_lower(field.title)}: "
            yield before
            yield SentenceBlank(field.path, self._text(part, field, values))
            yield after
        yield "."

    def _text(self, part: FormPart, field: SchemeField, values: Mapping[str, Any]) -> str:
        """Return a value in words."""
        value = field.value
        words = BLANK_WORDS.get((part.family, part.type, field.key)) or BLANK_WORDS.get(
            (part.family, "", field.key)
        )
        if words is not None:
            return words(value, values)
        if field.kind == "choice":
            return next((c.title for c in field.choices if c.value == value), str(value))
        if field.kind == "number":
            return number_text(value)
        if field.kind == "yes_no":
            return _lower(field.title) if value else f"not: {_lower(field.title)}"
        if field.kind == "range":
            return " to ".join(map(number_text, value))
        if field.path in _PRIVATE and not self.shows_confidential:
            return f"{len(value):,}"
        if field.kind in ("columns", "column"):
            names = [value] if isinstance(value, str) else value
            return ", ".join(name.replace("_", " ") for name in names)
        if field.kind == "words":
            return ", ".join(value) if value else "none"
        if part.type == "pairs":
            return self._pairs_text(value)
        if field.kind == "table":
            return _table_text(value)
        return str(value)

    def _pairs_text(self, pairs: Sequence[Sequence[str]]) -> str:
        if len(pairs) > _MAX_SHOWN_PAIRS:
            return f"{len(pairs):,} pairs"
        return ", ".join(" with ".join(self._names(pair)) for pair in pairs)

    def _names(self, pair: Sequence[str]) -> Iterator[str]:
        for text, role in zip(pair, ("mentee", "mentor"), strict=True):
            position = -1
            if self.cohort is not None:
                position = self.cohort.position_of(role, text)  # type: ignore[arg-type]
            if self.cohort is None or position < 0:
                yield text
            else:
                yield self.cohort.person_text(role, position)  # type: ignore[arg-type]


def _table_text(value: Any) -> str:
    """Return how much a table holds: it is too long for a sentence."""
    if isinstance(value, Mapping):
        rows = [row for row in value.values() if isinstance(row, Mapping)]
        count = sum(map(len, rows)) if rows else len(value)
    else:
        count = len(value)
    return f"{count:,} {'entry' if count == 1 else 'entries'}"


def _joined(pieces: Sequence[str | SentenceBlank]) -> tuple[str | SentenceBlank, ...]:
    """Return pieces with neighbouring texts put together, and a capital at the start."""
    parts: list[str | SentenceBlank] = []
    for piece in pieces:
        if piece == "":
            continue
        last = parts[-1] if parts else None
        if isinstance(piece, str) and isinstance(last, str):
            parts[-1] = last + piece
        else:
            parts.append(piece)
    first = parts[0] if parts else ""
    if isinstance(first, SentenceBlank):
        parts[0] = SentenceBlank(first.path, first.text[:1].upper() + first.text[1:])
    elif parts:
        parts[0] = first[:1].upper() + first[1:]
    return tuple(parts)


def _lower(title: str) -> str:
    return title[:1].lower() + title[1:]
