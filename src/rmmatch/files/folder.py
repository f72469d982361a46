"""A folder of output: all of its files arrive, or none of them does."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rmmatch.errors import Problem, ProblemsError
from rmmatch.files.access import access_fault

__all__ = ["check_folder", "keep_files", "staged"]

_PREFIX = ".rmmatch-"  # of the folder in which files are gathered


def check_folder(folder: Path) -> None:
    """Make sure that files can be written to a folder, which need not exist; leave no trace.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    ProblemsError
        They cannot.
    """
    try:
        os.rmdir(_staging(_existing(folder)))
    except OSError as error:
        raise _unwritable(folder, error) from None


def keep_files(folder: Path, names: Iterable[str]) -> None:
    """Make sure that no file of these names is in a folder: none is to be written over.

    Parameters
    ----------
    folder : Path
    names : iterable of str

    Raises
    ------
    ProblemsError
        Some are; all of them are listed.
    """
    existing = [name for name in names if os.path.lexists(folder / name)]
    if existing:
        remedy = "name another folder, or move the file away"
        raise ProblemsError(
            Problem(
                str(folder / name), "", "", "", "is there already", remedy, code="already_there"
            )
            for name in existing
        )


@contextmanager
def staged(folder: Path, owned: Collection[str] = ()) -> Iterator[Path]:
    """Give a new folder to write files to; when the block ends well they move to `folder`.

    Files of other names in `folder` are kept. When the block or a move fails, `folder` is as it
    was before.

    Parameters
    ----------
    folder : Path
        Is made, with its parents, where it does not exist.
    owned : collection of str
        Names that are removed from `folder` where the block did not write them: a file of an
        earlier run must not stand beside those of this one.

    Yields
    ------
    Path
        The folder to write to.

    Raises
    ------
    ProblemsError
        The folder cannot be written.
    """
    try:
        # In the nearest folder that exists: moves stay on one file system.
        staging = Path(_staging(_existing(folder)))
    except OSError as error:
        raise _unwritable(folder, error) from None
    try:
        new = staging / "new"
        new.mkdir()
        yield new
        _move(new, staging / "old", folder, owned)
    except OSError as error:
        raise _unwritable(folder, error) from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _staging(parent: Path) -> str:
    return tempfile.mkdtemp(dir=parent, prefix=_PREFIX)


def _existing(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that exists."""
    folder = folder.absolute()
    while not os.path.lexists(folder):
        folder = folder.parent
    return folder


def _move(new: Path, old: Path, folder: Path, owned: Collection[str]) -> None:
    """Put new files in the place of old ones, and everything back where one does not move."""
    new_folders = [path for path in (folder, *folder.parents) if not path.exists()]
    names = sorted(path.name for path in new.iterdir())
    undo: list[tuple[Path, Path]] = []
    try:
        old.mkdir()
        folder.mkdir(parents=True, exist_ok=True)
        for name in sorted({*owned, *names}):
            if (folder / name).is_dir():
                raise IsADirectoryError(0, f"{name} is a folder there")
            if os.path.lexists(folder / name):
                os.replace(folder / name, old / name)
                undo.append((old / name, folder / name))
        for name in names:
            os.replace(new / name, folder / name)
            undo.append((folder / name, new / name))
    except BaseException:
        for current, former in reversed(undo):
            os.replace(current, former)
        for path in new_folders:
            with suppress(OSError):
                path.rmdir()
        raise


def _unwritable(folder: Path, error: OSError) -> ProblemsError:
    """Name the file that is there and cannot be replaced, as one that is open in Excel."""
    file = folder / Path(error.filename or "").name
    source = file if file.is_file() else folder
    reason, remedy = access_fault(error, "written", "name a folder that you may write to")
    return ProblemsError([Problem(str(source), "", "", "", reason, remedy, code="cannot_write")])
