"""Empty tables and a scheme that explains itself: what a coordinator starts from."""

from __future__ import annotations

from pathlib import Path

from rmmatch.files.folder import keep_files, staged

__all__ = ["FILES", "write_template"]

_PEOPLE = (
    "id,name,email,grade,goals,speciality,organisation,department,workplace,availability,"
    "capacity,min_load,priority,attended_training,status,preferences,declined,"
    "line_manager,supervisor,tutor,examiner,past_pair,conflict\r\n"
)

_SCHEME = """\
# A scheme for rmmatch: what makes a pair good, and what forbids one.
#
# A line that starts with "#" and a space explains. A line that starts with "#" alone is a setting
# that is switched off: delete its "#" to use it. Every line may be deleted but the first setting.

version: 1                  # of the format of this file
name: Our mentoring scheme

# Who is the senior: `reverse` (the mentee), `traditional` (the mentor) or `peer` (nobody).
# Gaps between grades are measured as senior minus junior.
direction: reverse

# The grades, low to high; or a number for each: {ST1: 1, ST2: 2, Consultant: 9}.
# Without this line the column `grade` holds numbers.
grades: [FY1, FY2, ST1, ST2, ST3, ST4, ST5, ST6, ST7, ST8, Consultant]

# Length of the rota, where availability is written by week ("wk1 Mon am").
#cycle_weeks: 2

# Columns of which nothing is ever shown. Only rules and quotas that name one may use it.
#sensitive: [ethnicity]

# Columns kept for equality monitoring only: nothing in the scheme may use them. Never shown.
#monitoring_only: [disability]

# Survey questions and the columns they are: goals, speciality, grade, or any name of your own.
#columns:
#  "Which goals would you like to work on?": goals

# Whom a name in a list of people (line_manager, declined, …) means, where rmmatch asks: an id, an
# e-mail address, or `outside` for somebody who does not take part. `others` says `outside` of the
# whole list of names that match nobody; write it as rmmatch shows it, with the digest of the list.
#people:
#  "Dr H Marsh": E003
#  "Prof Q": outside
#  others: outside 0a1b2c3d

# How many partners people may have whose cell `capacity` is empty (otherwise 1).
#capacity: {mentors: 2}

# Two exports that each number their answers from 1: the ids become M1, M2, … and E1, E2, …
#each_side: true

# What makes a pair good. Each criterion scores a pair from 0 to 1; its share of the score is its
# `weight` over the sum of the weights. Every one of them may also have
#   missing: neutral        what a pair without the data gets: `neutral` (0.5), `zero`,
#                           or `ignore` (the others count for more)
#   view: both              whose view it belongs to: `both`, `mentee` or `mentor`
#   must_have: false        true forbids a pair that scores 0 on it
criteria:
  # Goals in common. `measure`: `coverage` (the share of the mentee's goals that the mentor has) or
  # `jaccard` (those in common, of all that either has). `rarity: true`: a goal few have counts for
  # more. `related`: how near two goals are to each other, from 0 to 1. `column`: where they stand.
  - type: goals
    weight: 4
    measure: coverage
    rarity: true
    missing: neutral
    view: both
#    column: goals
#    related: {leadership: {career development: 0.5}}
  # The same speciality; `related` ones count in part.
  - type: speciality
    weight: 2
#    column: speciality
#    related: {cardiology: {respiratory: 0.4}}
  # Where they work: `prefer` the `same`, a `different` or a `near` place. `near` needs `distances`
  # between places; at `far` and beyond, a pair scores 0.
  - type: workplace
    weight: 1
    prefer: different
#    column: workplace
#    prefer: near
#    distances: {North Hospital: {South Hospital: 12}}
#    far: 30
  # Shared free time: this many minutes in a cycle are `enough` to score 1.
  - {type: availability, weight: 2, enough: 180}
  # The gap between the grades: `target` scores 1, `spread` grades away from it scores 0.
  - {type: power_distance, weight: 1, target: 4, spread: 3}
  # What they wish: the column `preferences` of `side` (`both`, `mentee` or `mentor`).
#  - {type: preference, weight: 1, side: both}
  # Any other column: `prefer` the `same` value, a `different` one, some `overlap` of several, or
  # `close` numbers (1 where they are equal, 0 from `scale` apart).
#  - {type: attribute, column: programme, weight: 0.5, prefer: different}
#  - {type: attribute, column: years, weight: 0.5, prefer: close, scale: 10}
  # Scores from elsewhere, from 0 to 1: a `file` with the columns mentee, mentor, score, or `rows`.
#  - {type: table, weight: 1, rows: [[E1, M3, 0.8]]}
#  - {type: table, weight: 1, file: scores.csv}

# What forbids a pair. Nobody is paired with themself, with somebody in their column `declined`,
# or after they withdrew (column `status`), whatever stands here.
rules:
  # Only people with a yes in a `column`. `side`: `both`, `mentees` or `mentors`; `values`: what
  # counts as a yes.
#  - {type: eligible, column: attended_training, side: both, values: ["yes"]}
  # The gap between the grades, senior minus junior. Here and below, `missing` is `forbid` or
  # `allow`: what happens to a pair without the data.
  - {type: power_distance, min_gap: 1, max_gap: 10, missing: forbid}
  # People related in one of these ways, in columns of the tables or in relations.csv.
  - {type: relations, forbid: [line_manager, supervisor, tutor, examiner, past_pair, conflict]}
  # A manager, a manager's manager, and so on, through the column `line_manager`.
  - {type: reporting_chain, levels: 3}
  # The least time, in minutes of a cycle, when both are free.
#  - {type: availability, min_minutes: 60}
  # The least score of a pair.
#  - {type: minimum_score, at_least: 0.3}
  # Any other column. `relation`: the values must be the `same`, `different`, `overlap`, or be
  # numbers `within` a `gap`. Any rule or quota may have a `reason`: why it is needed, and who
  # agreed to it. Write one where the column is `sensitive`.
#  - {type: attribute, column: ethnicity, relation: different, reason: "Agreed by … on …"}
#  - {type: attribute, column: department, relation: different}
#  - {type: attribute, column: years, relation: within, gap: 10}
  # Pairs by name, as [mentee, mentor]: those that must be, and those that must not be.
#  - {type: pairs, pin: [[E1, M3]], forbid: [[E2, M5]]}

# How many of a group are paired. `side`: `mentors` or `mentees`; of a `column`, one `value` or
# `each: true`; `at_least`, `at_most` or both. Or `parity`: how far the paired rates of any two
# groups may be apart. Or `side: pairs`: how many pairs of a `relation`, or of a `mentor` and a
# `mentee` with these values. A quota with a `penalty` may be missed, at that score a person; one
# with `soft: true` too, which the tier `quota_shortfall` of the objective counts.
#quotas:
#  - {side: mentors, column: organisation, value: ARC, at_least: 2}
#  - {side: mentees, column: department, each: true, at_most: 5}
#  - {side: mentors, column: organisation, parity: 0.10}
#  - {side: pairs, column: organisation, relation: different, at_least: 3}
#  - {side: pairs, mentor: {organisation: ARC}, mentee: {department: Surgery}, at_least: 1}
#  - {side: mentees, column: department, value: Surgery, at_least: 2, penalty: 0.2}

# Whether people with a number in the column `min_load` must have so many pairs (`hard`), or so many
# unless they have none (`if_used`).
#min_load: if_used

# What the whole pairing is for, the first before the next: `pairs` (as many as possible),
# `priority` (people with a number in that column), `participation` (people with a partner),
# `kept_pairs`, `worst_pair` (its score as high as possible), `leximin`, `rank_profile`, `spread`
# (of the mentors' loads), `nash`, `blocking_pairs` (as few as possible who would rather have each
# other), `total` (the sum of the scores). With options a tier is a mapping:
# {tier: worst_pair, within: 0.1} (later tiers may give up a tenth of it),
# {tier: kept_pairs, kind: past_pair}, {tier: rank_profile, side: mentors, generous: true}.
objective: [pairs, total]

# The meetings of each pair: how many, how long, how far apart (least and most), from when to when.
#meetings:
#  count: [4, 6]
#  minutes: 60
#  every_days: [28, 42]
#  start: 2026-01-12
#  end: 2026-07-12
#  holidays: GB-ENG
"""

FILES = {
    "mentors.csv": _PEOPLE,
    "mentees.csv": _PEOPLE,
    "relations.csv": "mentor,mentee,kind\r\n",
    "scheme.yaml": _SCHEME,
}


def write_template(folder: Path) -> tuple[str, ...]:
    """Write tables with a header and nothing else, and a commented scheme.

    Parameters
    ----------
    folder : Path
        Is made where it does not exist.

    Returns
    -------
    tuple of str
        Names of the files written.

    Raises
    ------
    ProblemsError
        A file of such a name is there already, or the folder cannot be written.
    """
    keep_files(folder, FILES)
    with staged(folder) as new:
        for name, text in FILES.items():
            (new / name).write_text(text, encoding="utf-8", newline="")
    return tuple(FILES)
