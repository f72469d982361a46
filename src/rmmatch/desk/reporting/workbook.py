"""The workbook of a pairing: for people who read, print, decide and send it back."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any

from rmmatch.analysis.explanations import Explanation
from rmmatch.cohort import Cohort, Side
from rmmatch.desk.reporting.listings import Cell, Listing, details_listing
from rmmatch.errors import MissingExtraError
from rmmatch.matching import Result
from rmmatch.matching.display import list_text, n_text
from rmmatch.matching.matching import IdPair
from rmmatch.numeric import MILLION
from rmmatch.scoring.points import as_points, share_points
from rmmatch.spelling import visible_text

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "COMMENT",
    "DECISION",
    "DECISIONS",
    "MENTEE_ID",
    "MENTOR_ID",
    "PAIRS",
    "Sheet",
    "workbook_sheets",
    "write_workbook",
]

PAIRS = "Pairs"  # the sheet that decisions are read from, and its columns
MENTEE_ID, MENTOR_ID = "Mentee id", "Mentor id"
DECISION, COMMENT = "Decision", "Comment"
DECISIONS = ("Keep", "Lock", "Reject")

_MAX_CELL_CHARACTERS = 32_767  # of a cell of a workbook; limit of the format
_MAX_REASONS = 2  # criteria that the sentence of a pair names; wording
_PLAIN = {"text_wrap": True, "valign": "top", "bottom": 1, "bottom_color": "#D9D9D9"}
_HEAD = {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#E7E6E6"}
_CENTRED = {"align": "center"}
_LINE_HEIGHT = 15  # points of a line of text; wording
_FILLED_SHARE = 0.95  # of the width of a column, that a line of words fills; wording
_DEFAULT_WIDTH = 13
# White for no points, blue for 100: the number is black on it, and the colour only repeats it.
_POINTS_SCALE = {
    "type": "2_color_scale",
    "min_type": "num",
    "min_value": 0,
    "min_color": "#FFFFFF",
    "max_type": "num",
    "max_value": 100,
    "max_color": "#9DC3E6",
}
_A4 = 9  # as XlsxWriter numbers sizes of paper
_WIDE, _TEXT, _NAME, _NARROW, _NUMBER = 80, 60, 22, 11, 9  # characters of a column; wording
_WIDTHS = {
    "Mentee": _NAME,
    "Mentor": _NAME,
    "Name": _NAME,
    MENTEE_ID: _NARROW,
    MENTOR_ID: _NARROW,
    "Id": _NARROW,
    "Side": _NARROW,
    "Kind": 20,
    "Points": _NUMBER,
    "Why": _TEXT,
    "Reason": _WIDE,
    DECISION: 12,
    COMMENT: 30,
    "About": 34,
    "Explanation": _WIDE,
    "E-mail": 34,
    "Part": 14,
    "What": 24,
    "Value": _WIDE,
    "Topic": 24,
    "Text": 100,
}
_KINDS = {
    "not_eligible": "not eligible",
    "nobody_suitable": "nobody suitable",
    "outbid": "suitable partners went to others",
    "withdrew": "withdrew",
    "reserve": "reserve, not needed",
}


@dataclass(frozen=True)
class Sheet:
    """A listing as a sheet of a workbook.

    Attributes
    ----------
    listing : Listing
    about : str
        What the sheet contains, for the reader.
    n_fixed : int
        Columns that stay in view when the others are scrolled.
    has_filter : bool
        Whether its rows may be filtered.
    """

    listing: Listing
    about: str = ""
    n_fixed: int = 0
    has_filter: bool = True


def workbook_sheets(
    result: Result, explanations: Sequence[Explanation], *, at: datetime | None = None
) -> tuple[Sheet, ...]:
    """Return the sheets of a workbook: read me, pairs, left out, points, reasons, details.

    Parameters
    ----------
    result : Result
    explanations : sequence of Explanation
        As `rmmatch.analysis.explanations.explain_all` returns them.
    at : datetime, optional
        When it was made; now by default.
    """
    cohort = result.cohort.hiding(result.scheme.sensitive)
    sheets = [
        _pairs_sheet(result, cohort, explanations),
        _left_out_sheet(result, cohort),
        _points_sheet(result, cohort),
        _reasons_sheet(explanations),
        *_contacts_sheets(cohort),
        Sheet(details_listing(result), "technical details: versions, input files, the scheme"),
    ]
    return (_read_me(result, sheets, at or datetime.now().astimezone()), *sheets)


def write_workbook(
    sheets: Sequence[Sheet],
    path: Path | IO[bytes],
    *,
    heading: str = "Pairing",
    banner: str = "",
) -> None:
    """Write sheets as a workbook; text stays text, whatever it looks like.

    Each sheet prints in landscape, one page wide, with its header on every page.

    Parameters
    ----------
    sheets : sequence of Sheet
    path : Path or binary file
    heading : str
        Is the title of the document, and stands above every printed page.
    banner : str
        Stands there too: that it is a draft.

    Raises
    ------
    MissingExtraError
        XlsxWriter is not installed.
    """
    try:
        from xlsxwriter import Workbook
    except ImportError:
        raise MissingExtraError("XlsxWriter", "excel", "writing a spreadsheet") from None
    with Workbook(path, {"in_memory": True}) as book:
        book.set_properties({"title": heading, "comments": banner})
        looks = {
            "head": book.add_format(_HEAD),
            "centred_head": book.add_format({**_HEAD, **_CENTRED}),
            "text": book.add_format(_PLAIN),
            "number": book.add_format({**_PLAIN, **_CENTRED}),
            "missing": book.add_format({"bg_color": "#FFC7CE"}),
        }
        for sheet in sheets:
            page = book.add_worksheet(sheet.listing.title)
            _write_cells(page, sheet.listing, looks)
            _lay_out(page, sheet, heading, banner)
            _colour_points(page, sheet.listing)
            if sheet.listing.title == PAIRS:
                _ask_for_decisions(page, sheet.listing, looks)


def _write_cells(page: Any, listing: Listing, looks: Mapping[str, Any]) -> None:
    widths = [_WIDTHS.get(name, _DEFAULT_WIDTH) for name in listing.header]
    first_row = listing.rows[0] if listing.rows else (None,) * len(widths)
    for column, (name, cell) in enumerate(zip(listing.header, first_row, strict=True)):
        look = looks["centred_head" if isinstance(cell, int | float) else "head"]
        page.write_string(0, column, name, look)
        page.set_column(column, column, widths[column])
    for row, cells in enumerate((listing.header, *listing.rows)):
        n_lines = max(map(_n_lines, cells, widths))
        if n_lines > 1:  # what a spreadsheet does by itself where it opens the file, not all do
            page.set_row(row, n_lines * _LINE_HEIGHT)
    for row, cells in enumerate(listing.rows, start=1):
        for column, cell in enumerate(cells):
            if isinstance(cell, str):
                page.write_string(row, column, _shown(cell)[:_MAX_CELL_CHARACTERS], looks["text"])
            elif cell is not None:
                page.write_number(row, column, cell, looks["number"])
            else:
                page.write_blank(row, column, None, looks["text"])


def _shown(text: str) -> str:
    """Return a text without marks of direction, which turn the text beside them around."""
    return text if text.isascii() else "\n".join(map(visible_text, text.split("\n")))


def _n_lines(cell: Cell, width: int) -> int:
    """Return how many lines a cell takes in a column, at a guess."""
    if not isinstance(cell, str):
        return 1
    return sum(max(1, math.ceil(len(line) / (width * _FILLED_SHARE))) for line in cell.split("\n"))


def _colour_points(page: Any, listing: Listing) -> None:
    if "Points" in listing.header and listing.rows:
        column = listing.header.index("Points")
        page.conditional_format(1, column, len(listing.rows), column, _POINTS_SCALE)


def _lay_out(page: Any, sheet: Sheet, heading: str, banner: str) -> None:
    last_row, last_column = len(sheet.listing.rows), len(sheet.listing.header) - 1
    page.freeze_panes(1, sheet.n_fixed)
    if sheet.has_filter:
        page.autofilter(0, 0, last_row, last_column)
    page.set_landscape()
    page.set_paper(_A4)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    page.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.6)
    draft = f"&C{banner}" if banner else ""
    page.set_header(f"&L{heading.replace('&', '&&')[:100]}{draft}&R&A")
    page.set_footer("&RPage &P of &N")


def _ask_for_decisions(page: Any, listing: Listing, looks: Mapping[str, Any]) -> None:
    """Offer the decisions as a drop-down, and mark a rejection that still lacks its reason."""
    if not listing.rows:
        return
    decision, comment = listing.header.index(DECISION), listing.header.index(COMMENT)
    page.data_validation(
        1,
        decision,
        len(listing.rows),
        decision,
        {
            "validate": "list",
            "source": list(DECISIONS),
            "input_title": "Your decision",
            "input_message": "Keep, Lock or Reject. Give the reason for Reject under Comment.",
            "error_title": "Not a decision",
            "error_message": "Choose Keep, Lock or Reject, or leave the cell empty.",
        },
    )
    letter, next_letter = chr(ord("A") + decision), chr(ord("A") + comment)
    page.conditional_format(
        1,
        comment,
        len(listing.rows),
        comment,
        {
            "type": "formula",
            "criteria": f'=AND(${letter}2="{DECISIONS[2]}",${next_letter}2="")',
            "format": looks["missing"],
        },
    )


# --- what the sheets say -------------------------------------------------------------------


def _people_columns(
    cohort: Cohort, positions: Sequence[Sequence[int]]
) -> list[tuple[str, list[Cell]]]:
    """Return names and ids of both people of pairs as titled columns; no names, no column."""
    columns: list[tuple[str, list[Cell]]] = []
    for side, people in zip(cohort.sides, positions, strict=True):
        title = side.role.capitalize()
        names = _names(cohort, side)
        if names is not None:
            columns.append((title, [names[person] for person in people]))
        columns.append((f"{title} id", [side.ids[person] for person in people]))
    return columns


def _names(cohort: Cohort, side: Side) -> list[Cell] | None:
    """Return the names of a side, None for somebody without; None where nobody has one."""
    texts = [cohort.person_text(side.role, person, has_id=False) for person in range(len(side))]
    names = [None if text == id_ else text for text, id_ in zip(texts, side.ids, strict=True)]
    return list(names) if any(names) else None


def _sheet(
    title: str, columns: Sequence[tuple[str, Sequence[Cell]]], about: str, n_fixed: int = 0
) -> Sheet:
    header = tuple(name for name, _ in columns)
    rows = tuple(zip(*(cells for _, cells in columns), strict=True))
    return Sheet(Listing(title, header, rows), about, n_fixed)


def _pairs_sheet(result: Result, cohort: Cohort, explanations: Sequence[Explanation]) -> Sheet:
    mentees, mentors = (side.tolist() for side in result.positions)
    terms = result.scores.terms_of_pairs(*result.positions)
    reasons = {
        (str(rows[0]["mentee"]), str(rows[0]["mentor"])): _reason(rows)
        for rows in (explanation.rows for explanation in explanations)
        if rows and "contribution" in rows[0]
    }
    pairs = list(result.made)
    people = _people_columns(cohort, (mentees, mentors))
    columns: list[tuple[str, Sequence[Cell]]] = [
        *people,
        ("Points", [as_points(score) for score in terms.score.tolist()]),
        ("Why", [reasons.get(pair, "") for pair in pairs]),
        (DECISION, [_decision(result, pair) for pair in pairs]),
        (COMMENT, [None] * len(pairs)),
    ]
    about = f"one line for each pair, and your decision: {', '.join(DECISIONS)}"
    return _sheet(PAIRS, columns, about, n_fixed=1)


def _decision(result: Result, pair: IdPair) -> str | None:
    """Return what a review has decided about a pair already; its reason stays in the record."""
    if pair in result.review.rejected:
        return DECISIONS[2]
    return DECISIONS[1] if pair in result.review.locked else None


def _reason(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return in a sentence where the points of a pair come from."""
    shares = share_points([round(row["contribution"] * MILLION) for row in rows])
    ranked = sorted(range(len(rows)), key=lambda place: -shares[place])
    texts, n_rest = [], sum(shares)
    for place in ranked[:_MAX_REASONS]:
        if shares[place] > 0:
            points = n_text(shares[place], "point")
            name = str(rows[place]["criterion"]).replace("_", " ")
            texts.append(f"{points} for {name} ({rows[place]['fact']})")
            n_rest -= shares[place]
    if not texts:
        return "No points from any criterion."
    if n_rest:
        texts.append(f"{n_rest} for the other criteria")
    return f"{list_text(texts)}."


