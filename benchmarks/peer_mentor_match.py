"""mentor-match pairs everybody: our scores as a rule of its own, its own Munkres matrix."""

import csv
import sys

from cohorts import ENOUGH, MIN_GAP, MINUTES
from matching.mentee import Mentee
from matching.mentor import Mentor
from matching.process import process_data
from matching.rules.rule import Disqualify, Rule

folder = sys.argv[1]


def people(kind, side):
    with open(f"{folder}/{side}.csv") as handle:
        for row in csv.DictReader(handle):
            person = kind(**{**row, "email": row["id"]})
            person.id, person.manager = row["id"], row["line_manager"]
            person.goals = frozenset(row["goals"].split(";"))
            person.speciality, person.workplace = row["speciality"], row["workplace"]
            person.slots = frozenset(row["availability"].split(";"))
            yield person


class Score(Rule):
    def evaluate(self, match):
        return True

    def apply(self, match):
        a, b = match.mentee, match.mentor
        time = min(1.0, MINUTES * len(a.slots & b.slots) / ENOUGH)
        goals = len(a.goals & b.goals) / len(a.goals | b.goals)
        return (
            round(4e6 / 9 * goals)
            + round(2e6 / 9 * (a.speciality == b.speciality))
            + round(1e6 / 9 * (a.workplace != b.workplace))
            + round(2e6 / 9 * time)
        )


rules = [
    Score(),
    Disqualify(lambda m: m.mentee.grade - m.mentor.grade < MIN_GAP),
    Disqualify(lambda m: m.mentor.manager == m.mentee.id),
]
mentors, mentees = list(people(Mentor, "mentors")), list(people(Mentee, "mentees"))
process_data(mentors, mentees, [rules])
with open(f"{folder}/mentor-match.csv", "w") as handle:
    handle.write("mentee,mentor\n")
    for mentor in mentors:
        for mentee in mentor.mentees:
            handle.write(f"{mentee.id},{mentor.id}\n")
