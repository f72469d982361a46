"""The one place where the house looks upwards: methods of a result that floors above carry out.

A room imports only from floors below its own. What a reader expects of a `Result`, that it writes
itself, and of `rmmatch.match`, that it knows strategies by name, is done above. This table names
the function for each; it is loaded when it is first called. Nothing else imports by name, and a
test looks that every function of the table exists.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["OUTLETS", "outlet"]

OUTLETS: Mapping[str, str] = {
    "report": "rmmatch.desk.page.review_page:write_review_page",
    "save": "rmmatch.matching.records.record:save",
    "strategy_of_name": "rmmatch.strategies:strategy_of_name",
    "to_excel": "rmmatch.desk.reporting.files:write_pairing",
}
"""Module and function by what they are asked for."""


def outlet(name: str) -> Callable[..., Any]:
    """Return the function that carries something out.

    Parameters
    ----------
    name : str
        A key of `OUTLETS`.

    Examples
    --------
    >>> outlet("save").__module__
    'rmmatch.matching.records.record'
    """
    module, _, function = OUTLETS[name].partition(":")
    carries_out: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return carries_out
