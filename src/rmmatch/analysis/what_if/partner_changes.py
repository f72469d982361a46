"""Two pairings side by side: who has other partners, as rows, a table, lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rmmatch.cohort import OTHER_ROLE
from rmmatch.matching import Result
from rmmatch.numeric import MILLION

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["change_lines", "change_rows", "to_table"]

_MAX_SHOWN_ROWS = 40  # people listed in a text; wording


def change_rows(before: Result, after: Result) -> tuple[dict[str, Any], ...]:
    """Return everybody whose partners differ, mentees first, each side by id.

    Parameters
    ----------
    before, after : Result

    Returns
    -------
    tuple of dict
        ``id``, ``side``, ``before`` and ``after`` (tuples of ids), ``score_before`` and
        ``score_after`` (sums over the person's pairs, a pair's score in [0, 1]). Empty where one
        of the two has no matching.
    """
    if before.matching is None or after.matching is None:
        return ()
    rows = []
    pair_scores = _pair_scores(before), _pair_scores(after)
    for role in OTHER_ROLE:
        old, new = before.made.partner_ids(role), after.made.partner_ids(role)
        for id_ in sorted({*old, *new}):
            partners = old.get(id_, ()), new.get(id_, ())
            if partners[0] == partners[1]:
                continue
            sums = [
                sum(
                    score_of[(id_, partner) if role == "mentee" else (partner, id_)]
                    for partner in ids
                )
                for score_of, ids in zip(pair_scores, partners, strict=True)
            ]
            rows.append(
                {
                    "id": id_,
                    "side": role,
                    "before": partners[0],
                    "after": partners[1],
                    "score_before": sums[0] / MILLION,
                    "score_after": sums[1] / MILLION,
                }
            )
    return tuple(rows)


def to_table(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> pd.DataFrame:
    """Return rows as a table; several ids stand with a semicolon between them.

    Parameters
    ----------
    rows : sequence of mapping
        As of `change_rows`.
    names : sequence of str
        The columns of the table.
    """
    import pandas as pd

    table = pd.DataFrame(list(rows), columns=list(names))
    for name in ("before", "after"):
        table[name] = ["; ".join(ids) for ids in table[name]]
    return table


def change_lines(rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return a line for each row of changes, after one that counts them.

    Parameters
    ----------
    rows : sequence of mapping
        As of `change_rows`; scores are not needed.
    """
    lines = [f"{len(rows)} {'person changes' if len(rows) == 1 else 'people change'}:"]
    for row in rows[:_MAX_SHOWN_ROWS]:
        old, new = ("; ".join(row[key]) or "nobody" for key in ("before", "after"))
        lines.append(f"{row['side']} {row['id']}: {old} → {new}")
    if len(rows) > _MAX_SHOWN_ROWS:
        lines.append(f"… and {len(rows) - _MAX_SHOWN_ROWS} more, in .changes")
    return tuple(lines)


def _pair_scores(result: Result) -> dict[tuple[str, str], int]:
    """Return what each pair scores, in millionths."""
    scores = result.scores.terms_of_pairs(*result.made.positions(result.cohort)).score.tolist()
    return dict(zip(result.made, scores, strict=True))
