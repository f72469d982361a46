"""Pages for people who decide: what they show, their templates, and the page of one file."""

from rmmatch.desk.page.rendering import page_environment, page_text, static_text
from rmmatch.desk.page.review_page import write_review_page
from rmmatch.desk.page.view_data import (
    CardAction,
    CriterionPoints,
    GroupCounts,
    PairCard,
    PersonName,
    ReviewView,
    SchemeWords,
    UnpairedCard,
    UnpairedGroup,
)
from rmmatch.desk.page.views import review_view

__all__ = [
    "CardAction",
    "CriterionPoints",
    "GroupCounts",
    "PairCard",
    "PersonName",
    "ReviewView",
    "SchemeWords",
    "UnpairedCard",
    "UnpairedGroup",
    "page_environment",
    "page_text",
    "review_view",
    "static_text",
    "write_review_page",
]
