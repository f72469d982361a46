"""Files that a coordinator opens: csv, xlsx and plain text, written whole or not at all."""

from rmmatch.desk.reporting.files import (
    write_comparison,
    write_csv,
    write_files,
    write_pairing,
    write_workbook,
)
from rmmatch.desk.reporting.listings import (
    Listing,
    pairs_listing,
    unpaired_listing,
    workbook_listings,
)
from rmmatch.files.folder import keep_files
from rmmatch.files.tables import write_tables

__all__ = [
    "Listing",
    "keep_files",
    "pairs_listing",
    "unpaired_listing",
    "workbook_listings",
    "write_comparison",
    "write_csv",
    "write_files",
    "write_pairing",
    "write_tables",
    "write_workbook",
]
