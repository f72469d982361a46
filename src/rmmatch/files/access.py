"""Why a file cannot be read or written, in words, and what to do about it."""

from __future__ import annotations

import errno
from typing import Literal

__all__ = ["access_fault"]

# What Windows and its network call it beside the number of the C library.
_LOCKED_ON_WINDOWS = {5, 32, 33}
_UNREACHABLE_ON_WINDOWS = {21, 51, 53, 54, 55, 59, 64, 67, 121, 362, 1231, 1232}


def _numbers(names: str) -> set[int]:
    """Return the numbers of these errors, where the system has them."""
    return {getattr(errno, name) for name in names.split() if hasattr(errno, name)}


_LOCKED = _numbers("EACCES EPERM EBUSY")
_UNREACHABLE = _numbers(
    "EIO ENETDOWN ENETUNREACH ENETRESET ECONNABORTED ECONNRESET ENOTCONN ETIMEDOUT EHOSTUNREACH"
    " EHOSTDOWN ESTALE EREMOTEIO"
)
_FULL = _numbers("ENOSPC EDQUOT")


def access_fault(
    error: OSError, action: Literal["read", "written"], remedy: str = ""
) -> tuple[str, str]:
    """Return why a file cannot be read or written, and what to do.

    Parameters
    ----------
    error : OSError
    action : {'read', 'written'}
    remedy : str
        What to do where the error is none of those that are known here.

    Returns
    -------
    reason : str
    remedy : str

    Examples
    --------
    >>> access_fault(PermissionError(13, "Permission denied"), "read")[0]
    'cannot be read: it is open in another program, or you have no permission'
    """
    on_windows = getattr(error, "winerror", None)
    if error.errno in _UNREACHABLE or on_windows in _UNREACHABLE_ON_WINDOWS:
        cause = "the disk or network drive does not answer"
        remedy = (
            "copy it to your own computer, and give the copy"
            if action == "read"
            else "name a folder on your own computer"
        )
    elif error.errno in _FULL:
        cause = "the disk is full"
        remedy = "delete files that you do not need, or name a folder on another disk"
    elif error.errno in _LOCKED or on_windows in _LOCKED_ON_WINDOWS:
        cause = "it is open in another program, or you have no permission"
        remedy = "close it in Excel and try again; if that does not help, " + (
            "copy it to a folder of your own" if action == "read" else "name a folder of your own"
        )
    else:
        cause = error.strerror or str(error)
    return f"cannot be {action}: {cause}", remedy
