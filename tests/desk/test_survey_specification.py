"""What real survey exports look like, and the test that shows what becomes of each habit.

Always, without a form:

ids, names and words in another case, quotes, dashes, Unicode form
    cohort/test_people_as_written.py::test_the_pairing_is_that_of_the_ids_or_is_refused
    cohort/test_relations_reading.py::test_spellings_with_one_fold_are_one_id
    cohort/test_people_cases.py::test_ids_that_differ_by_case_alone_are_one_person_on_two_sides_and_a_problem_on_one
    desk/test_survey_specification.py::test_values_in_another_writing_are_one_value_and_stay_as_written
people by e-mail or name; slips; names that lead to nobody; outsiders confirmed at once
    cohort/test_people_cases.py::test_who_is_meant
    cohort/test_people_cases.py::test_what_leads_to_nobody_for_sure_is_refused_with_the_line_to_write
    cohort/test_people_cases.py::test_two_people_of_one_name_are_not_guessed_between
    cohort/test_people_cases.py::test_a_list_of_outsiders_is_confirmed_at_once_and_asked_again_when_it_changes
    cohort/test_people_cases.py::test_wishes_for_people_who_do_not_take_part_are_no_problem_but_near_misses_are
    cohort/test_people_cases.py::test_an_email_is_that_of_one_person_with_one_id
    cohort/test_relations_reading.py::test_ids_that_look_like_a_slip_are_refused_with_whom_they_may_mean
    cohort/test_relations_reading.py::test_a_plain_id_of_nobody_is_outside_and_refuses_nothing
    cli/test_people_by_name.py::test_every_option_that_takes_people_takes_names
lists of people with commas, line breaks, "and"
    desk/test_survey_specification.py::test_lists_of_people_in_one_cell
"no", "none", "not applicable", "nobody"
    desk/test_survey_specification.py::test_words_for_nobody_are_an_empty_list
several answers in one cell
    scheme/test_lists_with_commas.py::test_every_separator_gives_the_same_answers
    scheme/test_lists_with_commas.py::test_a_part_that_stands_alone_is_evidence
    scheme/test_lists_with_commas.py::test_choices_with_commas_in_their_brackets_are_to_be_listed
    scheme/test_lists_with_commas.py::test_only_lists_that_the_scheme_reads_are_asked_about
two forms that number their answers 1, 2, 3
    cohort/test_people_cases.py::test_two_forms_that_number_their_answers_are_refused
    cohort/test_people_cases.py::test_each_side_may_be_numbered_for_itself
    cohort/test_people_cases.py::test_the_email_may_be_the_id_and_wins_over_a_column_headed_id
    cohort/test_people_cases.py::test_one_form_for_both_roles_is_one_person
one e-mail twice on a side; one name with two e-mails
    cohort/test_people_cases.py::test_two_people_with_one_email_are_a_problem_though_there_are_no_others
    cohort/test_form_reading.py::test_one_address_is_one_person_though_a_form_numbers_its_answers
    desk/test_survey_specification.py::test_one_name_with_two_addresses_is_noted
"No preference"
    scheme/test_answers.py::test_no_preference_is_asked_about_and_then_allows
    scheme/test_answers.py::test_a_criterion_matters_only_where_somebody_cares
    scheme/test_answers.py::test_quotas_leave_these_people_out
a wish that binds only who has it
    scheme/test_answers.py::test_a_wish_binds_only_who_has_it
    scheme/test_answers.py::test_a_blank_binds_unless_missing_data_is_allowed
    scheme/test_answers.py::test_every_measured_rule_may_have_a_condition
further header rows; totals
    cohort/test_survey_layouts.py::test_the_two_further_header_rows_of_qualtrics_are_passed
    cohort/test_survey_layouts.py::test_columns_of_qualtrics_are_not_ours_without_its_further_rows_either
    cohort/test_survey_layouts.py::test_totals_at_the_bottom_are_passed_with_a_note
one header twice
    cohort/test_survey_layouts.py::test_a_header_that_stands_twice_matters_only_where_it_is_read
several columns for one list
    cohort/test_survey_layouts.py::test_columns_of_one_list_are_joined_in_order
    cohort/test_survey_layouts.py::test_columns_of_days_are_joined_with_their_days
a sheet "Read me", a title above the headers
    cohort/test_survey_layouts.py::test_the_only_sheet_that_fits_is_read
    cohort/test_survey_layouts.py::test_headers_below_a_title_are_found_and_rows_keep_their_numbers
    cohort/test_survey_layouts.py::test_where_several_sheets_fit_they_are_named
times as people write them
    calendars/test_availability_text.py::test_the_documented_forms
    cohort/test_survey_cases.py::test_availability_as_people_write_it
Yes, No, On, Off as answers
    scheme/test_answers.py::test_yes_and_no_stay_text_where_text_is_meant
    scheme/test_answers.py::test_a_yes_no_key_takes_any_yes_and_no
places far too few
    matching/test_second_partners.py::test_places_are_far_too_few
    cohort/test_people_cases.py::test_the_capacity_of_a_side_holds_where_the_cell_is_empty
two partners for one, none for another
    solving/test_default_objective.py::test_a_second_partner_does_not_come_before_somebody_without_one
    matching/test_second_partners.py::test_somebody_has_two_partners_and_a_suitable_applicant_has_none
one list given as both sides
    cohort/test_one_group.py::test_a_file_given_twice_is_refused_with_what_to_do
repeats, as few as possible
    solving/test_fewest.py::test_somebody_who_has_met_everybody_is_paired_once_more
    solving/test_fewest.py::test_more_pairs_than_can_be_held_at_once_are_refused
ranked wishes
    scoring/test_ranked_goals.py::test_the_first_wish_counts_more_than_the_others
many goals in free text
    scoring/test_free_text.py::test_memory_is_in_proportion_to_what_is_written
    cohort/test_reading_problems.py::test_more_answers_than_a_cell_may_hold_are_a_problem_of_that_cell
sheets and cells that claim gigabytes
    files/test_bad_workbooks.py::test_a_stray_cell_is_named_however_it_is_written
    files/test_bad_workbooks.py::test_a_cell_of_many_megabytes_is_named
answers in words
    cohort/test_survey_layouts.py::test_answers_in_words_are_told_once_with_the_line_that_settles_them
"anonymous" for all
    cohort/test_survey_layouts.py::test_a_name_or_address_of_everybody_is_not_used
    cohort/test_people_cases.py::test_an_email_that_everybody_has_is_no_identity
names of criteria and rules
    scheme/test_author_names.py::test_names_are_shown_instead_of_what_a_rule_does

By a form:

any of these habits at once: the export is the cohort again
    cohort/test_form_theorem.py::test_an_export_in_any_habit_read_by_its_form_is_the_cohort
each key that the export contradicts; the form of another export
    cohort/test_form_contradictions.py::test_a_key_that_the_export_contradicts_is_one_problem
    cohort/test_form_contradictions.py::test_the_form_of_another_export_says_each_field_once
keys, comments and round trips of the file
    cohort/test_form_files.py::test_a_form_comes_back_as_it_was_written
    cohort/test_form_files.py::test_what_is_wrong_with_a_form_is_said_with_its_line

Habits of survey tools and of people:

Microsoft: its columns first, a semicolon at the end, a hidden sheet, a 2 behind a question
    desk/test_survey_specification.py::test_an_export_of_microsoft_forms
    cohort/test_survey_layouts.py::test_a_hidden_sheet_is_passed_over
    cohort/test_survey_layouts.py::test_line_breaks_and_hard_spaces_in_headers_do_not_matter
the account that filled in the form
    cohort/test_survey_layouts.py::test_the_address_of_whoever_fills_in_the_form_is_not_used
    desk/survey/test_propose_form.py::test_an_account_that_filled_in_all_answers_is_nobodys_identity
Google: a timestamp, grids, boxes with commas inside choices
    desk/test_survey_specification.py::test_an_export_of_google_forms
    desk/test_survey_separators.py::test_choices_with_commas_are_recovered_where_each_stands_alone
Qualtrics
    cohort/test_survey_layouts.py::test_questions_of_qualtrics_are_beside_the_headers
REDCap: a 0 or 1 a box
    cohort/test_form_reading.py::test_boxes_are_a_list_in_the_order_of_the_form
    desk/survey/test_propose_form.py::test_boxes_of_redcap_are_asked_for_and_labelled_ones_are_read
Jisc
    desk/test_survey_specification.py::test_an_export_of_jisc
SurveyMonkey: choices over columns
    cohort/test_survey_layouts.py::test_choices_over_columns_of_surveymonkey_get_their_question
capacity in words
    cohort/test_form_reading.py::test_words_for_numbers
    cohort/test_survey_cases.py::test_capacity_in_words_is_refused_once_with_the_line_of_the_form
one form for both roles, with Both
    cohort/test_form_reading.py::test_who_is_both_is_on_both_sides_and_one_person
rank grids
    cohort/test_form_reading.py::test_ranks_are_a_list_in_the_order_of_the_ranks
columns of agreement, named by site
    desk/test_survey_specification.py::test_columns_of_agreement_are_columns_of_their_own
a row an answer
    cohort/test_form_reading.py::test_rows_of_one_person_are_joined
rows longer than the header
    cohort/test_survey_layouts.py::test_rows_that_are_too_long_are_told_once
a lonely quotation mark
    cohort/test_survey_layouts.py::test_a_lonely_quotation_mark_is_read_where_its_row_is_whole
    cohort/test_survey_layouts.py::test_a_lonely_quotation_mark_that_leaves_a_row_unclear_is_refused
names with a semicolon
    desk/test_survey_specification.py::test_a_name_with_a_semicolon_is_one_person
a grade that became a date
    cohort/test_survey_layouts.py::test_a_date_that_excel_made_of_an_answer_is_a_problem
questions about private matters
    desk/survey/test_propose_form.py::test_private_answers_are_nowhere_in_the_form
"""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import rmmatch as rm
from rmmatch.errors import SchemeError

