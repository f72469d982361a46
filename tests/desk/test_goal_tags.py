"""Tags for goals in free text are proposed with their evidence; only a person accepts them."""

from __future__ import annotations

import importlib.util
import inspect
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rmmatch as rm
from rmmatch.cohort.forms.model import Form
from rmmatch.desk.survey.tags.free_text import clauses_of, vectors_by, words_of
from rmmatch.errors import MissingExtraError
from rmmatch.types import GoalTags

TAGS = {
    "teaching": ["medical education", "lectures"],
    "quality improvement": ["QI", "audit"],
    "digital and data": ["AI", "IT", "statistics"],
}
TEXTS = {
    "E1": "I'd like to become better at teeching, and run an audit",
    "E2": "Quality improvement",
    "E3": "quality  IMPROVEMENT",
    "E4": "a friendly ear",
    "E5": None,
    "E6": "n/a",
    "E7": "IT",
}
needs_wordllama = pytest.mark.skipif(
    importlib.util.find_spec("wordllama") is None, reason="wordllama is not installed"
)
texts = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00\r"), min_size=1, max_size=40
).map(str.strip)


def proposed() -> GoalTags:
    return rm.propose_tags(TEXTS, TAGS)


def rows(tags: GoalTags) -> list[tuple[tuple[str, ...], str]]:
    return [(row.people, row.tag) for row in tags.proposals]


# What is proposed ------------------------------------------------------------------------------


def test_each_text_has_the_tags_that_its_clauses_speak_for() -> None:
    assert rows(proposed()) == [
        (("E1",), "quality improvement"),
        (("E1",), "teaching"),
        (("E2", "E3"), "quality improvement"),
        (("E4",), ""),
        (("E7",), "digital and data"),
    ]


def test_each_proposal_names_the_words_that_speak_for_it() -> None:
    words = {(row.people, row.tag): row.words for row in proposed().proposals}
    assert words[("E1",), "teaching"] == ("teeching",)
    assert words[("E1",), "quality improvement"] == ("audit",)
    assert words[("E4",), ""] == ()


def test_nothing_is_accepted_by_itself() -> None:
    tags = proposed()
    assert not tags.table["accepted"].any()
    assert tags.answers == {}
    assert len(tags.undecided) == 4


def test_a_word_that_speaks_for_one_tag_does_not_speak_for_a_second() -> None:
    tags = rm.propose_tags(
        ["career development"], {"career development": [], "flexible training": "career break"}
    )
    assert [row.tag for row in tags.proposals] == ["career development"]


def test_a_series_names_the_people_and_a_list_numbers_them() -> None:
    series = pd.Series(["teaching", np.nan, "audit"], index=["a", "b", "c"])
    assert [row.people for row in rm.propose_tags(series, TAGS).proposals] == [("a",), ("c",)]
    listed = rm.propose_tags(["teaching", None, "audit"], TAGS)
    assert [row.people for row in listed.proposals] == [("1",), ("3",)]


def test_the_order_of_people_changes_the_order_of_rows_only() -> None:
    turned = rm.propose_tags(dict(reversed(TEXTS.items())), TAGS)
    assert {tag for _, tag in rows(turned)} == {tag for _, tag in rows(proposed())}
    first = {(row.text.casefold().split()[0], row.tag) for row in proposed().proposals}
    assert {(row.text.casefold().split()[0], row.tag) for row in turned.proposals} == first


@given(st.lists(texts, max_size=6), st.integers(1, 3))
def test_any_text_can_be_proposed_for(written: list[str], most: int) -> None:
    tags = rm.propose_tags(written, TAGS, most=most, at_least=0.3)
    for row in tags.proposals:
        assert row.text in written
        assert (row.similarity >= 0.3) == bool(row.tag)
        assert row.similarity <= 1
    counts = tags.table.groupby("text")["tag"].count()
    assert (counts <= most).all()


@given(texts.filter(lambda text: any(word.folded for word in words_of(text))))
def test_a_text_that_is_a_tag_gets_this_tag(text: str) -> None:
    if ";" in text:
        return
    tags = rm.propose_tags([text], [text])
    assert [row.tag for row in tags.proposals if row.text] in ([text], [])  # [] where it is missing


def test_n_grams_see_through_typing_errors() -> None:
    vectors = vectors_by("ngrams")
    a, b, c = vectors.of([words_of("leadership"), words_of("leadershp"), words_of("statistics")])
    assert a @ b > 0.5
    assert abs(a @ c) < 0.1


def test_clauses_are_looked_at_one_by_one() -> None:
    written = [[word.written for word in words] for words in clauses_of("QI; teaching and AI")]
    assert written == [["QI", "teaching", "AI"], ["QI"], ["teaching"], ["AI"]]


