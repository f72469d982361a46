"""The end of a scheme: personal data go; pseudonyms stay, so that past pairs are known again."""

from __future__ import annotations

import hashlib
import hmac
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rmmatch.cohort import column_name
from rmmatch.cohort.tables import read_table
from rmmatch.desk.folders.layout import (
    EDITS,
    FORM,
    INPUTS,
    MARKER,
    RECORD,
    RELATIONS,
    RUNS,
    SCHEME,
    SENT,
    make_private,
    private_folder,
    read_marker,
    write_json,
)
from rmmatch.desk.folders.runs import RunStore, run_folders
from rmmatch.desk.folders.tables import REGISTER, TABLES
from rmmatch.desk.survey.clean_tables import PEOPLE_LISTS
from rmmatch.desk.survey.register import Register
from rmmatch.errors import CohortError, NotSupportedError, Problem, RmmatchError
from rmmatch.files.atomic import write_text
from rmmatch.files.documents import yaml_text
from rmmatch.files.tables import rows_of, write_rows
from rmmatch.lifecycle.carry_over import carry_over
from rmmatch.matching import anonymise
from rmmatch.spelling import fold

__all__ = ["DeletionPlan", "delete_personal_data", "deletion_plan", "restore_past_pairs"]

PAST_PAIRS = "past-pairs.csv"
DIGESTS = ".desk/people.csv"
ANSWERS = ".desk/answers.json"
_KINDS = ("past_pair", "forbidden")  # of relations, what the next run must know
_COLUMNS = ("mentee", "mentor", "kind", "runs_ago")
# Guessing addresses costs a few milliseconds each; more would make one wait for a large register.
_SCRYPT = {"n": 2**12, "r": 8, "p": 1, "dklen": 16}
_MAX_ANSWER_WORDS = 6  # a longer answer is no choice of a form, but somebody's own words; wording


