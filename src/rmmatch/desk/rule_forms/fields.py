"""A scheme as a form: parts and fields, each with its words, its value and what it may hold."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any, Literal

from rmmatch.cohort import Cohort
from rmmatch.cohort.names import NAME_COLUMNS
from rmmatch.desk.rule_forms.values import NO_WORDS, FieldKind, FieldShape, shape_of, text_of
from rmmatch.rules.relations import STANDARD_KINDS
from rmmatch.scheme import Scheme

__all__ = ["FieldChoice", "FormPart", "SchemeField", "SchemeForm", "blank_parts", "scheme_form"]

FAMILIES = ("criteria", "rules", "quotas", "objective")
_HIDDEN_KEYS = ("type", "version")  # which nobody types
_NOT_COMPARED = {"id", "role", *NAME_COLUMNS}  # columns that tell people apart


@dataclass(frozen=True, slots=True)
class FieldChoice:
    """Something that can be chosen in a field.

    Attributes
    ----------
    value : str
    title : str
        What it is in words.
    is_private : bool
        Whether it is a column that is never shown: a form marks it.
    """

    value: str
    title: str
    is_private: bool = False


@dataclass(frozen=True)
class SchemeField:
    """One field of a form.

    Attributes
    ----------
    path : str
        Its place in the scheme: ``rules[1].min_gap``. `Scheme.edited_text` takes it.
    key, title, help, unit : str
        The name in the file; what it is called; what it does, in a sentence; what its number
        counts.
    level : {'basic', 'more'}
    shape : FieldShape
        What it may hold.
    value : Any
        What it holds, as plain data; None where nothing.
    default : Any
        What holds where nothing is written.
    is_required : bool
    choices : tuple of FieldChoice
        Words to choose from, or columns that the cohort has.
    """

    path: str
    key: str
    title: str
    help: str
    unit: str
    level: Literal["basic", "more"]
    shape: FieldShape
    value: Any
    default: Any
    is_required: bool
    choices: tuple[FieldChoice, ...] = ()

    @property
    def kind(self) -> FieldKind:
        """What is typed or chosen, as `FieldShape` says."""
        return self.shape.kind

    @property
    def is_set(self) -> bool:
        """Whether it holds something else than what holds where nothing is written."""
        return bool(self.value != self.default)

    @property
    def text(self) -> str:
        """The value as it is typed."""
        if self.value == [] and self.default is None and self.kind == "words":  # as in `any: []`
            return NO_WORDS
        return text_of(self.kind, self.value)

    def to_dict(self) -> dict[str, Any]:
        """Return the field as plain data."""
        return {**asdict(self), "text": self.text}


@dataclass(frozen=True)
class FormPart:
    """A criterion, a rule, a quota, an aim, the meetings, or the scheme itself.

    Attributes
    ----------
    path : str
        ``rules[1]``, ``meetings``; empty for the scheme itself.
    family : {'scheme', 'criteria', 'rules', 'quotas', 'objective', 'meetings'}
    type : str
        Of a criterion or rule; else empty.
    title, help : str
    fields : tuple of SchemeField
    is_present : bool
        Whether the scheme has it.
    is_confidential : bool
        Whether it reads a sensitive column: its values are for the author of the scheme alone.
    """

    path: str
    family: str
    type: str
    title: str
    help: str
    fields: tuple[SchemeField, ...]
    is_present: bool = True
    is_confidential: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the part as plain data."""
        fields = [field.to_dict() for field in self.fields]
        return {**{name: getattr(self, name) for name in _PART_KEYS}, "fields": fields}


_PART_KEYS = ("path", "family", "type", "title", "help", "is_present", "is_confidential")


@dataclass(frozen=True)
class SchemeForm:
    """A scheme as a form.

    Attributes
    ----------
    parts : tuple of FormPart
        The scheme itself, then criteria, rules, quotas, aims and meetings, in order.
    """

    parts: tuple[FormPart, ...]

    @cached_property
    def fields(self) -> Mapping[str, SchemeField]:
        """Every field by its path."""
        return {field.path: field for part in self.parts for field in part.fields}

    def of(self, family: str) -> tuple[FormPart, ...]:
        """Return the parts of one family.

        Parameters
        ----------
        family : str
        """
        return tuple(part for part in self.parts if part.family == family)

    def to_dict(self) -> dict[str, Any]:
        """Return the form as plain data."""
        return {"parts": [part.to_dict() for part in self.parts]}


def scheme_form(scheme: Scheme, cohort: Cohort | None = None) -> SchemeForm:
    """Return a scheme as a form.

    Parameters
    ----------
    scheme : Scheme
    cohort : Cohort, optional
        Its columns can be chosen where a field names one.

    Raises
    ------
    NotSupportedError
        A criterion is a plain function, which has no form.

    Examples
    --------
    >>> form = scheme_form(Scheme.from_dict({"rules": [{"type": "power_distance", "min_gap": 2}]}))
    >>> field = form.fields["rules[0].min_gap"]
    >>> field.title, field.kind, field.text, field.unit
    ('Least grades apart', 'number', '2', 'grades')
    """
    return SchemeForm((*_Maker(scheme, cohort).parts(),))


def blank_parts(scheme: Scheme, family: str, cohort: Cohort | None = None) -> tuple[FormPart, ...]:
    """Return what can be added to a scheme: an empty form for each kind of criterion, rule, ….

    Parameters
    ----------
    scheme : Scheme
    family : {'criteria', 'rules', 'quotas', 'objective'}
    cohort : Cohort, optional
        As of `scheme_form`.

    Examples
    --------
    >>> [part.title for part in blank_parts(Scheme(), "quotas")]
    ['Quota']
    """
    return (*_Maker(scheme, cohort).blanks(family),)


