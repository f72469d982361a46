"""Pieces of HTML that notebooks show: escaped, readable in light and dark, nothing from outside."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "MAX_SHOWN_ROWS",
    "block",
    "bullets",
    "frame",
    "numbered",
    "paragraph",
    "sentences_block",
    "table",
    "title",
]

MAX_SHOWN_ROWS = 100  # rows of a table, or lines of a list; wording
_MAX_UNBROKEN = 32  # characters of a cell that is not broken into lines; wording
# No colours of our own: text and lines take those of the page, light or dark.
_CELL = "vertical-align:top;padding:.2em .8em .2em 0;border-bottom:1px solid #8886"
_CAPTION = "caption-side: top; text-align: left; font-weight: bold; padding: 0.4em 0"
_TABLE = "border-collapse: collapse; margin: 0.5em 0"
_DECIMALS = "{:.3f}"


def block(*pieces: str) -> str:
    """Return pieces of HTML as one block that scrolls sideways where it is too wide.

    Parameters
    ----------
    *pieces : str
        As the functions here return them; empty ones are dropped.
    """
    content = "\n".join(piece for piece in pieces if piece)
    return f'<div style="overflow-x: auto">\n{content}\n</div>'


def title(text: str) -> str:
    """Return a line in bold, as the title of a block.

    Parameters
    ----------
    text : str
    """
    return f"<p><strong>{html.escape(text)}</strong></p>"


def paragraph(text: str) -> str:
    """Return a paragraph.

    Parameters
    ----------
    text : str
    """
    return f"<p>{html.escape(text)}</p>"


def bullets(lines: Iterable[str], heading: str = "") -> str:
    """Return a list with bullets; nothing where there are no lines.

    Parameters
    ----------
    lines : iterable of str
    heading : str
        Stands above the list.
    """
    return _items("ul", lines, heading)


def numbered(lines: Iterable[str], heading: str = "") -> str:
    """Return a list numbered from 1; nothing where there are no lines.

    Parameters
    ----------
    lines : iterable of str
    heading : str
        Stands above the list.
    """
    return _items("ol", lines, heading)


def sentences_block(lines: Sequence[str]) -> str:
    """Return a title and the lines below it as a block.

    Parameters
    ----------
    lines : sequence of str
        The title first; the space around a line is dropped.
    """
    return block(title(lines[0]), bullets(line.strip() for line in lines[1:]))


def table(
    header: Sequence[str],
    rows: Sequence[Sequence[Any]],
    caption: str = "",
    *,
    decimals: str = _DECIMALS,
    n_rows: int | None = None,
) -> str:
    """Return a table with a caption: numbers to the right, of long tables the first 100 rows.

    Parameters
    ----------
    header : sequence of str
    rows : sequence of sequence
        Each as long as the header. None and NaN are empty cells.
    caption : str
    decimals : str
        How a float is written: a format string with one place.
    n_rows : int, optional
        How many rows there are, where only the first were made.
    """
    shown = [[_text(cell, decimals) for cell in row] for row in rows[:MAX_SHOWN_ROWS]]
    is_number = [all(_is_number(row[place]) for row in rows) for place in range(len(header))]
    align = ["right" if number and rows else "left" for number in is_number]
    parts = [f'<table style="{_TABLE}">']
    if caption:
        parts.append(f'<caption style="{_CAPTION}">{html.escape(caption)}</caption>')
    heads = (
        f'<th scope="col" style="text-align:{side};{_CELL}">{html.escape(name)}</th>'
        for name, side in zip(header, align, strict=True)
    )
    parts.append(f"<thead><tr>{''.join(heads)}</tr></thead>\n<tbody>")
    for row in shown:
        cells = (
            f'<td style="text-align:{side};{_CELL}{_wrap(cell)}">{html.escape(cell)}</td>'
            for cell, side in zip(row, align, strict=True)
        )
        parts.append(f"<tr>{''.join(cells)}</tr>")
    parts.append("</tbody></table>")
    return "\n".join(parts) + _rest_text(n_rows or len(rows))


def frame(
    data: pd.DataFrame,
    caption: str = "",
    *,
    words: Mapping[str, str] | None = None,
    decimals: str = _DECIMALS,
) -> str:
    """Return a DataFrame as a table, its columns named in words.

    Parameters
    ----------
    data : DataFrame
        The index is not shown.
    caption : str
    words : mapping of str to str, optional
        Names of columns; by default the name itself, without underscores.
    decimals : str
        As for `table`.
    """
    names = {**{str(name): str(name).replace("_", " ") for name in data.columns}, **(words or {})}
    header = [names[str(name)] for name in data.columns]
    rows = list(zip(*(data[name].tolist() for name in data.columns), strict=True))
    header = [name[:1].upper() + name[1:] for name in header]
    return table(header, rows, caption, decimals=decimals)


def _items(tag: str, lines: Iterable[str], heading: str) -> str:
    texts = [html.escape(line) for line in lines]
    if not texts:
        return ""
    items = "".join(f"<li>{text}</li>" for text in texts[:MAX_SHOWN_ROWS])
    above = f'<p style="margin-bottom: 0"><strong>{html.escape(heading)}</strong></p>'
    return f"{above if heading else ''}<{tag}>{items}</{tag}>{_rest_text(len(texts))}"


def _rest_text(count: int) -> str:
    """Return how many rows are not shown."""
    more = count - MAX_SHOWN_ROWS
    return f"\n<p>… and {more:,} more.</p>" if more > 0 else ""


def _wrap(cell: str) -> str:
    """Return what keeps a short cell, such as a name with its id, on one line."""
    return ";white-space:nowrap" if len(cell) <= _MAX_UNBROKEN else ""


def _is_number(cell: object) -> bool:
    return cell is None or (isinstance(cell, int | float) and not isinstance(cell, bool))


def _text(cell: object, decimals: str) -> str:
    if cell is None or cell != cell:  # NaN
        return ""
    return decimals.format(cell) if isinstance(cell, float) else str(cell)
