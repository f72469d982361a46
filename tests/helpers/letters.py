"""People to write letters to, with text that must do nothing; and templates in Word."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
from docx import Document

import rmmatch as rm

DAY = date(2026, 11, 30)
SCHEME: dict[str, Any] = {
    "name": "Speak & listen <pilot>",
    "sensitive": ["ethnicity"],
    "criteria": [{"type": "goals"}, {"type": "speciality"}],
    "rules": [{"type": "attribute", "column": "ethnicity", "relation": "different"}],
}
SECRET = "zqsecret"
SCRIPT, FORMULA = "<script>alert(1)</script>", "=cmd|' /C calc'!A0"
LINE_ENDS, TURNED = "Ann\r\nBcc: evil@x.example", "Zoë \u202egnp.exe"
BRACES, LATEX = "{{ 7*7 }} {% for x in y %}", 'Tom & <Jerry> O\'Neil "x"'
HOSTILE = (LATEX, SCRIPT, FORMULA, LINE_ENDS, BRACES, TURNED)  # the last has no partner


def mentors() -> pd.DataFrame:
    """M0 has two mentees; M5 is a reserve, and M6 has withdrawn; M4 does not want to be named."""
    n = 7
    return pd.DataFrame(
        {
            "id": [f"M{at}" for at in range(n)],
            "name": ["Dr Bo Lee", "Cy Ash", "Di Roe", "Ed Fox", "Flo Orr", "Gus Elm", "Hal Yew"],
            "email": [f"m{at}@example.org" for at in range(n)],
            "phone": [f"0{at}" for at in range(n)],
            "goals": ["teaching; research", *["teaching"] * (n - 1)],
            "speciality": [f"speciality {at}" for at in range(n)],
            "ethnicity": f"{SECRET}-b",
            "capacity": [2] + [1] * (n - 1),
            "consent": ["yes", None, None, "yes", "no", "yes", "yes"],
            "status": [*["applicant"] * 5, "reserve", "withdrawn"],
        }
    )


def mentees(names: tuple[str, ...] = ()) -> pd.DataFrame:
    """E5 has nobody: their ethnicity is that of every mentor."""
    n = 7
    shown = [*names, *(f"Ida Pim{chr(97 + at)}" for at in range(n))][:n]
    return pd.DataFrame(
        {
            "id": [f"E{at}" for at in range(n)],
            "name": shown,
            "email": [*(f"e{at}@example.org" for at in range(n - 1)), "no address"],
            "goals": ["teaching"] * n,
            "speciality": [f"speciality {max(0, at - 1)}" for at in range(n)],
            "ethnicity": [*[f"{SECRET}-a"] * 5, f"{SECRET}-b", f"{SECRET}-a"],
            "consent": ["yes"] * n,
        }
    )


def run_of(
    mentee_names: tuple[str, ...] = (), *, is_approved: bool = False, **keys: Any
) -> rm.Result:
    """Pair them: E0 and E1 with M0, then each with the mentor of their speciality."""
    scheme = rm.Scheme.model_validate({**SCHEME, **keys})
    cohort = rm.read_cohort(mentors(), mentees(mentee_names), scheme=scheme)
    result = rm.match(cohort, scheme)
    if is_approved:
        result = rm.approve(rm.review(result, by="A. Coordinator"), by="B. Dean")
    return result


def template(folder: Path, *paragraphs: str, name: str = "letter.docx", header: str = "") -> Path:
    """Write a template."""
    document = Document()
    for text in paragraphs:
        document.add_paragraph(text)
    if header:
        document.sections[0].header.paragraphs[0].text = header
    path = folder / name
    document.save(path)
    return path


def paragraphs_of(content: bytes) -> list[str]:
    return [paragraph.text for paragraph in Document(io.BytesIO(content)).paragraphs]


def zipped(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}
