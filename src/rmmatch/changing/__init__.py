"""What if one thing were changed: solved again, and the difference told."""

from rmmatch.changing.people import Person
from rmmatch.changing.whatif import WhatIf, is_still_proved, what_if

__all__ = ["Person", "WhatIf", "is_still_proved", "what_if"]
