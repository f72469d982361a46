"""Criteria: what makes a pair good. Each scores a pair in [0, 1]; one file a criterion."""

from rmmatch.criteria.attribute import Attribute
from rmmatch.criteria.availability import Availability
from rmmatch.criteria.base import AnyCriterion, Criterion
from rmmatch.criteria.function import Function
from rmmatch.criteria.goals import Goals
from rmmatch.criteria.power_distance import PowerDistance
from rmmatch.criteria.preference import Preference
from rmmatch.criteria.speciality import Speciality
from rmmatch.criteria.table import Table
from rmmatch.criteria.workplace import Workplace

__all__ = [
    "AnyCriterion",
    "Attribute",
    "Availability",
    "Criterion",
    "Function",
    "Goals",
    "PowerDistance",
    "Preference",
    "Speciality",
    "Table",
    "Workplace",
]
