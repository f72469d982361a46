"""Shortest paths over steps whose losses are whole numbers and may be negative.

From some nodes by Bellman and Ford's recursion, between all by Floyd and Warshall's. No cycle of
steps is negative where the steps are changes of a best matching.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from rmmatch.numeric import Ints, n_cores

__all__ = [
    "IMPOSSIBLE_LOSS",
    "all_pairs_shortest_paths",
    "shortest_path",
    "shortest_paths_from",
]

IMPOSSIBLE_LOSS = np.int64(2**61)  # stands for "impossible"; two add up in 64 bits; exactness
_NODES_PER_TILE = 64  # nodes that are passed through at once; speed only
_NODES_PER_STRIP = 32  # rows that one thread updates at a time; speed only


def shortest_paths_from(reached: Ints, steps: Ints) -> Ints:
    """Return the losses of cheapest paths that go on from what is reached.

    Parameters
    ----------
    reached : ndarray of int64, shape (n_nodes,)
        What it costs to be at each node; `IMPOSSIBLE_LOSS` where it cannot be reached.
    steps : ndarray of int64, shape (n_nodes, n_nodes)
        Loss of each step from row to column; 0 from a node to itself, no cycle is negative.

    Returns
    -------
    ndarray of int64, shape (n_nodes,)
    """
    changed = np.flatnonzero(reached < IMPOSSIBLE_LOSS // 2)
    while changed.size:
        offers = (reached[changed, None] + steps[changed]).min(axis=0)
        better = offers < reached
        reached = np.where(better, offers, reached)
        changed = np.flatnonzero(better & (reached < IMPOSSIBLE_LOSS // 2))
    return reached


def shortest_path(steps: Ints, path_losses: Ints, ends: Ints, start: int) -> list[int]:
    """Return the nodes of a cheapest path, the fewest there can be.

    Parameters
    ----------
    steps : ndarray of int64, shape (n_nodes, n_nodes)
        Loss of each step from row to column.
    path_losses : ndarray of int64, shape (n_nodes,)
        Loss of a cheapest path from each node to an end, the end included.
    ends : ndarray of int64, shape (n_nodes,)
        What it costs to end at each node.
    start : int

    Returns
    -------
    list of int
        From the start to the node where the path ends.
    """
    previous: dict[int, int] = {start: start}
    queue = [start]
    for node in queue:
        if ends[node] == path_losses[node]:
            path = [node]
            while path[-1] != start:
                path.append(previous[path[-1]])
            return path[::-1]
        # thousands of short rows: `flatnonzero` would take twice as long
        for next_node in (steps[node] + path_losses == path_losses[node]).nonzero()[0].tolist():
            if next_node not in previous:
                previous[next_node] = node
                queue.append(next_node)
    raise AssertionError("paths lead to their end")


def all_pairs_shortest_paths(steps: Ints) -> Ints:
    """Return the losses of cheapest paths between all nodes.

    Parameters
    ----------
    steps : ndarray of int64, shape (n_nodes, n_nodes)
        Loss of each step from row to column; 0 from a node to itself, no cycle is negative.

    Returns
    -------
    ndarray of int64, shape (n_nodes, n_nodes)
        From row to column.
    """
    # strip by strip, so that each stays in the cache
    losses = steps.copy()
    size = len(losses)

    def update(strip: Ints, panel: Ints, tile: slice) -> None:
        offers = np.empty_like(strip)
        for middle, row in zip(range(tile.start, tile.stop), panel, strict=True):
            np.add(strip[:, middle, None], row, out=offers)
            np.minimum(strip, offers, out=strip)

    with ThreadPoolExecutor(n_cores()) as pool:
        for start in range(0, size, _NODES_PER_TILE):
            tile = slice(start, min(start + _NODES_PER_TILE, size))
            update(losses[tile], losses[tile], tile)
            strips = [
                losses[first : first + _NODES_PER_STRIP]
                for first in range(0, size, _NODES_PER_STRIP)
            ]
            other_strips = [
                strip
                for first, strip in enumerate(strips)
                if not tile.start <= first * _NODES_PER_STRIP < tile.stop
            ]
            list(pool.map(lambda strip, tile=tile: update(strip, losses[tile], tile), other_strips))
    return losses
