"""Is a matching valid, and is it proved optimal? Knows no solver and shares no code with one."""

from rmmatch.checking.checks import check
from rmmatch.checking.findings import Findings, Violation
from rmmatch.checking.proof import bounds_of

__all__ = ["Findings", "Violation", "bounds_of", "check"]
