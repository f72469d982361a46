"""algmatch: a stable matching from preference lists (stable marriage, incomplete lists)."""

import sys
from pathlib import Path

from algmatch import SM
from peer_lists import keep, preferences

folder = Path(sys.argv[1])
mentees, mentors, wanted, wanting = preferences(folder)
instance = {
    "men": {i + 1: [j + 1 for j in row] for i, row in enumerate(wanted)},
    "women": {j + 1: [i + 1 for i in row] for j, row in enumerate(wanting)},
}
made = SM(dictionary=instance, optimised_side="men").get_stable_matching()["man_sided"]
pairs = [
    (mentees[int(str(man).lstrip("m")) - 1], mentors[int(str(woman).lstrip("w")) - 1])
    for man, woman in made.items()
    if woman != ""
]
keep(folder / "algmatch.csv", pairs)
