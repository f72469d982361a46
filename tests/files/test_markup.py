"""HTML for notebooks: escaped, accessible, with nothing from outside, and no values of people."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pandas as pd
import pytest

import rmmatch as rm
from rmmatch.files import markup

VOID = {"br", "hr", "img", "input", "link", "meta"}


class Reader(HTMLParser):
    """Collects the tags, and fails where they do not close in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def tags_of(page: str) -> list[tuple[str, dict[str, str | None]]]:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader.tags


def shown() -> Iterator[tuple[str, Any]]:
    """Whatever a notebook shows as HTML, by name."""
    cohort, scheme = rm.synthetic.demo()
    result = rm.match(cohort, scheme)
    mentee, mentor = result.made.pairs[0]
    yield "cohort", cohort
    yield "scheme", scheme
    yield "result", result
    yield "reviewed", rm.review(result, lock=[(mentee, mentor)])
    yield "pair", rm.explain(result, mentee=mentee)
    yield "unpaired", rm.explain(result, mentor=result.unpaired["id"].iloc[-1])
    yield "participant", rm.explain(result, mentee=mentee, audience="participant")
    yield "comparison", rm.compare(cohort, scheme, ["total", "greedy"])
    yield "what if", rm.what_if(result, forbid=[(mentee, mentor)])
    yield "rematch", rm.rematch(result, withdrawn=[("mentor", mentor)])
    yield "shortlist", rm.shortlist(cohort, scheme)
    yield "alternatives", rm.alternatives(result, 1)
    yield "confidence", rm.confidence(result, 2)


SHOWN = dict(shown())


@pytest.mark.parametrize("name", SHOWN)
def test_every_page_is_sound_and_loads_nothing(name: str) -> None:
    page = SHOWN[name]._repr_html_()
    tags = tags_of(page)
    assert {tag for tag, _ in tags} <= {
        *("div", "p", "strong", "ul", "ol", "li"),
        *("table", "caption", "thead", "tbody", "tr", "th", "td"),
    }
    for tag, attributes in tags:
        assert set(attributes) <= ({"style", "scope"} if tag == "th" else {"style"})
        style = attributes.get("style") or ""
        assert "url" not in style
        assert "background" not in style  # the page's own, light or dark
        assert not any(part.strip().startswith("color") for part in style.split(";"))
        if tag == "th":
            assert attributes["scope"] == "col"


def test_a_cohort_shows_counts_and_columns_and_no_value() -> None:
    rows = [{"id": f"M{at}", "name": "Zqx", "faith": "zqx" if at else None} for at in range(3)]
    cohort = rm.read_cohort(
        pd.DataFrame(rows), pd.DataFrame([{"id": "E0", "goals": "zqx"}]), sensitive=["faith"]
    )
    page = cohort._repr_html_()
    assert "1 mentees and 3 mentors" not in page
    assert "1 mentee and 3 mentors" in page
    assert "zqx" not in page.casefold()
    assert "confidential" in page
    assert "2 of 3" not in page  # not even how many answered


def test_a_scheme_shows_its_rules_numbered_and_confidential_ones_as_that() -> None:
    scheme = rm.Scheme.model_validate(
        {
            "name": "A <b>scheme</b>",
            "sensitive": ["faith"],
            "criteria": [{"type": "goals", "weight": 3}, {"type": "speciality"}],
            "rules": [
                {"type": "eligible", "column": "attended_training"},
                {"type": "attribute", "column": "faith", "relation": "different"},
            ],
            "quotas": [
                {"side": "mentors", "column": "faith", "value": "zqx", "at_least": 1},
                {"side": "mentors", "column": "organisation", "value": "ARC", "at_least": 1},
            ],
            "objective": ["pairs", {"tier": "total", "within": 0.025}],
        }
    )
    page = scheme._repr_html_()
    assert "A &lt;b&gt;scheme&lt;/b&gt;" in page
    assert "zqx" not in page
    assert "faith" not in page
    assert "<li>A confidential rule</li>" in page
    assert "<li>A confidential quota</li>" in page
    assert "organisation ARC" in page
    assert "75%" in page
    assert "(later aims may give up 2.5% of it)" in page


def test_a_result_shows_names_and_points_that_add_up() -> None:
    page = SHOWN["result"]._repr_html_()
    assert ">Mentee 001 (E001)<" in page
    assert "0.480" not in page
    row = next(line for line in page.splitlines() if "Mentee 001 (E001)" in line)
    points, *parts = (int(cell) for cell in pd.Series(row).str.findall(r">(\d+)<")[0])
    assert points == sum(parts) == 80


def test_a_comparison_has_a_line_for_each_measure_in_words() -> None:
    page = SHOWN["comparison"]._repr_html_()
    assert ">Pairs</td>" in page
    assert ">38</td>" in page
    assert "Mean rank of the mentor in the mentee&#x27;s eyes" in page
    assert "_" not in page.replace("mentee_proposing", "")


def test_a_name_that_is_sensitive_is_not_shown() -> None:
    table = pd.DataFrame([{"id": "M1", "name": "Zqx"}])
    cohort = rm.read_cohort(table, pd.DataFrame([{"id": "E1"}, {"id": "E2"}]))
    result = rm.match(cohort, rm.Scheme.model_validate({"sensitive": ["name"]}))
    assert "M1" in result._repr_html_()
    assert "Zqx" not in result._repr_html_()


def test_of_long_tables_the_first_rows_are_shown_and_the_others_counted() -> None:
    page = markup.table(["n"], [(number,) for number in range(1_500)], "Numbers")
    assert page.count("<tr>") == 101
    assert page.endswith("<p>… and 1,400 more.</p>")
    assert "… and 5 more" in markup.bullets(map(str, range(105)))


def test_cells_are_escaped_and_missing_ones_are_empty() -> None:
    page = markup.table(["<a>", "b"], [("<i>&", float("nan")), (None, 0.25)], "<c>")
    assert "&lt;a&gt;" in page
    assert "&lt;i&gt;&amp;" in page
    assert "&lt;c&gt;" in page
    assert "nan" not in page
    assert ">0.250<" in page
    tags_of(page)
