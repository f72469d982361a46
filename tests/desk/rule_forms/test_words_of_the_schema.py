"""Every field of a scheme has its words in the JSON Schema, which is as strict as it was."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal

import jsonschema
import pytest
import yaml
from pydantic import Field

import rmmatch as rm
from rmmatch.criteria import Criterion

ROOT = Path(__file__).parents[3]
EXAMPLES = [
    *sorted((ROOT / "examples").glob("*/scheme*.yaml")),
    ROOT / "src" / "rmmatch" / "demo" / "scheme.yaml",
]


@cache
def schema() -> dict[str, Any]:
    return rm.Scheme.json_schema()


def parts() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every part of the schema that has fields: the scheme, each criterion and rule, …."""
    yield "scheme", schema()
    for family in ("criteria", "rules"):
        for member in schema()["properties"][family]["items"]["oneOf"]:
            # of other tests in the same process
            if (tag := member["properties"]["type"]["default"]) in BUILT_IN[family]:
                yield f"{family} {tag}", member
    for name in ("Quota", "Aim", "Meetings"):
        yield name, schema()["$defs"][name]


BUILT_IN = {
    family: {tag for tag, cls in registry.items() if cls.__module__.startswith("rmmatch.")}
    for family, registry in (
        ("criteria", rm.criteria.Criterion.registry),
        ("rules", rm.rules.Rule.registry),
    )
}
PARTS = dict(parts())


def test_no_part_is_left_out() -> None:
    assert len(PARTS) == 4 + len(BUILT_IN["criteria"] - {"function"}) + len(BUILT_IN["rules"])


def is_plain_sentence(text: str) -> bool:
    starts_well = text[:1].isupper() and text.endswith(".")
    return starts_well and not re.search(r"[`\\\n]|:math:|\. [A-Z]", text) and len(text) <= 140


@pytest.mark.parametrize("name", PARTS)
def test_every_part_and_every_field_says_what_it_is(name: str) -> None:
    part = PARTS[name]
    assert is_plain_sentence(part["description"])
    for key, field in part["properties"].items():
        assert is_plain_sentence(field["description"]), key
        assert field["level"] in ("basic", "more"), key
        title = field["title"]
        assert title[0].isupper(), key
        assert not re.search(r"[_`]", title), key
        # as pydantic calls a field of which nobody has said anything
        if "_" in key:
            assert title != key.replace("_", " ").title()


@pytest.mark.parametrize("name", PARTS)
def test_no_two_fields_of_a_part_have_one_title(name: str) -> None:
    titles = [field["title"] for field in PARTS[name]["properties"].values()]
    assert len(set(titles)) == len(titles)


def words_of(field: dict[str, Any]) -> set[str]:
    branches = [field, *field.get("anyOf", ())]
    return {word for branch in branches for word in branch.get("enum", ())}


@pytest.mark.parametrize("name", PARTS)
def test_every_choice_says_what_its_words_mean(name: str) -> None:
    for key, field in PARTS[name]["properties"].items():
        assert set(field.get("choices", {})) == words_of(field), key


def is_number(field: dict[str, Any]) -> bool:
    types = {branch.get("type") for branch in (field, *field.get("anyOf", ()))}
    return bool(types & {"number", "integer"}) and "const" not in field


@pytest.mark.parametrize("name", PARTS)
def test_every_number_but_a_weight_has_a_unit(name: str) -> None:
    for key, field in PARTS[name]["properties"].items():
        if is_number(field) and key != "weight":
            assert field["unit"], key


def test_what_one_needs_first_is_basic() -> None:
    for part in PARTS.values():
        for key in part.get("required", ()):
            assert part["properties"][key]["level"] == "basic", key
        assert any(field["level"] == "basic" for field in part["properties"].values()) or (
            part["properties"].keys() <= {"type", "reason", "name"}
        )


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_the_schema_accepts_every_example(path: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    data = json.loads(json.dumps(yaml.safe_load(path.read_text("utf-8")), default=str))
    jsonschema.validate(data, schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**data, "wieght": 1}, schema())


def test_columns_are_marked_as_columns() -> None:
    rules = PARTS["rules relations"]["properties"]["forbid"], PARTS["criteria goals"]["properties"]
    assert rules[0]["items"]["kind"] == "column"
    assert rules[1]["column"]["kind"] == "column"


def test_a_class_of_somebodys_own_says_its_own_words() -> None:
    class SameBadge(Criterion):
        r"""People with the same badge.

        With :math:`x`.
        """

        type: Literal["same_badge"] = "same_badge"
        badge: str = Field("gold", title="Badge", description="The badge that counts.")
        plain: int = 1

        def score(self, mentees: Any, mentors: Any) -> Any:
            raise NotImplementedError

    try:
        members = rm.Scheme.json_schema()["properties"]["criteria"]["items"]["oneOf"]
    finally:
        del Criterion.registry["same_badge"]
    own = next(m for m in members if m["properties"]["type"]["default"] == "same_badge")
    assert own["description"] == "People with the same badge."
    fields = own["properties"]
    assert (fields["badge"]["title"], fields["badge"]["level"]) == ("Badge", "basic")
    assert fields["badge"]["description"] == "The badge that counts."
    assert fields["plain"]["title"] == "Plain"
    shared = PARTS["criteria goals"]["properties"]["weight"]
    assert fields["weight"]["description"] == shared["description"]


def test_reading_a_scheme_reads_no_words() -> None:
    code = (
        "import sys, rmmatch\n"
        "rmmatch.Scheme.from_text('criteria: [{type: goals}]')\n"
        "print([name for name in sys.modules if '.scheme.words' in name or 'published' in name])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
