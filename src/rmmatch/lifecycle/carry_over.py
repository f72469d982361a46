"""What one run leaves to the next: people without a partner, past pairs, pairs that go on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rmmatch.cohort import Cohort, Link, Role, Side, column_name, people_error
from rmmatch.cohort.columns import BESIDE_IDS, RELATION_COLUMNS
from rmmatch.cohort.identities import SIDE_LETTERS
from rmmatch.errors import Problem, RecordError
from rmmatch.files.folder import keep_files
from rmmatch.files.json_data import JsonAnswer, json_data
from rmmatch.files.tables import write_tables
from rmmatch.matching import Result
from rmmatch.matching.matching import IdPair, id_pairs
from rmmatch.rules import Relations
from rmmatch.scheme import Scheme

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CarryOver", "carry_over"]

# kinds that are said of one run alone, the last by a rematch
_ONE_RUN_KINDS = ("pinned", "manual", "paired_before", "same_person")
_MAX_PRIORITY = 1_000_000  # the largest that the next cohort can read; limit of input


@dataclass(frozen=True, eq=False, repr=False)
class CarryOver(JsonAnswer):
    """The tables that the next cohort begins with.

    Attributes
    ----------
    mentees, mentors : DataFrame
        Who is in the next cohort already, under the headers that the scheme maps; add those who
        apply below. `read_cohort` takes them as they are.
    relations : DataFrame
        mentor, mentee, kind, runs_ago; and, where they are known, the names and e-mail addresses
        beside the ids: where ids are given out anew, `read_cohort` sees that a row is about
        somebody else than who has the id now.
    pins : tuple of (mentee id, mentor id)
        The pairs that go on; also in `relations`.
    left_out : tuple of str
        Sensitive columns, and kinds of relation, that are not in the tables.
    notes : tuple of str
        What to know before the tables are used.
    """

    mentees: pd.DataFrame
    mentors: pd.DataFrame
    relations: pd.DataFrame
    pins: tuple[IdPair, ...]
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the tables as lists of rows, the pins and the notes as plain JSON data.

        `read_cohort` takes the lists as they are. As the tables they have names and e-mail
        addresses, for whoever runs the scheme.
        """
        tables = {name: getattr(self, name) for name in ("mentees", "mentors", "relations")}
        data = {name: table.to_dict("records") for name, table in tables.items()}
        data |= {name: getattr(self, name) for name in ("pins", "left_out", "notes")}
        return {key: json_data(entry) for key, entry in data.items()}

    def save(self, folder: str | Path) -> tuple[str, ...]:
        """Write mentors.csv, mentees.csv and relations.csv, all or none, over no other file.

        Parameters
        ----------
        folder : str or Path
            Is made where it does not exist.

        Returns
        -------
        tuple of str
            Names of the files written.

        Raises
        ------
        ProblemsError
            Such a file is there already, or the folder cannot be written.
        """
        names = ("mentors", "mentees", "relations")
        keep_files(Path(folder), (f"{name}.csv" for name in names))
        return write_tables({name: getattr(self, name) for name in names}, Path(folder))

    def __repr__(self) -> str:
        count = {name: len(getattr(self, name)) for name in ("mentees", "mentors", "relations")}
        counts_text = ", ".join(
            f"{number} {name if number != 1 else name[:-1]}" for name, number in count.items()
        )
        goes_on = f"; {len(self.pins)} of the pairs go on" if self.pins else ""
        return "\n".join(
            [f"Carried over: {counts_text}{goes_on}", *(f"  {note}" for note in self.notes)]
        )


