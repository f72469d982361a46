"""What a score and a forbidden pair mean, one pair at a time, in plain Python on the raw cells.

Written from the documentation and not from the code: no array, no block, nothing prepared.
"""

from __future__ import annotations

import math
import re
from typing import Any

import rmmatch as rm
from helpers.strategies import Cells, People

MILLION = 1_000_000
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SPANS = {"am": (540, 750), "pm": (810, 1020), "": (540, 1020)}


def clean(cell: str | None) -> str | None:
    if cell is None or cell.strip().lower() in ("", "na", "n/a", "-"):
        return None
    return cell.strip()


def same_words(text: str) -> str:
    return " ".join(text.split()).casefold()


def values(cell: str | None) -> list[str]:
    """Return the several values of a cell in order, each once."""
    if clean(cell) is None:
        return []
    parts = re.split(r"[;|•\n\r]", cell)
    return list(dict.fromkeys(same_words(part) for part in parts if part.strip()))


def answers_of(cell: str | None) -> set[str]:
    """Return what an answer may be listed as: whole or in parts, and any yes or no as such."""
    written = {same_words(cell or ""), *values(cell)}
    for meaning, words in (("yes", ("y", "true", "1")), ("no", ("n", "false", "0"))):
        if written & set(words):
            written.add(meaning)
    return written


def ids(cell: str | None) -> list[str]:
    if clean(cell) is None:
        return []
    return list(dict.fromkeys(part.strip() for part in cell.split(";") if part.strip()))


def minutes(cell: str, cycle_weeks: int) -> set[tuple[int, int, int]]:
    """Return every free (week, day, minute) of a cycle."""
    free = set()
    for entry in filter(str.strip, cell.split(";")):
        week, days, span = re.fullmatch(r"(?:wk(\d) )?(\w+) ?(.*)", entry.strip().lower()).groups()
        if "-" in span:
            start, end = (int(t[:2]) * 60 + int(t[3:]) for t in span.split("-"))
        else:
            start, end = SPANS[span]
        for number in range(1, cycle_weeks + 1) if week is None else [int(week)]:
            for day in range(5) if days == "weekdays" else [DAYS.index(days)]:
                free |= {(number, day, minute) for minute in range(start, end)}
    return free


def degree(table: dict[str, dict[str, float]], a: str, b: str) -> float:
    """Return how far two words are related; the larger of two degrees counts."""
    if a == b:
        return 1.0
    found = [
        value
        for word, others in table.items()
        for other, value in others.items()
        if {same_words(word), same_words(other)} == {a, b}
    ]
    return max(found, default=0.0)


