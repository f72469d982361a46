"""Why this pair, why nobody: every number with the facts behind it, for whoever may know."""

from rmmatch.explaining.answers import explain, explain_all
from rmmatch.explaining.audiences import Audience
from rmmatch.explaining.model import Explanation

__all__ = ["Audience", "Explanation", "explain", "explain_all"]
