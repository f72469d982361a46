"""The growth of time and memory with the size, drawn from the records of bench_scale.

    python benchmarks/plot_scale.py [--shape square] [--records docs/benchmarks]

Writes scale.png (scale_SHAPE.png for another shape) beside the records. Needs matplotlib.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path

import matplotlib as mpl
from measuring import RESULTS

mpl.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, NullFormatter

# Okabe and Ito's colours, told apart by nearly everybody; markers and dashes tell them apart too.
STYLES = {
    "rmmatch": ("#000000", "o", "-", "rmmatch, with checks and proof"),
    "numpy + scipy linear_sum_assignment": ("#D55E00", "s", "--", "numpy + scipy"),
    "numpy + lapx lapjv": ("#0072B2", "^", "-.", "numpy + lapx"),
    "numpy + OR-Tools linear sum assignment": ("#009E73", "D", ":", "numpy + OR-Tools"),
}
Points = dict[str, list[tuple[int, float, float]]]


def points(folder: Path, shape: str) -> Points:
    """Return (people a side, seconds, peak MiB) of each way, by size."""
    found: Points = defaultdict(list)
    for path in folder.glob("scale_*.json"):
        name = path.stem.split("_")
        if (name[2] if len(name) > 2 else "square") != shape:
            continue
        for way, one in json.loads(path.read_text())["measured"].items():
            if not one.get("trouble"):
                found[way].append((int(name[1]), one["seconds"], one["peak_mib"]))
    return {way: sorted(found[way]) for way in STYLES if way in found}


def draw(axes: Axes, found: Points, column: int, title: str, ticks: dict[float, str]) -> None:
    for way, measured in found.items():
        colour, marker, dashes, label = STYLES[way]
        sizes = [point[0] for point in measured]
        values = [point[column] for point in measured]
        axes.plot(
            sizes, values, color=colour, marker=marker, ls=dashes, lw=2, markersize=7, label=label
        )
    axes.set(xscale="log", yscale="log", title=title, xlabel="people a side")
    low = min(point[column] for measured in found.values() for point in measured)
    high = max(point[column] for measured in found.values() for point in measured)
    axes.set_ylim(low / 1.6, high * 1.6)
    axes.set_yticks([t for t in ticks if low / 1.6 <= t <= high * 1.6])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: ticks.get(value, "")))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_formatter(NullFormatter())
    axes.grid(True, which="major", color="#dddddd")
    axes.spines[["top", "right"]].set_visible(False)


def main(folder: Path, shape: str) -> None:
    found = points(folder, shape)
    if not found:
        raise SystemExit(f"no record of scale, {shape}, in {folder}: run bench_scale.py first")
    plt.rcParams.update({"font.size": 13, "axes.titlesize": 14, "axes.titlelocation": "left"})
    figure, panels = plt.subplots(1, 2, figsize=(12, 5.4), layout="constrained")
    seconds = {0.5: "0.5 s", 1: "1 s", 2: "2 s", 5: "5 s", 10: "10 s", 30: "30 s", 60: "1 min"}
    seconds |= {180: "3 min", 600: "10 min", 1800: "30 min", 3600: "1 h", 10800: "3 h"}
    memory = {2.0**power: f"{2**power} MiB" for power in range(5, 10)}
    memory |= {2.0**power: f"{2 ** (power - 10)} GiB" for power in range(10, 16)}
    draw(panels[0], found, 1, "Whole process, one core", seconds)
    draw(panels[1], found, 2, "Peak memory", memory)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(handles), frameon=False)
    path = folder / ("scale.png" if shape == "square" else f"scale_{shape}.png")
    figure.savefig(path, dpi=110)
    print(path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shape", default="square")
    parser.add_argument("--records", type=Path, default=RESULTS)
    given = parser.parse_args()
    main(given.records, given.shape)
