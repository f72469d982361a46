"""What an independent check found, in a line."""

from __future__ import annotations

from rmmatch.matching import Result, Status

__all__ = ["verdict_line"]


def verdict_line(result: Result, n_violations: int = 0) -> str:
    """Return in a line what an independent check found.

    Parameters
    ----------
    result : Result
    n_violations : int
    """
    if n_violations:
        return f"Checked: {n_violations} violation{'' if n_violations == 1 else 's'}."
    proof = "The proof that no better pairing exists is correct."
    if result.status is not Status.OPTIMAL:
        proof = "It is not proved that no better pairing exists."
    elif result.proof == "solver":
        proof = "That no better pairing exists is proved by the solver alone."
    return f"Checked: every rule is kept. {proof}"
