"""Files that a coordinator opens, written whole or not at all, and decisions read back."""

from rmmatch.desk.reporting.decisions import Decisions, read_decisions
from rmmatch.desk.reporting.files import (
    write_comparison,
    write_csv,
    write_files,
    write_pairing,
)
from rmmatch.desk.reporting.listings import (
    Listing,
    details_listing,
    pairs_listing,
    unpaired_listing,
    with_names,
)
from rmmatch.desk.reporting.workbook import Sheet, workbook_sheets, write_workbook
from rmmatch.files.folder import keep_files
from rmmatch.files.tables import write_tables

__all__ = [
    "Decisions",
    "Listing",
    "Sheet",
    "details_listing",
    "keep_files",
    "pairs_listing",
    "read_decisions",
    "unpaired_listing",
    "with_names",
    "workbook_sheets",
    "write_comparison",
    "write_csv",
    "write_files",
    "write_pairing",
    "write_tables",
    "write_workbook",
]
