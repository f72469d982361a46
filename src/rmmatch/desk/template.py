"""Empty tables and a scheme with comments: what a coordinator starts from."""

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
# A scheme for rmmatch: what makes a good pair, and which pairs are not allowed.
#
# A line that starts with "#" and a space is an explanation. A line that starts with "#" and no
# space is a setting that is switched off: delete its "#" to switch it on. To switch a setting off,
# put a "#" in front of it. Only the first setting (version) must stay.
#
# A setting that uses a column which your tables do not have stops the run with a message. Add the
# column to your tables, or switch the setting off.

version: 1                  # the version of this file format
name: Our mentoring scheme

# Who is more senior: `reverse` (the mentee), `traditional` (the mentor) or `peer` (neither).
# The gap between grades is the senior person's grade minus the junior person's.
direction: reverse

# The grades from low to high, or a number for each: {ST1: 1, ST2: 2, Consultant: 9}.
# Write your own grades here. If the column `grade` contains numbers, switch this line off.
grades: [FY1, FY2, ST1, ST2, ST3, ST4, ST5, ST6, ST7, ST8, Consultant]

# The length of the rota in weeks, if availability is written by week ("wk1 Mon am").
#cycle_weeks: 2

# Private columns. They are never shown, and only rules and quotas that name one may use it.
#sensitive: [ethnicity]

# Columns kept for equality monitoring only: nothing in the scheme may use them. Never shown.
#monitoring_only: [disability]

# If your table comes from a survey: each question, and the column that it fills.
#columns:
#  "Which goals would you like to work on?": goals

# Who a name means, if rmmatch asks about a name in a list of people (line_manager, declined, …).
# Write the person's id or e-mail address, or `outside` for somebody who does not take part. The
# line `others` says `outside` for all names that match nobody: copy it from rmmatch's message.
#people:
#  "Dr H Marsh": E003
#  "Prof Q": outside
#  others: outside 0a1b2c3d

# How many partners people may have if their cell in the column `capacity` is empty (otherwise 1).
#capacity: {mentors: 2}

# If both tables number people from 1: mentors become M1, M2, … and mentees E1, E2, …
#each_side: true

# What makes a good pair. Each criterion gives a pair a score. How much it counts is its `weight`
# as a share of all weights. Every criterion may also have:
#   name: Shared goals      what results call it, in your own words
#   missing: neutral        what a pair without the data gets: `neutral` (half), `zero`, or
#                           `ignore` (the other criteria count for more)
#   view: both              whose opinion it is: `both`, `mentee` or `mentor`
#   must_have: false        true: a pair that scores zero on it is not allowed
criteria:
  # Goals in common. `measure`: `coverage` (the share of the mentee's goals that the mentor has) or
  # `jaccard` (goals in common as a share of all the goals of the two). `rarity: true`: goals that
  # few mentors have count for more. `ranked: true`: a mentee's first goal counts more than the
  # second, and so on, in the order of the cell. `related`: how close two goals are, from 0 to 1.
  # `column`: the column with the goals.
  - type: goals
    weight: 4
    measure: coverage
    rarity: true
    missing: neutral
    view: both
#    column: goals
#    related: {leadership: {career development: 0.5}}
  # The same speciality. `related` specialities count in part.
  - type: speciality
    weight: 2
#    column: speciality
#    related: {cardiology: {respiratory: 0.4}}
  # Where they work: `prefer` the `same`, a `different` or a `near` place. `near` needs `distances`
  # between places. Pairs at a distance of `far` or more score zero.
  - type: workplace
    weight: 1
    prefer: different
#    column: workplace
#    prefer: near
#    distances: {North Hospital: {South Hospital: 12}}
#    far: 30
  # Free time that both have: with `enough` minutes a week (or rota) a pair gets the full score.
  - {type: availability, weight: 2, enough: 180}
  # The gap between the grades: a gap of `target` gets the full score, `spread` grades away from it
  # scores zero.
  - {type: power_distance, weight: 1, target: 4, spread: 3}
  # Who they would like to be paired with: the column `preferences` of `side` (`both`, `mentee` or
  # `mentor`).
#  - {type: preference, weight: 1, side: both}
  # Any other column. `prefer` the `same` value, a `different` one, an `overlap` between several, or
  # `close` numbers (equal numbers get the full score, numbers `scale` apart score zero).
#  - {type: attribute, column: programme, weight: 0.5, prefer: different}
#  - {type: attribute, column: years, weight: 0.5, prefer: close, scale: 10}
  # Scores that you already have, from 0 to 1: in a `file` with the columns mentee, mentor, score,
  # or here as `rows`.
#  - {type: table, weight: 1, rows: [[E1, M3, 0.8]]}
#  - {type: table, weight: 1, file: scores.csv}