TESTS = Path(__file__).parents[1]
PROTECT = "rules: [{type: relations, forbid: [line_manager]}]\nobjective: [pairs]\n"


def test_each_habit_has_a_test_that_is_there() -> None:
    entries = [line.strip() for line in (__doc__ or "").splitlines() if ".py::" in line]
    assert len(entries) == len(set(entries)) > 70
    missing = [
        entry
        for file, name in (entry.split("::") for entry in entries)
        for entry in [f"{file}::{name}"]
        if not re.search(rf"^def {name}\(", (TESTS / file).read_text(encoding="utf-8"), re.M)
    ]
    assert missing == []
    # and no habit is without one
    text = re.sub(r"^(    \S+::\S+)$", "    -", __doc__ or "", flags=re.M)
    habits = text.split("Always, without a form:\n")[1]
    lines = [line for line in habits.splitlines() if line and not line.endswith(":")]
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        assert line.startswith(" ") or following == "    -", line


def read(folder: Path, mentors: str, mentees: str, scheme: str = "", **keys: Any) -> rm.Cohort:
    (folder / "mentors.csv").write_text(mentors, encoding="utf-8")
    (folder / "mentees.csv").write_text(mentees, encoding="utf-8")
    policy = rm.Scheme.from_text(f"version: 1\n{scheme}")
    tables = folder / "mentors.csv", folder / "mentees.csv"
    return rm.read_cohort(*tables, scheme=policy, **keys)