def carry_over(
    result: Result,
    *,
    cohort: Cohort | None = None,
    continued: Iterable[IdPair] = (),
    cool_down: int | None = None,
    step: int = 1,
    sensitive: bool = False,
) -> CarryOver:
    """Return what a run leaves to the next cohort, as tables that `read_cohort` takes.

    People without a partner are carried over with a higher priority, unless they withdrew. The
    pairs of the run become relations of the kind ``past_pair``, ``runs_ago`` 1, and the scheme's
    rule on relations keeps them apart; pairs that asked to go on become ``pinned`` instead, and
    their two people stay in the tables. Rejected pairs of a review become ``forbidden``. All other
    rows of the table of relations stay, people outside the cohort included; those with a number of
    ``runs_ago`` count one up. What a person's own row holds goes with the row.

    Parameters
    ----------
    result : Result
    cohort : Cohort, optional
        The people of the run, as their tables are now; by default as they were paired. Needed
        where the run was loaded from its record, which has no names and only some columns. Who
        withdrew during the run need not be marked in it.
    continued : iterable of (mentee id, mentor id)
        Pairs of the result that asked to go on.
    cool_down : int, optional
        For how many runs a past pair is kept apart: rows with more ``runs_ago`` are left out.
        None keeps them for good, as are rows without a number.
    step : int
        By how much the priority of who had no partner grows.
    sensitive : bool
        Write sensitive columns, which the next run needs where its rules read them.

    Returns
    -------
    CarryOver

    Raises
    ------
    CohortError
        A pair that is to go on is not in the result; the cohort has other people than the run.
    RecordError
        The run was loaded from its record, and no cohort is given.
    NoMatchingError
        The result has no matching.

    Examples
    --------
    >>> import rmmatch as rm
    >>> cohort, scheme = rm.synthetic.demo()
    >>> result = rm.match(cohort, scheme)
    >>> goes_on = next(iter(result.made))
    >>> over = rm.carry_over(result, continued=[goes_on], cool_down=2, sensitive=True)
    >>> following = rm.read_cohort(
    ...     over.mentors, over.mentees, relations=over.relations, scheme=scheme
    ... )
    >>> goes_on in rm.match(following, scheme).made
    True
    """
    if step < 0 or (cool_down is not None and cool_down < 0):
        raise ValueError("step and cool_down are whole numbers, 0 or more")
    made_pairs = set(result.made)
    if result.inputs and cohort is None:
        reason = "has neither names nor the columns that the scheme does not use"
        remedy = "give the tables: carry_over(result, cohort=read_cohort(...))"
        problem = Problem("record", "", "", "", reason, remedy, code="needs_tables")
        raise RecordError([problem])
    problems: list[Problem] = []
    pins = tuple(sorted(id_pairs(continued, cohort or result.cohort, "continued", problems)))
    problems += [_not_made_problem(result, pair) for pair in pins if pair not in made_pairs]
    if cohort is not None:
        problems += [
            *_problems_of_unknown_people(result.cohort, cohort),
            *_problems_of_lost_relations(result.cohort, cohort),
        ]
    if problems:
        raise people_error(problems, cohort or result.cohort)
    if cohort is not None:
        result = result.replace(cohort=_mark_withdrawn(result.cohort, cohort), review=result.review)
    scheme = result.scheme
    hidden = set(scheme.monitoring_only if sensitive else scheme.sensitive)
    links = _next_relation_rows(result, pins, cool_down, hidden)
    tables = [
        _next_people(result, side, {pair[place] for pair in pins}, step, hidden)
        for place, side in enumerate(result.cohort.sides)
    ]
    tables.append(_relations(link for link in links if link.kind not in hidden))
    omitted = {name for side in result.cohort.sides for name in side.columns} & hidden
    omitted |= {link.kind for link in links} & hidden
    left_out = tuple(sorted(omitted))
    mentees, mentors, relations = _with_headers(result.scheme, tables)
    notes = tuple(_notes(result, left_out, relations))
    return CarryOver(mentees, mentors, relations, pins, left_out, notes)


def _problems_of_unknown_people(run: Cohort, current: Cohort) -> list[Problem]:
    """Return a problem for each person who is in the run or in the tables, and not in both."""
    problems = []
    for run_side, current_side in zip(run.sides, current.sides, strict=True):
        lists = (
            (
                run_side,
                current_side,
                "is not in the tables",
                "add the row of who joined during the run",
            ),
            (current_side, run_side, "was not in the run", "add the rows of new people afterwards"),
        )
        problems += [
            Problem(f"{run_side.role}s", "", "id", id_, reason, remedy, code="other_people")
            for listed, other_side, reason, remedy in lists
            for id_ in listed.ids
            if id_ not in other_side.position
        ]
    return problems


def _problems_of_lost_relations(run: Cohort, current: Cohort) -> list[Problem]:
    """Return a problem for each kind of relation that the run knew and the tables do not."""
    remedy = "give the table of relations that the run was made with"
    reason = "was known in the run, and is in no table"
    return [
        Problem("relations", "", "kind", kind, reason, remedy, code="missing_relations")
        for kind, pairs in run.relations.items()
        if len(pairs) and kind not in current.relations and kind not in _ONE_RUN_KINDS
    ]