class Reference:
    """The meaning of a scheme for people given as raw tables."""

    def __init__(self, people: People, scheme: rm.Scheme) -> None:
        self.people = people
        self.scheme = scheme.model_dump()
        self.mentees = {cells["id"]: cells for cells in people.mentees}
        self.mentors = {cells["id"]: cells for cells in people.mentors}

    # --- the score -------------------------------------------------------------------------

    def raw(self, e: str, m: str) -> list[float | None]:
        """Return each criterion's score in [0, 1]; None where data is missing."""
        return [
            getattr(self, "_" + criterion["type"])(criterion, self.mentees[e], self.mentors[m])
            for criterion in self.scheme["criteria"]
        ]

    def weighed(self, e: str, m: str) -> tuple[list[int], int, int]:
        """Return the contributions, the mentee's view and the mentor's view, in millionths."""
        raw = self.raw(e, m)
        if all(criterion["view"] == "both" for criterion in self.scheme["criteria"]):
            parts = self._parts(raw, "both", MILLION)
            return parts, sum(parts), sum(parts)
        halves = [self._parts(raw, view, MILLION // 2) for view in ("mentee", "mentor")]
        contributions = [a + b for a, b in zip(*halves, strict=True)]
        return contributions, 2 * sum(halves[0]), 2 * sum(halves[1])

    def _parts(self, raw: list[float | None], view: str, unit: int) -> list[int]:
        seen = [c["view"] in ("both", view) for c in self.scheme["criteria"]]
        everybody = zip(self.scheme["criteria"], raw, seen, strict=True)
        used = [
            is_seen and not (score is None and criterion["missing"] == "ignore")
            for criterion, score, is_seen in everybody
        ]
        nothing_known = not any(used)
        counted = seen if nothing_known else used
        weights = [c["weight"] for c in self.scheme["criteria"]]
        total = 0.0
        for weight, counts in zip(weights, counted, strict=True):
            total += weight if counts else 0.0
        parts = []
        for criterion, score, counts in zip(self.scheme["criteria"], raw, counted, strict=True):
            if not counts:
                parts.append(0)
                continue
            if score is None:
                score = 0.0 if criterion["missing"] == "zero" else 0.5
            parts.append(round(unit * criterion["weight"] / total * score))
        return parts

    def score(self, e: str, m: str) -> int:
        """Return the score, -1 where the pair is forbidden."""
        return -1 if self.forbidden_by(e, m) >= 0 else sum(self.weighed(e, m)[0])

    # --- criteria --------------------------------------------------------------------------

    def _goals(self, c: dict[str, Any], e: Cells, m: Cells) -> float | None:
        wanted, offered = values(e[c["column"]]), values(m[c["column"]])
        if not wanted or not offered:
            return None

        def met(goal: str, person: list[str]) -> int:
            return max(round(1000 * degree(c["related"], goal, own)) for own in person)

        def weight(goal: str) -> int:
            if not c["ranked"]:
                return rarity(goal)
            place = wanted.index(goal)
            share = 1 / (place + 1)
            if c["ranked"] is not True:
                share = c["ranked"][min(place, len(c["ranked"]) - 1)] / c["ranked"][0]
            share = max(1, round(1000 * share))
            return max(1, round(share * rarity(goal) / 1000)) if c["rarity"] else share

        def rarity(goal: str) -> int:
            if not c["rarity"]:
                return 1000
            stated = [goals for row in self.people.mentors if (goals := values(row[c["column"]]))]
            serving = sum(met(goal, goals) > 0 for goals in stated)
            return round(1000 * (1 + math.log((1 + len(stated)) / (1 + serving))))

        there = sum(weight(goal) * met(goal, offered) for goal in wanted)
        asked = sum(1000 * weight(goal) for goal in wanted)
        if c["measure"] == "coverage":
            return there / asked
        back = sum(weight(goal) * met(goal, wanted) for goal in offered)
        stated = asked + sum(1000 * weight(goal) for goal in offered)
        return (there + back) / (2 * stated - there - back)

    def _speciality(self, c: dict[str, Any], e: Cells, m: Cells) -> float | None:
        degrees = [
            degree(c["related"], a, b)
            for a in values(e[c["column"]])
            for b in values(m[c["column"]])
        ]
        return max(degrees, default=None)

    def _workplace(self, c: dict[str, Any], e: Cells, m: Cells) -> float | None:
        places = [clean(cells[c["column"]]) for cells in (e, m)]
        if None in places:
            return None
        a, b = map(same_words, places)
        if c["prefer"] != "near":
            return float((a == b) == (c["prefer"] == "same"))
        if a == b:
            return 1.0
        apart = [
            distance
            for place, others in c["distances"].items()
            for other, distance in others.items()
            if {same_words(place), same_words(other)} == {a, b}
        ]
        largest = max(d for others in c["distances"].values() for d in others.values())
        far = c["far"] or largest
        return max(0.0, 1.0 - min(apart) / far) if apart else None

    def _shared(self, e: Cells, m: Cells) -> int | None:
        cells = e["availability"], m["availability"]
        if clean(cells[0]) is None or clean(cells[1]) is None:
            return None
        weeks = self.scheme["cycle_weeks"]
        return len(minutes(cells[0], weeks) & minutes(cells[1], weeks))

    def _availability(self, c: dict[str, Any], e: Cells, m: Cells) -> float | None:
        shared = self._shared(e, m)
        return None if shared is None else min(1.0, shared / c["enough"])

    def _gap(self, e: Cells, m: Cells) -> float | None:
        levels = []
        for cells in (e, m):
            label, scale = clean(cells["grade"]), self.scheme["grades"]
            if label is None:
                return None
            if scale is None:
                levels.append(float(label))
            elif isinstance(scale, dict):
                levels += [v for k, v in scale.items() if same_words(k) == same_words(label)]
            else:
                levels.append([same_words(name) for name in scale].index(same_words(label)))
        mentee, mentor = levels
        signed = {"reverse": mentee - mentor, "traditional": mentor - mentee}
        return float(signed.get(self.scheme["direction"], abs(mentee - mentor)))

    def _power_distance(self, c: dict[str, Any], e: Cells, m: Cells) -> float | None:
        gap = self._gap(e, m)
        return None if gap is None else max(0.0, 1.0 - abs(gap - c["target"]) / c["spread"])

    def _preference(self, c: dict[str, Any], e: Cells, m: Cells) -> float | None:
        scores = []
        for role, one, other, others in (
            ("mentee", e, m, self.mentors),
            ("mentor", m, e, self.mentees),
        ):
            listed = [id_ for id_ in ids(one["preferences"]) if id_ in others]
            if c["side"] in (role, "both") and listed:
                place = listed.index(other["id"]) if other["id"] in listed else len(listed)
                scores.append(1 - place / len(listed))
        return sum(scores) / len(scores) if scores else None

    def _exempt(self, d: dict[str, Any], e: Cells, m: Cells, *, blank_binds: bool) -> bool:
        """Whether `any` or `only_where` takes a pair out of a rule or criterion."""
        several = "overlap" in (d.get("relation"), d.get("prefer"))
        if d.get("any"):
            no_matter = set(map(same_words, d["any"]))
            for person in (e, m):
                cell = clean(person[d["column"]])
                written = {same_words(cell or "")} | (set(values(cell)) if several else set())
                if cell is not None and written & no_matter:
                    return True
        if not d.get("only_where"):
            return False
        whose = {"both": (e, m), "mentees": (e,), "mentors": (m,)}[d.get("side", "both")]

        def is_bound(person: Cells) -> bool:
            for column, listed in d["only_where"].items():
                cell = clean(person[column])
                if cell is None and not blank_binds:
                    return False
                wanted = set().union(*map(answers_of, listed))
                if cell is not None and not answers_of(cell) & wanted:
                    return False
            return True

        return not any(map(is_bound, whose))

    def _attribute(self, c: dict[str, Any], e: Cells, m: Cells) -> float | None:
        if self._exempt(c, e, m, blank_binds=c["missing"] != "ignore"):
            return 1.0
        cells = [clean(cells[c["column"]]) for cells in (e, m)]
        if None in cells:
            return None
        if c["prefer"] == "close":
            return max(0.0, 1.0 - abs(float(cells[0]) - float(cells[1])) / c["scale"])
        if c["prefer"] == "overlap":
            a, b = (set(values(cell)) for cell in cells)
            return len(a & b) / len(a | b)
        alike = same_words(cells[0]) == same_words(cells[1])
        return float(alike == (c["prefer"] == "same"))

    def _table(self, c: dict[str, Any], e: Cells, m: Cells) -> float | None:
        return {(a, b): score for a, b, score in c["rows"]}.get((e["id"], m["id"]))

    # --- rules -----------------------------------------------------------------------------

    def forbidden_by(self, e: str, m: str) -> int:
        """Return the first rule that forbids a pair, else -1; four rules always come first."""
        verdicts = [
            e == m,
            self._rule_not_withdrawn({}, e, m),
            self._related(e, m, "declined"),
            self._related(e, m, "forbidden"),
            *(getattr(self, "_rule_" + r["type"])(r, e, m) for r in self.scheme["rules"]),
        ]
        return verdicts.index(True) if True in verdicts else -1

    def _related(self, e: str, m: str, kind: str) -> bool:
        if (m, e, kind) in self.people.relations:
            return True
        return any(
            {one["id"], other} == {e, m}
            for side in (self.people.mentees, self.people.mentors)
            for one in side
            for other in ids(one.get(kind))
        )

    def _rule_not_oneself(self, r: dict[str, Any], e: str, m: str) -> bool:
        return e == m

    def _rule_not_withdrawn(self, r: dict[str, Any], e: str, m: str) -> bool:
        return "withdrawn" in (self.mentees[e]["status"], self.mentors[m]["status"])

    def _rule_relations(self, r: dict[str, Any], e: str, m: str) -> bool:
        return any(self._related(e, m, kind) for kind in r["forbid"])

    def _managers(self, person: str) -> set[str]:
        return {
            manager
            for side in (self.mentees, self.mentors)
            if person in side
            for manager in ids(side[person]["line_manager"])
        }

    def _rule_reporting_chain(self, r: dict[str, Any], e: str, m: str) -> bool:
        for below, above in ((e, m), (m, e)):
            reached = {below}
            for _ in range(r["levels"]):
                reached = {manager for person in reached for manager in self._managers(person)}
                if above in reached and above != below:
                    return True
        return (m, e, "line_manager") in self.people.relations

    def _rule_eligible(self, r: dict[str, Any], e: str, m: str) -> bool:
        bound = ("mentees", "mentors") if r["side"] == "both" else (r["side"],)
        people = {"mentees": self.mentees[e], "mentors": self.mentors[m]}
        accepted = [same_words(value) for value in r["values"]]
        cells = [people[side].get(r["column"]) for side in bound]
        return any(same_words(clean(cell) or "") not in accepted for cell in cells)

    def _freed(self, r: dict[str, Any], e: str, m: str) -> bool:
        blank_binds = r["missing"] == "forbid"
        return self._exempt(r, self.mentees[e], self.mentors[m], blank_binds=blank_binds)

    def _rule_power_distance(self, r: dict[str, Any], e: str, m: str) -> bool:
        gap = self._gap(self.mentees[e], self.mentors[m])
        if self._freed(r, e, m):
            return False
        if gap is None:
            return r["missing"] == "forbid"
        low, high = r["min_gap"], r["max_gap"]
        return (low is not None and gap < low) or (high is not None and gap > high)

    def _rule_availability(self, r: dict[str, Any], e: str, m: str) -> bool:
        shared = self._shared(self.mentees[e], self.mentors[m])
        if self._freed(r, e, m):
            return False
        return r["missing"] == "forbid" if shared is None else shared < r["min_minutes"]

    def _rule_minimum_score(self, r: dict[str, Any], e: str, m: str) -> bool:
        return sum(self.weighed(e, m)[0]) < round(MILLION * r["at_least"])

    def _rule_attribute(self, r: dict[str, Any], e: str, m: str) -> bool:
        if self._freed(r, e, m):
            return False
        cells = [clean(person[r["column"]]) for person in (self.mentees[e], self.mentors[m])]
        if None in cells:
            return r["missing"] == "forbid"
        if r["relation"] == "within":
            return abs(float(cells[0]) - float(cells[1])) > r["gap"]
        if r["relation"] == "overlap":
            return not set(values(cells[0])) & set(values(cells[1]))
        return (same_words(cells[0]) == same_words(cells[1])) != (r["relation"] == "same")

    def _rule_pairs(self, r: dict[str, Any], e: str, m: str) -> bool:
        return (e, m) in r["forbid"]
