"""Draw the pictures of docs/from-your-form.md: from an export to a pairing, and the questions.

``python docs/survey_pictures.py`` writes both; a test says when one of them is out of date. No real
tool is shown, and all people are invented.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

FOLDER = Path(__file__).parent
STEPS, QUESTIONS = FOLDER / "from_form_steps.svg", FOLDER / "from_form_questions.svg"

_INK, _LINE, _QUIET = "#1f2a36", "#4a5a6a", "#5b6875"
_EXPORT, _FORM, _CLEAN, _PAIRS = "#f4eee0", "#eef0f7", "#e8eef4", "#e6f2ea"
_SANS, _MONO = "sans-serif", "ui-monospace, Menlo, Consolas, monospace"


class _Picture:
    """Lines of SVG on white, so that dark themes show them as well."""

    def __init__(self, width: int, height: int, title: str) -> None:
        self._lines = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'font-family="{_SANS}" font-size="13" role="img" aria-label="{escape(title)}">',
            f"<title>{escape(title)}</title>",
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" '
            f'markerHeight="8" orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="{_LINE}"/>'
            "</marker></defs>",
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        ]

    def box(self, x: int, y: int, width: int, height: int, fill: str, radius: int = 3) -> None:
        self._lines.append(
            f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="{radius}" '
            f'fill="{fill}" stroke="{_LINE}"/>'
        )

    def text(self, x: int, y: int, words: str, style: str = "", fill: str = _INK) -> None:
        style = f" {style}" if style else ""
        self._lines.append(
            f'<text x="{x}" y="{y}" fill="{fill}" xml:space="preserve"{style}>'
            f"{escape(words)}</text>"
        )

    def arrow(self, *points: tuple[int, int]) -> None:
        path = " L".join(f"{x} {y}" for x, y in points)
        self._lines.append(
            f'<path d="M{path}" fill="none" stroke="{_LINE}" stroke-width="1.6" '
            'marker-end="url(#tip)"/>'
        )

    def heading(self, x: int, y: int, number: int, words: str, detail: str = "") -> None:
        self.text(x, y, f"{number}  {words}", 'font-weight="bold" font-size="15"')
        if detail:
            self.text(x, y + 18, detail, 'font-size="12"', _QUIET)

    def table(
        self, x: int, y: int, widths: Sequence[int], rows: Sequence[Sequence[str]], fill: str
    ) -> None:
        """Draw a table; the first row is the header, whose cells may have two lines."""
        heights = [38 if any("\n" in cell for cell in row) else 24 for row in rows]
        top = y
        for number, (row, height) in enumerate(zip(rows, heights, strict=True)):
            start = x
            for cell, width in zip(row, widths, strict=True):
                self.box(start, top, width, height, fill if number == 0 else "#ffffff", 0)
                style = 'font-size="11.5"' + (' font-weight="bold"' if number == 0 else "")
                for line, words in enumerate(cell.split("\n")):
                    self.text(start + 6, top + 16 + 14 * line, words, style)
                start += width
            top += height

    def svg(self) -> str:
        return "\n".join([*self._lines, "</svg>"]) + "\n"


_FORM_LINES = """\
fields:
  id: Email
  role: {from: I would like to take part as,
         answers: {A mentor: mentor, …}}
  goals: {from: Which topics …?, separator: ";"}
  line_manager: Who is your line manager?