def _mark_withdrawn(run: Cohort, current: Cohort) -> Cohort:
    """Return the people of the tables, those who withdrew during the run marked."""
    sides = []
    for run_side, current_side in zip(run.sides, current.sides, strict=True):
        run_status = run_side.status[[run_side.position[id_] for id_ in current_side.ids]]
        is_gone = run_status == "withdrawn"
        sides.append(
            replace(current_side, status=np.where(is_gone, run_status, current_side.status))
        )
    return current.replace(mentees=sides[0], mentors=sides[1])


def _next_people(
    result: Result, side: Side, stay: set[str], step: int, hidden: set[str]
) -> pd.DataFrame:
    """Return who of a side is in the next cohort, with their priority in it."""
    import pandas as pd

    paired = result.made.positions(result.cohort)[0 if side.role == "mentee" else 1]
    is_over = side.status != "withdrawn"
    is_over[paired] = False
    goes_on = np.array([id_ in stay for id_ in side.ids], dtype=np.bool_)
    table = side.to_frame().drop(columns=[name for name in hidden if name in side.columns])
    table["priority"] = np.minimum(side.priority + step * is_over, _MAX_PRIORITY)
    if _may_restart(result.cohort):
        for name in (*RELATION_COLUMNS, "preferences"):
            if name in table:
                wisher = None if name not in ("declined", "preferences") else side.role
                table[name] = [
                    _lasting_names(result.cohort, cell, hidden, wisher) for cell in table[name]
                ]
        table.index = pd.Index(
            [_id_as_written(result.cohort, side.role, id_) for id_ in table.index]
        )
        table.index.name = "id"
    if "role" in map(column_name, result.scheme.columns.values()):
        table["role"] = side.role  # the scheme asks for its header
    staying: pd.DataFrame = table[is_over | goes_on].reset_index()
    return staying


def _next_relation_rows(
    result: Result, pins: tuple[IdPair, ...], cool_down: int | None, hidden: set[str]
) -> list[Link]:
    """Return the rows of the next table of relations, sorted."""
    # Of two rows on the same the last run counts, and more than it: for good.
    links_by_key: dict[tuple[str, str, str], Link] = {}
    past_pairs = (*result.made, *result.review.ended)
    parted_links = (Link(mentee, mentor, "past_pair", 0) for mentee, mentor in past_pairs)
    for link in (*result.cohort.links, *parted_links):
        goes_on = link.kind == "past_pair" and (link.mentee, link.mentor) in pins
        if not goes_on and link.kind not in _ONE_RUN_KINDS:
            before = links_by_key.get(_link_key(link), link)
            ages = before.runs_ago, link.runs_ago
            age = None if ages[0] is None or ages[1] is None else min(ages[0], ages[1])
            links_by_key[_link_key(link)] = before._replace(runs_ago=age)
    rejected = (pair for pair in result.review.ever_rejected if pair not in pins)
    for kind, pairs in (("pinned", pins), ("forbidden", rejected)):
        for mentee, mentor in pairs:
            link = Link(mentee, mentor, kind)
            links_by_key[_link_key(link)] = link
    return [
        _with_names(result.cohort, link, hidden)._replace(
            runs_ago=None if link.runs_ago is None else link.runs_ago + 1
        )
        for _, link in sorted(links_by_key.items(), key=lambda item: item[0])
        if link.runs_ago is None or cool_down is None or link.runs_ago < cool_down
    ]


def _link_key(link: Link) -> tuple[str, str, str]:
    mentee, mentor = (id_ or " ".join(link.beside(role)) for role, id_ in _link_ends(link))
    return mentee, mentor, link.kind


def _link_ends(link: Link) -> tuple[tuple[Role, str], tuple[Role, str]]:
    return ("mentee", link.mentee), ("mentor", link.mentor)


