"""Make the pictures of docs/desk.md: the desk on the bundled example, in a real Chromium.

    python docs/desk_pictures.py

Needs playwright and a Chromium, as the tests of the desk do.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.helpers.browser import chromium, watched_page
from tests.helpers.desks import demo_folder, served_desk

HERE = Path(__file__).parent


def main() -> None:
    """Make them."""
    import rmmatch as rm

    with tempfile.TemporaryDirectory() as place:
        folder = demo_folder(Path(place) / "my-scheme")
        with rm.open_folder(folder, by="Ann Lee") as opened:
            opened.pair()
        del opened
        size = {"width": 1000, "height": 720}
        options = {"viewport": size, "color_scheme": "light", "reduced_motion": "reduce"}
        with (
            served_desk(folder, "--by", "Ann Lee") as served,
            chromium() as browser,
            watched_page(browser, **options) as watched,
        ):
            page = watched.page
            page.goto(served.enter_file.as_uri())
            page.wait_for_url(served.address)
            page.goto(f"{served.address}rules")
            page.wait_for_load_state("networkidle")  # the counts are in place: nothing moves
            page.evaluate("document.querySelector('#part-rules-4').scrollIntoView()")
            page.wait_for_timeout(300)
            page.screenshot(path=HERE / "desk-rules.png")
            page.goto(f"{served.address}review")
            page.screenshot(path=HERE / "desk-review.png")
            page.locator("article[data-pair]:visible [data-act=turn-down]").first.click()
            page.wait_for_selector("#dialog[open]")
            page.locator("#reason").fill("they share an office")
            page.screenshot(path=HERE / "desk-not-this-pair.png")
            page.locator("#dialog button.main").first.click()
            page.wait_for_selector("#changed:not(:empty)")
            page.goto(f"{served.address}approve")
            page.screenshot(path=HERE / "desk-approve.png")


if __name__ == "__main__":
    main()