def test_most_labelled_goals_get_no_wrong_tag() -> None:
    """What docs/benchmarks/goal_tags.txt says of the library's own thresholds, at least."""
    folder = Path(__file__).parents[2] / "benchmarks"
    sys.path.insert(0, str(folder))
    try:
        import bench_goal_tags as bench
    finally:
        sys.path.remove(str(folder))
    answers = bench.labelled()
    assert len(answers) >= 150
    assert len(bench.TAGS) >= 10
    fitting = [tags for _, tags in answers]
    rankings = bench.by_library("ngrams")([text for text, _ in answers], bench.TAGS)
    figures = bench.counted(rankings, fitting, bench.LEAST_SIMILARITY["ngrams"])
    assert figures["precision_at_1"] >= 0.9
    assert figures["recall_at_1"] >= 0.45


# Groups ----------------------------------------------------------------------------------------


def test_without_tags_similar_texts_are_grouped_and_labelled_by_their_words() -> None:
    tags = rm.propose_tags(
        ["exam revision", "academic writing", "Writing", "exam revison", "grant writing", "visas"]
    )
    groups: dict[str, set[str]] = {}
    for row in tags.proposals:
        groups.setdefault(row.tag, set()).add(row.text)
    assert groups == {
        "writing": {"academic writing", "Writing", "grant writing"},
        "exam": {"exam revision", "exam revison"},
        "": {"visas"},
    }


def test_too_many_texts_are_not_grouped() -> None:
    with pytest.raises(rm.errors.NotSupportedError, match="at most 20,000 different texts"):
        rm.propose_tags([f"text {number}" for number in range(20_001)])


def test_two_groups_never_have_one_label() -> None:
    tags = rm.propose_tags([f"{word} {n}" for word in ("aaaa bbbb", "cccc dddd") for n in "xyz"])
    labels = {row.tag for row in tags.proposals}
    assert len(labels) == 2


@given(st.permutations(["exam revision", "exam revison", "writing", "my writing group", "QI"]))
def test_groups_do_not_depend_on_the_order_of_people(order: list[str]) -> None:
    tags = rm.propose_tags(order)
    expected = rm.propose_tags(sorted(order))
    assert {(row.text, row.tag) for row in tags.proposals} == {
        (row.text, row.tag) for row in expected.proposals
    }


# Deciding --------------------------------------------------------------------------------------


def test_what_is_accepted_is_the_meaning_of_an_answer() -> None:
    tags = proposed().accept([1, 2]).accept(4, instead="").accept(5, instead="digital; AI")
    assert tags.answers == {
        TEXTS["E1"]: "quality improvement; teaching",
        "a friendly ear": "",
        "IT": "digital; AI",
    }
    assert tags.undecided == ("Quality improvement",)


def test_everything_of_a_tag_or_of_a_likeness_can_be_accepted() -> None:
    assert set(proposed().accept(tag="Quality Improvement").answers) == {
        TEXTS["E1"],
        "Quality improvement",
    }
    assert len(proposed().accept().answers) == 3
    assert list(proposed().accept(tag="teaching", at_least=0.99).answers) == []


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        ({"numbers": 9}, "there is no row 9"),
        ({"numbers": 0}, "there is no row 0"),
        ({"numbers": 4}, "row 4 has no tag"),
        ({"tag": "teching"}, "did you mean 'teaching'"),
        ({"tag": ""}, "no proposal has the tag ''"),
    ],
)
def test_what_is_not_there_cannot_be_accepted(given_: dict[str, object], message: str) -> None:
    tags = proposed()
    with pytest.raises(ValueError, match=message):
        tags.accept(**given_)  # type: ignore[arg-type]
    assert tags.answers == {}


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        ([], "there are no tags"),
        (["a", "A"], "'a' is there twice"),
        (["a;b"], "cannot be a tag"),
        (["?"], "cannot be a tag"),
    ],
)
def test_tags_that_cannot_be_used_are_refused(tags: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        rm.propose_tags(["text"], tags)


def test_options_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="method must be 'ngrams' or 'text'"):
        rm.propose_tags(["text"], TAGS, method="tfidf")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="at_least must be"):
        rm.propose_tags(["text"], TAGS, at_least=0)
    with pytest.raises(ValueError, match="most must be"):
        rm.propose_tags(["text"], TAGS, most=0)
    with pytest.raises(TypeError, match="not one str"):
        rm.propose_tags("text", TAGS)
    with pytest.raises(TypeError, match="not one str"):
        rm.propose_tags(["text"], "teaching")


# Files and forms -------------------------------------------------------------------------------


def test_a_table_is_edited_in_a_spreadsheet_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "goal_tags.csv"
    tags = rm.propose_tags({"E1": "=teaching\n- audit", "E2": 'my "own"; words, yes'}, TAGS)
    tags.to_csv(path)
    again = GoalTags.from_file(path)
    assert rows(again) == rows(tags)
    assert again.proposals[0].text == "=teaching\n- audit"
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table.loc[0, "accepted"] = "Yes"
    table.loc[2, ["accepted", "tag"]] = "y", "wellbeing; teaching"
    table.to_csv(path, index=False)
    assert GoalTags.from_file(path).answers == {
        "=teaching\n- audit": tags.proposals[0].tag,
        'my "own"; words, yes': "wellbeing; teaching",
    }


