"""Which arcs block a choice, as rows of a mixed-integer program.

A person with ``c`` places is *content* with an arc's partner if ``A = c``, where ``A`` counts the
chosen partners who are pinned or worth at least as much (see
`rmmatch.solving.formulation.blocking_pairs`). For one place ``A`` is 0 or 1 and says by itself
whether somebody is content; for more an integer ``y <= A / c`` does. So in integers

    x + y of the mentee + y of the mentor + [the arc blocks] >= 1,

the stability constraints of Vande Vate (1989) and Rothblum (1992) with a slack; where ``A`` stands
for ``y`` it has counted ``x`` already.
"""

from __future__ import annotations

import numpy as np

from rmmatch.numeric import Bools, Ints
from rmmatch.solving.formulation.blocking_pairs import BlockingPairs, PreferenceLevels
from rmmatch.solving.mip.mathopt import LinearProgram
from rmmatch.solving.mip.model_builder import ModelBuilder

__all__ = ["add_blocking"]

_COUNT_TOLERANCE = 1e-3  # pairs, added to a maximum so that rounding cannot pass it; exactness


def add_blocking(
    blocking_pairs: BlockingPairs,
    program: LinearProgram,
    arc_idx: Ints,
    max_blocking: int | None,
) -> LinearProgram:
    """Return a program that also says which arcs block.

    Parameters
    ----------
    blocking_pairs : BlockingPairs
    program : LinearProgram
        Its first columns are arcs.
    arc_idx : ndarray of int64, shape (n_columns,)
        Which arcs of the network of `blocking_pairs` these columns are, in order.
    max_blocking : int or None
        No more arcs may block. None: as few as possible shall; nothing else is worth anything.

    Returns
    -------
    LinearProgram
        With the columns of `program` first.
    """
    builder = ModelBuilder.of(program)
    n_arcs = blocking_pairs.network.n_arcs
    column_of_arc = np.full(n_arcs, -1, dtype=np.int64)
    column_of_arc[arc_idx] = np.arange(arc_idx.size)
    rows = builder.add_rows(n_arcs, 1.0, np.inf)
    n_counts_of_arc = np.zeros(n_arcs, dtype=np.int64)
    for levels in blocking_pairs.levels:
        content, is_counted = _add_content_columns(builder, levels, column_of_arc)
        builder.add_entries(rows, content, 1.0)
        n_counts_of_arc += is_counted
    is_column = column_of_arc >= 0
    builder.add_entries(rows[is_column], column_of_arc[is_column], 1 - n_counts_of_arc[is_column])
    blocks = builder.add_columns(n_arcs, 0.0, 1.0, whole=False)
    builder.add_entries(rows, blocks, 1.0)
    if max_blocking is None:
        return builder.build([(blocks, np.full(n_arcs, -1.0))])
    row = builder.add_rows(1, -np.inf, max_blocking + _COUNT_TOLERANCE)
    builder.add_entries(np.broadcast_to(row, blocks.shape), blocks, 1.0)
    return builder.build([])


def _add_content_columns(
    builder: ModelBuilder, levels: PreferenceLevels, column_of_arc: Ints
) -> tuple[Ints, Bools]:
    """Add who is content with what; return each arc's column, and whether it counts the arc."""
    max_load, level_of_arc, begins = levels.max_load, levels.level_of_arc, levels.begins
    n_levels = begins.size
    # how many partners somebody has from their best level down to this one
    counts = builder.add_columns(n_levels, 0.0, max_load.astype(float), whole=False)
    links = builder.add_rows(n_levels, 0.0, 0.0)
    builder.add_entries(links, counts, 1.0)
    builder.add_entries(links[~begins], counts[~begins] - 1, -1.0)
    is_column = column_of_arc >= 0
    builder.add_entries(links[level_of_arc[is_column]], column_of_arc[is_column], -1.0)
    content = counts.copy()
    is_several = max_load != 1
    n_several = int(is_several.sum())
    content[is_several] = builder.add_columns(n_several, 0.0, 1.0)
    rows = builder.add_rows(n_several, 0.0, np.inf)
    builder.add_entries(rows, counts[is_several], 1.0)
    builder.add_entries(rows, content[is_several], -max_load[is_several])
    return content[level_of_arc], ~is_several[level_of_arc]