# --- always -------------------------------------------------------------------------------------


def test_values_in_another_writing_are_one_value_and_stay_as_written(tmp_path: Path) -> None:
    written = "ST  ALDHELM'S u\u0308nit \u2013 B"
    scheme = "criteria: [{type: workplace, prefer: same}]\n"
    cohort = read(
        tmp_path,
        "id,workplace\nm1,St Aldhelm\u2019s \u00fcnit - B\nm2,North\n",
        f"id,workplace\ne1,{written}\n",
        scheme,
    )
    result = rm.match(cohort, rm.Scheme.from_text(f"version: 1\n{scheme}"))
    assert list(result.made) == [("e1", "m1")]
    assert float(result.pairs["score"].iloc[0]) == 1
    assert cohort.mentees.column("workplace").tolist() == [written]


@pytest.mark.parametrize(
    ("cell", "people"),
    [
        ("Marsh, Helen", {"m1"}),
        ("m2, m1", {"m1", "m2"}),
        ("Helen Marsh and Bo Ek", {"m1", "m2"}),
        ("Helen Marsh\nBo Ek", {"m1", "m2"}),
        ("Helen Marsh, Bo Ek and Di Fox", {"m1", "m2", "m3"}),
        ("Dr Helen Marsh; BO EK", {"m1", "m2"}),
        ("h.marsh@x.example, Bo Ek", {"m1", "m2"}),
    ],
)
def test_lists_of_people_in_one_cell(tmp_path: Path, cell: str, people: set[str]) -> None:
    mentors = "id,name,email\nm1,Helen Marsh,h.marsh@x.example\nm2,Bo Ek,b@x.example\n"
    mentors += "m3,Di Fox,d@x.example\nm4,Lu Roy,l@x.example\n"
    cohort = read(tmp_path, mentors, f'id,line_manager\ne1,"{cell}"\n', PROTECT)
    assert cohort.doubts == ()
    mentors_of = cohort.relation("line_manager").mentors
    assert {cohort.mentors.ids[place] for place in mentors_of.tolist()} == people
    # where a part is nobody, nothing is split and nobody is paired
    policy = rm.Scheme.from_text(f"version: 1\n{PROTECT}")
    unclear = read(tmp_path, mentors, f'id,line_manager\ne1,"{cell}, m1x"\n', PROTECT)
    with pytest.raises(SchemeError):
        rm.match(unclear, policy)


