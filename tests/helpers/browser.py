"""A real Chromium without a window, and axe-core for it.

Chromium is the one that the variable ``CHROMIUM`` names, or ``chromium`` on the PATH; axe-core the
file that ``AXE_CORE`` names, or ``node_modules/axe-core/axe.min.js`` of the project. Where one is
not there its tests are skipped, but fail where ``CI=true``.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).parents[2]
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def missing(what: str) -> None:
    """Skip a test, or let it fail where nothing may be missing."""
    if os.environ.get("CI", "").lower() in ("true", "1"):
        pytest.fail(what)
    pytest.skip(what)


def chromium_path() -> str:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not path:
        missing("no chromium: install it, or name it with CHROMIUM=/path/to/chromium")
    return str(path)


def axe_source() -> str:
    named = os.environ.get("AXE_CORE")
    path = Path(named) if named else PROJECT / "node_modules" / "axe-core" / "axe.min.js"
    if not path.is_file():
        missing("no axe-core: npm install --no-save axe-core, or AXE_CORE=/path/to/axe.min.js")
    return path.read_text(encoding="utf-8")


@contextmanager
def chromium() -> Iterator[Any]:
    """Yield a browser of Playwright."""
    path = chromium_path()
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("no playwright: pip install playwright")
    with sync_playwright() as playwright:
        # --no-sandbox: a container's root may not use Chromium's own
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Watched:
    """A page, what its console said and what it asked for."""

    page: Any
    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def axe_violations(self) -> list[str]:
        """What axe-core finds against WCAG 2.2, A and AA: rule, element, why."""
        self.page.evaluate(axe_source())
        answer = self.page.evaluate(
            "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", AXE_TAGS
        )
        return [
            f"{rule['id']}: {node['target']} {node['failureSummary']}"
            for rule in answer["violations"]
            for node in rule["nodes"]
        ]

    def focus(self) -> dict[str, Any]:
        """Where the focus is: the element's name, what it does, and in which pair."""
        where: dict[str, Any] = self.page.evaluate(
            """() => { const e = document.activeElement; const p = e.closest("[data-pair]");
            return {tag: e.tagName, id: e.id, act: e.dataset.act ?? "",
                    pair: p ? p.dataset.pair : ""}; }"""
        )
        return where

    def sideways(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(
            self.page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
        )


@contextmanager
def watched_page(browser: Any, **options: Any) -> Iterator[Watched]:
    """Yield a page of its own, with an empty store.

    Parameters
    ----------
    **options
        Of Playwright's ``new_context``: ``viewport``, ``color_scheme``, ``forced_colors``.
    """
    context = browser.new_context(accept_downloads=True, **options)
    page = context.new_page()
    watched = Watched(page)
    page.on("console", lambda message: watched.console.append(message.text))
    page.on("pageerror", lambda error: watched.console.append(str(error)))
    page.on("request", lambda request: watched.requests.append(request.url))
    try:
        yield watched
    finally:
        context.close()
