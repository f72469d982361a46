"""Letters and the workbook as LibreOffice opens and prints them: pages, words, no cut text."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import zlib
from pathlib import Path

import pytest

import rmmatch as rm
from helpers.letters import DAY, HOSTILE, run_of, template

IN_CI = os.environ.get("CI", "").lower() in ("true", "1")
OFFICE = shutil.which("soffice") or shutil.which("libreoffice")


def pdf_of(path: Path) -> bytes:
    """What LibreOffice makes of a file; a test without it is skipped, and fails under CI=true."""
    if OFFICE is None:
        if IN_CI:
            pytest.fail("LibreOffice is not installed: apt install libreoffice-writer")
        pytest.skip("LibreOffice is not installed")
    profile = f"-env:UserInstallation=file://{path.parent}/profile"
    command = [OFFICE, profile, "--headless", "--convert-to", "pdf", "--outdir", str(path.parent)]
    done = subprocess.run([*command, str(path)], capture_output=True, text=True, timeout=180)
    target = path.with_suffix(".pdf")
    if not target.exists() and path.suffix == ".docx" and not IN_CI:
        pytest.skip(f"LibreOffice has no Writer here: {done.stderr}")
    assert target.exists(), done.stderr
    return target.read_bytes()


def n_pages(pdf: bytes) -> int:
    """Pages of a document, whether its objects are packed or not."""
    count = len(re.findall(rb"/Type\s*/Page\b", pdf))
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", pdf, flags=re.DOTALL):
        try:
            count += len(re.findall(rb"/Type\s*/Page\b", zlib.decompress(stream)))
        except zlib.error:
            continue
    return count


def test_each_letter_is_a_page_of_the_file_for_the_printer(tmp_path: Path) -> None:
    rm.letters(run_of(HOSTILE), tmp_path, kinds=["docx"], partners_agreed=True, day=DAY)
    assert n_pages(pdf_of(tmp_path / "draft-letters-mentees.docx")) == 7
    assert n_pages(pdf_of(tmp_path / "draft-letters-mentors.docx")) == 6


def test_a_letter_of_ones_own_with_a_table_and_a_letterhead_opens(tmp_path: Path) -> None:
    path = template(
        tmp_path,
        "Dear {{ first_name }},",
        "{%p for partner in partners %}",
        "{{ partner.label }}: {{ partner.about|join('; ') }}",
        "{%p endfor %}",
        header="Trust letterhead",
    )
    rm.letters(run_of(HOSTILE), tmp_path, template=path, kinds=["docx"], day=DAY)
    assert n_pages(pdf_of(tmp_path / "draft-letters.docx")) == 13


def test_the_workbook_and_the_merge_table_open(tmp_path: Path) -> None:
    result = run_of(HOSTILE)
    result.to_excel(tmp_path / "pairing.xlsx")
    rm.letters(result, tmp_path, kinds=["merge"], day=DAY)
    assert n_pages(pdf_of(tmp_path / "pairing.xlsx")) >= 7  # a sheet begins on a page of its own
    assert n_pages(pdf_of(tmp_path / "draft-letters.xlsx")) >= 1