# Which pairs are not allowed. Some rules always apply: nobody is paired with themselves, with
# somebody in their column `declined`, or after they withdrew (column `status`). Every rule may also
# have a `name`: what results call it, in your own words.
rules:
  # Only people who have attended training. `column`: any column with yes or no. `side`: `both`,
  # `mentees` or `mentors`. `values`: what counts as a yes. An empty cell is a no.
  # If you have no column `attended_training`, switch this rule off.
  - {type: eligible, column: attended_training, side: both, values: ["yes"]}
  # The gap between the grades. Here and below, `missing` says what happens to a pair without the
  # data: `forbid` or `allow`. If you have no column `grade`, switch this rule off, and the
  # criterion power_distance above.
  - {type: power_distance, min_gap: 1, max_gap: 10, missing: forbid}
  # No pairs of people who are related in one of these ways, in columns of your tables or in
  # relations.csv. A kind that you have no data for does no harm.
  - {type: relations, forbid: [line_manager, supervisor, tutor, examiner, past_pair, conflict]}
  # Nobody with their manager, their manager's manager, and so on, up to so many levels. If you have
  # no column `line_manager`, switch this rule off.
  - {type: reporting_chain, levels: 3}
  # The free time that both must share, in minutes a week (or rota). If you have no column
  # `availability`, switch this rule off, and the criterion availability above.
  - {type: availability, min_minutes: 60}
  # The lowest score of a pair that is allowed: 0.3 is 30 points out of 100.
#  - {type: minimum_score, at_least: 0.3}
  # Any other column. `relation`: the values must be the `same`, `different`, have an `overlap`, or
  # be numbers `within` a `gap` of each other.
  # `any` lists answers that go with everybody. `only_where` says whom a rule binds: pairs in which
  # one of the two gave this answer, or none; with `side`, only that side's answer counts.
#  - {type: attribute, column: gender, relation: same, any: [No preference]}
#  - {type: attribute, column: faculty, relation: same, only_where: {minds: "yes"}}
  # Any rule or quota may have a `reason`: why it is needed, and who agreed to it. Write one where
  # the column is `sensitive`.
#  - {type: attribute, column: ethnicity, relation: different, reason: "Agreed by … on …"}
#  - {type: attribute, column: department, relation: different}
#  - {type: attribute, column: years, relation: within, gap: 10}
  # Single pairs, each as [mentee, mentor]: `pin` pairs must be made, `forbid` pairs must not.
#  - {type: pairs, pin: [[E1, M3]], forbid: [[E2, M5]]}

# How many people of a group are paired. `side`: `mentors` or `mentees`. The group: one `value` of a
# `column`, or `each: true` for every value. The number: `at_least`, `at_most` or both. Instead of a
# number, `parity`: how far apart the shares of two groups that are paired may be. Or `side: pairs`:
# how many pairs have the same or a different value (`relation`), or a `mentor` and a `mentee` with
# these values. A quota with a `penalty` may be missed, which costs that much score for each person;
# one with `soft: true` may be missed if `quota_shortfall` is in the objective below.
#quotas:
#  - {side: mentors, column: organisation, value: ARC, at_least: 2}
#  - {side: mentees, column: department, each: true, at_most: 5}
#  - {side: mentors, column: organisation, parity: 0.10}
#  - {side: pairs, column: organisation, relation: different, at_least: 3}
#  - {side: pairs, mentor: {organisation: ARC}, mentee: {department: Surgery}, at_least: 1}
#  - {side: mentees, column: department, value: Surgery, at_least: 2, penalty: 0.2}

# People with a number in the column `min_load` must have at least so many partners: always
# (`hard`), or only if they have any (`if_used`).
#min_load: if_used

# What matters most for the whole pairing, in order: the second only decides between pairings that
# are equally good by the first, and so on.
#   participation    as many people as possible have a partner
#   pairs            as many pairs as possible
#   priority         people with a number in the column `priority` come first
#   total            the scores of all pairs together are as high as possible
# There are also `worst_pair` (the lowest score is as high as possible), `leximin`, `rank_profile`,
# `spread` (mentors have similar numbers of mentees), `nash`, `kept_pairs`, `fewest`,
# `quota_shortfall` and `blocking_pairs` (as few people as possible would rather have each other).
# With options, write
# {tier: worst_pair, within: 0.1} (what follows may give up a tenth of it),
# {tier: fewest, kind: past_pair} (as few repeats as possible; after pairs or participation),
# {tier: kept_pairs, kind: past_pair}, {tier: rank_profile, side: mentors, generous: true}.
objective: [participation, pairs, priority, total]

# The meetings of each pair: how many, how long, how many days apart, and between which dates. Each
# list is the least and the most.
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
