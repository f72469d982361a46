"""mentormatch pairs everybody by the columns of the company it was written for.

Its mentor is the senior, so our mentees go in as its mentors. Said in its columns: goals as
skills, the speciality as the function preferred, other sites as preferred locations, and a grade
gap of at least two as years (five a grade; it asks for seven). It has no place for half-days or
line managers, and its order of wishes is its own.
"""

import csv
import sys

from mentormatch.api import main

folder = sys.argv[1]
SITES = [f"site {i}" for i in range(5)]


def people(side, prefix):
    with open(f"{folder}/{side}.csv") as handle:
        for row in csv.DictReader(handle):
            yield {
                "wwid": int(prefix + row["id"][1:]),
                "first_name": row["id"],
                "last_name": row["id"],
                "skills": row["goals"].split(";"),
                "function": row["speciality"],
                "preferred_functions": [row["speciality"]],
                "position_level": int(row["grade"]),
                "years_total": 5.0 * int(row["grade"]),
                "location": row["workplace"],
                "gender": "not asked",
                "preference_yes": [site for site in SITES if site != row["workplace"]],
                "preference_maybe": [row["workplace"]],
                "preference_no": [],
                "preferred_wwids": [],
                "max_mentee_count": 1,
                "favor": 0,
            }


seniors, juniors = list(people("mentees", "1")), list(people("mentors", "2"))
main(seniors, juniors)
with open(f"{folder}/mentormatch.csv", "w") as handle:
    handle.write("mentee,mentor\n")
    for junior in juniors:
        if junior["match_wwids"]:
            senior = str(junior["match_wwids"])[1:]
            handle.write(f"E{senior},{junior['first_name']}\n")