def _with_names(cohort: Cohort, link: Link, hidden: set[str]) -> Link:
    """Return a row with names and e-mails beside its ids, as far as they are known."""
    for role, id_ in _link_ends(link):
        name, email = link.beside(role)
        if id_ in cohort.side(role).position:
            person = cohort.directory.person(id_)
            name, email = (next(iter(texts), "") for texts in (person.names, person.emails))
            id_ = _id_as_written(cohort, role, id_)
        name, email = "" if "name" in hidden else name, "" if "email" in hidden else email
        if role == "mentee":
            link = link._replace(mentee=id_, mentee_name=name, mentee_email=email)
        else:
            link = link._replace(mentor=id_, mentor_name=name, mentor_email=email)
    return link


def _may_restart(cohort: Cohort) -> bool:
    """Whether ids are numbers that a form gives out, from 1 again next year."""
    ids = (id_ for side in cohort.sides for id_ in side.ids)
    return cohort.reading.each_side or any(id_.isdigit() for id_ in ids)


def _id_as_written(cohort: Cohort, role: Role, id_: str) -> str:
    """Return an id as its table has it."""
    return id_.removeprefix(SIDE_LETTERS[role]) if cohort.reading.each_side else id_


def _lasting_names(cohort: Cohort, cell: Any, hidden: set[str], wisher: Role | None) -> Any:
    """Return a list of people by e-mails or names in place of ids that mean others next year.

    Neither is written where it is hidden. Who wishes for, or declined, people means the other side.
    """
    if not isinstance(cell, str):
        return cell  # missing
    role_meant: dict[Role | None, Role] = {"mentee": "mentor", "mentor": "mentee"}
    entries = cohort.directory.entries(cell, role_meant.get(wisher))
    if not any(entry.by == "id" and entry.kind == "person" for entry in entries):
        return cell
    texts = []
    for entry in entries:
        person = cohort.directory.people[entry.people[0]] if entry.kind == "person" else None
        emails = person.emails if person and "email" not in hidden else ()
        names = person.names if person and "name" not in hidden else ()
        texts.append(next(iter((*emails, *names)), entry.text))
    return "; ".join(texts)


def _relations(links: Iterable[Link]) -> pd.DataFrame:
    import pandas as pd

    table = pd.DataFrame(list(links), columns=list(Link._fields), dtype=object)
    beside = [name for name in (*BESIDE_IDS[2:], *BESIDE_IDS[:2]) if table[name].astype(bool).any()]
    return table[["mentor", "mentee", "kind", "runs_ago", *beside]]


def _with_headers(scheme: Scheme, tables: list[pd.DataFrame]) -> list[pd.DataFrame]:
    """Return the tables under the headers that the scheme maps, each on one of them at least."""
    headers: dict[str, list[str]] = {}
    for header, name in scheme.columns.items():
        headers.setdefault(column_name(name), []).append(header)
    for name, headers_of_name in headers.items():
        places = [table_idx for table_idx, table in enumerate(tables) if name in table]
        for turn, table_idx in enumerate(places):
            header = headers_of_name[min(turn, len(headers_of_name) - 1)]
            tables[table_idx] = tables[table_idx].rename(columns={name: header})
    return tables


def _not_made_problem(result: Result, pair: IdPair) -> Problem:
    partners = ", ".join(result.made.partners("mentee", pair[0]))
    remedy = f"{pair[0]} is paired with {partners}" if partners else "write (mentee id, mentor id)"
    reason = "is not a pair of the result"
    return Problem("continued", "", "", " ".join(pair), reason, remedy, code="not_in_result")


def _notes(result: Result, left_out: tuple[str, ...], relations: pd.DataFrame) -> Iterator[str]:
    """Yield what would surprise whoever uses the tables."""
    if result.review.state != "approved":
        yield f"The pairs were never approved: {result.review.summary}."
    if left_out:
        yield f"Without the sensitive columns {', '.join(left_out)}: fill them in, or ask for them."
    rules = (rule for rule in result.scheme.rules if isinstance(rule, Relations))
    is_avoided = any(
        aim.tier == "fewest" and aim.relation == "past_pair" for aim in result.scheme.aims
    )
    if len(relations) and not is_avoided and not any("past_pair" in rule.forbid for rule in rules):
        remedy = "{type: relations, forbid: [past_pair]}"
        yield (
            f"No rule of the scheme keeps past pairs apart: {remedy}. To have as few repeats as "
            "possible, put {tier: fewest, kind: past_pair} into the objective after `pairs`."
        )
