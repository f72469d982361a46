"""Every problem and violation has a code: stable, in one form, and in a table of the docs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

import rmmatch as rm
from rmmatch.cohort import table_reader

SOURCE = Path(rm.__file__).parent
TABLE = Path(__file__).parents[1] / "docs" / "api.md"
HEADING = "### Codes of problems and violations"
CODED = ("Problem", "Mismatch", "Violation")
# The one code that is put together: of a cell that its column does not take.
PUT_TOGETHER = "f'not_{column}'"
OF_COLUMNS = {f"not_{column}" for column in table_reader._PARSED_COLUMNS}


def trees() -> dict[str, ast.Module]:
    return {
        str(path.relative_to(SOURCE)): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(SOURCE.rglob("*.py"))
    }


def name_of(call: ast.Call) -> str:
    function = call.func
    return getattr(function, "attr", getattr(function, "id", ""))


def code_of(call: ast.Call) -> ast.expr | None:
    """The code a call gives: a keyword, or the fifth field of a Mismatch."""
    for keyword in call.keywords:
        if keyword.arg == "code":
            return keyword.value
    is_spread = any(isinstance(argument, ast.Starred) for argument in call.args)
    if name_of(call) == "Mismatch" and len(call.args) == 5 and not is_spread:
        return call.args[4]
    return None


def uncoded(tree: ast.AST) -> list[int]:
    """The lines of problems, misfits and violations that are built without a code."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return [call.lineno for call in calls if name_of(call) in CODED and code_of(call) is None]


def texts(value: ast.expr | None) -> Iterator[str]:
    """The text of an expression; each that it can be, where it is a condition or a mapping."""
    if isinstance(value, ast.IfExp):
        yield from texts(value.body)
        yield from texts(value.orelse)
    elif isinstance(value, ast.Dict):
        for part in value.values:
            yield from texts(part)
    elif isinstance(value, ast.JoinedStr):
        yield ast.unparse(value)
    elif isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value


def helpers(trees: Iterable[ast.AST]) -> dict[str, int]:
    """The functions that take a code by position, and its place in a call of them."""
    places: dict[str, int] = {}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                names = [argument.arg for argument in node.args.args]
                if "code" in names:
                    places[node.name] = names.index("code") - (names[0] == "self")
    return places


def literal_codes(tree: ast.AST, places: Mapping[str, int]) -> set[str]:
    """The codes that are written out in a module."""
    codes: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            codes.update(texts(code_of(node)))
            if name_of(node) == "PydanticCustomError":  # its type becomes the code of a problem
                codes.update(texts(node.args[0]))
            place = places.get(name_of(node), len(node.args))
            codes.update(text for argument in node.args[place:][:1] for text in texts(argument))
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(getattr(target, "id", "") in ("code", "_CODES") for target in targets):
                codes.update(texts(node.value))
        elif isinstance(node, ast.arguments):
            by_position = node.args[len(node.args) - len(node.defaults) :]
            pairs = [
                *zip(by_position, node.defaults, strict=True),
                *zip(node.kwonlyargs, node.kw_defaults, strict=True),
            ]
            for argument, default in pairs:
                codes.update(texts(default) if argument.arg == "code" else ())
    return codes


def written() -> dict[str, set[str]]:
    """The codes of every module."""
    modules = trees()
    places = helpers(modules.values())
    return {name: literal_codes(tree, places) for name, tree in modules.items()}


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
        (name, code)
        for name, codes in written().items()
        for code in sorted(codes)
        if not re.fullmatch("[a-z][a-z_]*", code)
    ]
    assert odd == [("cohort/table_reader.py", PUT_TOGETHER)]
    assert all(re.fullmatch("[a-z][a-z_]*", code) for code in OF_COLUMNS)


def test_the_table_of_the_docs_has_every_code_once_and_no_other() -> None:
    used = set().union(*written().values(), OF_COLUMNS) - {PUT_TOGETHER}
    codes = tabled(TABLE.read_text(encoding="utf-8").splitlines())
    missing, superfluous = sorted(used - {*codes}), sorted({*codes} - used)
    assert not missing, f"not in {TABLE.name}: {', '.join(missing)}"
    assert not superfluous, f"of no problem, in {TABLE.name}: {', '.join(superfluous)}"
    assert codes == sorted(set(codes))


def test_the_walk_sees_what_it_looks_for() -> None:
    bare = ["Problem(*x)", "e.Problem('a')", "Mismatch('a', 'b', 'c')", "Violation('a', *y)"]
    coded = ["Problem(*x, code=c)", "Mismatch('', '', '', '', 'fifth')", "_AlternativesSearch(x)"]
    for text in bare:
        assert uncoded(ast.parse(f"def f():\n    yield {text}")) == [2], text
    for text in coded:
        assert uncoded(ast.parse(text)) == [], text
    for text, codes in (
        ("Mismatch('', '', '', '', 'fifth')", {"fifth"}),
        ("anything(1, code='keyword')", {"keyword"}),
        ("f(code=c), f(code=3), f('a', 'b')", set()),
        ("f(code='yes' if x else 'no')", {"yes", "no"}),
        ("PydanticCustomError('custom', 'text')", {"custom"}),
        ("code: str = 'field'", {"field"}),
        ("code = 'local' if x else c", {"local"}),
        ("code = f'not_{column}'", {PUT_TOGETHER}),
        ("_CODES = {'key': 'value'}", {"value"}),
        ("def f(a, b='b', code='default'): ...", {"default"}),
        ("def f(a='a', *, code='default', d='d'): ...", {"default"}),
        ("class C:\n  def m(self, a, code): ...\nC().m('a', 'given')\nC().m('a')", {"given"}),
        ("def f(a, code): ...\nf('a', 'given')", {"given"}),
    ):
        tree = ast.parse(text)
        assert literal_codes(tree, helpers([tree])) == codes, text
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
        ("monitoring_only: [goals]\ncriteria: [{type: goals}]", "monitoring_only"),
        ("monitoring_only: [capacity]", "invalid_value"),
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