def _left_out_sheet(result: Result, cohort: Cohort) -> Sheet:
    rows = result.unpaired_rows
    ids, roles = [row.id for row in rows], [row.side for row in rows]
    names = {side.role: _names(cohort, side) for side in cohort.sides}
    columns: list[tuple[str, Sequence[Cell]]] = []
    if any(names.values()):
        people = zip(roles, ids, strict=True)
        columns.append(
            ("Name", [_name_of(names[role], cohort.side(role), id_) for role, id_ in people])
        )
    columns += [("Id", ids), ("Side", [role.capitalize() for role in roles])]
    columns.append(("Kind", [_KINDS.get(row.kind, row.kind.replace("_", " ")) for row in rows]))
    columns.append(("Reason", [row.reason for row in rows]))
    return _sheet("Left out", columns, "everybody without a partner, and why", n_fixed=1)


def _name_of(names: Sequence[Cell] | None, side: Side, id_: str) -> Cell:
    return None if names is None else names[side.position[id_]]


def _points_sheet(result: Result, cohort: Cohort) -> Sheet:
    scores = result.scores
    mentees, mentors = (side.tolist() for side in result.positions)
    terms = scores.terms_of_pairs(*result.positions)
    amounts = [contributions.tolist() for contributions in terms.contributions]
    parts = [share_points([of_pair[pair] for of_pair in amounts]) for pair in range(len(mentees))]
    columns: list[tuple[str, Sequence[Cell]]] = [
        *_people_columns(cohort, (mentees, mentors)),
        ("Points", [as_points(score) for score in terms.score.tolist()]),
    ]
    for place, label in enumerate(scores.criteria):
        columns.append((_title(label), [shares[place] for shares in parts]))
    return _sheet("Points", columns, "what each criterion gives to the points of a pair", n_fixed=1)


