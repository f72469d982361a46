"""Marks the slow tests, and says how many examples Hypothesis draws.

Markers
-------
A test is ``fast`` unless `slow_tests.txt` names it as ``slow`` or ``cluster``. ``make quick`` runs
the fast ones. `test_slow_tests.py` fails where an entry names no test.

Hypothesis profiles
-------------------
``HYPOTHESIS_PROFILE`` names the profile: ``quick``, ``dev``, ``ci`` or ``default``. Without it the
profile is ``ci`` where ``CI=true``, else ``default``. ``make quick`` uses ``quick``. No profile has
a deadline.

========= ========================= ===================================
profile   a test with a number      a test without one
========= ========================= ===================================
quick     its number, at most 5     5
dev       its number, at most 20    20
default   its number                100
ci        its number                200
========= ========================= ===================================

``RMMATCH_EXAMPLES=10000`` changes the number of the tests against brute force, and goes before the
profile: with it no number is cut.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, is_hypothesis_test, settings

collect_ignore = ["conftest.py"]  # has no doctests, and shares its name with other conftests

TESTS = Path(__file__).parent
SLOW_TESTS = TESTS / "slow_tests.txt"
MARKERS = ("slow", "cluster")
MOST_EXAMPLES = {"quick": 5, "dev": 20}

IN_CI = os.environ.get("CI", "").lower() in ("true", "1")
PROFILE = os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if IN_CI else "default")

settings.register_profile("default", deadline=None)
for _profile, _most in MOST_EXAMPLES.items():
    settings.register_profile(_profile, max_examples=_most, deadline=None)
settings.register_profile(
    "ci",
    max_examples=200,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(PROFILE)


def entries(text: str) -> dict[str, str]:
    """Return the marker of each entry of `slow_tests.txt`."""
    markers: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        name, marker = words[0], " ".join(words[1:]) or "slow"
        if marker not in MARKERS or name in markers:
            raise pytest.UsageError(
                f"{SLOW_TESTS.name}, line {number}: {line!r}. Write the name of a test once, "
                f"and nothing or 'cluster' after it."
            )
        markers[name] = marker
    return markers


def names(item: pytest.Item) -> list[str]:
    """Return the names under which an entry may mean a test, the most exact first."""
    file, *parts = item.nodeid.split("::")
    basename = file.rpartition("/")[2]
    whole = "::".join([basename, *parts])
    return [whole, whole.partition("[")[0], basename]


def draw_fewer_examples(item: pytest.Item, most: int) -> None:
    """Cut the number of examples that a test gives itself."""
    test = getattr(item, "obj", None)
    if not is_hypothesis_test(test):
        return
    owner, attribute = getattr(test, "__func__", test), "_hypothesis_internal_use_settings"
    if not hasattr(owner, attribute):  # a state machine
        owner, attribute = item.cls, "settings"
    given = getattr(owner, attribute)
    if given.max_examples > most:
        setattr(owner, attribute, settings(given, max_examples=most))


@pytest.hookimpl(tryfirst=True)  # before pytest selects by marker
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    markers = entries(SLOW_TESTS.read_text(encoding="utf-8"))
    most = None if "RMMATCH_EXAMPLES" in os.environ else MOST_EXAMPLES.get(PROFILE)
    for item in items:
        item.add_marker(next((markers[name] for name in names(item) if name in markers), "fast"))
        if most is not None:
            draw_fewer_examples(item, most)
