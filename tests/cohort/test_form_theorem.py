"""The theorem of forms: an export of a known cohort, in any habit, read by its form is the cohort.

A random cohort is written down twice: as files with standard columns, and as a survey form would
export it, in habits that are drawn at random; the form says which. Both must be the same people.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rmmatch as rm
from rmmatch.cohort.forms.minted_ids import minted_id

CHOICES = (
    "Teaching",
    "Digital, data and AI",
    "Writing (papers, posters)",
    "Data",
    "AI",
    "Teaching, learning",
    "Career / next steps",
    "Résumé – writing",
)
FIRST = ("Amara", "Zoë", "Petra", "Kene", "Rosa", "Una", "Ivo", "Mae")
LAST = ("Okafor", "O’Brien", "van der Holm", "Amadi", "Quill", "Feld", "Brandt", "Noor")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri")
LONG_DAYS = dict(zip(DAYS, ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"), strict=True))
HOURS = (9, 10, 11, 12, 13)
GRADES = ("FY1", "ST3", "Consultant")
CAPACITY_WORDS = {"One": 1, "Two or three": 2, "3 or more": 3}
ROLE_WORDS = {
    "Mentor (resident doctor, or Band 5–7)": "mentor",
    "I would like a mentor": "mentee",
    "Both, please": "both",
}


@st.composite
def people(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Who takes part: each a mentor, a mentee or both; at least one of each."""
    n = draw(st.integers(2, 7))
    roles = [
        "mentor",
        "mentee",
        *(draw(st.sampled_from(["mentor", "mentee", "both"])) for _ in range(n - 2)),
    ]
    names = draw(
        st.lists(
            st.tuples(st.sampled_from(FIRST), st.sampled_from(LAST)),
            min_size=n,
            max_size=n,
            unique=True,
        )
    )
    persons = []
    for place, (role, (first, last)) in enumerate(zip(roles, names, strict=True)):
        slots = draw(st.sets(st.tuples(st.sampled_from(DAYS), st.sampled_from(HOURS)), max_size=6))
        persons.append(
            {
                "role": role,
                "first": first,
                "last": last,
                "email": f"person{place}@trust.example",
                "goals": draw(st.lists(st.sampled_from(CHOICES), max_size=4, unique=True)),
                "capacity": draw(st.sampled_from([None, 1, 2, 3])),
                "grade": draw(st.sampled_from([None, *GRADES])),
                "training": draw(st.sampled_from([None, "yes", "no"])),
                "slots": slots,
                "site": draw(st.sampled_from([None, "St Aldhelm's Hospital", "Wexcombe General"])),
            }
        )
    for person in persons:
        opposite = {"mentor": ("mentee", "both"), "mentee": ("mentor", "both")}.get(
            person["role"], ("both",)
        )
        peers = [
            peer["email"] for peer in persons if peer is not person and peer["role"] in opposite
        ]
        person["wishes"] = draw(
            st.lists(st.sampled_from(peers), max_size=3, unique=True) if peers else st.just([])
        )
        person["declined"] = [
            peer
            for peer in draw(
                st.lists(st.sampled_from(peers), max_size=2, unique=True) if peers else st.just([])
            )
            if peer not in person["wishes"]
        ]
        person["manager"] = draw(
            st.sampled_from([None, *(peer["email"] for peer in persons if peer is not person)])
        )
    return persons


# --- the cohort, as FORMAT.md has it ------------------------------------------------------------


def availability(slots: set[tuple[str, int]]) -> str | None:
    """Free hours as text, joined where they touch."""
    texts = []
    for day in DAYS:
        hours = sorted(hour for name, hour in slots if name == day)
        runs: list[list[int]] = []
        for hour in hours:
            if runs and runs[-1][1] == hour:
                runs[-1][1] = hour + 1
            else:
                runs.append([hour, hour + 1])
        texts += [f"{day} {start:02}:00-{end:02}:00" for start, end in runs]
    return "; ".join(texts) or None


