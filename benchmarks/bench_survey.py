"""A survey export of 50,000 answers: read by its form, and imported to clean tables.

python benchmarks/bench_survey.py            # 50,000 answers
python benchmarks/bench_survey.py 5000

It makes the export itself, in the manner of Microsoft Forms: both roles in one table, answers in
words, several goals in a cell, a grid of days, managers by name, and one person in a hundred
twice. Whole processes; the imports are counted.
"""

from __future__ import annotations

import csv
import random
import sys
import tempfile
from pathlib import Path

from measuring import measure, report

HEADER = (
    *("ID", "Start time", "Completion time", "Email", "Name"),
    "Would you like to take part as a mentor or a mentee?",
    "What is your current grade / band?",
    "Which site are you mainly based at?",
    "Which of these would you like to focus on?",
    *(f"When are you free? [{day}]" for day in ("Monday", "Tuesday", "Wednesday")),
    "Have you attended the training session?",
    "Who is your line manager? (full name)",
    "How many partners could you take on?",
)
FORM = f"""\
version: 1
fields:
  id: Email
  name: Name
  role: {{from: "{HEADER[5]}", answers: {{As a mentor: mentor, As a mentee: mentee, Both: both}}}}
  grade: {{from: "{HEADER[6]}", spellings: {{FY1: [Foundation Year 1, F1]}}}}
  workplace: {{from: "{HEADER[7]}", spellings: {{St Aldhelm's Hospital: [St Aldhelms, SAH]}}}}
  goals:
    from: "{HEADER[8]}"
    separator: ","
    choices: ["Digital, data and AI", Teaching, "Writing (papers, posters)", Wellbeing, Leadership]
  availability:
    grid: "When are you free? [{{day}}]"
    cells: times
    answers: {{Morning: "09:00-12:30", Afternoon: "13:30-17:00", Evening: "17:00-20:00"}}
  attended_training: {{from: "{HEADER[12]}", answers: {{"Yes, I attended": "yes", Not yet: "no"}}}}
  line_manager: "{HEADER[13]}"
  capacity: {{from: "{HEADER[14]}", answers: {{One: 1, Two or three: 2}}, default: 1}}
people: {{others: outside}}
repeated: {{keep: latest, by: Completion time}}
ignore: [ID, Start time, Completion time]
"""
READ = """
import sys
import rmmatch as rm
cohort = rm.read_cohort(sys.argv[1], form=sys.argv[2])
sys.exit(0 if cohort.n_mentors + cohort.n_mentees >= int(sys.argv[3]) else "people are missing")
"""
PROPOSE = """
import sys
import rmmatch as rm
form = rm.propose_form(sys.argv[1])
sys.exit(0 if form.fields else "nothing was proposed")
"""
BARE = "import rmmatch.cohort.reading, pandas"
GOAL = "Goal for 50,000 answers: at most 15 s and 500 MiB"
FIRST = ("Amara", "Petra", "Kene", "Rosa", "Teo", "Ingrid", "Omar", "Priya", "Tom", "Ivo", "Helen")
LAST = ("Okafor", "Holm", "Amadi", "Quill", "Varga", "Berg", "Haddad", "Rao", "Ellis", "Petrov")
CHOICES = (
    *("Digital, data and AI", "Teaching", "Writing (papers, posters)"),
    *("Wellbeing", "Leadership"),
)


def write_export(path: Path, n_answers: int) -> None:
    """Write an export; the same number gives the same file."""
    draw = random.Random(15)
    n_people = n_answers - n_answers // 100

    def name(number: int) -> str:
        letters = "".join(chr(97 + number // 26**place % 26) for place in range(4))
        return f"{FIRST[number % len(FIRST)]} {LAST[number // 7 % len(LAST)]}{letters}"

    def row(number: int, person: int) -> list[object]:
        minutes = f"{number // 60 % 24:02}:{number % 60:02}"
        time = f"2026-{1 + number // 40_320 % 12:02}-{1 + number // 1440 % 28:02} {minutes}:00"
        manager = name(draw.randrange(n_people)) if person % 3 else f"Dr Outside{person % 500}"
        return [
            *(number + 1, time, time, f"person{person}@trust.example", name(person)),
            draw.choice(("As a mentor", "As a mentee", "As a mentee", "Both")),
            draw.choice(("FY1", "Foundation Year 1", "F1", "ST3", "Consultant")),
            draw.choice(("St Aldhelm's Hospital", "St Aldhelms", "SAH", "Royal Wexcombe")),
            ", ".join(draw.sample(CHOICES, draw.randint(1, 3))),
            *(draw.choice(("Morning", "Morning, Evening", "", "Afternoon")) for _ in range(3)),
            draw.choice(("Yes, I attended", "Not yet")),
            manager if draw.random() < 0.7 else "",
            draw.choice(("One", "Two or three", "")),
        ]

    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for number in range(n_answers):
            writer.writerow(row(number, number % n_people))


if __name__ == "__main__":
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        export, form = folder / "export.csv", folder / "form.yaml"
        write_export(export, size)
        form.write_text(FORM, encoding="utf-8")
        python = sys.executable
        command = [python, "-m", "rmmatch", "import", str(export), "--form", str(form)]
        people = str(size - size // 100)
        measured = measure(
            {
                BARE: [python, "-c", BARE],
                "read_cohort(form=)": [python, "-c", READ, str(export), str(form), people],
                "rmmatch import --form": [*command, "--out", str(folder / "clean")],
                "propose_form": [python, "-c", PROPOSE, str(export)],
            },
            rounds=3,
        )
    report(f"survey_{size}", measured, BARE, GOAL)