class _Maker:
    """Makes the parts of the form of one scheme."""

    def __init__(self, scheme: Scheme, cohort: Cohort | None) -> None:
        self.scheme = scheme
        self.data = scheme.to_dict()
        self.schema = type(scheme).json_schema()
        hidden = (
            scheme.sensitive if cohort is None else (*scheme.sensitive, *cohort.reading.sensitive)
        )
        self.private_columns = frozenset(hidden)
        self.columns: tuple[str, ...] = ()
        self.kinds: tuple[str, ...] = STANDARD_KINDS
        if cohort is not None:
            names = dict.fromkeys(name for side in cohort.sides for name in side.columns)
            self.columns = tuple(name for name in names if name not in scheme.monitoring_only)
            self.kinds = tuple(dict.fromkeys((*cohort.relations, *STANDARD_KINDS)))

    def parts(self) -> Iterator[FormPart]:
        """Yield every part, in the order of the form."""
        whole = self.schema
        yield self._part("", "scheme", whole, self.data, skipped=(*FAMILIES, "meetings"))
        for family in FAMILIES:
            for index, member in enumerate(getattr(self.scheme, family)):
                data = self._entry(family, index)
                schema = self._schema_of(family, str(data.get("type", "")))
                part = self._part(f"{family}[{index}]", family, schema, data)
                is_confidential = family in ("rules", "quotas") and member.reads_sensitive(
                    self.scheme.setting
                )
                yield replace(part, is_confidential=is_confidential)
        meetings = self.data.get("meetings")
        part = self._part("meetings", "meetings", self._definition("Meetings"), meetings or {})
        yield part if meetings else replace(part, is_present=False)

    def blanks(self, family: str) -> Iterator[FormPart]:
        """Yield an empty part for each kind of a family."""
        path = f"{family}[{len(getattr(self.scheme, family))}]"
        schemas = [self._definition("Quota" if family == "quotas" else "Aim")]
        if family in ("criteria", "rules"):
            schemas = self.schema["properties"][family]["items"]["oneOf"]
        for schema in schemas:
            part = self._part(path, family, schema, {})
            if part.type not in ("not_oneself", "not_withdrawn"):  # which always hold
                yield replace(part, is_present=False)

    def _entry(self, family: str, index: int) -> Mapping[str, Any]:
        if family == "objective":
            return self.scheme.aims[index].model_dump(mode="json")
        entry: Mapping[str, Any] = self.data[family][index]
        return entry

    def _schema_of(self, family: str, type_: str) -> Mapping[str, Any]:
        if family not in ("criteria", "rules"):
            return self._definition("Quota" if family == "quotas" else "Aim")
        members: list[Mapping[str, Any]] = self.schema["properties"][family]["items"]["oneOf"]
        return next(m for m in members if m["properties"]["type"]["default"] == type_)

    def _definition(self, name: str) -> Mapping[str, Any]:
        definition: Mapping[str, Any] = self.schema["$defs"][name]
        return definition

    def _part(
        self,
        path: str,
        family: str,
        schema: Mapping[str, Any],
        data: Mapping[str, Any],
        *,
        skipped: tuple[str, ...] = (),
    ) -> FormPart:
        properties = schema["properties"]
        return FormPart(
            path,
            family,
            str(properties.get("type", {}).get("default", "")),
            schema.get("title", ""),
            schema.get("description", ""),
            tuple(
                self._field(path, family, key, entry, data, key in schema.get("required", ()))
                for key, entry in properties.items()
                if key not in (*_HIDDEN_KEYS, *skipped)
            ),
        )

    def _field(
        self,
        path: str,
        family: str,
        key: str,
        schema: Mapping[str, Any],
        data: Mapping[str, Any],
        is_required: bool,
    ) -> SchemeField:
        # of a mapping or list that may be left out, the schema says nothing
        default = schema.get("default")
        value = data.get(key, default)
        shape = shape_of(schema, value)
        return SchemeField(
            f"{path}.{key}" if path else key,
            key,
            schema.get("title", key),
            schema.get("description", ""),
            schema.get("unit", ""),
            schema.get("level", "basic"),
            shape,
            json.loads(json.dumps(value)),
            json.loads(json.dumps(default)),
            is_required,
            (*self._choices(family, key, schema, shape, value),),
        )

    def _choices(
        self, family: str, key: str, schema: Mapping[str, Any], shape: FieldShape, value: Any
    ) -> Iterator[FieldChoice]:
        if shape.kind == "choice":
            titles = schema.get("choices", {})
            yield from (FieldChoice(o, titles.get(o, o)) for o in shape.options)
        if shape.kind not in ("column", "columns"):
            return
        # people who are connected, not what they answered
        names_people = key in ("forbid", "kind")
        names = self.kinds if names_people else self.columns
        if not names_people and family in FAMILIES:
            names = tuple(name for name in names if name not in _NOT_COMPARED)
        if family == "criteria":  # scores would show what is private
            names = tuple(name for name in names if name not in self.private_columns)
        chosen = [value] if isinstance(value, str) else [*(value or ())]
        for name in dict.fromkeys((*names, *chosen)):
            yield FieldChoice(name, name.replace("_", " "), name in self.private_columns)
