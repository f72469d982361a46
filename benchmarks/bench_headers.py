"""How many questions of real forms are put to the right field, and how many others to a wrong one.

    python benchmarks/bench_headers.py ../shared/forms/headers.json [--wrong]

The file: name of a form → ``headers``, and ``field`` for each (``a|b`` either, ``other`` none).
A line a form; with ``--wrong`` every column that is not as it should be.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from rmmatch.desk.survey.mapping.proposed_fields import PROPOSE, FieldProposal, propose_fields


def proposed(proposal: FieldProposal) -> str:
    """Return a proposal in the words of the file."""
    if not proposal.field or proposal.confidence < PROPOSE:
        return "other"
    return "sensitive" if proposal.is_sensitive else proposal.field


def counts(form: dict[str, list[str]], *, show: bool = False) -> tuple[int, int, int, int]:
    """Return fields right, fields, other columns wrongly proposed, other columns."""
    right = fields = wrong = others = 0
    for proposal, text in zip(propose_fields(form["headers"]), form["field"], strict=True):
        allowed = set(text.split("|"))
        answer = proposed(proposal)
        if "other" in allowed:
            others += 1
            is_wrong = answer not in allowed
            wrong += is_wrong
        else:
            fields += 1
            is_wrong = answer not in allowed
            right += not is_wrong
        if show and is_wrong:
            print(f"    {text:28} {answer:12} {proposal.confidence:.2f}  {proposal.header!r:.150}")
            print(f"{'':36}{proposal.evidence} {proposal.rivals[:3]}")
    return right, fields, wrong, others


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--wrong", action="store_true")
    options = parser.parse_args()
    total = (0, 0, 0, 0)
    for name, form in json.loads(options.path.read_text(encoding="utf-8")).items():
        found = counts(form, show=options.wrong)
        total = tuple(a + b for a, b in zip(total, found, strict=True))  # type: ignore[assignment]
        right, fields, wrong, others = found
        print(f"{name:40} fields right {right:3}/{fields:3}   others wrong {wrong:3}/{others:3}")
    right, fields, wrong, others = total
    print(
        f"{'all':40} fields right {right}/{fields} ({right / fields:.1%})   "
        f"others wrong {wrong}/{others} ({wrong / others:.1%})"
    )


if __name__ == "__main__":
    main()
