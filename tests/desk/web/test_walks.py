"""Whole walks through a desk in a real Chromium: from an export, or the example, to letters."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from tests.helpers.browser import Watched, chromium, watched_page
from tests.helpers.desks import ServedDesk, demo_folder, served_desk

import rmmatch as rm

PAGES = ("/", "/people", "/rules", "/review", "/review?view=table", "/approve", "/send")
MARKER = "SECRET-ANSWER"
GOALS = ("Research", "Teaching", "Wellbeing", "Leadership", "Data")
HEADER = (
    *("ID", "Start time", "Completion time", "Email", "Name"),
    "Would you like to be a mentor or a mentee?",
    "What is your current grade / band?",
    "Which of these would you like to focus on?",
    "Who is your line manager? (full name)",
    "How would you describe your ethnicity?",
    "How many partners could you take on?",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as opened:
        yield opened


def export(path: Path, n_people: int = 40) -> Path:
    """An export in the manner of Microsoft Forms: people invented here."""
    draw = random.Random(7)
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(HEADER)
    for number in range(n_people):
        is_mentor = number % 2 == 0
        name = f"{('Ada', 'Ben', 'Cleo', 'Dov', 'Eve')[number % 5]} Walker{chr(97 + number // 5)}"
        sheet.append(
            [
                number + 1,
                *[f"2026-11-{1 + number % 28:02} 10:00:00"] * 2,
                f"p{number}@trust.example",
                name,
                "Mentor (doctor in training)" if is_mentor else "Mentee (senior leader)",
                draw.choice(["FY1", "ST1", "ST3"]) if is_mentor else "Consultant",
                ";".join(draw.sample(GOALS, 2)) + ";",
                "",
                f"{MARKER}-{number % 3}",
                "Two or three" if number == 4 else "One" if is_mentor else None,
            ]
        )
    book.save(path)
    return path


class DeskPage:
    """A page of a desk in the browser; everything it is answered is kept."""

    def __init__(self, served: ServedDesk, watched: Watched) -> None:
        self.served, self.watched, self.page = served, watched, watched.page
        self.bodies: list[str] = []
        self.page.on("response", self._keep)
        self.enter()

    def _keep(self, response: Any) -> None:
        if "text" in response.headers.get("content-type", ""):
            try:
                self.bodies.append(response.text())
            except Exception:  # a redirect has no body
                return

    def enter(self) -> None:
        self.page.goto(self.served.enter_file.as_uri())
        self.page.wait_for_url(self.served.address)

    def goto(self, path: str) -> None:
        self.page.goto(self.served.address.rstrip("/") + path)

    def act(self, button: Any) -> None:
        """Press a button, and wait until the page has settled."""
        with self.page.expect_response(lambda response: response.request.method == "POST"):
            button.click()
        self.settle()

    def settle(self) -> None:
        for state in (".htmx-request", ".htmx-swapping", ".htmx-settling"):
            self.page.wait_for_selector(state, state="detached")

    def texts(self, selector: str) -> list[str]:
        return [" ".join(text.split()) for text in self.page.locator(selector).all_inner_texts()]

    def assert_quiet(self) -> None:
        """Nothing on the console, nothing asked of anybody but this computer."""
        assert self.watched.console == []
        own = (self.served.address, "file://")
        assert [url for url in self.watched.requests if not url.startswith(own)] == []
        assert not any("Walker" in url or "Mentee" in url for url in self.watched.requests)


@pytest.fixture
def demo(tmp_path: Path, browser: Any) -> Iterator[DeskPage]:
    folder = demo_folder(tmp_path / "scheme")
    with rm.open_folder(folder, by="Test") as opened:
        opened.pair()
    del opened
    with served_desk(folder, "--by", "Ann Lee") as served, watched_page(browser) as watched:
        yield DeskPage(served, watched)


def focus(desk: DeskPage) -> dict[str, Any]:
    return desk.watched.focus()


def test_from_an_export_of_40_people_to_letters(tmp_path: Path, browser: Any) -> None:
    file = export(tmp_path / "export.xlsx")
    folder = tmp_path / "scheme"
    with served_desk(folder, "--by", "Ann Lee") as served, watched_page(browser) as watched:
        desk = DeskPage(served, watched)
        page = desk.page
        # people: the export, and its questions one by one
        page.get_by_role("link", name="People").first.click()
        page.locator("#export").set_input_files(file)
        desk.act(page.get_by_role("button", name="Add", exact=True))
        n_answered = 0
        while page.locator(".answers").count():
            assert watched.axe_violations() == []
            n_before = page.locator(".answers").count()
            desk.act(page.locator(".answers").first.locator("button").first)
            n_answered += 1
            assert page.locator(".answers").count() < n_before or n_answered < 20
            assert focus(desk)["tag"] != "BODY"
        assert n_answered >= 1
        assert "20 mentors and 20 mentees are ready to be paired." in desk.texts("#outcome")[0]
        # rules: another weight, and what a rule does
        desk.goto("/rules")
        sliders = page.locator("#weights input[type=range]")
        assert sliders.count() >= 1
        before = desk.texts("output")
        if sliders.count() > 1:
            sliders.first.focus()
            page.keyboard.press("ArrowRight")
            page.keyboard.press("ArrowRight")
            page.get_by_text("Not saved yet.").wait_for()
            assert desk.texts("output") != before
            desk.act(page.get_by_role("button", name="Save these weights"))
        assert any("orbids" in text for text in desk.texts(".effect"))
        # pair, and go through the pairs
        page.get_by_role("button", name="Pair now").click()
        page.wait_for_url("**/review")
        desk.act(page.locator("article[data-pair]:visible [data-act=keep]").first)
        first = page.locator("article[data-pair]:visible").first
        assert "kept" in first.inner_text()
        second = page.locator("article[data-pair]:visible").nth(1)
        desk.act(second.locator("[data-act=turn-down]"))
        page.locator("#reason").fill("they share an office")
        desk.act(page.locator("#dialog button.main").first)
        assert "turned down" in desk.texts("#changed")[0]
        # approve, then write the letters
        desk.goto("/approve")
        assert "Draft" in desk.texts(".banner")[0]
        desk.act(page.get_by_role("button", name="Approve these pairs"))
        assert desk.texts("#fault") == [""]
        page.wait_for_selector(".banner.approved")
        desk.goto("/send")
        page.get_by_label("Everybody agreed").check()
        desk.act(page.get_by_role("button", name="Write the letters"))
        names = desk.texts(".downloads a")
        assert "letters.csv" in " ".join(names) or "merge" in " ".join(names)
        zips = [name for name in names if name.endswith(".zip")]
        assert zips
        with page.expect_download() as download:
            page.get_by_role("link", name=zips[0]).click()
        with zipfile.ZipFile(download.value.path()) as letters:
            assert len(letters.namelist()) >= 38
        for path in PAGES:
            desk.goto(path)
        desk.assert_quiet()
        # the answers of a private column are in no page
        assert not any(MARKER in body for body in desk.bodies)
        assert len(desk.bodies) > 20
    text = "".join(served.lines)
    assert "Walker" not in text
    with rm.open_folder(folder, read_only=True) as opened:
        assert opened.current is not None
        assert opened.current.state == "approved"


def test_keep_turn_down_put_together_undo_and_load_again(demo: DeskPage) -> None:
    page = demo.page
    demo.goto("/review")
    page.get_by_role("tab", name="All pairs").click()
    cards = page.locator("article[data-pair]:visible")
    assert cards.count() == 38
    # keep: the focus stays on the button
    key = cards.nth(2).get_attribute("id")
    demo.act(page.locator(f"#{key} [data-act=keep]"))
    assert focus(demo) == {"tag": "BUTTON", "id": "", "act": "keep", "pair": key}
    assert page.locator(f"#{key} [data-act=keep]").get_attribute("aria-pressed") == "true"
    # not this pair: both ways with their prices, a reason, then the focus is where the mentee is
    key = cards.first.get_attribute("id")
    mentee = cards.first.get_attribute("data-mentee")
    demo.act(page.locator(f"#{key} [data-act=turn-down]"))
    assert page.locator("#dialog").is_visible()
    assert focus(demo)["id"] == "reason"
    assert demo.watched.axe_violations() == []
    page.keyboard.press("Escape")
    assert focus(demo)["pair"] == key
    demo.act(page.locator(f"#{key} [data-act=turn-down]"))
    assert len(demo.texts("#dialog .price")) >= 1
    page.locator("#reason").fill("same choir")
    demo.act(page.locator("#dialog button.main").first)
    assert not page.locator("#dialog").is_visible()
    assert "turned down" in demo.texts("#changed")[0]
    assert "1 of 38 pairs kept, 1 turned down." in demo.texts("#progress")[0]
    assert page.locator(f"#{key}").count() == 0
    where = page.evaluate("document.activeElement.closest('.card')?.innerText ?? ''")
    assert mentee in where
    # undo: the pair is there again, and has the focus
    demo.act(page.locator("#undo"))
    assert focus(demo)["pair"] == key
    assert "Taken back" in demo.texts("#changed")[0]
    # put together: what it costs, or what forbids it
    demo.act(page.locator("#ask-together"))
    assert demo.watched.axe_violations() == []
    page.locator("#who-mentee").fill("E003")
    page.locator("#who-mentor").fill("M016")
    demo.act(page.get_by_role("button", name="What would it cost?"))
    price = demo.texts("#price")[0]
    assert "Put them together" in price or "cannot be made" in price or "already" in price
    page.get_by_role("button", name="Cancel").click()
    assert focus(demo)["id"] == "ask-together"
    # a page that is loaded again shows the same
    before = demo.texts("article[data-pair]:visible h3")
    page.reload()
    page.get_by_role("tab", name="All pairs").click()
    assert demo.texts("article[data-pair]:visible h3") == before
    demo.assert_quiet()


def test_two_people_are_put_together_and_the_focus_is_on_them(demo: DeskPage) -> None:
    page = demo.page
    demo.goto("/review")
    page.get_by_role("tab", name="No partner").click()
    card = page.locator("#unpaired .card:visible:has([data-act=together])").first
    demo.act(card.locator("[data-act=together]"))
    folder = rm.open_folder(demo.served.enter_file.parents[1], read_only=True)
    run = folder.current
    assert run is not None
    allowed = next(
        (mentee, mentor)
        for mentee in run.result.cohort.mentees.ids
        for mentor in run.result.cohort.mentors.ids
        if (mentee, mentor) not in run.result.made
        and folder.preview_put_together(mentee, mentor).is_possible
    )
    page.locator("#who-mentee").fill(allowed[0])
    page.locator("#who-mentor").fill(allowed[1])
    demo.act(page.get_by_role("button", name="What would it cost?"))
    demo.act(page.get_by_role("button", name="Put them together").first)
    card = page.locator(f"article[data-mentee={allowed[0]}][data-mentor={allowed[1]}]")
    assert card.is_visible()
    assert "kept" in card.inner_text()
    assert focus(demo)["pair"] == card.get_attribute("id")
    demo.assert_quiet()


def test_everything_by_the_keyboard(demo: DeskPage) -> None:
    page = demo.page
    demo.goto("/review")
    page.locator("#tab-look").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#tab-all").get_attribute("aria-selected") == "true"
    page.keyboard.press("j")
    key = focus(demo)["pair"]
    assert key
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert focus(demo)["pair"] == key
    page.keyboard.press("Enter")
    assert page.locator(f"#{key} details").evaluate("e => e.open")
    page.locator(f"#{key}-why p").first.wait_for()
    assert "choice" in page.locator(f"#{key}-why").inner_text()
    while focus(demo)["act"] != "keep":
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert focus(demo)["act"] == "turn-down"
    with page.expect_response("**/review/ask-turn-down"):
        page.keyboard.press("Enter")
    page.wait_for_selector("#dialog[open]")
    page.keyboard.type("too busy")
    with page.expect_response("**/review/turn-down"):
        page.keyboard.press("Enter")
    page.wait_for_selector("#dialog[open]", state="detached")
    demo.settle()
    assert "turned down" in demo.texts("#changed")[0]
    assert focus(demo)["tag"] != "BODY"
    demo.assert_quiet()


def test_somebody_is_looked_for_without_asking_the_server(demo: DeskPage) -> None:
    page = demo.page
    demo.goto("/review")
    page.wait_for_load_state("networkidle")
    n_requests = len(demo.watched.requests)
    page.locator("#find").fill("mentee 018")
    assert page.locator("article[data-pair]:visible").count() == 1
    page.locator("#find").fill("nobody of this name")
    assert page.locator("#nothing").is_visible()
    page.locator("#find").fill("")
    assert page.locator("article[data-pair]:visible").count() > 1
    assert len(demo.watched.requests) == n_requests


def test_the_table_has_the_same_buttons(demo: DeskPage) -> None:
    page = demo.page
    demo.goto("/review?view=table")
    key = page.locator("tr[data-pair]").nth(3).get_attribute("data-pair")
    demo.act(page.locator(f"tr[data-pair={key}] [data-act=keep]"))
    assert "kept" in page.locator(f"tr[data-pair={key}]").inner_text()
    assert focus(demo)["pair"] == key
    demo.assert_quiet()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1600])
def test_no_page_shuts_anybody_out(demo: DeskPage, width: int, scheme: str) -> None:
    page = demo.page
    page.emulate_media(color_scheme=scheme)
    for path in PAGES:
        page.set_viewport_size({"width": width, "height": 900})
        demo.goto(path)
        assert demo.watched.sideways() <= 0, path
        # as tall as the page: what the bar at the bottom hides can be scrolled from under it
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        height = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": width, "height": min(height, 16_000)})
        assert demo.watched.axe_violations() == [], path
    page.set_viewport_size({"width": 320, "height": 800})
    for path in PAGES:
        demo.goto(path)
        assert demo.watched.sideways() <= 0, path
    demo.assert_quiet()


def test_a_page_of_another_time_is_loaded_again_and_does_nothing(
    demo: DeskPage, browser: Any
) -> None:
    page = demo.page
    demo.goto("/review")
    with watched_page(browser) as watched:
        second = DeskPage(demo.served, watched)
        second.goto("/review")
        second.act(second.page.locator("article[data-pair]:visible [data-act=keep]").first)
    key = page.locator("article[data-pair]:visible").nth(1).get_attribute("id")
    with page.expect_navigation():
        page.locator(f"#{key} [data-act=keep]").click()
    assert "1 of 38 pairs kept" in demo.texts("#progress")[0]
    assert page.locator(f"#{key} [data-act=keep]").get_attribute("aria-pressed") == "false"


def test_the_desk_is_closed_by_its_button(demo: DeskPage) -> None:
    demo.act(demo.page.get_by_role("button", name="Close the desk"))
    assert "The desk is closed" in demo.texts("h1")[0]
    assert demo.served.process.wait(timeout=60) == 0
    assert not demo.served.enter_file.exists()
    with rm.open_folder(demo.served.enter_file.parents[1]) as folder:
        assert not folder.is_read_only
