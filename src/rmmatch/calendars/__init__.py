"""Time: slots of a rota cycle and the text that people write them in."""

from rmmatch.calendars.availability import Slot, format_availability, parse_availability

__all__ = ["Slot", "format_availability", "parse_availability"]