def _title(label: str) -> str:
    text = label.replace("_", " ")
    return text[:1].upper() + text[1:]


def _reasons_sheet(explanations: Sequence[Explanation]) -> Sheet:
    rows = tuple((e.title, sentence) for e in explanations for sentence in e.sentences)
    about = "each pair, and each person without a partner, explained in sentences"
    return Sheet(Listing("Reasons", ("About", "Explanation"), rows), about, n_fixed=1)


def _contacts_sheets(cohort: Cohort) -> Iterator[Sheet]:
    """Yield a sheet of e-mail addresses, where there are any that may be shown."""
    if "email" in cohort.reading.sensitive or not any("email" in s.columns for s in cohort.sides):
        return
    rows: list[tuple[Cell, ...]] = []
    names = [_names(cohort, side) for side in cohort.sides]
    has_names = any(names)
    for side, of_side in zip(cohort.sides, names, strict=True):
        for person, (id_, address) in enumerate(zip(side.ids, side.column("email"), strict=True)):
            name = (None if of_side is None else of_side[person],) if has_names else ()
            rows.append((*name, id_, side.role.capitalize(), address))
    header = (*(("Name",) if has_names else ()), "Id", "Side", "E-mail")
    about = "names and e-mail addresses of everybody"
    yield Sheet(Listing("Contacts", header, tuple(rows)), about, n_fixed=1)