@pytest.mark.parametrize("word", ["no", "None", "N/A", "not applicable", "Nobody", "-"])
def test_words_for_nobody_are_an_empty_list(tmp_path: Path, word: str) -> None:
    mentees = f"id,line_manager,declined\ne1,{word},{word}\n"
    cohort = read(tmp_path, "id,name\nm1,Helen Marsh\n", mentees, PROTECT)
    assert cohort.doubts == ()
    assert list(rm.match(cohort, rm.Scheme.from_text(f"version: 1\n{PROTECT}")).made)


def test_one_name_with_two_addresses_is_noted(tmp_path: Path) -> None:
    mentors = "id,name,email\nm1,Jo Fox,a@x.example\nm2,Jo Fox,b@x.example\nm3,Al Ek,c@x.example\n"
    cohort = read(tmp_path, mentors, "id\ne1\n")
    (note,) = [note for note in cohort.notes if "same full name" in note]
    assert note.startswith("mentors: 1 person")
    assert cohort.n_mentors == 3


# --- survey tools -------------------------------------------------------------------------------


def test_an_export_of_microsoft_forms(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    hidden = book.create_sheet("_56F9DC9755BA473782653E2940F9", 0)
    hidden.append(["FormId", "role", "id"])
    hidden.sheet_state = "hidden"
    sheet = book["Sheet"]
    own = ["ID", "Start time", "Completion time", "Email", "Name", "Last modified time"]
    questions = ["I want to be", "What are\nyour goals?\xa0", "Grade?", "Grade?2"]
    sheet.append([*own, *questions])
    time = datetime.datetime(2026, 11, 5, 8, 31)
    people = [
        ("Ann Lee", "Mentor", "Data, AI;Talks;", "ST3", None),
        ("Bo Ek", "Mentee", "Talks;", None, "FY1"),
        ("Cy Fox", "Both", "Data, AI;", None, "FY2"),
    ]
    for number, (name, *answers) in enumerate(people, start=1):
        address = f"{name.split()[0].lower()}@x.example"
        sheet.append([number, time, time, address, name, None, *answers])
    book.save(tmp_path / "export.xlsx")
    form = rm.Form.from_text("""
version: 1
fields:
  id: Email
  name: Name
  role: {from: I want to be, answers: {Mentor: mentor, Mentee: mentee, Both: both}}
  goals: What are your goals?
  grade: [Grade?, Grade?2]
ignore: [ID, Start time, Completion time, Last modified time]
""")
    cohort = rm.read_cohort(tmp_path / "export.xlsx", form=form)
    assert cohort.mentors.ids == ("ann@x.example", "cy@x.example")
    assert cohort.mentees.ids == ("bo@x.example", "cy@x.example")
    assert cohort.mentors.column("goals").tolist() == ["Data, AI; Talks", "Data, AI"]
    assert cohort.mentees.column("grade").tolist() == ["FY1", "FY2"]
    assert cohort.notes == ()
    result = rm.match(cohort, rm.Scheme.from_dict({"criteria": [{"type": "goals"}]}))
    assert all(mentee != mentor for mentee, mentor in result.made)


def test_an_export_of_google_forms(tmp_path: Path) -> None:
    (tmp_path / "export.csv").write_text(
        "Timestamp,Email Address,I am a,Goals,Free? [Monday],Free? [Tuesday]\n"
        '1/2/2026 10:00:00,a@x.example,Mentor,"Data, Writing (a, b)",Morning,"Morning, Evening"\n'
        "1/2/2026 10:05:00,b@x.example,Mentee,Data,Morning,\n",
        encoding="utf-8",
    )
    form = rm.Form.from_text("""
version: 1
fields:
  id: Email Address
  role: I am a
  goals: {from: Goals, separator: ",", choices: [Data, "Writing (a, b)"]}
  availability:
    grid: "Free? [{day}]"
    cells: times
    answers: {Morning: "09:00-12:30", Evening: "17:00-20:00"}
ignore: [Timestamp]
""")
    cohort = rm.read_cohort(tmp_path / "export.csv", form=form)
    assert cohort.mentors.column("goals").tolist() == ["Data; Writing (a, b)"]
    slots = cohort.mentors.calendars[0]
    assert [(slot.day, slot.start) for slot in slots] == [(0, 540), (1, 540), (1, 1020)]
    assert len(cohort.mentees.calendars[0]) == 1


def test_an_export_of_jisc(tmp_path: Path) -> None:
    mentors = "Unique Response Number,1. Your name,2. Which goals?\n"
    mentors += "111-222-333,Ann,Data\n111-222-334,Bo,Talks\n"
    columns = "columns: {Unique Response Number: id, 2. Which goals?: goals}\n"
    scheme = columns + "criteria: [{type: goals}]\n"
    cohort = read(tmp_path, mentors, "id,goals\ne1,Talks\n", scheme)
    result = rm.match(cohort, rm.Scheme.from_text(f"version: 1\n{scheme}"))
    assert list(result.made) == [("e1", "111-222-334")]
    form = rm.propose_form(tmp_path / "mentors.csv")
    assert form.fields["id"].headers == ("Unique Response Number",)


# --- people -------------------------------------------------------------------------------------


def test_columns_of_agreement_are_columns_of_their_own(tmp_path: Path) -> None:
    """Of "Would you go to [site]?", a column each, none is anybody's workplace."""
    header = "id,Horsham (Main),Malvern (North)"
    mentors = f"{header}\nm1,Definitely yes,No\nm2,No,Definitely yes\nm3,No,Not my first\n"
    mentees = f"{header}\ne1,No,Definitely yes\ne2,Definitely yes,No\n"
    scheme = "criteria:\n" + "".join(
        f'  - {{type: attribute, column: "{site}", prefer: same, weight: 1}}\n'
        for site in header.split(",")[1:]
    )
    cohort = read(tmp_path, mentors, mentees, scheme)
    result = rm.match(cohort, rm.Scheme.from_text(f"version: 1\n{scheme}"))
    assert set(result.made) == {("e1", "m2"), ("e2", "m1")}
    form = rm.propose_form(tmp_path / "mentors.csv", tmp_path / "mentees.csv")
    assert "workplace" not in form.fields
    assert "workplace" not in set(form.questions["about"])


def test_a_name_with_a_semicolon_is_one_person(tmp_path: Path) -> None:
    mentors = 'id,name\nm1,"Ek; Bo"\nm2,Al Lo\n'
    cohort = read(tmp_path, mentors, "id,declined\ne1,Ek; Bo\n")
    assert cohort.doubts == ()
    scheme = rm.Scheme.from_dict({"objective": ["pairs"]})
    assert list(rm.match(cohort, scheme).made) == [("e1", "m2")]
