"""Sign-ups nobody here wrote, paired under their programme's own rules.

Data: jonodrew/mentor-match (OGL v3), of the test data. The maximum of 484 and 35 pairs is
stated there; it is counted here again by another algorithm from the raw csv.
"""

import csv

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching

import rmmatch as rm
from helpers.data import sample

GRADES = ["AA", "AO", "EO", "HEO", "SEO", "Grade 7", "Grade 6", "SCS1", "SCS2", "SCS3", "SCS4"]
SCHEME = f"""
version: 1
direction: traditional
grades: [{", ".join(GRADES)}]
columns: {{email address: id, profession: speciality}}
criteria:
  - {{type: speciality, weight: 1}}
rules:
  - {{type: power_distance, min_gap: 1, max_gap: 2}}
  - {{type: attribute, column: organisation, relation: different}}
"""


def rows(file):
    with file.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.mark.parametrize(("size", "known"), [("small", 35), ("large", 484)])
def test_as_many_pairs_as_an_independent_count(size, known):
    files = [sample("civil-service", size, f"{side}.csv") for side in ("mentors", "mentees")]
    scheme = rm.Scheme.from_text(SCHEME)
    cohort = rm.read_cohort(*files, columns=scheme.columns)
    result = rm.match(cohort, scheme)

    mentors, mentees = (rows(file) for file in files)
    allowed = np.array(
        [
            [
                1 <= GRADES.index(mentor["grade"]) - GRADES.index(mentee["grade"]) <= 2
                and mentor["organisation"] != mentee["organisation"]
                for mentor in mentors
            ]
            for mentee in mentees
        ]
    )
    most = int((maximum_bipartite_matching(csr_matrix(allowed)) >= 0).sum())

    assert result.status is rm.Status.OPTIMAL
    assert len(result.pairs) == most == known
    assert rm.check(result) == []
    people = [
        {row["email address"]: place for place, row in enumerate(side)}
        for side in (mentees, mentors)
    ]
    assert all(allowed[people[0][e], people[1][m]] for e, m in result.made)
