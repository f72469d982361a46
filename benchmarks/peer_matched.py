"""matched: students and projects, round by round; mentees choose in turn."""

import sys
from pathlib import Path

import matched
from peer_lists import keep, preferences

folder = Path(sys.argv[1])
mentees, mentors, wanted, _ = preferences(folder)
choices = {mentees[i]: [mentors[j] for j in row] for i, row in enumerate(wanted) if row}
# Its `scores` are of students, not of pairs: the same for all, so the order of the file decides.
made = matched.match(choices, dict.fromkeys(choices, 0.0), dict.fromkeys(mentors, 1))
pairs = [(mentee, mentor) for mentee, mentor in made.items() if mentor is not None]
keep(folder / "matched.csv", pairs)