def plain_tables(
    persons: list[dict[str, Any]], id_of: dict[str, str]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    rows = [
        {
            "role": person["role"],
            "id": id_of[person["email"]],
            "name": f"{person['first']} {person['last']}",
            "email": person["email"],
            "goals": "; ".join(person["goals"]) or None,
            "capacity": person["capacity"] or 1,
            "grade": person["grade"],
            "attended_training": person["training"],
            "availability": availability(person["slots"]),
            "preferences": "; ".join(id_of[peer] for peer in person["wishes"]) or None,
            "declined": "; ".join(id_of[peer] for peer in person["declined"]) or None,
            "line_manager": id_of[person["manager"]] if person["manager"] else None,
            "workplace": person["site"],
        }
        for person in persons
    ]
    sides = []
    for role in ("mentor", "mentee"):
        side = [dict(row) for row in rows if row["role"] in (role, "both")]
        for row in side:
            del row["role"]
        sides.append(side)
    return sides[0], sides[1]


# --- the export, and its form -------------------------------------------------------------------


class Export:
    """An export of some people in habits that are drawn, and the form that reads it."""

    def __init__(self, draw: st.DrawFn, persons: list[dict[str, Any]]) -> None:
        self.draw = draw
        self.persons = persons
        self.rows: list[dict[str, Any]] = [{} for _ in persons]
        self.fields: dict[str, Any] = {}
        self.form: dict[str, Any] = {"version": 1, "fields": self.fields}
        self.id_of = {person["email"]: person["email"] for person in persons}
        self.has_both = any(person["role"] == "both" for person in persons)
        self.is_plain = False  # whether goals stand in their cell as they are
        self.identity()
        self.name()
        self.goals()
        self.capacity()
        self.answers()
        self.availability()
        self.lists_of_people()

    def choose(self, *habits: str) -> str:
        return self.draw(st.sampled_from(habits))

    def put(self, header: str, values: list[Any]) -> None:
        for row, value in zip(self.rows, values, strict=True):
            row[header] = value

    def identity(self) -> None:
        self.put("ID", list(range(1, len(self.persons) + 1)))
        self.put("E-mail (work)", [person["email"] for person in self.persons])
        self.fields["email"] = "E-mail (work)"
        habit = self.choose("email", "mint", "number")
        if habit == "email":
            self.fields["id"] = "E-mail (work)"
        elif habit == "mint":
            self.fields["id"] = {"mint": ["E-mail (work)"]}
            self.id_of = {email: minted_id([email]) for email in self.id_of}
        else:
            self.fields["id"] = "ID"
            self.id_of = {email: str(n) for n, email in enumerate(self.id_of, start=1)}
        if habit != "number":
            self.form.setdefault("ignore", []).append("ID")

    def name(self) -> None:
        if self.choose("one", "two") == "one":
            self.put("Your name", [f"{p['first']} {p['last']}" for p in self.persons])
            self.fields["name"] = "Your name"
        else:
            self.put("First name", [person["first"] for person in self.persons])
            self.put("Last name", [person["last"] for person in self.persons])
            self.fields["name"] = ["First name", "Last name"]

    def goals(self) -> None:
        lists = [person["goals"] for person in self.persons]
        habit = self.choose(
            "semicolons", "commas", "lines", "boxes", "own words", "columns", "words", "bars"
        )
        self.is_plain = habit in ("semicolons", "lines")
        header = "What would you like to work on? (tick all that apply)"
        field: dict[str, Any] = {"from": header}
        if habit == "semicolons":  # Microsoft
            self.put(header, ["".join(f"{goal};" for goal in goals) for goals in lists])
        elif habit == "commas":  # Google
            self.put(header, [", ".join(goals) for goals in lists])
            field |= {"separator": ",", "choices": list(CHOICES)}
            if self.draw(st.booleans()):
                del field["separator"]
        elif habit == "lines":
            self.put(header, ["\n".join(goals) for goals in lists])
            field["separator"] = "\n"
        elif habit == "bars":
            self.put(header, [" / ".join(goals) for goals in lists])
            field |= {"separator": "/", "choices": list(CHOICES)}
        elif habit in ("boxes", "own words"):  # REDCap, SurveyMonkey
            ticked = self.choose("1", "x", "✓", "Yes", "TRUE", "Checked")
            unticked = self.choose("", "0", "No", "Unchecked")
            boxes = {f"topics___{n}": choice for n, choice in enumerate(CHOICES, start=1)}
            if habit == "own words":
                boxes = {f"Topics [{choice}]": choice for choice in CHOICES}
            for box, choice in boxes.items():
                mark, blank = (choice, "") if habit == "own words" else (ticked, unticked)
                self.put(box, [mark if choice in goals else blank for goals in lists])
            # the order of boxes is that of the form
            for person in self.persons:
                person["goals"].sort(key=CHOICES.index)
            field = {"boxes": boxes}
        elif habit == "columns":
            for place in range(4):
                self.put(
                    f"Topic {place + 1}",
                    [goals[place] if place < len(goals) else "" for goals in lists],
                )
            field = {"from": [f"Topic {place + 1}" for place in range(4)], "choices": list(CHOICES)}
        else:
            words = {f"Option {n}": choice for n, choice in enumerate(CHOICES)}
            meaning = {choice: word for word, choice in words.items()}
            self.put(header, [", ".join(meaning[goal] for goal in goals) for goals in lists])
            field |= {"separator": ",", "answers": words}
        self.fields["goals"] = field

    def capacity(self) -> None:
        header = "How many people could you take on?"
        habit = self.choose("numbers", "words")
        places = [person["capacity"] for person in self.persons]
        if habit == "numbers":
            self.put(header, [place or "" for place in places])
            self.fields["capacity"] = header
        else:
            word_of = {number: word for word, number in CAPACITY_WORDS.items()}
            self.put(
                header, [word_of[place].upper() if place else "No preference" for place in places]
            )
            self.fields["capacity"] = {
                "from": header,
                "answers": {**CAPACITY_WORDS, "No preference": ""},
                "default": 1,
            }

    def answers(self) -> None:
        self.put("Grade / band", [person["grade"] or "" for person in self.persons])
        self.fields["grade"] = "Grade / band"
        if self.choose("plain", "words") == "words":
            words = {"yes": "Yes, I attended", "no": "Not yet", None: ""}
            self.put("Training?", [words[person["training"]] for person in self.persons])
            answers = {"Yes, I attended": "yes", "Not yet": "no"}
            self.fields["attended_training"] = {"from": "Training?", "answers": answers}
        else:
            self.put("Training?", [person["training"] or "" for person in self.persons])
            self.fields["attended_training"] = "Training?"
        ways = {"St Aldhelm's Hospital": ["St Aldhelms", "SAH"]}
        written = [
            self.choose("St Aldhelm’s Hospital", "SAH", "st aldhelms")
            if person["site"] == "St Aldhelm's Hospital"
            else person["site"] or ""
            for person in self.persons
        ]
        self.put("Site", written)
        self.fields["workplace"] = {"from": "Site", "spellings": ways}
        # what nobody wrote in another way stays as written
        for person, site in zip(self.persons, written, strict=True):
            if person["site"] == "St Aldhelm's Hospital" and site == "St Aldhelm’s Hospital":
                person["site"] = site

    def availability(self) -> None:
        slots = [person["slots"] for person in self.persons]
        habit = self.choose("text", "grid", "ticks", "days", "times", "starts")
        if habit == "text":
            self.put("When are you free?", [availability(free) or "" for free in slots])
            self.fields["availability"] = "When are you free?"
            return
        if habit in ("grid", "ticks", "starts"):
            is_grid = habit != "ticks"
            for day in DAYS:
                for hour in HOURS:
                    half = f"{(hour - 1) % 12 + 1}:00 {'AM' if hour < 12 else 'PM'}"
                    time = half if habit == "starts" else f"{hour:02}:00-{hour + 1:02}:00"
                    self.put(
                        f"{LONG_DAYS[day]} [{time}]",
                        [
                            ("Available" if is_grid else "x")
                            if (day, hour) in free
                            # who is free at no time leaves the grid out
                            else ("Not available" if is_grid and free else "")
                            for free in slots
                        ],
                    )
            self.fields["availability"] = {"grid": "{day} [{time}]"}
            if is_grid:
                self.fields["availability"]["answers"] = {
                    "Available": "free",
                    "Not available": "busy",
                }
        elif habit == "days":
            for hour in HOURS:
                self.put(
                    f"Which days? [{hour}:00-{hour + 1}:00]",
                    [", ".join(LONG_DAYS[d] for d in DAYS if (d, hour) in free) for free in slots],
                )
            self.fields["availability"] = {"grid": "Which days? [{time}]", "cells": "days"}
        else:
            words = {f"Slot {hour}": f"{hour:02}:00-{hour + 1:02}:00" for hour in HOURS}
            for day in DAYS:
                self.put(
                    f"When are you free? [{LONG_DAYS[day]}]",
                    [";".join(f"Slot {h}" for h in HOURS if (day, h) in free) for free in slots],
                )
            self.fields["availability"] = {
                "grid": "When are you free? [{day}]",
                "cells": "times",
                "answers": words,
            }

    def lists_of_people(self) -> None:
        id_of = self.id_of
        lists = [[id_of[peer] for peer in person["wishes"]] for person in self.persons]
        habit = self.choose("one cell", "columns", "ranks")
        if habit == "one cell":
            self.put("Whom would you like?", ["; ".join(ids) for ids in lists])
            self.fields["preferences"] = "Whom would you like?"
        elif habit == "columns":
            headers = ["First choice", "Second choice", "Third choice"]
            for place, header in enumerate(headers):
                self.put(header, [ids[place] if place < len(ids) else "" for ids in lists])
            self.fields["preferences"] = headers
        else:
            ranks = {f"Rank these [{email}]": id_ for email, id_ in id_of.items()}
            style = self.choose("{}", "Rank {}")
            for header, id_ in ranks.items():
                self.put(
                    header,
                    [style.format(ids.index(id_) + 1) if id_ in ids else "" for ids in lists],
                )
            self.fields["preferences"] = {"ranks": ranks}
        separator = self.choose(";", ",", "/")
        self.put(
            "Anybody you must not be paired with?",
            [f"{separator} ".join(id_of[p] for p in person["declined"]) for person in self.persons],
        )
        self.fields["declined"] = {
            "from": "Anybody you must not be paired with?",
            "separator": separator,
        }
        self.put(
            "Your line manager",
            [id_of[p["manager"]] if p["manager"] else "" for p in self.persons],
        )
        self.fields["line_manager"] = "Your line manager"

    # --- layouts --------------------------------------------------------------------------------

    def repeat(self) -> None:
        """Let some people answer twice: an earlier row that must not count, or a row an answer."""
        habit = self.choose("once", "latest", "join")
        style = self.choose("real", "day first", "month first", "stated")
        if habit == "once":
            return
        if habit == "join":
            headers = self.fields["goals"]
            if "from" not in headers or isinstance(headers["from"], list):
                return
            self.form["repeated"] = "join"
            for row, person in list(zip(self.rows, self.persons, strict=True)):
                header = headers["from"]
                if len(person["goals"]) > 1 and "choices" not in headers and self.is_plain:
                    # a long table: one answer a row, the rest of the row as before
                    first, *later = person["goals"]
                    row[header] = first
                    self.rows += [{**row, header: goal} for goal in later]
            return
        written = {
            "real": "2026-11-{:02} 08:30",
            "day first": "{}/11/2026 08:30",
            "month first": "11/{}/2026 8:30 AM",
            "stated": "{}/11/2026 08:30:00",
        }[style]
        earlier, later = (3, 7) if style == "stated" else (9, 21)
        for place, (row, person) in enumerate(list(zip(self.rows, self.persons, strict=True))):
            row["Completion time"] = written.format(later)
            if self.draw(st.booleans()):
                old = dict.fromkeys(row, "") | {
                    key: row[key] for key in ("ID", "E-mail (work)", "I am a") if key in row
                }
                old["Completion time"] = written.format(earlier)
                if person["goals"] and isinstance(self.fields["goals"].get("from"), str):
                    old[self.fields["goals"]["from"]] = ""
                self.rows.insert(self.draw(st.integers(0, place)), old)
        self.form["repeated"] = {"keep": "latest", "by": "Completion time"}
        if style == "stated":
            self.form["dates"] = "day_first"

    def tables(self) -> list[list[dict[str, Any]]]:
        layout = self.choose("roles", "roles", "two tables")
        sides: list[list[dict[str, Any]]]
        word_of = {role: word for word, role in ROLE_WORDS.items()}
        self.put("I am a", [word_of[person["role"]] for person in self.persons])
        self.repeat()
        if layout == "roles":
            self.fields["role"] = {"from": "I am a", "answers": ROLE_WORDS}
            sides = [self.rows]
        else:
            sides = [
                [row for row in self.rows if ROLE_WORDS[row["I am a"]] in (role, "both")]
                for role in ("mentor", "mentee")
            ]
            self.form.setdefault("ignore", []).append("I am a")
        for side in sides:
            for row in side:
                row.setdefault("Comments", 'nothing, really; "no"')
        self.form.setdefault("ignore", []).append("Comments")
        headers = list(sides[0][0])
        headers = self.draw(st.permutations(headers))
        noise = self.choose("", " ", "\n")
        return [
            [{header + noise: row[header] for header in headers} for row in side] for side in sides
        ]


def as_csv(path: Path, rows: list[dict[str, Any]], delimiter: str) -> Path:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(rows[0])
    writer.writerows(row.values() for row in rows)
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data(), persons=people())
def test_an_export_in_any_habit_read_by_its_form_is_the_cohort(
    data: st.DataObject, persons: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    export = Export(data.draw, persons)
    tables = export.tables()
    cohort = rm.read_cohort(*plain_tables(persons, export.id_of))
    form = rm.Form.from_dict(export.form)
    assert rm.Form.from_text(form.to_yaml()) == form == rm.Form.from_text(form.to_json())
    kind = data.draw(st.sampled_from(["rows", "frame", "csv", "semicolons"]))
    given_tables: list[Any] = list(tables)
    if kind == "frame":
        given_tables = [pd.DataFrame(table) for table in tables]
    elif kind != "rows":
        folder = tmp_path_factory.mktemp("export")
        given_tables = [
            as_csv(folder / f"{place}.csv", table, "," if kind == "csv" else ";")
            for place, table in enumerate(tables)
        ]
    read = rm.read_cohort(*given_tables, form=form)
    assert read.fingerprint == cohort.fingerprint
    again = rm.read_cohort(*given_tables, form=rm.Form.from_text(form.to_yaml()))
    assert again.notes == read.notes
    assert again.reading == read.reading
