"""Why this pair, why nobody: every number with the facts behind it, for whoever may know."""

from rmmatch.analysis.explanations.api import explain, explain_all
from rmmatch.analysis.explanations.audiences import Audience
from rmmatch.analysis.explanations.explanation import Explanation

__all__ = ["Audience", "Explanation", "explain", "explain_all"]
