"""Is a matching valid, and is it proved optimal? Imports no solver.

With the solvers it shares what a score *is*: the cohort, the scheme, the kernels of criteria and
rules, and how contributions are weighed and rounded. What pairs score *at most* it works out by
itself (`rmmatch.checking.dismissal`), in whole numbers, and a sample of the pairs dismissed by that
is scored after all. What a tier means for prices is written anew in `tier_values` and `levels`.
"""

from rmmatch.checking.checks import check
from rmmatch.checking.findings import Findings
from rmmatch.checking.levels import load_bounds
from rmmatch.checking.outcomes import Outcome
from rmmatch.checking.proof import bounds_of
from rmmatch.checking.tier_values import values_on_tiers
from rmmatch.checking.violations import Violation

__all__ = [
    "Findings",
    "Outcome",
    "Violation",
    "bounds_of",
    "check",
    "load_bounds",
    "values_on_tiers",
]
