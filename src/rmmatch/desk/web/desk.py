"""An open desk: the folder it works in, and what its pages showed last."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rmmatch.cohort import Role
from rmmatch.desk.folders import Run, SchemeFolder
from rmmatch.desk.page import CardAction, PairCard, ReviewView, review_view
from rmmatch.desk.page.views import pair_key
from rmmatch.desk.web.doors import Door
from rmmatch.errors import Problem, ReviewError
from rmmatch.matching.matching import IdPair

if TYPE_CHECKING:
    from rmmatch.desk.folders.exports import FolderImport
    from rmmatch.desk.letters import Letters

__all__ = ["Desk", "ShownPerson"]

_ACTIONS = (
    CardAction("keep", "Keep", url="/review/keep"),
    CardAction("turn-down", "Not this pair", url="/review/ask-turn-down", has_dialog=True),
)
_UNPAIRED_ACTIONS = (
    CardAction("together", "Put together …", url="/review/ask-together", has_dialog=True),
)


@dataclass(frozen=True)
class ShownPerson:
    """Somebody who can be chosen on a page.

    Attributes
    ----------
    key : str
        Names the person in a page: no id can be read from it.
    id, label : str
        The id; the name, and the id in brackets.
    """

    key: str
    id: str
    label: str


@dataclass
class Desk:
    """An open desk.

    Attributes
    ----------
    folder : SchemeFolder
    door : Door
    close : callable
        Ends the program that serves it.
    working : Lock
        Held while the folder is at work: one thing at a time.
    last_import : FolderImport or None
        What became of the export that was added last.
    last_letters : Letters or None
        The letters that were written last.
    weightings : list of dict of str to str
        That are shown beside each other, by the paths of the weights.
    tickets : dict of str to int
        How often something was asked that only its latest asking needs an answer to.
    """

    folder: SchemeFolder
    door: Door
    close: Callable[[], None] = lambda: None
    working: asyncio.Lock = field(default_factory=asyncio.Lock)
    last_import: FolderImport | None = None
    last_letters: Letters | None = None
    weightings: list[dict[str, str]] = field(default_factory=list)
    tickets: dict[str, int] = field(default_factory=dict)
    _shown: tuple[tuple[str, int, bool], ReviewView] | None = None

    @property
    def title(self) -> str:
        """What the folder is called on pages."""
        return self.folder.path.name

    def version_of(self, run: Run) -> str:
        """Return what a page was made of, so that an act on an older page is noticed.

        Parameters
        ----------
        run : Run
        """
        return f"{run.name}.{len(run.acts)}"

    def view(self, run: Run) -> ReviewView:
        """Return what the page of review shows of a run; made anew after each act.

        Parameters
        ----------
        run : Run
        """
        may_act = run.state != "approved" and not self.folder.is_read_only
        key = run.name, len(run.acts), may_act
        if self._shown is None or self._shown[0] != key:
            new_pairs = _new_pairs(run)
            shown = review_view(
                run.result,
                before={*run.result.made} - new_pairs,
                actions=_ACTIONS if may_act else (),
                unpaired_actions=_UNPAIRED_ACTIONS if may_act else (),
                reasons=True,
                explanations=False,  # each is asked for when somebody opens it
                checked=False,
            )
            self._shown = key, shown
        return self._shown[1]

    def pair(self, run: Run, key: str) -> IdPair:
        """Return the pair that a page names.

        Parameters
        ----------
        run : Run
        key : str

        Raises
        ------
        ReviewError
            The pair is made no more.
        """
        card = self.card(run, key)
        if card is None:
            reason, remedy = "is made no more", "load the page again"
            raise ReviewError([Problem("pair", "", "", "", reason, remedy, code="no_such_pair")])
        return card.mentee.id, card.mentor.id

    def card(self, run: Run, key: str) -> PairCard | None:
        """Return the card of a pair; None where it is made no more.

        Parameters
        ----------
        run : Run
        key : str
        """
        return next((card for card in self.view(run).pairs if card.key == key), None)

    def people(self, run: Run, role: Role) -> list[ShownPerson]:
        """Return everybody of one side, for a list to choose from.

        Parameters
        ----------
        run : Run
        role : {'mentee', 'mentor'}
        """
        cohort = run.result.cohort.hiding(run.result.scheme.sensitive)
        people = [
            ShownPerson(pair_key(role, id_), id_, run.result.person_text(role, id_))
            for id_, status in zip(
                cohort.side(role).ids, cohort.side(role).status.tolist(), strict=True
            )
            if status != "withdrawn"
        ]
        return sorted(people, key=lambda person: person.label.casefold())

    def forget_view(self) -> None:
        """Make the page of review anew: something other than an act has changed it."""
        self._shown = None


def _new_pairs(run: Run) -> set[IdPair]:
    """Return the pairs that decisions of this run have brought."""
    return {
        (str(pair[0]), str(pair[1]))
        for act in run.acts
        if not act.is_undone
        for pair in act.price.get("new_pairs", ())
    }
