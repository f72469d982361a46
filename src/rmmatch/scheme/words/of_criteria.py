"""Words of the criteria and of their fields."""

from __future__ import annotations

from rmmatch.scheme.words.entries import FieldWords, PartWords, more

__all__ = ["CRITERIA", "CRITERION_FIELDS"]

_SIDES = {"both": "either of the two", "mentees": "the mentee", "mentors": "the mentor"}

# What every criterion has.
CRITERION_FIELDS = {
    "type": more("Kind of criterion", "This says what the criterion compares."),
    "weight": FieldWords(
        "Weight",
        "A criterion counts for this number as a share of all the weights added up.",
    ),
    "missing": more(
        "Where an answer is missing",
        "This says what a pair gets if one of the two has not answered.",
        choices={
            "neutral": "half of the points",
            "zero": "no points",
            "ignore": "the other criteria count for more",
        },
    ),
    "view": more(
        "Whose view it is",
        "This says whether the criterion belongs to both people or to one of the two.",
        choices={"both": "both people", "mentee": "the mentee", "mentor": "the mentor"},
    ),
    "must_have": more(
        "A pair needs some points for it",
        "If yes, a pair that gets no points for this criterion is not allowed.",
    ),
    "name": more(
        "Your own name for it", "Results and letters call the criterion by the name you give here."
    ),
}

CRITERIA = {
    "goals": PartWords(
        "Shared goals",
        "The mentor offers what the mentee would like to work on.",
        {
            "measure": FieldWords(
                "How goals are compared",
                "This says which share of the goals has to be in common for full points.",
                choices={
                    "coverage": "the share of the mentee's goals that the mentor offers",
                    "jaccard": "the goals in common, as a share of all the goals of the two",
                },
            ),
            "rarity": FieldWords(
                "Rare goals count for more",
                "If yes, a goal that few mentors offer counts for more.",
            ),
            "ranked": more(
                "First wishes count for more",
                "If yes, a mentee's first goal counts for more than the second, and so on; you "
                "may give the weights of the places instead.",
            ),
            "related": more(
                "Related goals",
                "This says how close two different goals are, from 0 to 1.",
            ),
            "column": more("Column with the goals", "The goals are read from this column."),
        },
    ),
    "speciality": PartWords(
        "Same speciality",
        "The two work in the same speciality, or in a related one.",
        {
            "related": more(
                "Related specialities",
                "This says how close two different specialities are, from 0 to 1.",
            ),
            "column": more(
                "Column with the speciality", "The specialities are read from this column."
            ),
        },
    ),
    "workplace": PartWords(
        "Place of work",
        "The two work at the same place, at different places, or near each other.",
        {
            "prefer": FieldWords(
                "Which places are best",
                "This says where the two should work.",
                choices={
                    "same": "the same place",
                    "different": "different places",
                    "near": "places near each other",
                },
            ),
            "distances": more(
                "Distances between places",
                "This says how far apart two places are, in any one unit.",
            ),
            "far": more(
                "Distance that is too far",
                "Pairs at this distance or more get no points.",
                "as in the distances",
            ),
            "column": more("Column with the place", "The places are read from this column."),
        },
    ),
    "availability": PartWords(
        "Free time in common",
        "The two are free at the same times.",
        {
            "enough": FieldWords(
                "Time that is enough",
                "A pair with this much free time in common gets full points.",
                "minutes",
            )
        },
    ),
    "power_distance": PartWords(
        "Grades apart",
        "The grades of the two are a certain number of steps apart.",
        {
            "target": FieldWords(
                "Best number of grades apart",
                "A pair whose grades are this far apart gets full points.",
                "grades",
            ),
            "spread": FieldWords(
                "Grades off the best that still get points",
                "A pair that is this many grades away from the best number gets no points.",
                "grades",
            ),
        },
    ),
    "preference": PartWords(
        "Whom people asked for",
        "People are paired with somebody they named, the first name first.",
        {
            "side": FieldWords(
                "Whose wishes count",
                "This says whose list of preferred partners is read.",
                choices={
                    "both": "the wishes of both",
                    "mentee": "the mentee's wishes",
                    "mentor": "the mentor's wishes",
                },
            )
        },
    ),
    "attribute": PartWords(
        "Another answer",
        "The two gave the same answer, a different one, or answers close to each other.",
        {
            "column": FieldWords("Column to compare", "The answers are read from this column."),
            "prefer": FieldWords(
                "Which answers are best",
                "This says how the answers of the two should compare.",
                choices={
                    "same": "the same answer",
                    "different": "different answers",
                    "overlap": "several answers, as many in common as possible",
                    "close": "numbers close to each other",
                },
            ),
            "scale": FieldWords(
                "Difference that is too large",
                "Two numbers this far apart get no points.",
                "as in the column",
            ),
            "any": more(
                "Answers that mean no preference",
                "A pair in which one of the two gave one of these answers gets full points.",
            ),
            "only_where": more(
                "Only where somebody answered",
                "The criterion counts only for pairs in which somebody gave one of these answers.",
            ),
            "side": more(
                "Whose answer decides that",
                "This says whose answer decides whether the criterion counts.",
                choices=_SIDES,
            ),
        },
    ),
    "table": PartWords(
        "Points from a list",
        "The points of each pair come from a list that you already have.",
        {
            "file": FieldWords(
                "File with the list",
                "The file has the columns mentee, mentor and score, with scores from 0 to 1.",
            ),
            "rows": more(
                "The list itself",
                "Each line has a mentee, a mentor and a score from 0 to 1.",
            ),
        },
    ),
}
