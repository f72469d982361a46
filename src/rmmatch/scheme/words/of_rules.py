"""Words of the rules and of their fields."""

from __future__ import annotations

from rmmatch.scheme.words.entries import FieldWords, PartWords, more

__all__ = ["RULES", "RULE_FIELDS"]

_MISSING = more(
    "Where an answer is missing",
    "This says what happens to a pair if one of the two has not answered.",
    choices={"forbid": "the pair is not allowed", "allow": "the pair is allowed"},
)

# What rules have in common; of a key that a rule does not have, nothing is said.
RULE_FIELDS = {
    "type": more("Kind of rule", "This says what the rule looks at."),
    "reason": FieldWords(
        "Why the rule is needed",
        "Write why the rule is needed and who agreed to it; this is kept with the scheme.",
    ),
    "name": more("Your own name for it", "Results call the rule by the name you give here."),
    "missing": _MISSING,
    "only_where": more(
        "Only where somebody answered",
        "The rule applies only to pairs in which somebody gave one of these answers.",
    ),
    "side": more(
        "Whose answer decides that",
        "This says whose answer decides whether the rule applies.",
        choices={"both": "either of the two", "mentees": "the mentee", "mentors": "the mentor"},
    ),
}

RULES = {
    "eligible": PartWords(
        "Who can take part",
        "Only people with a certain answer are paired.",
        {
            "column": FieldWords("Column that decides", "The answers are read from this column."),
            "side": FieldWords(
                "Who needs the answer",
                "This says who has to have given the answer.",
                choices={"both": "everybody", "mentees": "mentees", "mentors": "mentors"},
            ),
            "values": more(
                "Answers that count as a yes",
                "Somebody with one of these answers can be paired, and an empty cell is a no.",
            ),
        },
    ),
    "power_distance": PartWords(
        "Grades apart",
        "The grades of the two have to be a certain number of steps apart.",
        {
            "min_gap": FieldWords(
                "Least grades apart",
                "Pairs with grades closer than this are not allowed.",
                "grades",
            ),
            "max_gap": FieldWords(
                "Most grades apart",
                "Pairs with grades further apart than this are not allowed.",
                "grades",
            ),
        },
    ),
    "relations": PartWords(
        "People who are connected",
        "Two people who are connected in one of these ways are never paired.",
        {
            "forbid": FieldWords(
                "Connections that are not allowed",
                "These are columns that list people, or kinds in your table of relations.",
            )
        },
    ),
    "reporting_chain": PartWords(
        "Managers",
        "Nobody is paired with their manager, or with their manager's manager.",
        {
            "levels": FieldWords(
                "Levels of managers",
                "The rule looks this many levels up; 1 is the line manager alone.",
                "levels",
            )
        },
    ),
    "availability": PartWords(
        "Free time in common",
        "The two need free time at the same hours.",
        {
            "min_minutes": FieldWords(
                "Least free time in common",
                "Pairs with less free time in common than this are not allowed.",
                "minutes",
            )
        },
    ),
    "attribute": PartWords(
        "Another answer",
        "The answers of the two have to be the same, different, or close to each other.",
        {
            "column": FieldWords("Column to compare", "The answers are read from this column."),
            "relation": FieldWords(
                "How the answers must compare",
                "Pairs whose answers do not compare in this way are not allowed.",
                choices={
                    "same": "the same answer",
                    "different": "different answers",
                    "overlap": "several answers, at least one in common",
                    "within": "numbers close to each other",
                },
            ),
            "gap": FieldWords(
                "Largest difference",
                "Pairs whose numbers are further apart than this are not allowed.",
                "as in the column",
            ),
            "any": more(
                "Answers that mean no preference",
                "A pair in which one of the two gave one of these answers is allowed.",
            ),
        },
    ),
    "minimum_score": PartWords(
        "Lowest score",
        "A pair with too few points is not allowed.",
        {
            "at_least": FieldWords(
                "Lowest score allowed",
                "Pairs below this score are not allowed; 0.3 is 30 points out of 100.",
                "from 0 to 1",
            )
        },
    ),
    "pairs": PartWords(
        "Single pairs",
        "These pairs are made, or are not made, whatever else the scheme says.",
        {
            "pin": FieldWords(
                "Pairs that are kept together", "Each line has a mentee and a mentor to be paired."
            ),
            "forbid": FieldWords(
                "Pairs that are not allowed",
                "Each line has a mentee and a mentor who are not to be paired.",
            ),
        },
    ),
    "not_oneself": PartWords(
        "Not oneself", "Nobody is paired with themselves; this rule always applies.", {}
    ),
    "not_withdrawn": PartWords(
        "Not somebody who left",
        "Nobody is paired who has left the scheme; this rule always applies.",
        {},
    ),
}