people: {H Marsh: helen.marsh@…}
repeated: {keep: latest, by: Completion time}"""


def steps() -> str:
    """Return the way from an export to a pairing."""
    picture = _Picture(960, 550, "From an export, by way of a form, to two clean tables and pairs")
    picture.heading(16, 30, 1, "Your export, as the survey tool gives it", "Change nothing in it.")
    picture.table(
        16,
        60,
        (34, 96, 104, 146, 220, 158, 166),
        [
            [
                "ID",
                "Completion\ntime",
                "Email",
                "I would like to\ntake part as",
                "Which topics would you\nlike to focus on?",
                "Who is your\nline manager?",
                "Anyone you should\nnot meet?",
            ],
            [
                *("1", "07/09 21:26", "amina@…", "A mentor"),
                *("Digital, data and AI;Wellbeing;", "H Marsh", "No"),
            ],
            ["2", "08/09 10:02", "helen@…", "A mentee", "Wellbeing;", "", ""],
            ["3", "08/09 12:40", "hana@…", "A mentor", "Speaking up;", "colin@…", ""],
            ["4", "09/09 08:15", "hana@…", "A mentor", "Wellbeing;", "colin@…", "N/A"],
        ],
        _EXPORT,
    )
    picture.arrow((180, 200), (180, 262))
    picture.text(192, 224, "rmmatch import export.xlsx", f'font-family="{_MONO}" font-size="12.5"')
    picture.text(192, 244, "asks what is not certain", 'font-size="12"', _QUIET)

    picture.heading(16, 290, 2, "form.yaml: how it is read", "You keep it, and use it next year.")
    picture.box(16, 320, 346, 172, _FORM, 6)
    for number, line in enumerate(_FORM_LINES.splitlines()):
        style = f'font-family="{_MONO}" font-size="11"'
        picture.text(28, 343 + 19 * number, line, style)

    picture.arrow((366, 406), (408, 406))
    picture.heading(416, 290, 3, "Two clean tables")
    picture.text(416, 330, "mentors.csv", 'font-size="12"', _QUIET)
    picture.table(
        416,
        338,
        (70, 192),
        [
            ["id", "goals"],
            ["amina@…", "Digital, data and AI; Wellbeing"],
            ["hana@…", "Wellbeing"],
        ],
        _CLEAN,
    )
    picture.text(416, 436, "mentees.csv", 'font-size="12"', _QUIET)
    picture.table(416, 444, (70, 192), [["id", "goals"], ["helen@…", "Wellbeing"]], _CLEAN)
    picture.text(416, 514, "One row a person. Hana’s latest", 'font-size="12"', _QUIET)
    picture.text(416, 530, "answer counts. Ids stay next year.", 'font-size="12"', _QUIET)

    picture.arrow((682, 406), (720, 406))
    picture.heading(728, 290, 4, "The pairing")
    picture.text(728, 330, "rmmatch match …", f'font-family="{_MONO}" font-size="12"', _QUIET)
    picture.table(
        728,
        338,
        (108, 108),
        [["mentee", "mentor"], ["Helen Marsh", "Hana Kimura"]],
        _PAIRS,
    )
    for number, words in enumerate(
        ("Not Amina: Helen is her manager,", "although she only wrote “H Marsh”.")
    ):
        picture.text(728, 408 + 17 * number, words, 'font-size="12"', _QUIET)
    return picture.svg()


_DIALOGUE = """\
$ rmmatch import export.xlsx
Written to survey/form.yaml: how the export is read. You can edit it.

Question 2 of 10, line_manager: Whom does 'H Marsh' mean,
under line_manager and supervisor in 1 cell?
  nobody has exactly this name
  1: Helen Marsh (helen.marsh@saltmarsh.example)
  2: somebody who does not take part
Enter = 1, ? = more, s = skip: 1

…

Question 5 of 10, availability: Free or busy: what does 'Sometimes'
(105 cells) mean, under '{day} {time}'?
  the first answer assumes no more time than people said
  1: busy
  2: free
  3: something else: I shall write it in the form, under `answers:`
Enter = 1, ? = more, s = skip: 1

Question 10 of 10, workplace: 1 value looks like another spelling:
'st brannocks hospital' for "St Brannock's Hospital". Are they the same?
  1: yes, the same
  2: no, they are different
Enter = 1, ? = more, s = skip: 1

…

24 mentors and 20 mentees are ready to be paired.
Next: rmmatch match survey/mentors.csv survey/mentees.csv --scheme SCHEME --out FOLDER"""


def questions() -> str:
    """Return the questions as a terminal shows them, much as the command asks them."""
    lines = _DIALOGUE.splitlines()
    height = 46 + 19 * len(lines) + 14
    picture = _Picture(760, height, "rmmatch import asks what is not certain, one by one")
    picture.box(6, 6, 748, height - 12, "#1b2530", 8)
    for place, colour in enumerate(("#d9695f", "#d9b45f", "#6fae74")):
        picture.box(20 + 18 * place, 18, 10, 10, colour, 5)
    for number, line in enumerate(lines):
        fill = "#dfe6ec"
        if line.startswith("$"):
            fill = "#9fd3a8"
        elif line.startswith(("Question", "'st ", "under ", "(105")):
            fill = "#ffd98a"
        elif line.startswith("Enter"):
            fill = "#9db2c6"
        style = f'font-family="{_MONO}" font-size="13"'
        picture.text(22, 54 + 19 * number, line, style, fill)
    return picture.svg()


def main() -> None:
    """Write both pictures."""
    STEPS.write_text(steps(), encoding="utf-8", newline="\n")
    QUESTIONS.write_text(questions(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
