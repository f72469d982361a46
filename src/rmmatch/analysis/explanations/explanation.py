"""An explanation: sentences, the rows of a table, and the same as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rmmatch.analysis.explanations.audiences import Audience
from rmmatch.files import markup
from rmmatch.files.json_data import JsonAnswer, json_data
from rmmatch.numeric import MILLION
from rmmatch.scoring.points import share_points

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Explanation"]


@dataclass(frozen=True, eq=False, repr=False)
class Explanation(JsonAnswer):
    """An answer in sentences, with the numbers as a table.

    Attributes
    ----------
    title : str
        What is explained.
    sentences : tuple of str
        Plain English.
    rows : tuple of dict
        The rows of `table`.
    facts : mapping of str to anything JSON holds
        The numbers and people the sentences tell of, for programs. Of a pair: ``score``,
        ``choice`` and ``runner_up`` of each role, ``change`` where it is not made. Of somebody
        without a partner: ``acceptable``, ``free``, ``group``, ``change``. A ``change`` has the
        ``partner``, what each tier ``loses``, and the pairs ``removed`` and ``added``; before a
        committee the pairs only where the sentences name everybody in them.
    audience : str
        For whom it is.
    """

    title: str
    sentences: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]
    facts: Mapping[str, Any] = field(default_factory=dict)
    audience: Audience = "coordinator"

    @property
    def table(self) -> pd.DataFrame:
        """For pairs: mentee, mentor, criterion, score, weight, contribution, fact. Else the rules.

        Scores and contributions are in [0, 1]; the contributions of a pair add up to its score.
        For an unpaired person: rule, and how many of the other side it forbade. For a participant:
        partner, about, fact.
        """
        import pandas as pd

        return pd.DataFrame(list(self.rows))

    def to_dict(self) -> dict[str, Any]:
        """Return title, audience, sentences, rows and facts as plain JSON data."""
        names = ("title", "audience", "sentences", "rows", "facts")
        return {name: json_data(getattr(self, name)) for name in names}

    def __str__(self) -> str:
        return "\n".join([self.title, *(f"  {sentence}" for sentence in self.sentences)])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return markup.block(
            markup.title(self.title), markup.bullets(self.sentences), self._contributions_html
        )

    @property
    def _contributions_html(self) -> str:
        """What each criterion gives to a pair, in points; nothing where this is of no pair."""
        rows = self.rows
        is_of_pair = len({(row.get("mentee"), row.get("mentor")) for row in rows}) == 1
        if not is_of_pair or not all("contribution" in row for row in rows):
            return ""
        points = share_points([round(row["contribution"] * MILLION) for row in rows])
        weights = [f"{row['weight']:g}" for row in rows]
        names = [str(row["criterion"]).replace("_", " ") for row in rows]
        return markup.table(
            ("Criterion", "Weight", "Points"),
            [*zip(names, weights, points, strict=True), ("all criteria", "", sum(points))],
            "Points out of 100",
        )
