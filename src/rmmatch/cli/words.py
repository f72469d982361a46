"""Words of a command line that name pairs and people."""

from __future__ import annotations

import typer

__all__ = ["PAIR", "pair_of"]

PAIR = "MENTEE,MENTOR"
"""What help calls a pair."""


def pair_of(word: str, option: str) -> tuple[str, str]:
    """Return the two people of ``MENTEE,MENTOR``.

    Each by id, e-mail address or full name; ``;`` stands between them where a name has a comma. A
    space between two ids is accepted, too.

    Parameters
    ----------
    word : str
    option : str
        Where it was written, for the message.

    Raises
    ------
    typer.BadParameter
        It is not two ids.

    Examples
    --------
    >>> pair_of("E03,M07", "--pin"), pair_of(" E03  M07", "--pin")
    (('E03', 'M07'), ('E03', 'M07'))
    >>> pair_of("Marsh, Helen; Amara Okafor", "--pin")
    ('Marsh, Helen', 'Amara Okafor')
    """
    separator = next((sign for sign in ";," if sign in word), None)
    ids = [id_.strip() for id_ in word.split(separator)]
    if len(ids) != 2 or not all(ids):
        raise typer.BadParameter(
            f"{word!r} is not a pair: write the mentee, a comma and the mentor, as in E003,M016",
            param_hint=option,
        )
    return ids[0], ids[1]
