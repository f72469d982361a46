"""Patterns of sentences: what a part says, with a name in braces where a value stands.

What a pattern does not name and the scheme sets is added behind it, by `TAILS` or by the title of
the field; so that a sentence never leaves out what is set.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rmmatch.cohort.cells import YES_NO
from rmmatch.declarations.answers import or_text
from rmmatch.desk.rule_forms.fields import FormPart
from rmmatch.desk.rule_forms.values import number_text
from rmmatch.scheme import Scheme
from rmmatch.spelling import fold

__all__ = ["BLANK_WORDS", "PATTERNS", "TAILS", "pattern_of"]

Values = Mapping[str, Any]
_Pattern = Callable[[Values, Scheme], str]

_SENIOR = {
    "reverse": "a mentor must be {} below the mentee",
    "traditional": "a mentor must be {} above the mentee",
    "peer": "the two must be {} apart",
}


def pattern_of(part: FormPart, values: Values, scheme: Scheme) -> str:
    """Return the pattern of a part, with the names of fields in braces.

    ``{share}`` stands for the share of a criterion.

    Parameters
    ----------
    part : FormPart
    values : mapping of str to Any
        Of its fields, by key.
    scheme : Scheme
    """
    make = PATTERNS.get((part.family, part.type))
    if make is not None:
        return make(values, scheme)
    words = _lower(part.title)  # of somebody's own criterion or rule
    return f"{{share}} of 100 points: {words}" if part.family == "criteria" else words


def _criterion(words: str) -> _Pattern:
    return lambda values, scheme: f"{{share}} of 100 points: {words}"


def _attribute_criterion(values: Values, scheme: Scheme) -> str:
    scale = ", which are worth nothing {scale} apart" if values.get("scale") is not None else ""
    return f"{{share}} of 100 points: {{prefer}} under {{column}}{scale}"


def _workplace(values: Values, scheme: Scheme) -> str:
    return "{share} of 100 points: the two work at {prefer}"


def _grades(values: Values, scheme: Scheme) -> str:
    ends = [
        (f"{words} {{{key}}}", values[key])
        for words, key in (("at least", "min_gap"), ("at most", "max_gap"))
        if values.get(key) is not None
    ]
    window = " and ".join(text for text, _ in ends)
    if any(number < 0 for _, number in ends):
        first, second = (
            ("mentor", "mentee")
            if scheme.direction == "traditional"
            else (
                "mentee",
                "mentor",
            )
        )
        return f"the {first}'s grade minus the {second}'s must be {window}"
    unit = "grade" if ends[-1][1] == 1 else "grades"
    return _SENIOR[scheme.direction].format(f"{window} {unit}")


def _eligible(values: Values, scheme: Scheme) -> str:
    return "{side} must have {values} under {column}"


def _manager(values: Values, scheme: Scheme) -> str:
    level = "level" if values["levels"] == 1 else "levels"
    return f"nobody is paired with a manager of theirs, up to {{levels}} {level} up"


def _free_time(values: Values, scheme: Scheme) -> str:
    cycle = "a week" if scheme.cycle_weeks == 1 else f"in {scheme.cycle_weeks} weeks"
    return f"the two must share at least {{min_minutes}} minutes of free time {cycle}"


def _attribute_rule(values: Values, scheme: Scheme) -> str:
    if values["relation"] == "within":
        return "the two must have {relation} under {column}, at most {gap} apart"
    return "the two must have {relation} under {column}"


def _single_pairs(values: Values, scheme: Scheme) -> str:
    said = []
    if values.get("pin"):
        said.append("always together: {pin}")
    if values.get("forbid"):
        said.append("never together: {forbid}")
    return "; ".join(said) or "no single pairs are named"


def _quota(values: Values, scheme: Scheme) -> str:
    if values.get("parity") is not None:
        return (
            "the shares of {side} who have a partner, by {column}, must be within {parity} "
            "percentage points of each other"
        )
    bounds = " and ".join(
        f"{words} {{{key}}}"
        for words, key in (("at least", "at_least"), ("at most", "at_most"))
        if values.get(key) is not None
    )
    if values["side"] != "pairs":
        groups = "of {each} {column}" if values.get("each") else "with {column} {value}"
        return f"{bounds} {{side}} {groups}"
    if values.get("relation"):
        each = ", {each} counted for itself" if values.get("each") else ""
        return f"{bounds} {{side}} with {{relation}} under {{column}}{each}"
    people = [f"a {role} with {{{role}}}" for role in ("mentee", "mentor") if values.get(role)]
    return f"{bounds} {{side}} of {' and '.join(people)}"


def _aim(values: Values, scheme: Scheme) -> str:
    return "{tier}"


def _meetings(values: Values, scheme: Scheme) -> str:
    return (
        "each pair meets {count} times for {minutes} minutes, {every_days} days apart, from "
        "{start} to {end}"
    )


PATTERNS: Mapping[tuple[str, str], _Pattern] = {
    ("scheme", ""): lambda values, scheme: "{direction}",
    ("criteria", "goals"): _criterion("goals, by {measure}"),
    ("criteria", "speciality"): _criterion("the two have the same speciality"),
    ("criteria", "workplace"): _workplace,
    ("criteria", "availability"): _criterion(
        "free time in common, where {enough} minutes are enough"
    ),
    ("criteria", "power_distance"): _criterion(
        "grades apart, best at {target}, and worth nothing {spread} away from it"
    ),
    ("criteria", "preference"): _criterion("{side}"),
    ("criteria", "attribute"): _attribute_criterion,
    ("criteria", "table"): _criterion("points from a list"),
    ("rules", "eligible"): _eligible,
    ("rules", "power_distance"): _grades,
    ("rules", "relations"): lambda values, scheme: "never together: {forbid}",
    ("rules", "reporting_chain"): _manager,
    ("rules", "availability"): _free_time,
    ("rules", "attribute"): _attribute_rule,
    ("rules", "minimum_score"): lambda values, scheme: (
        "a pair must have at least {at_least} points out of 100"
    ),
    ("rules", "pairs"): _single_pairs,
    ("rules", "not_oneself"): lambda values, scheme: "nobody is paired with themselves",
    ("rules", "not_withdrawn"): lambda values, scheme: "nobody is paired who has left the scheme",
    ("quotas", ""): _quota,
    ("objective", ""): _aim,
    ("meetings", ""): _meetings,
}


def _condition_words(value: Mapping[str, Sequence[str]], values: Values) -> str:
    return " and ".join(
        f"{column.replace('_', ' ')} is {or_text(answers)}" for column, answers in value.items()
    )


def _answers_of(value: Mapping[str, str], values: Values) -> str:
    return " and ".join(f"{column.replace('_', ' ')} {answer}" for column, answer in value.items())


def _yes_words(value: Sequence[str], values: Values) -> str:
    is_yes = all(YES_NO.get(fold(answer)) == "yes" for answer in value)
    return "a yes" if is_yes else or_text(value)


def _any_words(value: Sequence[str], values: Values) -> str:
    return f"gave the answer {or_text(value)}" if value else "gave an answer that is on no list"


def _rank_words(value: Any, values: Values) -> str:
    if isinstance(value, bool):
        return "first wishes count for more"
    return f"first wishes count for more ({', '.join(map(number_text, value))})"


def _counted_pairs(value: Mapping[str, Mapping[str, float]], values: Values) -> str:
    count = sum(map(len, value.values()))
    return f"{count:,} {'pair' if count == 1 else 'pairs'} of words"


def _percent(value: float, values: Values) -> str:
    return number_text(round(100 * value, 10))


_BlankWords = Callable[[Any, Values], str]
# What a value is called in a sentence, by family, type and key; else by what its field holds.
BLANK_WORDS: Mapping[tuple[str, str, str], _BlankWords] = {
    ("scheme", "", "direction"): lambda value, values: {
        "reverse": "reverse mentoring: the mentee is the senior of the two",
        "traditional": "traditional mentoring: the mentor is the senior of the two",
        "peer": "peer mentoring: neither of the two is the senior",
    }[value],
    ("criteria", "", "only_where"): _condition_words,
    ("rules", "", "only_where"): _condition_words,
    ("quotas", "", "only_where"): _condition_words,
    ("criteria", "", "any"): _any_words,
    ("rules", "", "any"): _any_words,
    ("quotas", "", "any"): lambda value, values: or_text(value) if value else "no answer",
    ("criteria", "goals", "ranked"): _rank_words,
    ("criteria", "", "related"): _counted_pairs,
    ("criteria", "", "distances"): lambda value, values: (
        f"{sum(map(len, value.values())):,} distances"
    ),
    ("criteria", "table", "rows"): lambda value, values: f"{len(value):,} pairs",
    ("rules", "eligible", "values"): _yes_words,
    ("rules", "minimum_score", "at_least"): _percent,
    ("quotas", "", "parity"): _percent,
    ("quotas", "", "each"): lambda value, values: (
        "each value" if values.get("side") == "pairs" else "each"
    ),
    ("quotas", "", "value"): lambda value, values: str(value),
    ("quotas", "", "mentor"): _answers_of,
    ("quotas", "", "mentee"): _answers_of,
    ("quotas", "", "penalty"): lambda value, values: f"{_percent(value, values)} points",
    ("objective", "", "within"): lambda value, values: f"{_percent(value, values)}%",
}

# What stands before and behind a value that a pattern does not name, by family and key; the family
# is empty where it is the same in all.
TAILS: Mapping[tuple[str, str], tuple[str, str]] = {
    ("", "only_where"): (", only where ", ""),
    ("quotas", "only_where"): (", counting only people whose ", ""),
    ("", "any"): (", unless one of the two ", ""),
    ("quotas", "any"): (", where these answers make no group: ", ""),
    ("criteria", "missing"): ("; where an answer is missing, ", ""),
    ("rules", "missing"): ("; where an answer is missing, ", ""),
    ("criteria", "must_have"): ("; ", ""),
    ("criteria", "rarity"): ("; ", ""),
    ("criteria", "ranked"): ("; ", ""),
    ("criteria", "related"): ("; related in part: ", ""),
    ("criteria", "distances"): (", by ", ""),
    ("criteria", "far"): (", worth nothing from ", " apart"),
    ("criteria", "column"): ("; the column is ", ""),
    ("criteria", "file"): (", the file ", ""),
    ("criteria", "rows"): (", with ", ""),
    ("criteria", "view"): ("; this is the view of ", ""),
    ("quotas", "penalty"): ("; it may be missed, at a price of ", " for each one missing"),
    ("quotas", "soft"): ("; ", ""),
    ("objective", "within"): ("; later aims may give up ", " of it"),
}


def _lower(title: str) -> str:
    return title[:1].lower() + title[1:]
