"""Is a matching valid, and is it proved optimal? Knows no solver and shares no code with one."""

from rmmatch.checking.checks import check
from rmmatch.checking.findings import Findings, Violation

__all__ = ["Findings", "Violation", "check"]
