"""Run the notebooks of the examples and store their outputs, or check the stored ones.

python examples/run_notebooks.py              run all, store texts and pictures in the files
python examples/run_notebooks.py --check      run all, compare the texts; the files stay as they are
python examples/run_notebooks.py deanery      only notebooks with this in their path
"""

from __future__ import annotations

import argparse
import difflib
import html
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).parent
# Nothing of the machine it ran on: the next run gives the same file.
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def executed(path: Path) -> str:
    """Return the file of the notebook as it is after all its cells have run in its own folder."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=600,
        record_timing=False,
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute()
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = _without_progress(cell.outputs)
    content: str = nbformat.writes(notebook, indent=1)
    return content.rstrip("\n") + "\n"


def _without_progress(outputs: list[Any]) -> list[Any]:
    """Leave out what goes to stderr, and join the pieces in which stdout arrived."""
    joined: list[Any] = []
    for output in outputs:
        if output.output_type == "stream" and output.name == "stderr":
            continue
        if output.output_type == "stream" and joined and joined[-1].output_type == "stream":
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined


def texts(content: str) -> list[str]:
    """Return what a notebook shows in words, line by line: no pictures, counts or HTML tags."""
    lines = []
    for cell in json.loads(content)["cells"]:
        if cell["cell_type"] != "code":
            continue
        lines.append(f"[cell {cell['id']}]")
        for output in cell["outputs"]:
            data = output.get("data", {})
            if "image/png" in data:
                lines.append("(a picture)")
            elif output["output_type"] == "error":
                lines.append(f"{output['ename']}: {output['evalue']}")
            else:
                lines += "".join(output.get("text", data.get("text/plain", ""))).splitlines()
                lines += _words("".join(data.get("text/html", "")))
    return [line.rstrip() for line in lines]


def _words(page: str) -> list[str]:
    page = re.sub(r"<style.*?</style>", "", page, flags=re.DOTALL)
    rows = re.split(r"</tr>|</p>|</h\d>|<br ?/?>", page)
    return [
        words
        for row in rows
        if (words := " ".join(html.unescape(re.sub(r"<[^>]+>", " ", row)).split()))
    ]


def main(arguments: list[str] | None = None) -> int:
    """Run the notebooks; return 1 where a stored text is not what the notebook shows."""
    parser = argparse.ArgumentParser(description="Run the notebooks of the examples.")
    parser.add_argument("--check", action="store_true", help="compare, and change no file")
    parser.add_argument("names", nargs="*", help="only notebooks with one of these in their path")
    options = parser.parse_args(arguments)
    # The kernel must find the same rmmatch as this process does.
    os.environ["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    os.environ["PYTHONHASHSEED"] = "0"
    status = 0
    for path in sorted(EXAMPLES.glob("*/*.ipynb")):
        name = path.relative_to(EXAMPLES).as_posix()
        if options.names and not any(part in name for part in options.names):
            continue
        print(name, flush=True)
        content = executed(path)
        if options.check:
            stored = texts(path.read_text(encoding="utf-8"))
            difference = list(
                difflib.unified_diff(stored, texts(content), "stored", "shown now", lineterm="")
            )
            if difference:
                status = 1
                print(*difference, sep="\n")
        else:
            path.write_text(content, encoding="utf-8", newline="\n")
    if status:
        print("These notebooks show something else now: python examples/run_notebooks.py")
    return status


if __name__ == "__main__":
    sys.exit(main())
