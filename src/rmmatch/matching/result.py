"""The result of a pairing: what was chosen, what it is worth, and what proves it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rmmatch.cohort import Cohort, Role
from rmmatch.cohort.edits import emptied
from rmmatch.errors import NoMatchingError, Problem, RecordError
from rmmatch.files import markup
from rmmatch.files.json_data import JsonAnswer, json_data
from rmmatch.matching.certificate import Certificate
from rmmatch.matching.conflict import Conflict
from rmmatch.matching.display import (
    _MAX_SHOWN_ROWS,
    Shown,
    Value,
    missing_proof_text,
    n_text,
    percentage_at_most,
    points_text_table,
    proved_text,
    shown_text,
    shown_value,
    unproved_tier,
)
from rmmatch.matching.matching import Matching, Status
from rmmatch.matching.open_files import RecordPlace
from rmmatch.matching.outlets import outlet
from rmmatch.matching.pages import pairs_html, unpaired_html
from rmmatch.matching.repeats import counted_pairs_text, repeat_notes
from rmmatch.matching.review import Review
from rmmatch.matching.second_partners import sharing_notes
from rmmatch.matching.unpaired import UnpairedPerson, is_everybody_paired, unpaired_rows
from rmmatch.numeric import Ints
from rmmatch.scheme import Scheme
from rmmatch.scheme.quotas import quota_sentences
from rmmatch.scheme.tiers import tier_kind
from rmmatch.scoring import PairScores

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Result"]


@dataclass(frozen=True, eq=False, repr=False)
class Result(JsonAnswer):
    """What `match` returns.

    Attributes
    ----------
    cohort, scheme
        What was paired, under what.
    status : Status
    matching : Matching or None
        The pairs; None where there is no solution.
    values : dict of str to int or tuple of int
        What the matching is worth on each tier, exactly: pairs, priority points, millionths.
    bounds : dict of str to int or tuple of int
        What no matching can exceed on a tier, given the best on the tiers before it. Above the
        value also where a tier leaves later ones some slack (``within``).
    certificate : Certificate or None
        The prices behind `bounds`.
    proof : str
        What proves an optimum: ``"prices"``, which `rmmatch.check` computes anew, ``"solver"``
        where some tier rests on an integer programme, or empty.
    solver : str
        What was solved by what, and why.
    seed : int
        Of the rule that breaks ties.
    reason : str
        Why there is no solution; empty where there is one.
    conflict : Conflict or None
        Where nothing is possible: requirements that cannot all hold, the smallest set of them
        unless people are too many to look for it, and what would be enough. None where quotas
        of so many people conflict.
    left_out : tuple of str
        Sensitive columns a saved run was written without, so that it cannot be scored anew.
    inputs : str
        Fingerprint of the whole cohort, where only a part of it was loaded; else empty.
    versions : dict of str to str
        Of rmmatch and of the packages that decided.
    review : Review
        What people said of the pairing: it is ``proposed`` until somebody reviews it
        (`rmmatch.review`), and ``approved`` by a person only.
    """

    cohort: Cohort
    scheme: Scheme
    status: Status
    matching: Matching | None
    values: Mapping[str, Value] = field(default_factory=dict)
    bounds: Mapping[str, Value] = field(default_factory=dict)
    certificate: Certificate | None = None
    proof: str = ""
    solver: str = ""
    seed: int = 0
    reason: str = ""
    conflict: Conflict | None = None
    left_out: tuple[str, ...] = ()
    inputs: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    review: Review = field(default_factory=Review)

    def __getstate__(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def __post_init__(self) -> None:
        # Whoever made it: columns kept for monitoring only are empty in it.
        object.__setattr__(self, "cohort", emptied(self.cohort, self.scheme.monitoring_only))

    def replace(self, **changes: Any) -> Result:
        """Return a copy with changed attributes.

        What was said of a pairing is not said of other pairs, people or rules: where one of these
        changes the copy is ``proposed``, unless a `review` is given.

        Parameters
        ----------
        **changes
            Attributes by name, with their new values.
        """
        if changes.keys() & {"cohort", "scheme", "matching", "status"}:
            changes = {"review": Review(), **changes}
        return replace(self, **changes)

    # --- values ----------------------------------------------------------------------------

    @cached_property
    def scores(self) -> PairScores:
        """The scores of all pairs.

        Raises
        ------
        RecordError
            The run was loaded from a file without the sensitive columns its rules need.
        """
        if self.left_out:
            raise RecordError(
                [
                    Problem(
                        "record",
                        "",
                        ", ".join(self.left_out),
                        "",
                        "was saved without these sensitive columns, which the scheme's rules need",
                        "give the cohort: load_result(path, cohort=...)",
                        code="columns_left_out",
                    )
                ]
            )
        return PairScores(self.cohort, self.scheme)

    @property
    def made(self) -> Matching:
        """The matching.

        Raises
        ------
        NoMatchingError
            There is none: see `status` and `reason`.
        """
        if self.matching is None:
            raise NoMatchingError(f"there is no matching: {self.status.value}. {self.reason}")
        return self.matching

    @cached_property
    def positions(self) -> tuple[Ints, Ints]:
        """The pairs of `made` as positions in the cohort: of the mentees, and of the mentors.

        Two arrays of int64, each of shape (n_pairs,), which cannot be written to. An entry is a
        person's position in cohort order, `Cohort.mentees` or `Cohort.mentors`; the pairs are in
        the order of `made`, by ids. Plain data for whoever computes with pairs; not part of a
        saved run.

        Raises
        ------
        NoMatchingError
            There is no matching.
        """
        mentees, mentors = self.made.positions(self.cohort)
        mentees.flags.writeable = mentors.flags.writeable = False  # everybody gets the same two
        return mentees, mentors

    def partners_of(self, role: Role) -> Mapping[str, tuple[str, ...]]:
        """Return the partners of everybody on one side.

        Parameters
        ----------
        role : {'mentee', 'mentor'}
            Whose partners.

        Returns
        -------
        mapping of str to tuple of str
            From the id of each person of that side, in cohort order, to the ids of the partners,
            sorted; an empty tuple where somebody has none.

        Raises
        ------
        NoMatchingError
            There is no matching.
        """
        partners = self.made.partner_ids(role)
        return {id_: partners.get(id_, ()) for id_ in self.cohort.side(role).ids}

    @property
    def objective(self) -> dict[str, Shown]:
        """What the matching is worth on each tier, in order; scores as sums of [0, 1].

        A tuple for tiers that compare lists: the scores of ``leximin``, the worst first; how many
        pairs have rank 1, 2, … of ``rank_profile``; how many people have at least 1, 2, … pairs
        of ``spread``.
        """
        return {tier: shown_value(self.scheme, tier, value) for tier, value in self.values.items()}

    @property
    def bound(self) -> dict[str, Shown]:
        """What no matching of this scheme can exceed on each tier; in the unit of `objective`."""
        return {tier: shown_value(self.scheme, tier, value) for tier, value in self.bounds.items()}

    @property
    def gap(self) -> float | None:
        """How far the first unproved tier may be below its bound, relative to the bound.

        0.0 where every tier is proved; None where a tier has no bound.
        """
        if self.matching is None:
            return None
        tier = unproved_tier(self.scheme.aims, self.values, self.bounds)
        if tier is None:
            return 0.0
        value, bound = self.values[tier], self.bounds.get(tier)
        if not isinstance(bound, int) or not isinstance(value, int):
            return None
        return (bound - value) / max(1, abs(bound))

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """The pairs: mentee, mentor, score in [0, 1], one column of contribution a criterion."""
        return self.scores.table(*self.positions)

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What to know before trusting the run: ids of nobody, rules without data, oddities."""
        remarks = tuple(self.scheme.remarks(self.cohort))
        if self.matching is None:
            return remarks
        pairs = self.scheme, self._named_cohort, self.positions, self.values
        remarks += repeat_notes(*pairs, is_proved=self.gap == 0)
        return remarks + (() if self.left_out else (*sharing_notes(self.scores, self.positions),))

    @cached_property
    def quotas(self) -> tuple[str, ...]:
        """What each quota got, a sentence each; of sensitive columns no values or small counts."""
        scheme = self.scheme
        return quota_sentences(scheme.quotas, self.cohort, scheme.setting, self.positions)

    @cached_property
    def unpaired_rows(self) -> tuple[UnpairedPerson, ...]:
        """The people without a partner, mentees first: (id, side, reason, kind)."""
        if is_everybody_paired(self.cohort, self.positions):
            return ()  # without the scores, which a run saved without sensitive columns lacks
        return unpaired_rows(self.scores, self.positions)

    @cached_property
    def unpaired(self) -> pd.DataFrame:
        """The people without a partner: id, side, reason, kind.

        The kinds are ``not_eligible`` (the person could not take part), ``nobody_suitable`` (the
        rules excluded every partner), ``outbid`` (suitable partners went to others), ``withdrew``
        and ``reserve`` (a reserve who was not needed). Reasons of one kind read alike.
        """
        import pandas as pd

        return pd.DataFrame(self.unpaired_rows, columns=list(UnpairedPerson._fields))

    # --- files and data --------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as plain JSON data, for a page or another program.

        docs/json.md has the keys. It cannot be loaded again: that is what `save` is for. No
        reasons or comments of a review are in it, and no values of sensitive columns.
        """
        pairs = () if self.matching is None else self.matching.pairs
        rows: list[dict[str, Any]] = [
            {"mentee": mentee, "mentor": mentor, "score": None, "contributions": {}}
            for mentee, mentor in pairs
        ]
        unpaired: list[dict[str, Any]] = []
        if self.matching is not None and self.left_out:  # without the columns the scores need
            roles: tuple[Role, Role] = ("mentee", "mentor")
            unpaired = [
                {"id": id_, "side": role, "reason": None}
                for role in roles
                for id_, partners in self.partners_of(role).items()
                if not partners
            ]
        elif self.matching is not None:
            for row, cells in zip(rows, self.pairs.to_dict("records"), strict=True):
                row["score"] = cells["score"]
                row["contributions"] = {name: cells[name] for name in self.scores.criteria}
            unpaired = json_data(self.unpaired.to_dict("records"))
        data = {
            "status": self.status,
            "headline": self.headline,
            "reason": self.reason,
            "objective": self.objective,
            "bound": self.bound,
            "gap": self.gap,
            "proof": self.proof,
            "seed": self.seed,
            "state": self.review.state,
            "pairs": rows,
            "unpaired": unpaired,
            "quotas": () if self.left_out or self.matching is None else self.quotas,
            "notes": self.notes,
            "conflict": self.conflict,
            "left_out": self.left_out,
        }
        return {key: json_data(entry) for key, entry in data.items()}

    def save(self, path: RecordPlace, *, sensitive: bool = False) -> None:
        """Write the whole run as one JSON record; to a path, whole or not at all.

        The record holds the scheme, the columns of the cohort the scheme uses, hashes of the
        inputs, versions, seed, pairs and prices: enough to `check` it elsewhere. Names, e-mail
        addresses and unused columns stay out, but for managers outside the cohort whom a rule on
        the reporting chain must tell apart. Sensitive columns are written as pseudonyms where a
        rule only asks whether two values are the same, else left out. To share a run with others
        see `rmmatch.anonymise`.

        Parameters
        ----------
        path : str, Path or open file
            A file that is open for text or for bytes stays open: ``io.StringIO()`` holds what
            belongs in a database.
        sensitive : bool
            Write sensitive columns as they are.

        Raises
        ------
        NotSupportedError
            A criterion is a plain function, which cannot be saved.
        RecordError
            The file cannot be written.
        """
        outlet("save")(self, path, sensitive=sensitive)

    def to_excel(self, path: str | Path) -> None:
        """Write the pairing as a workbook for people: pairs, unpaired, explanations, scheme.

        It is what ``rmmatch match --out`` writes as ``pairing.xlsx``, whole or not at all. Names
        stand beside the ids; values of sensitive columns are not in it.

        Parameters
        ----------
        path : str or Path

        Raises
        ------
        MissingExtraError
            XlsxWriter is not installed: it comes with ``rmmatch[excel]``.
        NoMatchingError
            There is no matching.
        RecordError
            The file cannot be written; or the run was loaded without the sensitive columns its
            rules need.
        """
        outlet("to_excel")(self, Path(path))

    def report(self, path: str | Path, *, emails: bool = False, explanations: bool = True) -> None:
        """Write a page on which somebody without Python reviews the pairs: ``review.html``.

        One file that loads nothing, without sensitive columns. Its decisions come as
        ``decisions.csv``, which ``rmmatch review --decisions`` reads.

        Parameters
        ----------
        path : str or Path
        emails : bool
            Show e-mail addresses, unless the scheme calls them sensitive.
        explanations : bool
            Say who else would suit, and what that would cost.

        Raises
        ------
        MissingExtraError, NoMatchingError, RecordError
            As of `to_excel`. Jinja2 comes with ``rmmatch[report]``.
        """
        outlet("report")(self, path, emails=emails, explanations=explanations)

    # --- what a person sees ----------------------------------------------------------------

    @cached_property
    def _named_cohort(self) -> Cohort:
        """The cohort, with names hidden where the scheme calls them sensitive."""
        return self.cohort.hiding(self.scheme.sensitive)

    def person_text(self, role: Role, id_: str) -> str:
        """Return how a coordinator reads of somebody: the name first, the id in brackets.

        Parameters
        ----------
        role : {'mentee', 'mentor'}
        id_ : str
            It is returned alone where there is no name, names are sensitive, or nobody has it.
        """
        position = self.cohort.side(role).position
        return self._named_cohort.person_text(role, position[id_]) if id_ in position else id_

    @property
    def headline(self) -> str:
        """What was found, in plain words: how many pairs, and whether better ones exist."""
        if self.matching is None:
            verb = "is possible" if self.status is Status.INFEASIBLE else "was found"
            return f"No pairing {verb}: {self.reason.removesuffix('.')}."
        pairs_text = counted_pairs_text(self.scheme, self.values, len(self.matching))
        if "interrupted" in self.solver and self.status is not Status.OPTIMAL:
            pairs_text += ", found before it was stopped"
        if self.status is not Status.OPTIMAL:
            tier = unproved_tier(self.scheme.aims, self.values, self.bounds)
            if tier is None:
                return f"{pairs_text}. A better pairing may exist: this is not proved."
            value, bound = self.values[tier], self.bounds.get(tier)
            return f"{pairs_text}. {missing_proof_text(self.scheme, tier, value, bound)}"
        proof = "proved by the solver" if self.proof == "solver" else "proved"
        if any(tier_kind(tier).asks_for_pairs and not bound for tier, bound in self.bounds.items()):
            return f"No pairs are possible under your rules ({proof})."
        return f"{pairs_text}. {proved_text(self.scheme, proof)}"

    @property
    def summary_line(self) -> str:
        """One technical line: status, pairs, values of the tiers, gap."""
        if self.matching is None:
            return f"{self.status.name}: {self.reason}"
        n_pairs = len(self.matching)
        parts = [f"{self.status.name}: {n_pairs} pair{'' if n_pairs == 1 else 's'}"]
        for tier, value in self.objective.items():
            if tier != "pairs":
                parts.append(f"{tier} {shown_text(value)}")
        gap = self.gap
        proof = f"gap at most {percentage_at_most(gap)}" if gap else "proved optimal"
        return ", ".join([*parts, "no bound" if gap is None else proof])

    @property
    def _unpaired_title(self) -> str:
        n_people = len(self.unpaired_rows)
        return f"{n_people:,} {'person has' if n_people == 1 else 'people have'} no partner"

    def __repr__(self) -> str:
        if self.matching is None:
            return self.headline
        lines = [self.headline]
        if self.review.log:
            lines.append(f"State: {self.review.summary}")
        if self.left_out:
            lines.append(f"  the pairs are in .made; {', '.join(self.left_out)} left out")
            return "\n".join(lines)
        if len(self.matching):
            mentees, mentors = (people[:_MAX_SHOWN_ROWS] for people in self.positions)
            lines.append(points_text_table(self.scores, mentees, mentors))
            if len(self.matching) > _MAX_SHOWN_ROWS:
                lines.append(f"  … all {len(self.matching):,} pairs are in .pairs")
        if self.unpaired_rows:
            lines.append(f"\n{self._unpaired_title}:")
            lines += [
                f"  {row.side} {self.person_text(row.side, row.id)}: {row.reason}"
                for row in self.unpaired_rows[:_MAX_SHOWN_ROWS]
            ]
            if (n_more := len(self.unpaired_rows) - _MAX_SHOWN_ROWS) > 0:
                lines.append(f"  … and {n_more:,} more, in .unpaired")
        if self.scheme.quotas:
            lines += ["\nQuotas:", *(f"  {sentence}" for sentence in self.quotas)]
        if self.notes:
            lines.append(f"\nPlease check: {n_text(len(self.notes), 'note')}, in .notes")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        cohort = self._named_cohort
        pieces = [markup.title(self.headline)]
        if self.review.log:
            pieces.append(markup.paragraph(f"State: {self.review.summary}"))
        if self.matching is not None and self.left_out:
            pieces.append(pairs_html(cohort, self.positions))
        elif self.matching is not None:
            pieces.append(pairs_html(cohort, self.positions, self.scores))
            if len(self.unpaired):
                pieces.append(unpaired_html(cohort, self.unpaired))
        if self.scheme.quotas and not self.left_out:
            pieces.append(markup.bullets(self.quotas, "Quotas"))
        pieces.append(markup.bullets(self.notes, "Please check"))
        return markup.block(*pieces)
