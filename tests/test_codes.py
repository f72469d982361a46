"""Every problem and violation has a code: stable, in one form, and in a table of the docs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

import rmmatch as rm

SOURCE = Path(rm.__file__).parent
TABLE = Path(__file__).parents[1] / "docs" / "api.md"
HEADING = "### Codes of problems and violations"
CODED = ("Problem", "Misfit", "Violation")


def trees() -> dict[str, ast.Module]:
    return {
        str(path.relative_to(SOURCE)): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(SOURCE.rglob("*.py"))
    }


def name_of(call: ast.Call) -> str:
    function = call.func
    return getattr(function, "attr", getattr(function, "id", ""))


def code_of(call: ast.Call) -> ast.expr | None:
    """The code a call gives: a keyword, or the fifth field of a Misfit."""
    for keyword in call.keywords:
        if keyword.arg == "code":
            return keyword.value
    is_spread = any(isinstance(argument, ast.Starred) for argument in call.args)
    if name_of(call) == "Misfit" and len(call.args) == 5 and not is_spread:
        return call.args[4]
    return None


def uncoded(tree: ast.AST) -> list[int]:
    """The lines of problems, misfits and violations that are built without a code."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return [call.lineno for call in calls if name_of(call) in CODED and code_of(call) is None]


def texts(value: ast.expr | None) -> Iterator[str]:
    """The text of an expression, or both where it depends on a condition."""
    if isinstance(value, ast.IfExp):
        yield from texts(value.body)
        yield from texts(value.orelse)
    elif isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value


def literal_codes(tree: ast.AST) -> set[str]:
    """The codes that are written out in a module."""
    codes: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            codes.update(texts(code_of(node)))
            if name_of(node) == "PydanticCustomError":  # its type becomes the code of a problem
                codes.update(texts(node.args[0]))
        elif isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "code":
            codes.update(texts(node.value))  # what a Misfit has where its author gave none
    return codes


def tabled(lines: Iterable[str]) -> list[str]:
    """The codes in the first column of the table under the heading, in order."""
    found: list[str] = []
    is_under = False
    for line in lines:
        if line.startswith("#"):
            is_under = line.strip() == HEADING
        elif is_under and (row := re.match(r"\|\s*`([^`]*)`\s*\|\s*\S", line)):
            found.append(row[1])
    return found


# --- what is written ---------------------------------------------------------------------------


def test_every_problem_misfit_and_violation_is_built_with_a_code() -> None:
    missing = [f"{name}:{line}" for name, tree in trees().items() for line in uncoded(tree)]
    assert missing == []


def test_every_code_is_in_snake_case() -> None:
    odd = [
        f"{name}: {code!r}"
        for name, tree in trees().items()
        for code in sorted(literal_codes(tree))
        if not re.fullmatch("[a-z][a-z_]*", code)
    ]
    assert odd == []


def test_the_table_of_the_docs_has_every_code_once_and_no_other() -> None:
    written = set().union(*map(literal_codes, trees().values()))
    codes = tabled(TABLE.read_text(encoding="utf-8").splitlines())
    assert {"missing": sorted(written - {*codes}), "superfluous": sorted({*codes} - written)} == {
        "missing": [],
        "superfluous": [],
    }
    assert codes == sorted(set(codes))


def test_the_walk_sees_what_it_looks_for() -> None:
    bare = ["Problem(*x)", "e.Problem('a')", "Misfit('a', 'b', 'c')", "Violation('a', *y)"]
    coded = ["Problem(*x, code=c)", "Misfit('', '', '', '', 'fifth')", "_Problem(x)"]
    for text in bare:
        assert uncoded(ast.parse(f"def f():\n    yield {text}")) == [2], text
    for text in coded:
        assert uncoded(ast.parse(text)) == [], text
    tree = ast.parse(
        "Misfit('', '', '', '', 'fifth')\nanything(1, code='keyword')\nf(code=c)\nf(code=3)\n"
        "f(code='yes' if x else 'no')\nPydanticCustomError('custom', 'text')\ncode: str = 'default'"
    )
    assert literal_codes(tree) == {"fifth", "keyword", "yes", "no", "custom", "default"}
    rows = ["| `before` | x |", HEADING, "", "| code | what |", "|---|---|", "| `a_b` | c |"]
    assert tabled([*rows, "# after", "| `after` | x |"]) == ["a_b"]


# --- what a program gets -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty_file"),
        ("- name: a", "wrong_type"),
        ("criteria: [", "not_yaml_or_json"),
        ("name: a\nname: b", "repeated_key"),
        ("wieght: 3", "unknown_key"),
        ("rules: [{type: relations}]", "missing_key"),
        ("direction: revers", "not_a_choice"),
        ("criteria: [{type: goal}]", "unknown_type"),
        ("criteria: [{weight: 2}]", "no_type"),
        ("criteria: [{type: goals, weight: -1}]", "out_of_range"),
        ("criteria: [{type: goals, weight: heavy}]", "not_a_number"),
        ("criteria: [{type: goals, weight: .inf}]", "not_a_number"),
        ("cycle_weeks: 1.5", "not_a_whole_number"),
        ("criteria: 3", "wrong_type"),
        ("name: 3", "wrong_type"),
        ("rules: [{type: pairs, pin: [[E1]]}]", "wrong_length"),
        ("rules: [{type: pairs, pin: [[E1, M1, M2]]}]", "wrong_length"),
        ("rules: [{type: power_distance}]", "invalid_value"),
        ("objective: []", "invalid_value"),
        ("sensitive: [goals]\ncriteria: [{type: goals}]", "sensitive"),
        ("objective: [leximin]", "disordered"),
        ("quotas: [{side: mentors, column: x, value: a, at_least: 1, soft: true}]", "uncounted"),
        (
            "meetings: {count: [1, 2], every_days: [1, 2], start: 2026-01-12, end: soon}",
            "not_a_date",
        ),
    ],
)
def test_mistakes_of_a_scheme_have_their_codes(text: str, code: str) -> None:
    with pytest.raises(rm.SchemeError) as caught:
        rm.Scheme.from_text(text)
    assert [item.code for item in caught.value.items] == [code]
    assert caught.value.problems["code"].tolist() == [code]


def test_a_file_that_is_not_there_has_the_same_code_whoever_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "none.json"
    for read in (rm.Scheme.from_file, rm.load_result):
        for place, code in ((path, "file_not_found"), (tmp_path, "unreadable_file")):
            with pytest.raises(rm.errors.ProblemsError) as caught:
                read(place)
            assert [item.code for item in caught.value.items] == [code]


def test_what_a_check_finds_has_codes_for_each_kind() -> None:
    cohort, scheme = rm.synthetic.demo()
    result = rm.match(cohort, scheme)
    pairs = list(result.made)
    mentor = pairs[0][1]
    listed = [*pairs, pairs[0], ("nobody", mentor)]
    codes = [violation.code for violation in rm.check(cohort, scheme, listed)]
    assert codes == ["repeated_pair", "unknown_person"]
    claims = {tier: value + 1 for tier, value in result.values.items() if isinstance(value, int)}
    codes = [violation.code for violation in rm.check(result.replace(values=claims))]
    assert set(codes) == {"wrong_value"}
    codes = [violation.code for violation in rm.check(result.replace(certificate=None))]
    assert codes == ["not_proved"]
