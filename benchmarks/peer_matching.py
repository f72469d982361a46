"""matching: a stable matching from preference lists, as hospital and resident of capacity one.

Its own stable marriage wants everybody on every list. It copies its players recursively, so the
recursion limit and the stack are raised for it.
"""

import sys
import threading
from pathlib import Path

from matching.games import HospitalResident
from peer_lists import keep, preferences

folder = Path(sys.argv[1])


def pair() -> None:
    mentees, mentors, wanted, wanting = preferences(folder)
    listed = {f"e{i}": [f"m{j}" for j in row] for i, row in enumerate(wanted) if row}
    listing = {f"m{j}": [f"e{i}" for i in row] for j, row in enumerate(wanting) if row}
    game = HospitalResident.create_from_dictionaries(listed, listing, dict.fromkeys(listing, 1))
    made = game.solve(optimal="resident")
    pairs = [
        (mentees[int(resident.name[1:])], mentors[int(hospital.name[1:])])
        for hospital, residents in made.items()
        for resident in residents
    ]
    keep(folder / "matching.csv", pairs)


sys.setrecursionlimit(10**8)
threading.stack_size(1 << 30)
thread = threading.Thread(target=pair)
thread.start()
thread.join()
if not (folder / "matching.csv").exists():
    sys.exit("no pairs")
