"""Workbooks: looked into before they are loaded, because a small file can unfold to anything.

`workbook` opens a workbook of any kind and gives its sheets row by row. What it looks into first is
in a module for each kind, `xlsx`, `xlsb`, `ods` and `xls`; `extents` says how far the cells of a
sheet may reach, `xml_tags` finds tags in blocks of bytes.
"""

from rmmatch.files.workbooks.workbook import (
    MAGIC,
    sheet_names,
    sheet_rows,
    visible_sheet_names,
)

__all__ = ["MAGIC", "sheet_names", "sheet_rows", "visible_sheet_names"]
