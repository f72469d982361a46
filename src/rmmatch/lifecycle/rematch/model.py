"""What a rematch gives: the new result, who changes, and who must be told what."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from rmmatch.analysis.explanations.audiences import as_audience
from rmmatch.analysis.what_if.partner_changes import (
    change_lines,
    change_rows,
    to_table,
)
from rmmatch.cohort import Role
from rmmatch.files import markup
from rmmatch.files.json_data import JsonAnswer, json_data
from rmmatch.lifecycle.rematch.notices import Notice, RematchEvent, notices_of
from rmmatch.matching import Result
from rmmatch.matching.display import n_text
from rmmatch.matching.matching import IdPair

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Rematch"]

_CHANGE_COLUMNS = ("id", "side", "before", "after")


@dataclass(frozen=True, eq=False, repr=False)
class Rematch(JsonAnswer):
    """A pairing after people left, joined, or asked to part or stay.

    Attributes
    ----------
    before : Result
        The pairing before.
    result : Result
        The pairing now, proved like any other. Its cohort remembers who withdrew; its scheme has
        ``kept_pairs`` as the first tier (the last one where all old pairs might be given up), the
        pairs that part as forbidden ones, those that stay as pins.
    withdrawn, joined : tuple of (role, id)
    parted, stayed : tuple of (mentee id, mentor id)
    """

    before: Result
    result: Result
    withdrawn: tuple[tuple[Role, str], ...]
    joined: tuple[tuple[Role, str], ...]
    parted: tuple[IdPair, ...]
    stayed: tuple[IdPair, ...]

    @cached_property
    def kept(self) -> tuple[IdPair, ...]:
        """The old pairs that stay; empty where there is no new pairing."""
        return self._old_pairs(still=True)

    @cached_property
    def ended(self) -> tuple[IdPair, ...]:
        """The old pairs that are no more; empty where there is no new pairing."""
        return self._old_pairs(still=False)

    def _old_pairs(self, *, still: bool) -> tuple[IdPair, ...]:
        if self.result.matching is None:
            return ()
        new_pairs = set(self.result.made)
        return tuple(pair for pair in self.before.made if (pair in new_pairs) is still)

    @cached_property
    def change_rows(self) -> tuple[dict[str, Any], ...]:
        """The rows of `changes`, with tuples of partners."""
        rows = change_rows(self.before, self.result)
        return tuple({name: row[name] for name in _CHANGE_COLUMNS} for row in rows)

    @property
    def changes(self) -> pd.DataFrame:
        """Everybody whose partners differ: id, side, before, after.

        Several partners stand with a semicolon between them, an empty cell is nobody.
        """
        return to_table(self.change_rows, _CHANGE_COLUMNS)

    @property
    def n_changed(self) -> int:
        """How many people have other partners than before, those who withdrew among them."""
        return len(self.change_rows)

    def notices(
        self, audience: str = "participant", *, partners_agreed: bool = False
    ) -> tuple[Notice, ...]:
        """Return who to tell, and what to say: mentees first, each side by id.

        Parameters
        ----------
        audience : {'participant', 'coordinator', 'committee'}
            A participant reads of their own partners only, and never why another left; a
            coordinator reads the reasons; a committee the changes without them.
        partners_agreed : bool
            Whether everybody agreed to be named to a partner whose ``consent`` is empty.

        Returns
        -------
        tuple of Notice
            Each with ``id``, ``side``, ``what`` happened, ``sentence``.

        Raises
        ------
        ValueError
            There is no such audience.
        """
        event = RematchEvent(
            self.before,
            self.result,
            frozenset(self.withdrawn),
            frozenset(self.joined),
            frozenset(self.parted),
            frozenset(self.stayed),
        )
        return tuple(notices_of(event, as_audience(audience), assumed=partners_agreed))

    @property
    def notice_rows(self) -> pd.DataFrame:
        """The notices as people may read them: id, side, what, sentence."""
        import pandas as pd

        rows = [asdict(notice) for notice in self.notices()]
        return pd.DataFrame(rows, columns=["id", "side", "what", "sentence"])

    @property
    def told(self) -> pd.DataFrame:
        """The same as `notice_rows`; an older name, which goes with version 1.0."""
        return self.notice_rows

    def to_dict(self) -> dict[str, Any]:
        """Return what was asked for, both values, who changes and all notices as JSON data.

        For a coordinator; each notice has the sentence its reader may see under ``letter``.
        """
        letters = {(notice.side, notice.id): notice.sentence for notice in self.notices()}
        data = {
            "withdrawn": self.withdrawn,
            "joined": self.joined,
            "parted": self.parted,
            "stayed": self.stayed,
            "status": self.result.status.value,
            "reason": self.result.reason,
            "before": dict(self.before.objective),
            "after": dict(self.result.objective),
            "kept": self.kept,
            "ended": self.ended,
            "changes": self.change_rows,
            "notices": [
                {**asdict(notice), "letter": letters[notice.side, notice.id]}
                for notice in self.notices("coordinator")
            ],
        }
        return {key: json_data(entry) for key, entry in data.items()}

    @property
    def asked(self) -> tuple[str, ...]:
        """What was asked for, in words."""
        name = self.result.person_text
        return (
            *(f"{name(role, id_)} withdraws" for role, id_ in self.withdrawn),
            *(f"{name(role, id_)} joins" for role, id_ in self.joined),
            *(
                f"{name('mentee', mentee)} and {name('mentor', mentor)} separate"
                for mentee, mentor in self.parted
            ),
            *(
                f"{name('mentee', mentee)} and {name('mentor', mentor)} continue"
                for mentee, mentor in self.stayed
            ),
        )

    @property
    def sentences(self) -> tuple[str, ...]:
        """The change in plain English, for a coordinator."""
        if self.result.matching is None:
            return (self.result.headline,)
        n_old, n_now = len(self.before.made), len(self.result.made)
        n_new = n_now - len(self.kept)
        sentences = (
            f"{len(self.kept)} of {n_text(n_old, 'pair')} continue, {n_new} "
            f"{'is' if n_new == 1 else 'are'} new. There {'is' if n_now == 1 else 'are'} now "
            f"{n_text(n_now, 'pair')}.",
        )
        if not self.change_rows:
            return (*sentences, "Nobody has other partners.")
        return (*sentences, *change_lines(self.change_rows, self.before, self.result))

    def __str__(self) -> str:
        title = f"Rematch: {'; '.join(self.asked) or 'nothing changes'}"
        return "\n".join([title, *(f"  {sentence}" for sentence in self.sentences)])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return markup.sentences_block(str(self).splitlines())
