"""Draw the rooms of the library from the list that the import test keeps.

``python docs/rooms.py`` writes the picture of docs/architecture.md and the table of
CONTRIBUTING.md; a test says when one of them is out of date.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Sequence
from html import escape
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "rmmatch"
PICTURE = ROOT / "docs" / "rooms.svg"
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
START, END = "<!-- rooms: start (python docs/rooms.py) -->", "<!-- rooms: end -->"

_WIDTH, _ROW, _GAP, _LABEL = 760, 34, 6, 46


def first_sentence(room: str) -> str:
    """Return the first line of the docstring of a room, or of the solver's folder."""
    path = SOURCE / room / "__init__.py"
    path = path if path.exists() else SOURCE / f"{room}.py"
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return text.splitlines()[0]


def table(floors: Sequence[set[str]]) -> str:
    """Return the rooms as a Markdown table, from the bottom up."""
    lines = ["| floor | room | what lives there |", "|---|---|---|"]
    for floor, rooms in enumerate(floors):
        for room in sorted(rooms):
            name = f"{room}/" if (SOURCE / room).is_dir() else room
            lines.append(f"| {floor} | `{name}` | {first_sentence(room)} |")
    return "\n".join(lines)


def _boxes(floors: Sequence[set[str]], left: int, width: int, top: int, colour: str) -> list[str]:
    """Return the boxes of floors, the highest first, as lines of SVG."""
    lines = []
    for row, rooms in enumerate(reversed(floors)):
        y = top + row * (_ROW + _GAP)
        box = (width - _GAP * (len(rooms) - 1)) / len(rooms)
        for column, room in enumerate(sorted(rooms)):
            x = left + column * (box + _GAP)
            lines += [
                f'<rect x="{x:.0f}" y="{y}" width="{box:.0f}" height="{_ROW}" rx="4" '
                f'fill="{colour}" stroke="#4a5a6a"/>',
                f'<text x="{x + box / 2:.0f}" y="{y + _ROW / 2 + 5:.0f}" '
                f'text-anchor="middle">{escape(room)}</text>',
            ]
    return lines


def picture(floors: Sequence[set[str]], solving: Sequence[set[str]]) -> str:
    """Return the rooms as an SVG picture: the floors, and beside them the solver's folders."""
    left_width, right = 410, 440
    height = len(floors) * (_ROW + _GAP) + _LABEL
    title = "Rooms of rmmatch: each imports only from rooms below it"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'font-family="sans-serif" font-size="13" role="img" aria-label="{title}">',
        f"<title>{title}</title>",
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        '<text x="8" y="24" font-weight="bold">src/rmmatch (a room imports from below)</text>',
        f'<text x="{right}" y="24" font-weight="bold">inside solving</text>',
        *_boxes(floors, 8, left_width, _LABEL - 8, "#e8eef4"),
        *_boxes(solving, right, _WIDTH - right - 8, _LABEL - 8, "#f4eee0"),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def with_table(text: str, floors: Sequence[set[str]]) -> str:
    """Return a page with the table put between its two marks."""
    before, _, after = text.partition(START)
    after = after.partition(END)[2]
    return f"{before}{START}\n{table(floors)}\n{END}{after}"


def main() -> None:
    """Write the picture and the table."""
    sys.path.insert(0, str(ROOT / "tests"))
    from test_rooms import FLOORS, SOLVING

    PICTURE.write_text(picture(FLOORS, SOLVING), encoding="utf-8", newline="\n")
    text = CONTRIBUTING.read_text(encoding="utf-8")
    CONTRIBUTING.write_text(with_table(text, FLOORS), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
