"""Words of the scheme itself, of its quotas, aims and meetings, and of their fields."""

from __future__ import annotations

from rmmatch.scheme.words.entries import FieldWords, PartWords, more

__all__ = ["AIM", "MEETINGS", "QUOTA", "SCHEME"]

_TIERS = {
    "pairs": "as many pairs as possible",
    "priority": "people with a priority have a partner",
    "participation": "as many people as possible have a partner",
    "kept_pairs": "as many earlier pairs as possible stay together",
    "fewest": "as few pairs as possible are listed in a certain way",
    "worst_pair": "the lowest score of any pair is as high as possible",
    "leximin": "the lowest scores are as high as possible, one after another",
    "rank_profile": "as many people as possible have their first choice",
    "spread": "pairs are shared out evenly",
    "nash": "the scores multiplied together are as high as possible",
    "quota_shortfall": "quotas are missed by as little as possible",
    "blocking_pairs": "as few as possible would both rather have each other",
    "total": "the scores added together are as high as possible",
}

SCHEME = PartWords(
    "Mentoring scheme",
    "What makes a good pair, which pairs are not allowed, and what matters most.",
    {
        "version": more("Version", "The version of this file format, which is 1."),
        "name": FieldWords("Name of the scheme", "Reports and letters show this name."),
        "direction": FieldWords(
            "Who is more senior",
            "This says which of the two has the higher grade.",
            choices={
                "reverse": "the mentee",
                "traditional": "the mentor",
                "peer": "neither of the two",
            },
        ),
        "grades": FieldWords(
            "Grades, from low to high",
            "These are the grades as your tables have them, or a number for each.",
        ),
        "cycle_weeks": more(
            "Length of the rota", "The rota repeats after this number of weeks.", "weeks"
        ),
        "columns": more(
            "Questions and the columns they fill",
            "This says which column each question of a survey fills.",
        ),
        "people": more(
            "Who is meant by a name",
            "This gives an id or an e-mail address for a name, or says that the person is outside.",
        ),
        "capacity": more(
            "Partners of people who did not say",
            "Somebody whose cell is empty can have this number of partners.",
            "partners",
        ),
        "each_side": more(
            "Ids were numbered for each table",
            "If yes, the ids of mentors start with M and those of mentees with E.",
        ),
        "monitoring_only": more(
            "Columns for equality monitoring",
            "Nothing in the scheme uses these columns, and they are never shown.",
        ),
        "sensitive": FieldWords(
            "Private columns",
            "Only rules and quotas that name such a column use it, and it is never shown.",
        ),
        "criteria": FieldWords(
            "What makes a good pair", "Each criterion gives a pair points, which are added up."
        ),
        "rules": FieldWords(
            "Which pairs are not allowed", "A pair that breaks one of these rules is never made."
        ),
        "quotas": more(
            "How many of a group", "Each quota says how many people of a group are paired."
        ),
        "min_load": more(
            "People who want several partners",
            "This says when people must have as many partners as they asked for at least.",
            choices={"hard": "always", "if_used": "only if they have a partner at all"},
        ),
        "objective": more(
            "What matters most",
            "The first aim is met as far as possible, then the second, and so on.",
        ),
        "meetings": more("Meetings", "This says how often and how long each pair meets."),
    },
)

QUOTA = PartWords(
    "Quota",
    "How many people of a group are paired, or how many pairs there are of a kind.",
    {
        "side": FieldWords(
            "Who is counted",
            "This says whether people or pairs are counted.",
            choices={"mentors": "mentors", "mentees": "mentees", "pairs": "pairs"},
        ),
        "column": FieldWords(
            "Column with the groups", "The answers in this column make the groups."
        ),
        "value": FieldWords("One group", "Only people with this answer are counted."),
        "each": FieldWords("Every group", "If yes, it applies to every answer in the column."),
        "parity": more(
            "Largest difference between groups",
            "The shares of two groups that are paired are at most this far apart.",
            "from 0 to 1",
        ),
        "relation": more(
            "Same or different answers",
            "Pairs are counted in which the two gave the same answer, or different ones.",
            choices={"same": "the same answer", "different": "different answers"},
        ),
        "mentor": more(
            "Answers of the mentor", "Pairs are counted whose mentor gave these answers."
        ),
        "mentee": more(
            "Answers of the mentee", "Pairs are counted whose mentee gave these answers."
        ),
        "at_least": FieldWords(
            "At least", "At least this number is to be paired.", "people or pairs"
        ),
        "at_most": FieldWords("At most", "At most this number is to be paired.", "people or pairs"),
        "any": more(
            "Answers that mean no preference", "People with one of these answers are in no group."
        ),
        "only_where": more(
            "Only people who answered",
            "Only people who gave one of these answers are counted.",
        ),
        "penalty": more(
            "Price of missing it",
            "The quota may be missed, which takes this off the total score for each one missing; "
            "1 is as much as the full score of a pair.",
            "full scores",
        ),
        "soft": more(
            "It may be missed",
            "If yes, the quota may be missed, as far as the order of aims says.",
        ),
        "reason": FieldWords(
            "Why the quota is needed",
            "Write why the quota is needed and who agreed to it; this is kept with the scheme.",
        ),
    },
)

AIM = PartWords(
    "Aim",
    "One thing that matters for the whole pairing.",
    {
        "tier": FieldWords("What is wanted", "This says what the aim is.", choices=_TIERS),
        "within": more(
            "What later aims may give up",
            "Later aims may give up this share of the best value; 0.1 is a tenth.",
            "from 0 to 1",
        ),
        "kind": more("Kind of pairs", "Pairs that are listed in this way are counted."),
        "side": more(
            "Who is looked at",
            "This says whose partners are looked at.",
            choices={"mentees": "the mentees", "mentors": "the mentors"},
        ),
        "generous": more(
            "Fewest last choices first",
            "If yes, as few people as possible get their last choice, before first choices count.",
        ),
    },
)

MEETINGS = PartWords(
    "Meetings",
    "How often and how long each pair meets.",
    {
        "count": FieldWords("Number of meetings", "The least and the most meetings.", "meetings"),
        "minutes": FieldWords("Length of a meeting", "How long one meeting lasts.", "minutes"),
        "every_days": FieldWords(
            "Time between meetings", "The least and the most days between two meetings.", "days"
        ),
        "start": FieldWords("First day", "No meeting is before this day."),
        "end": FieldWords("Last day", "No meeting is after this day."),
        "holidays": more(
            "Public holidays", "No meeting is on a holiday of this calendar, such as GB-ENG."
        ),
    },
)
