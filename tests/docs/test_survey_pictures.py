"""The pictures of docs/from-your-form.md are those that its script draws."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from xml.etree import ElementTree

import pytest

DOCS = Path(__file__).parents[2] / "docs"

spec = importlib.util.spec_from_file_location("survey_pictures", DOCS / "survey_pictures.py")
assert spec is not None
assert spec.loader is not None
pictures = importlib.util.module_from_spec(spec)
spec.loader.exec_module(pictures)
DRAWN = {pictures.STEPS: pictures.steps, pictures.QUESTIONS: pictures.questions}


@pytest.mark.parametrize("path", DRAWN, ids=lambda path: path.stem)
def test_a_picture_is_what_the_script_draws(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == DRAWN[path]()


@pytest.mark.parametrize("path", DRAWN, ids=lambda path: path.stem)
def test_a_picture_has_a_title_and_its_words_lie_within_it(path: Path) -> None:
    root = ElementTree.fromstring(path.read_text(encoding="utf-8"))  # noqa: S314: our own file
    width, height = map(int, root.attrib["viewBox"].split()[2:])
    assert root.attrib["aria-label"]
    texts = root.findall("{http://www.w3.org/2000/svg}text")
    assert len(texts) > 20
    for text in texts:
        assert 0 < int(text.attrib["y"]) < height
        size = float(text.attrib.get("font-size", 13))
        share = 0.62 if "monospace" in text.attrib.get("font-family", "") else 0.55
        assert int(text.attrib["x"]) + share * size * len(text.text or "") < width, text.text


def test_the_page_shows_both_pictures() -> None:
    page = (DOCS / "from-your-form.md").read_text(encoding="utf-8")
    for path in DRAWN:
        assert f"]({path.name})" in page
