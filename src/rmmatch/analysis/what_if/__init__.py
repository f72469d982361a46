"""What if one thing were changed: solved again, and the difference told."""

from rmmatch.analysis.what_if.api import WhatIf, is_still_proved, what_if
from rmmatch.analysis.what_if.people_changes import PersonRef

__all__ = ["PersonRef", "WhatIf", "is_still_proved", "what_if"]