def _read_me(result: Result, sheets: Sequence[Sheet], at: datetime) -> Sheet:
    scheme = result.scheme
    rows: list[tuple[Cell, ...]] = [
        ("Scheme", scheme.name or "without a name"),
        ("Result", result.headline),
        ("State", ". ".join(filter(None, (result.review.banner, _title(result.review.summary))))),
        ("Made", f"{at.day} {at:%B %Y, %H:%M}"),
        *((f"Sheet “{sheet.listing.title}”", f"{_title(sheet.about)}.") for sheet in sheets),
        (
            "How to decide",
            f"On the sheet “{PAIRS}”, choose a decision for a pair. {DECISIONS[0]}: you have no "
            f"objection. {DECISIONS[1]}: this pair must stay when people are paired again. "
            f"{DECISIONS[2]}: this pair must not be made; write the reason under “{COMMENT}”. "
            "An empty cell means that nobody has decided yet.",
        ),
        (
            "How to send it back",
            "Save the workbook beside run.json and run: "
            "rmmatch review run.json --decisions pairing.xlsx. Only the sheet "
            f"“{PAIRS}” is read; decisions and comments are added to the record of the run.",
        ),
        (
            "Points",
            "A pair scores from 0 to 100 points. Each criterion of the scheme gives a part of "
            "them. The parts are rounded so that they add up.",
        ),
        (
            "What “proved” means",
            "No other pairing that keeps all rules is better by the objective of the scheme. It "
            "does not mean that the rules and weights are right: people decide that.",
        ),
        (
            "Privacy",
            "This workbook may contain names and e-mail addresses: keep it where you keep "
            "personal data. It contains no values of columns that the scheme calls sensitive.",
        ),
    ]
    return Sheet(Listing("Read me", ("Topic", "Text"), tuple(rows)), has_filter=False)
