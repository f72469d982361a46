"""Make the pictures of the page of review: ``python docs/review_pictures.py``, with Chromium."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

import rmmatch as rm

DOCS = Path(__file__).parent


def main() -> None:
    """Write ``review-page.png`` and ``review-page-phone.png`` beside this file."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    result = rm.match(*rm.synthetic.demo())
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page_file = Path(folder) / "review.html"
        result.report(page_file)
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, width, height in (("", 1280, 960), ("-phone", 360, 720)):
            page = browser.new_page(viewport={"width": width, "height": height})
            page.goto(page_file.as_uri())
            cards = page.locator("article[data-pair]:visible")
            cards.nth(0).locator("[data-act=keep]").click()
            cards.nth(1).locator("[data-act=turn-down]").click()
            page.fill("#why-not-text", "They share an office")
            page.keyboard.press("Enter")
            page.evaluate("document.activeElement.blur()")
            top = "document.querySelector('.cards').offsetTop - 16" if name else "0"
            page.evaluate(f"scrollTo({{top: {top}, behavior: 'instant'}})")
            page.screenshot(path=DOCS / f"review-page{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