@dataclass(frozen=True)
class DeletionPlan:
    """What is deleted, and what stays.

    Attributes
    ----------
    goes, stays : tuple of str
        In words, a line each.
    """

    goes: tuple[str, ...]
    stays: tuple[str, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """The same as one text."""
        return (
            "These are deleted:",
            *(f"  {line}" for line in self.goes),
            "These stay:",
            *(f"  {line}" for line in self.stays),
        )


def deletion_plan(folder: Path) -> DeletionPlan:
    """Return what would be deleted from the folder of a scheme, and what would stay.

    Parameters
    ----------
    folder : Path
    """
    tables = (*TABLES.values(), REGISTER, "changes.csv", RELATIONS, EDITS, ANSWERS)
    goes = [
        f"{INPUTS}/: every export",
        *(f"{name}" for name in tables if (folder / name).exists()),
        f"{SENT}/: letters, workbooks and drafts",
        *(
            f"{RUNS}/{path.name}/: its tables, history, reasons, comments, decisions and files"
            for path in run_folders(folder / RUNS)
        ),
        f"{FORM}: names of people, open questions, comments, and answers in people's own words",
        f"{SCHEME}: names of people, pairs by name, reasons and comments",
    ]
    own_files = {*tables, SCHEME, FORM, PAST_PAIRS, INPUTS, SENT, RUNS, ".desk"}
    unknown = sorted(path.name for path in folder.iterdir() if path.name not in own_files)
    stays = [
        f"{PAST_PAIRS}: who was paired with whom, by pseudonyms",
        f"{DIGESTS}: pseudonyms, and a salted digest of each e-mail address, so that people who "
        "come back are known again. Whoever has this folder and guesses an address can test it",
        f"{RUNS}/…/run-anonymous.json: each run without ids, names and words, to check it",
        f"{SCHEME} and {FORM}: the rules, the questions of the survey and its choices",
        *(f"{name}: not written by rmmatch, so not touched. Look at it" for name in unknown),
        "Copies elsewhere: backups, the recycle bin, files that you sent or downloaded",
    ]
    return DeletionPlan(tuple(goes), tuple(stays))


def delete_personal_data(folder: Path, store: RunStore | None) -> DeletionPlan:
    """Delete the personal data of a folder; see `SchemeFolder.delete_personal_data`.

    What stays is written first, so that a stop half-way loses nothing: it is called again then.

    Parameters
    ----------
    folder : Path
        Of the scheme.
    store : RunStore or None
        The current run.
    """
    plan = deletion_plan(folder)
    salt = read_marker(folder)["salt"]
    links = list(_past_links(folder, store))
    register = folder / REGISTER
    entries = Register.from_file(register).entries if register.exists() else ()
    pseudonyms = {entry.id: pseudonym(salt, entry.id) for entry in entries}
    old_digests, old_pairs = _read_rows(folder / DIGESTS), _read_rows(folder / PAST_PAIRS)
    digests = {row["id"]: row["digest"] for row in old_digests}
    digests |= {pseudonyms[e.id]: email_digest(salt, e.email) for e in entries if e.email}
    pairs = {(row["mentee"], row["mentor"], row["kind"]): row["runs_ago"] for row in old_pairs}
    pairs |= {
        (pseudonym(salt, link["mentee"]), pseudonym(salt, link["mentor"]), link["kind"]): link[
            "runs_ago"
        ]
        for link in links
    }
    write_rows(_COLUMNS, [(*key, age) for key, age in sorted(pairs.items())], folder / PAST_PAIRS)
    write_rows(("id", "digest"), sorted(digests.items()), folder / DIGESTS)
    make_private([folder / PAST_PAIRS, folder / DIGESTS])
    for path in run_folders(folder / RUNS):
        _empty_run(path)
    _strip_scheme(folder / SCHEME)
    _strip_form(folder / FORM)
    for name in (*TABLES.values(), REGISTER, "changes.csv", RELATIONS, EDITS, ANSWERS):
        (folder / name).unlink(missing_ok=True)
    for name in (INPUTS, SENT):
        _remove_tree(folder / name)
        private_folder(folder / name)
    for path in (folder / RUNS).glob(".new-*"):
        _remove_tree(path)
    marker = read_marker(folder)
    marker["ended"] = []
    write_json(folder / MARKER, marker)
    return plan


def pseudonym(salt: str, id_: str) -> str:
    """Return what stands for an id once names are gone: the same for the same id and folder.

    Parameters
    ----------
    salt, id_ : str
    """
    digest = hmac.new(bytes.fromhex(salt), fold(id_).encode("utf-8", "surrogatepass"), "sha256")
    return f"P{digest.hexdigest()[:12]}"


def email_digest(salt: str, email: str) -> str:
    """Return the salted digest of an e-mail address.

    Parameters
    ----------
    salt, email : str
    """
    text = fold(email).encode("utf-8", "surrogatepass")
    return hashlib.scrypt(text, salt=bytes.fromhex(salt), **_SCRYPT).hex()


def _past_links(folder: Path, store: RunStore | None) -> Iterator[Mapping[str, str]]:
    """Yield the relations that the next run must know: of the approved run, or of the table."""
    if store is not None and store.result.review.state == "approved":
        over = carry_over(store.result, sensitive=True)
        rows = [
            dict(zip(over.relations.columns, row, strict=True)) for row in rows_of(over.relations)
        ]
    else:
        rows = list(_read_rows(folder / RELATIONS))
    for row in rows:
        age = row.get("runs_ago")
        if row["kind"] in _KINDS and row["mentee"] and row["mentor"]:
            yield {
                **{name: str(row[name]) for name in _COLUMNS[:3]},
                "runs_ago": "" if age is None or age != age else str(age),
            }


def _read_rows(path: Path) -> list[dict[str, str]]:
    """Return a table of this folder as rows of text; no rows where there is none."""
    if not path.exists():
        return []
    problems: list[Problem] = []
    known = frozenset((*_COLUMNS, "id", "digest"))
    table = read_table(path, path.name, known_headers=known, problems=problems, notes=[])
    if table is None or problems:
        if any(problem.code != "no_rows" for problem in problems) and path.stat().st_size > 200:
            raise CohortError(problems)
        return []
    header = [column_name(name) for name in table.header]
    cells = zip(*(column.tolist() for column in table.columns), strict=True)
    return [{name: cell or "" for name, cell in zip(header, row, strict=True)} for row in cells]


def _empty_run(path: Path) -> None:
    """Leave of a run a copy that names nobody, where one can be made."""
    anonymous = path / "run-anonymous.json"
    if (path / RECORD).exists() and not anonymous.exists():
        try:
            anonymise(path / RECORD, anonymous)
        except (RmmatchError, NotSupportedError):
            anonymous.unlink(missing_ok=True)  # rules of one's own may read anything
    for entry in path.iterdir():
        if entry != anonymous:
            _remove_tree(entry) if entry.is_dir() else entry.unlink()
    make_private([path])


def _strip_scheme(path: Path) -> None:
    """Write a scheme without names, pairs, reasons and comments."""
    if not path.exists():
        return
    from rmmatch.scheme import Scheme

    data = Scheme.from_file(path).to_dict()
    data.pop("people", None)
    data["rules"] = [rule for rule in data.get("rules", ()) if rule.get("type") != "pairs"]
    data["criteria"] = [
        {key: entry for key, entry in criterion.items() if key != "rows"}
        for criterion in data.get("criteria", ())
        if not (criterion.get("type") == "table" and criterion.get("rows"))
    ]
    write_text(path, yaml_text(_without_reasons({key: v for key, v in data.items() if v != []})))
    make_private([path])


def _without_reasons(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _without_reasons(entry) for key, entry in data.items() if key != "reason"}
    return [_without_reasons(entry) for entry in data] if isinstance(data, list) else data


def _strip_form(path: Path) -> None:
    """Write a form without names, evidence, comments, and answers in people's own words."""
    if not path.exists():
        return
    from rmmatch.cohort.forms import Form

    data = Form.from_file(path).to_dict()
    for key in ("people", "undecided"):
        data.pop(key, None)
    for table in (data, *data.get("tables", {}).values()):
        for name, field in table.get("fields", {}).items():
            if isinstance(field, dict):
                _strip_field(name, field)
    write_text(path, yaml_text(data))
    make_private([path])


def _strip_field(name: str, field: dict[str, Any]) -> None:
    is_about_people = column_name(name) in (*PEOPLE_LISTS, "name", "email", "id")
    for key in ("answers", "spellings", "choices"):
        words = field.get(key)
        if not words or (key == "choices" and not is_about_people):
            continue
        remaining = (
            {}
            if is_about_people
            else {
                word: meaning
                for word, meaning in words.items()
                if len(str(word).split()) <= _MAX_ANSWER_WORDS or word in field.get("choices", ())
            }
        )
        field[key] = remaining
        if not remaining:
            field.pop(key)


def _remove_tree(path: Path) -> None:
    """Remove a folder, also where files in it may only be read."""
    if not path.is_dir():
        return
    for folder, _, names in os.walk(path):
        for name in names:
            os.chmod(Path(folder) / name, 0o600)
    shutil.rmtree(path)


def restore_past_pairs(folder: Path) -> int:
    """Write the past pairs of people who are known again into relations.csv.

    Called when an export was imported into a folder whose personal data were deleted.

    Parameters
    ----------
    folder : Path
        Of the scheme.

    Returns
    -------
    int
        How many rows were written.
    """
    past_pairs, digests = _read_rows(folder / PAST_PAIRS), _read_rows(folder / DIGESTS)
    register = folder / REGISTER
    if not (past_pairs and digests and register.exists()):
        return 0
    salt = read_marker(folder)["salt"]
    pseudonym_of = {row["digest"]: row["id"] for row in digests}
    current_ids = {
        pseudonym_of[digest]: entry.id
        for entry in Register.from_file(register).entries
        if entry.email and (digest := email_digest(salt, entry.email)) in pseudonym_of
    }
    rows = _read_rows(folder / RELATIONS)
    header = list(dict.fromkeys((*_COLUMNS, *(name for row in rows for name in row))))
    before = {(row["mentee"], row["mentor"], row["kind"]) for row in rows}
    new_rows = [
        {**row, "mentee": current_ids[row["mentee"]], "mentor": current_ids[row["mentor"]]}
        for row in past_pairs
        if row["mentee"] in current_ids and row["mentor"] in current_ids
    ]
    new_rows = [row for row in new_rows if tuple(row[n] for n in _COLUMNS[:3]) not in before]
    if new_rows:
        lines = _lines_of([*rows, *new_rows], header)
        write_rows(header, lines, folder / RELATIONS)
        make_private([folder / RELATIONS])
    return len(new_rows)


def _lines_of(rows: Iterable[Mapping[str, str]], header: list[str]) -> list[list[str]]:
    return [[row.get(name, "") for name in header] for row in rows]
