"""Write the survey export of this example, as Microsoft Forms writes one: export.xlsx.

All people are invented. Needs the Excel extra: ``python examples/survey/make_export.py [FILE]``.
The file has what real exports have: numbered answers, a no-break space and a line break in the
headers, several choices in one cell with one choice that holds a comma, a grade written in two
ways, places in words, line managers by e-mail address or by name, and somebody who answered twice.
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

FILE = Path(__file__).with_name("export.xlsx")
SEED = 15
OPENED = datetime(2026, 9, 7, 9, 0)
DOMAIN = "saltmarsh.example"

ROLE = "Would you like to take part as a mentor or a mentee?\xa0"
GRADE = "What is your grade or band?"
SPECIALITY = (
    "Which speciality or department do you work in?\n"
    "(If you work in more than one, please give the main one.)"
)
SITE = "Where are you mainly based?"
GOALS = "Which topics would you like to focus on?\xa0Please tick up to three."
HOPES = "In your own words: what do you hope to get out of it?"
TRAINED = "Have you attended the training session?"
MANAGER = "Who is your line manager or educational supervisor? (Work email, please)"
PLACES = "How many people could you meet with?"
AVOID = "Is there anyone you should not be paired with?"
ETHNICITY = "How would you describe your ethnicity? (optional)"
CONSENT = "I agree that my name and email address can be shared with my partner"
HALF_DAYS = [
    f"{day} {half}"
    for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
    for half in ("morning", "afternoon")
]
HEADERS = [
    *("ID", "Start time", "Completion time", "Email", "Name", "Last modified time"),
    *(ROLE, GRADE, SPECIALITY, SITE, GOALS, HOPES, *HALF_DAYS, TRAINED, MANAGER),
    *(PLACES, AVOID, ETHNICITY, CONSENT),
]

MENTOR = "Mentor (student, resident doctor or Band 5–7)"
MENTEE = "Mentee (consultant or senior leader)"
BOTH = "Both"
TOPICS = [
    *("Digital, data and AI", "Inclusive leadership", "Speaking up", "Flexible working"),
    *("Teaching and feedback", "Lived experience of racism", "Wellbeing"),
]
SITES = ["St Brannock's Hospital", "Saltmarsh General", "The Quay Clinic"]
SPECIALITIES = [
    *("General medicine", "Paediatrics", "Anaesthetics", "Psychiatry", "Radiology"),
    *("Nursing", "Obstetrics and gynaecology"),
]
MENTOR_GRADES = ["FY1", "FY2", "F2", "ST3", "ST4", "ST5", "Band 5", "Band 6", "Band 7"]
MENTEE_GRADES = ["Consultant", "Consultant", "Consultant", "Band 8b", "Band 9", "Director"]
ETHNICITIES = [
    *("Asian or Asian British", "Black or Black British", "Mixed", "White", "Prefer not to say"),
    None,
]
HOPED = [
    *("becoming more confident in meetings", "learn about AI and where it helps", "networking"),
    *("to understand what new staff find hard", "Leadershp skills", "work-life balance"),
    *("how to give better feedback to students", "I'd like to be a better ally", None),
    *("Getting the electronic patient record to work for us", "public speaking", "burnout"),
    *("teaching; and running good tutorials", "going part time after parental leave"),
    *("racism at work: what can I do about it?", "anything really", "improving my teaching"),
]
MENTORS = [
    *("Amina Yusuf", "Ben Thackeray", "Chidi Nwosu", "Dilys Probert", "Ewa Zielińska"),
    *("Farah Siddiqui", "Gareth Lomax", "Hana Kimura", "Ikram Belhadj", "Jonah O’Dowd"),
    *("Keziah Addo", "Lakshmi Raman", "Mateusz Wrona", "Nia Cadwallader", "Omar Haddad"),
    *("Precious Moyo", "Rhys Pennant", "Salma Qureshi", "Tunde Bakare", "Una Finnegan"),
    *("Vikram Sethi", "Wen Zhao"),
]
MENTEES = [
    *("Alastair Broome", "Brigid Kearns", "Colin Fairweather", "Dorothea Lund", "Edwin Achebe"),
    *("Fiona Tranter", "Graham Silk", "Helen Marsh", "Imogen Castell", "Judith Amponsah"),
    *("Keith Rowntree", "Lorna Beattie", "Malcolm Dyer", "Nandini Ghosh", "Olive Penhaligon"),
    *("Peter Varley", "Ruth Silverdale", "Stephen Okoro"),
]
MANY = ["Tariq Mahmood", "Ursula Brandt"]  # who take part on both sides
OUTSIDE = ["Dr Quentin Abbot", "Sister Maeve Tully"]  # managers who do not take part
TWICE = "Hana Kimura"


def address(name: str) -> str:
    """Return the e-mail address of somebody."""
    plain = name.replace("’", "").replace("ń", "n").removeprefix("Dr ").removeprefix("Sister ")
    return f"{'.'.join(plain.lower().split())}@{DOMAIN}"


class _Respondents:
    """Answers the questions for one person after another."""

    def __init__(self) -> None:
        self._draw = np.random.default_rng(SEED)

    def _one_of(self, choices: list[Any], weights: list[float] | None = None) -> Any:
        return choices[int(self._draw.choice(len(choices), p=weights))]

    def answers(self, name: str, role: str) -> dict[str, Any]:
        """Return the answers of one person, by header."""
        is_senior = role == MENTEE
        topics = self._draw.permutation(len(TOPICS))[: int(self._draw.integers(1, 4))]
        started = OPENED + timedelta(minutes=int(self._draw.integers(0, 12 * 24 * 60)))
        site = self._one_of([*SITES, "st brannocks hospital"], [0.3, 0.3, 0.25, 0.15])
        return {
            "Start time": started,
            "Completion time": started + timedelta(minutes=int(self._draw.integers(4, 15))),
            "Email": address(name),
            "Name": name,
            "Last modified time": None,
            ROLE: role,
            GRADE: self._one_of(MENTEE_GRADES if is_senior else MENTOR_GRADES),
            SPECIALITY: self._one_of(SPECIALITIES),
            SITE: site,
            GOALS: "".join(f"{TOPICS[at]};" for at in topics),
            HOPES: self._one_of(HOPED),
            **{
                half: self._one_of(["Free", "Sometimes", "Not free"], [0.45, 0.2, 0.35])
                for half in HALF_DAYS
            },
            TRAINED: self._one_of(["Yes", "Yes, online", "No"], [0.65, 0.25, 0.1]),
            MANAGER: self._manager(name, is_senior),
            PLACES: self._one_of(["One", "Two or three"], [0.9, 0.1] if is_senior else [0.7, 0.3]),
            AVOID: self._one_of([None, "No", "N/A"], [0.7, 0.2, 0.1]),
            ETHNICITY: self._one_of(ETHNICITIES),
            CONSENT: self._one_of(["Yes", "No"], [0.8, 0.2]),
        }

    def _manager(self, name: str, is_senior: bool) -> str | None:
        if is_senior:
            return self._one_of([None, f"chief.executive@{DOMAIN}"])
        manager = self._one_of([*MENTEES, *OUTSIDE])
        if manager in OUTSIDE:
            return str(manager)
        return self._one_of([address(manager), f"Dr {manager}"], [0.75, 0.25])


def rows() -> list[dict[str, Any]]:
    """Return the rows of the export, in the order in which people finished."""
    respondents = _Respondents()
    people = [(name, MENTOR) for name in MENTORS]
    people += [(name, MENTEE) for name in MENTEES]
    people += [(name, BOTH) for name in MANY]
    answers = [respondents.answers(name, role) for name, role in people]
    by_name = {answer["Name"]: answer for answer in answers}
    for name in MANY:  # junior to some, senior to others
        by_name[name][GRADE] = "Band 8b"
    by_name["Salma Qureshi"][AVOID] = address("Graham Silk")
    by_name["Lorna Beattie"][AVOID] = "Gareth Lomax"
    by_name["Amina Yusuf"][MANAGER] = "H Marsh"
    by_name["Keziah Addo"][MANAGER] = OUTSIDE[1]
    by_name["Chidi Nwosu"][GRADE] = "F2"  # which others call FY2
    second = dict(by_name[TWICE])
    second["Start time"] += timedelta(days=1)
    second["Completion time"] += timedelta(days=1)
    second[GOALS] = "Wellbeing;Flexible working;"
    answers.append(second)
    answers.sort(key=lambda answer: answer["Completion time"])
    return [{"ID": number, **answer} for number, answer in enumerate(answers, start=1)]


def write(path: Path) -> None:
    """Write the export as Microsoft Forms names its sheet and its columns."""
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"default_date_format": "m/d/yy h:mm:ss"}) as workbook:
        workbook.set_properties({"created": OPENED})  # so that the same file is written again
        sheet = workbook.add_worksheet("Sheet1")
        sheet.write_row(0, 0, HEADERS)
        for number, row in enumerate(rows(), start=1):
            for place, header in enumerate(HEADERS):
                if row[header] is not None:
                    sheet.write(number, place, row[header])


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else FILE)
