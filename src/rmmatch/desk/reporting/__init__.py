"""Files that a coordinator opens: csv, xlsx and plain text, written whole or not at all."""

from rmmatch.desk.reporting.files import (
    write_comparison,
    write_csv,
    write_files,
    write_pairing,
    write_tables,
    write_workbook,
)
from rmmatch.desk.reporting.listings import Listing, listings, pairs_listing, unpaired_listing
from rmmatch.files.folder import check_folder, keep_files, staged

__all__ = [
    "Listing",
    "check_folder",
    "keep_files",
    "listings",
    "pairs_listing",
    "staged",
    "unpaired_listing",
    "write_comparison",
    "write_csv",
    "write_files",
    "write_pairing",
    "write_tables",
    "write_workbook",
]
