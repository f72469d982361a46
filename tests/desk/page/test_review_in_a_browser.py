"""The page of review in a real Chromium, from a file address: decide, download, feed back."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import rmmatch as rm
from helpers.browser import Watched, chromium, watched_page
from helpers.hostile import hostile_result
from rmmatch.desk.page import review_view
from rmmatch.desk.reporting import read_decisions
from rmmatch.matching.records.record import run_key

WIDE, PHONE = {"width": 1600, "height": 1000}, {"width": 360, "height": 780}
NARROWEST = {"width": 320, "height": 640}
VISIBLE = "article[data-pair]:visible"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def result() -> rm.Result:
    return rm.match(*rm.synthetic.demo())


@pytest.fixture(scope="module")
def address(result: rm.Result, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("page") / "review.html"
    result.report(path)
    return path.as_uri()


@pytest.fixture
def watched(browser: Any, address: str) -> Iterator[Watched]:
    with watched_page(browser, viewport=WIDE) as opened:
        opened.page.goto(address)
        yield opened
        assert opened.console == []
        assert {url.partition(":")[0] for url in opened.requests} <= {"file", "blob"}


def card(watched: Watched, place: int) -> Any:
    return watched.page.locator(VISIBLE).nth(place)


def turn_down(watched: Watched, place: int, reason: str) -> str:
    """Turn a pair down; the key of the pair."""
    pair = card(watched, place)
    pair.locator("[data-act=turn-down]").click()
    watched.page.fill("#why-not-text", reason)
    watched.page.click("text=Turn this pair down")
    return str(pair.get_attribute("data-pair"))


def download(watched: Watched, folder: Path) -> Path:
    with watched.page.expect_download() as waiting:
        watched.page.click("#download")
    assert waiting.value.suggested_filename == "decisions.csv"
    path = folder / "decisions.csv"
    waiting.value.save_as(path)
    return path


def test_decide_download_feed_back_and_pair_again(
    watched: Watched, result: rm.Result, tmp_path: Path
) -> None:
    weakest = [(c.mentee.id, c.mentor.id) for c in review_view(result).pairs]
    card(watched, 0).locator("[data-act=keep]").click()
    turn_down(watched, 1, '=same "choir", Élan')
    assert watched.page.inner_text("#progress").startswith("1 kept, 1 turned down, of 38 pairs.")
    path = download(watched, tmp_path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file)) == [
            ["run", "mentee", "mentor", "decision", "reason"],
            [run_key(result), *weakest[0], "kept", ""],
            [run_key(result), *weakest[1], "turned down", '\'=same "choir", Élan'],
        ]
    decisions = read_decisions(path, result)
    reviewed = rm.review(result, by="A. Dean", **decisions.arguments)
    assert reviewed.review.rejected == {weakest[1]: '=same "choir", Élan'}
    again = rm.match_again(reviewed, changes="fewest")
    assert weakest[0] in again.made
    assert weakest[1] not in again.made


def test_a_second_page_shows_what_was_decided_and_can_take_it_back(
    browser: Any, result: rm.Result, tmp_path: Path
) -> None:
    weakest = [(c.mentee.id, c.mentor.id) for c in review_view(result).pairs]
    seen = rm.review(result, lock=[weakest[0]], reject={weakest[1]: "same choir"})
    seen.report(tmp_path / "review.html")
    with watched_page(browser, viewport=WIDE) as opened:
        opened.page.goto((tmp_path / "review.html").as_uri())
        assert opened.page.inner_text("#progress").startswith("1 kept, 1 turned down")
        for place, act in enumerate(("keep", "turn-down")):
            button = card(opened, place).locator(f"[data-act={act}]")
            assert button.get_attribute("aria-pressed") == "true"
            button.click()
        path = download(opened, tmp_path)
        assert opened.console == []
    assert set(read_decisions(path, seen).release) == {weakest[0], weakest[1]}


def test_the_focus_stays_on_what_was_acted_on(watched: Watched) -> None:
    key = str(card(watched, 1).get_attribute("data-pair"))
    card(watched, 1).locator("[data-act=keep]").click()
    assert watched.focus() == {"tag": "BUTTON", "id": "", "act": "keep", "pair": key}
    card(watched, 1).locator("[data-act=turn-down]").click()
    assert watched.focus()["id"] == "why-not-text"
    watched.page.keyboard.press("Escape")
    assert watched.focus()["act"] == "turn-down"
    assert card(watched, 1).get_attribute("data-state") == "kept"
    assert turn_down(watched, 1, "same choir") == key
    assert (watched.focus()["act"], watched.focus()["pair"]) == ("turn-down", key)
    assert watched.page.inner_text("#status").endswith(": turned down.")
    watched.page.click("#tab-none")
    watched.page.click("#undo")  # the pair is not in view: the page shows it
    assert watched.focus()["pair"] == key
    assert card(watched, 1).get_attribute("data-state") == "kept"
    watched.page.click("#undo")
    assert card(watched, 1).get_attribute("data-state") == ""
    assert watched.page.is_disabled("#undo")
    assert watched.focus()["pair"] == key


def test_no_pair_is_turned_down_without_a_reason(watched: Watched) -> None:
    card(watched, 0).locator("[data-act=turn-down]").click()
    watched.page.fill("#why-not-text", "   ")
    watched.page.keyboard.press("Enter")
    assert watched.page.inner_text("#why-not-fault").startswith("Write a few words")
    assert watched.focus()["id"] == "why-not-text"
    assert watched.page.get_attribute("#why-not-text", "aria-invalid") == "true"
    watched.page.click("#why-not-cancel")
    assert card(watched, 0).get_attribute("data-state") == ""


def test_everything_is_done_with_the_keyboard_alone(watched: Watched, tmp_path: Path) -> None:
    keys, page = watched.page.keyboard, watched.page

    def press_until(key: str, is_there: str, limit: int = 40) -> None:
        for _ in range(limit):
            if page.evaluate(f"document.activeElement.matches({is_there!r})"):
                return
            keys.press(key)
        raise AssertionError(is_there)

    shown = [str(item.get_attribute("data-pair")) for item in page.locator(VISIBLE).all()]
    press_until("Tab", "[role=tab]")
    press_until("Tab", "[data-pair] *")
    assert watched.focus()["pair"] == shown[0]
    keys.press("j")
    assert watched.focus() == {"tag": "ARTICLE", "id": shown[1], "act": "", "pair": shown[1]}
    keys.press("Enter")
    assert page.evaluate("document.activeElement.querySelector('details').open")
    press_until("Tab", "[data-act=keep]")
    keys.press("Enter")
    assert page.get_attribute(f"#{shown[1]}", "data-state") == "kept"
    keys.press("j")
    press_until("Tab", "[data-act=keep]")
    assert watched.focus()["pair"] == shown[2]
    keys.press("ArrowRight")
    assert watched.focus()["act"] == "turn-down"
    keys.press("Enter")
    keys.type("share a desk, jk")
    keys.press("Enter")
    assert page.get_attribute(f"#{shown[2]}", "data-state") == "turned down"
    assert watched.focus()["pair"] == shown[2]
    keys.press("k")
    keys.press("k")
    assert watched.focus()["pair"] == shown[0]
    press_until("Tab", "#download", 300)
    with page.expect_download() as waiting:
        keys.press("Enter")
    waiting.value.save_as(tmp_path / "d.csv")
    assert len((tmp_path / "d.csv").read_text(encoding="utf-8-sig").splitlines()) == 3
    press_until("Shift+Tab", "[role=tab]", 300)
    keys.press("ArrowRight")
    assert page.get_attribute("#tab-all", "aria-selected") == "true"
    assert page.locator(VISIBLE).count() == 38


def test_a_toolbar_is_one_stop_for_the_tab_key(watched: Watched) -> None:
    stops = "button:not([tabindex='-1'])"
    for toolbar in watched.page.locator("[role=toolbar]").all():
        assert toolbar.locator(stops).count() == 1


def test_a_closed_window_loses_nothing_and_leaving_warns(
    browser: Any, address: str, tmp_path: Path
) -> None:
    with watched_page(browser, viewport=WIDE) as opened:
        page = opened.page
        page.goto(address)
        key = turn_down(opened, 0, "same choir")
        questions: list[str] = []

        def answer(question: Any) -> None:
            questions.append(question.type)
            question.accept()

        page.on("dialog", answer)
        page.reload()
        assert questions == ["beforeunload"]
        assert page.get_attribute(f"#{key}", "data-state") == "turned down"
        assert "same choir" in page.inner_text(f"#{key}")
        assert page.inner_text("#status") == "Your decisions from before are here again."
        download(opened, tmp_path)
        page.reload()
        assert questions == ["beforeunload"]  # all is downloaded
        assert opened.console == []


def test_people_are_found_by_name_in_every_tab(watched: Watched) -> None:
    watched.page.click("#tab-all")
    watched.page.fill("#find", "mentor 060")
    assert watched.page.locator(VISIBLE).count() == 1
    assert watched.page.inner_text("#status") == "1 pair with “mentor 060”."
    watched.page.click("#tab-none")
    assert watched.page.locator("article.unpaired:visible").count() == 0
    watched.page.fill("#find", "E004")
    assert watched.page.locator("article.unpaired:visible").count() == 1
    watched.page.fill("#find", "")
    assert watched.page.locator("article.unpaired:visible").count() == 29


def test_the_table_has_a_line_a_pair_sorts_and_decides(watched: Watched) -> None:
    page = watched.page
    page.click("#tab-all")
    page.click("#compact")
    rows = page.locator("tr[data-pair]:visible")
    assert rows.count() == 38
    assert page.locator(VISIBLE).count() == 0
    points = [int(text) for text in page.locator(".pairs td.number:nth-child(3)").all_inner_texts()]
    assert points == sorted(points)
    page.click("th button:has-text('Mentee')")
    names = page.locator(".pairs tbody th[scope=row]").all_inner_texts()
    assert names == sorted(names)
    page.click("th button:has-text('Points')")
    page.click("th button:has-text('Points')")
    assert page.locator("th[aria-sort]").get_attribute("aria-sort") == "descending"
    rows.nth(0).locator("[data-act=keep]").click()
    key = str(rows.nth(0).get_attribute("data-pair"))
    assert watched.focus()["pair"] == key
    page.click("#compact")
    assert page.get_attribute(f"article[data-pair={key}]", "data-state") == "kept"


def open_everything(watched: Watched, state: str) -> None:
    page = watched.page
    if state == "none":
        page.click("#tab-none")
    if state != "first":
        page.evaluate("document.querySelectorAll('details').forEach(e => { e.open = true; })")
    if state == "table":
        page.click("#compact")
    if state in ("decided", "dialog"):
        card(watched, 0).locator("[data-act=keep]").click()
        turn_down(watched, 1, "same choir")
    if state == "dialog":
        card(watched, 2).locator("[data-act=turn-down]").click()
        page.keyboard.press("Enter")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("state", ["first", "decided", "dialog", "table", "none"])
def test_axe_finds_nothing(
    browser: Any, address: str, viewport: dict[str, int], scheme: str, state: str
) -> None:
    with watched_page(browser, viewport=viewport, color_scheme=scheme) as opened:
        opened.page.goto(address)
        open_everything(opened, state)
        assert opened.axe_violations() == []
        assert opened.sideways() == 0


@pytest.mark.parametrize("state", ["first", "decided", "dialog", "table", "none"])
def test_nothing_is_wider_than_a_narrow_window(browser: Any, address: str, state: str) -> None:
    with watched_page(browser, viewport=NARROWEST, forced_colors="active") as opened:
        opened.page.goto(address)
        open_everything(opened, state)
        assert opened.sideways() == 0
        assert opened.console == []


def test_what_is_pressed_is_large_enough(watched: Watched) -> None:
    watched.page.set_viewport_size(PHONE)
    for state in ("first", "table"):
        open_everything(watched, state)
        sizes = watched.page.evaluate(
            """[...document.querySelectorAll("button, summary, input")]
            .filter(e => e.offsetParent).map(e => [e.offsetWidth, e.offsetHeight, e.outerHTML])"""
        )
        assert [size for size in sizes if min(size[:2]) < 44] == []


def test_it_prints_without_buttons_and_with_all_it_says(watched: Watched) -> None:
    watched.page.emulate_media(media="print")
    assert watched.page.locator("button:visible, input:visible").count() == 0
    assert watched.page.locator(VISIBLE).first.locator("details p").first.is_visible()
    assert "Draft – not approved" in watched.page.inner_text(".banner")


def test_an_approved_page_is_to_read(browser: Any, result: rm.Result, tmp_path: Path) -> None:
    approved = rm.approve(rm.review(result, by="A. Coordinator"), by="B. Dean")
    approved.report(tmp_path / "review.html")
    with watched_page(browser, viewport=WIDE) as opened:
        opened.page.goto((tmp_path / "review.html").as_uri())
        opened.page.click("#tab-none")
        assert opened.page.locator("article.unpaired:visible").count() == 29
        assert opened.page.locator("[data-act], #download").count() == 0
        assert opened.axe_violations() == []
        assert opened.console == []


def test_hostile_text_does_nothing_and_comes_back_as_it_was(browser: Any, tmp_path: Path) -> None:
    result = hostile_result()
    result.report(tmp_path / "review.html", emails=True)
    with watched_page(browser, viewport=PHONE) as opened:
        page = opened.page
        page.goto((tmp_path / "review.html").as_uri())
        page.click("#tab-all")
        for place in range(len(result.made)):
            turn_down(opened, place, "<img src=x onerror='window.hacked=1'> {{ 7*7 }}")
        path = download(opened, tmp_path)
        assert page.evaluate("window.hacked") is None
        assert opened.sideways() == 0
        assert opened.console == []
        assert {url.partition(":")[0] for url in opened.requests} <= {"file", "blob"}
    decisions = read_decisions(path, result)
    assert set(decisions.reject) == set(result.made)
    assert set(decisions.reject.values()) == {"<img src=x onerror='window.hacked=1'> {{ 7*7 }}"}