def test_every_problem_of_an_edited_table_is_listed(tmp_path: Path) -> None:
    path = tmp_path / "goal_tags.csv"
    path.write_text("text,tag,accepted\nQI,audit,perhaps\n,audit,yes\n,,\nx,y,no\n")
    with pytest.raises(rm.CohortError) as caught:
        GoalTags.from_file(path)
    problems = [(p.row, p.column, p.code) for p in caught.value.items]
    assert problems == [(2, "accepted", "not_readable"), (3, "text", "missing_value")]
    path.write_text("text,label\nQI,audit\n")
    with pytest.raises(rm.CohortError) as caught:
        GoalTags.from_file(path)
    assert [(p.column, p.code) for p in caught.value.items] == [
        ("tag", "missing_column"),
        ("accepted", "missing_column"),
    ]
    with pytest.raises(rm.CohortError, match="no such file"):
        GoalTags.from_file(tmp_path / "nowhere.csv")


def test_accepted_tags_go_into_the_form_and_its_comments_stay() -> None:
    form = Form.from_text("version: 1\nfields:\n  id: Email # the account\n  goals: What for?\n")
    tags = proposed().accept(tag="quality improvement")
    assert tags.to_form(form) is form
    assert form.fields["goals"].answers == tags.answers
    assert form.fields["goals"].headers == ("What for?",)
    text = form.to_yaml()
    assert "# the account" in text
    assert Form.from_text(text).fields == form.fields


def test_tags_cannot_go_where_there_is_no_field_and_nothing_accepted() -> None:
    form = Form.from_text("version: 1\nfields: {id: Email}\n")
    with pytest.raises(ValueError, match="no field 'goals': it has id"):
        proposed().accept().to_form(form)
    with pytest.raises(ValueError, match="no tag is accepted"):
        proposed().to_form(form, "id")


def test_a_form_with_tags_is_replayed_and_asks_about_a_new_text() -> None:
    if "form" not in inspect.signature(rm.read_cohort).parameters:
        pytest.skip("read_cohort takes no form yet")
    form = Form.from_text("version: 1\nfields: {id: Mail, goals: What for?, role: As}\n")
    proposed().accept([1, 2]).accept(tag="quality improvement").to_form(form)
    export = [
        {"Mail": "a@x.example", "As": "mentor", "What for?": TEXTS["E1"]},
        {"Mail": "b@x.example", "As": "mentee", "What for?": TEXTS["E3"]},
    ]
    cohort = rm.read_cohort(export, form=form)
    assert list(cohort.mentors.column("goals")) == ["quality improvement; teaching"]
    assert list(cohort.mentees.column("goals")) == ["quality improvement"]
    export[1]["What for?"] = "something new"
    with pytest.raises(rm.CohortError, match="something new"):
        rm.read_cohort(export, form=form)


# The extra `text` ------------------------------------------------------------------------------


@needs_wordllama
def test_words_are_compared_by_meaning_without_any_network() -> None:
    code = """
import logging, socket
handlers = list(logging.getLogger().handlers)
def refuse(*arguments, **options):
    raise AssertionError("a socket was opened")
socket.socket.connect = refuse
socket.create_connection = socket.getaddrinfo = refuse
class Closed(socket.socket):
    def __init__(self, *arguments, **options):
        refuse()
socket.socket = Closed
import rmmatch as rm
tags = rm.propose_tags(["public lectures", "anxiety"], ["teaching lessons", "stress"],
                       method="text", at_least=0.2)
print([row.tag for row in tags.proposals])
assert list(logging.getLogger().handlers) == handlers
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "['teaching lessons', 'stress']"


@needs_wordllama
def test_empty_and_strange_texts_have_no_meaning_and_do_no_harm() -> None:
    tags = rm.propose_tags(["?", "日本語", "x" * 5000], TAGS, method="text")
    assert len(tags) == 3
    assert rm.propose_tags([], TAGS, method="text").proposals == ()


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from rmmatch.desk.survey.tags import free_text

    free_text._loaded_model.cache_clear()
    monkeypatch.setitem(sys.modules, "wordllama", None)
    with pytest.raises(MissingExtraError, match=r'pip install "rmmatch\[text\]"'):
        rm.propose_tags(["text"], TAGS, method="text")


def test_the_proposer_is_loaded_only_when_it_is_used() -> None:
    code = "import sys, rmmatch as rm; rm.propose_tags; print('wordllama' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_no_texts_give_no_proposals() -> None:
    assert repr(rm.propose_tags([], TAGS)) == (
        "GoalTags: 0 texts, 0 tags proposed, 0 accepted; 0 texts are undecided"
    )
    assert rm.propose_tags([]).proposals == ()
