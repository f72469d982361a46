"""Tables as they come, read as text: nothing here knows what a column means.

`raw_table` reads any of them: text by `delimited`, sheets of a workbook by `sheets`, DataFrames and
lists by `objects`. `layouts` finds the headers among the first rows, and the rows that are no
answers.
"""

from rmmatch.cohort.tables.raw_table import (
    RawTable,
    Row,
    TableLike,
    cell_text,
    is_table,
    read_table,
    sheet_names,
)

__all__ = ["RawTable", "Row", "TableLike", "cell_text", "is_table", "read_table", "sheet_names"]
