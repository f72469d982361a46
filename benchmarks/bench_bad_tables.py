"""How soon, and in how much memory, tables are refused that would unfold to gigabytes.

python benchmarks/bench_bad_tables.py [--ordinary]

It makes the files itself. --ordinary adds tables of 100,000 people that are read, to be compared
with those of another version.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from measuring import measure, report

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from helpers.workbooks import sheet_xml, table_xml, text_cell, written, xlsx_parts

GOAL = "Goal: refused in under 1 s and 200 MiB, imports included; 100,000 rows in a few seconds"
BARE = "import rmmatch.cohort.reading, python_calamine"
REFUSED = """
import sys
from rmmatch.cohort.reading import read_cohort
from rmmatch.errors import CohortError
try:
    read_cohort(*sys.argv[1:3])
except CohortError as error:
    sys.exit({item.code for item in error.items} != {sys.argv[3]} and str(error))
sys.exit("it was read")
"""
READ = """
import sys
from rmmatch.cohort.tables import read_table
problems = []
read_table(sys.argv[1], "people", known=frozenset({"id"}), problems=problems, notes=[])
sys.exit(str(problems[0]) if problems else 0)
"""
CELL = 300  # MB


def endless() -> Iterator[bytes]:
    for _ in range(CELL):
        yield b"research" * 125_000


def around(xml: str, blocks: Iterator[bytes]) -> Iterator[bytes]:
    before, _, after = xml.partition("HERE")
    yield before.encode()
    yield from blocks
    yield after.encode()


def bad_tables(folder: Path) -> dict[str, tuple[Path, str]]:
    """Make the files; by what each is, the file and the code of its problem."""
    far = f'<row r="1048576">{text_cell("XFD1048576", "x")}</row>'
    shared = '<row r="1"><c r="A1" t="s"><v>0</v></c></row>' + text_cell("A2", "M1")
    strings = around("<sst><si><t>HERE</t></si></sst>", endless())
    inline = table_xml(f'<row r="3">{text_cell("A3", "HERE")}</row>')
    cells = (b'<row r="3"><c r="A3"><v>1</v></c></row>' * 25_000 for _ in range(CELL))
    books = {
        "a stray cell at XFD1048576": (xlsx_parts(table_xml(far)), "stray_cell"),
        f"a shared text of {CELL} MB": (
            xlsx_parts(sheet_xml(shared), strings=strings),
            "cell_too_long",
        ),
        f"a cell of {CELL} MB": (xlsx_parts(around(inline, endless())), "cell_too_long"),
        f"cells of {CELL} MB": (xlsx_parts(around(table_xml("HERE"), cells)), "file_too_large"),
    }
    tables = {
        f"xlsx: {name}": (written(folder / f"{place}.xlsx", parts), code)
        for place, (name, (parts, code)) in enumerate(books.items())
    }
    line = folder / "line.csv"
    with line.open("wb") as file:
        file.write(b"id,goals\nM1,")
        file.writelines(endless())
    wide = folder / "wide.csv"
    wide.write_text(",".join(["id", *map(str, range(99_999))]) + "\nM1\n")
    many = folder / "many.csv"
    many.write_text("id,goals\nM1," + "a;" * 1_001 + "\n")
    half = folder / "half.csv"
    half.write_text("id,capacity\n" + "".join(f"M{n},x\n" for n in range(100_000)))
    return {
        **tables,
        f"csv: a cell of {CELL} MB": (line, "unreadable_table"),
        "csv: 100,000 columns": (wide, "too_many_columns"),
        "csv: 1,001 answers in a cell": (many, "too_many_answers"),
        "csv: 100,000 wrong rows": (half, "not_capacity"),
    }


def make_ordinary_tables(folder: Path) -> None:
    import xlsxwriter

    import rmmatch as rm

    people = rm.synthetic.frames(100_000, 1, seed=1)[0]
    people.to_csv(folder / "people.csv", index=False)
    for kind, is_inline in (("shared", False), ("inline", True)):
        with xlsxwriter.Workbook(folder / f"{kind}.xlsx", {"constant_memory": is_inline}) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, people.columns)
            for row, cells in enumerate(people.itertuples(index=False), start=1):
                sheet.write_row(row, 0, ["" if cell != cell else cell for cell in cells])


def ordinary_tables(folder: Path) -> dict[str, Path]:
    # By a process of its own: one that is started has the peak memory of the one that starts it.
    subprocess.run([sys.executable, __file__, "--make", str(folder)], check=True)
    return {
        "csv: 100,000 people, 19 columns": folder / "people.csv",
        "xlsx: the same, shared texts": folder / "shared.xlsx",
        "xlsx: the same, texts in the cells": folder / "inline.xlsx",
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--ordinary", action="store_true")
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if options.make:
        make_ordinary_tables(options.make)
        sys.exit()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        mentees = folder / "mentees.csv"
        mentees.write_text("id\nE1\n")
        commands = {BARE: [sys.executable, "-c", BARE]}
        sizes = {}
        for label, (path, code) in bad_tables(folder).items():
            command = [sys.executable, "-c", REFUSED, str(path), str(mentees), code]
            commands[label] = command
            sizes[label] = path.stat().st_size
            subprocess.run(command, check=True)
        if options.ordinary:
            for label, path in ordinary_tables(folder).items():
                commands[label] = [sys.executable, "-c", READ, str(path), str(mentees)]
                sizes[label] = path.stat().st_size
        measured = measure(commands, rounds=options.rounds)
    place = {} if options.out is None else {"out": options.out}
    report("bad_tables", measured, BARE, GOAL, file_bytes=sizes, **place)
