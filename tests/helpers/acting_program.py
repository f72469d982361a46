"""A program that acts in a folder and says what was confirmed, until it is killed."""

from __future__ import annotations

import os
import sys

import rmmatch as rm
import rmmatch.desk.folders
import rmmatch.desk.reporting  # what a copy of the program needs is loaded once


def act_for_ever(path: str) -> None:
    """Keep, leave open, turn down and take back; a line for each act that was confirmed."""
    folder = rm.open_folder(path, by="Ann Lee")
    run = folder.current or folder.pair()
    print("ready", len(run.acts), flush=True)
    place = 0
    while True:
        place += 1
        pairs = run.result.made.pairs
        pair = pairs[place % len(pairs)]
        if place % 4 == 0 and run.can_undo:
            run = folder.undo()
        elif place % 4 == 1 and pair not in run.result.review.locked:
            run = folder.keep(pair)
        elif place % 4 == 2 and pair in run.result.review.locked:
            run = folder.release(pair)
        else:
            run = folder.review(comment=f"looked at {place}")
        act = run.acts[-1]
        print(act.number, act.act, *(pair[0] for pair in act.pairs), sep=" ", flush=True)


def main(path: str) -> None:
    """For each line that is read: act in a copy of this program, until that is killed."""
    for _ in sys.stdin:
        pid = os.fork()
        if not pid:
            act_for_ever(path)
        print("pid", pid, flush=True)
        os.waitpid(pid, 0)
        print("ended", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
