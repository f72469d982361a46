"""Exports in the habits of survey tools, read by their forms; exports that contradict a form."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import rmmatch as rm
from rmmatch.cohort import format_availability
from rmmatch.cohort.forms.tables import FormedTables, formed_tables
from rmmatch.errors import CohortError, SchemeError

BOTH = {"Mentor": "mentor", "Mentee": "mentee", "Both": "both"}


def table(text: str) -> list[dict[str, str]]:
    """A table, its cells with / between them."""
    header, *rows = [[cell.strip() for cell in line.split(" / ")] for line in text.split("\n")]
    return [dict(zip(header, row, strict=True)) for row in rows]


def formed(fields: dict[str, Any], *exports: Any, **keys: Any) -> FormedTables:
    form = rm.Form.from_dict({"fields": fields, **keys})
    return formed_tables(form, exports)


def column(fields: dict[str, Any], export: Any, name: str, **keys: Any) -> list[str | None]:
    """A column of a table of mentors, which is read with no problem."""
    result = formed({"id": "ID", **fields}, export, [{"ID": "E1"}], **keys)
    faults = [item for item in result.problems if "mentees" not in item.file]
    assert faults == []
    return dict(zip(result.mentors.header, result.mentors.columns, strict=True))[name].tolist()


def problem(
    fields: dict[str, Any], *exports: Any, row: int | str = "", **keys: Any
) -> tuple[str, str]:
    """The code and the text of the one problem of an export."""
    result = formed({"id": "ID", **fields}, *exports, **keys)
    (item,) = result.problems
    return item.code, str(item)


def people(role: str = "mentor", **columns: list[Any]) -> list[dict[str, Any]]:
    """Rows of people with an id, and these columns."""
    n_rows = len(next(iter(columns.values())))
    return [
        {"ID": f"P{place}", "Role": role, **{name: cells[place] for name, cells in columns.items()}}
        for place in range(n_rows)
    ]


# --- lists --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "cell", "items"),
    [
        ({}, "Teaching;Data and AI;", "Teaching; Data and AI"),
        ({"separator": ","}, "Teaching, Data", "Teaching; Data"),
        ({"separator": ", "}, "Teaching,Data", "Teaching; Data"),
        ({"separator": ","}, "Writing (papers, posters), Data", "Writing (papers, posters); Data"),
        ({"separator": ","}, "Open (bracket, Data", "Open (bracket; Data"),
        ({"separator": "\n"}, "Teaching\nData, AI", "Teaching; Data, AI"),
        ({"choices": ["Data, AI", "Data", "Teaching"]}, "Data, AI, Teaching", "Data, AI; Teaching"),
        ({"choices": ["A", "A, B", "B, C"]}, "A, B, C", "A; B, C"),
        ({"choices": ["A", "B", "A, B"]}, "a, b", "A, B"),
        ({"choices": ["Talks"], "others": "keep"}, "Talks, Tea (a, b)", "Talks; Tea (a, b)"),
        ({"separator": ",", "answers": {"1": "Data", "2": "AI"}}, "2, 1", "AI; Data"),
        ({"choices": ["Data; AI", "Talks"]}, "Data; AI, Talks", "Data, AI; Talks"),
        ({"separator": ",", "spellings": {"Data": ["dat", "DTA"]}}, "dta, AI", "Data; AI"),
    ],
)  # fmt: skip
def test_answers_in_one_cell_are_told_apart(field: dict[str, Any], cell: str, items: str) -> None:
    fields = {"goals": {"from": "Topics", **field}}
    assert column(fields, people(Topics=[cell]), "goals") == [items]


def test_an_answer_that_is_no_choice_is_said_once_with_its_rows() -> None:
    fields = {"goals": {"from": "Topics", "separator": ",", "choices": ["Teaching", "Data, AI"]}}
    export = people(Topics=["Teaching", "Data, IA", "Data, IA, Teaching", "Cooking"])
    code, text = problem({**fields, "role": "Role"}, export)
    assert code == "unknown_answer"
    assert "rows 2-4, goals" in text
    assert "'Data' (2 rows), 'IA' (2 rows), 'Cooking' (1 row)" in text
    assert "goals: choices" in text
    assert "others: keep" in text


def test_a_choice_that_was_renamed_is_named_beside_the_old_one() -> None:
    fields = {"role": "Role", "goals": {"from": "Topics", "choices": ["Digital and AI", "Talks"]}}
    code, text = problem(fields, people(Topics=["Digital & AI", "Talks"]))
    assert code == "unknown_answer"
    assert "('Digital and AI' in the form is most like 'Digital & AI')" in text


def test_a_choice_that_nobody_ticked_is_fine() -> None:
    fields = {"goals": {"from": "Topics", "choices": ["Talks", "Nobody's"]}}
    assert column(fields, people(Topics=["Talks"]), "goals") == ["Talks"]


def test_several_columns_are_one_list_in_order_or_the_filled_cell() -> None:
    export = people(A=["m2", ""], B=["m1; m3", "m1"], G1=["ST3", ""], G2=["st3", "FY1"])
    fields = {"preferences": ["A", "B"], "grade": ["G1", "G2"]}
    assert column(fields, export, "preferences") == ["m2; m1; m3", "m1"]
    assert column(fields, export, "grade") == ["ST3", "FY1"]


def test_two_cells_that_differ_are_a_problem() -> None:
    export = people(G1=["ST3", "FY1"], G2=["ST4", ""])
    code, text = problem({"role": "Role", "grade": ["G1", "G2"]}, export)
    assert code == "differing_cells"
    assert "row 1, grade: 'G1' and 'G2' are both filled in, and differ" in text


def test_a_whole_name_with_a_comma_is_not_split_and_is_found() -> None:
    mentors = [{"ID": "M1", "Name": "Helen Marsh"}, {"ID": "M2", "Name": "Amara Okafor"}]
    mentees = [{"ID": "E1", "Name": "Kene Amadi", "Boss": "Marsh, Helen / Okafor, Amara"}]
    form = rm.Form.from_dict(
        {
            "fields": {"id": "ID", "name": "Name"},
            "tables": {"mentees": {"fields": {"line_manager": {"from": "Boss", "separator": "/"}}}},
        }
    )
    cohort = rm.read_cohort(mentors, mentees, form=form)
    assert cohort.relation("line_manager").mentors.tolist() == [0, 1]
    assert cohort.doubts == ()
    assert cohort.reading.split == ("line_manager",)


# --- answers ------------------------------------------------------------------------------------


def test_words_mean_what_the_form_says_and_values_stand_for_themselves() -> None:
    places = {"Two or three": 2, "Not sure": ""}
    fields = {
        "capacity": {"from": "How many?", "answers": places, "default": 1},
        "attended_training": {"from": "Training", "answers": {"I attended": "yes"}},
        "status": {"from": "State", "answers": {"Waitlist": "reserve"}},
    }  # fmt: skip
    export = people(
        **{
            "How many?": ["two  OR three", "Not sure", "", "3"],
            "Training": ["I attended", "no", "", "1"],
            "State": ["waitlist", "withdrawn", "", "Applicant"],
        }
    )
    assert column(fields, export, "capacity") == ["2", "1", "1", "3"]
    assert column(fields, export, "attended_training") == ["yes", "no", None, "1"]
    assert column(fields, export, "status") == ["reserve", "withdrawn", None, "Applicant"]


def test_answers_that_the_form_does_not_name_are_one_problem() -> None:
    fields = {"role": "Role", "capacity": {"from": "How many?", "answers": {"Two": 2}}}
    code, text = problem(fields, people(**{"How many?": ["Two", "Three", "5", "Three", "Many"]}))
    assert code == "unknown_answer"
    assert "rows 2, 4-5, capacity" in text
    assert "'Three' (2 rows), 'Many' (1 row)" in text
    assert '"Three": (a whole number)' in text


def test_sensitive_answers_are_not_shown() -> None:
    fields = {"role": "Role", "ethnicity": {"from": "Ethnicity?", "answers": {"a": "A"}}}
    for sensitive in ("ethnicity", "Ethnicity?"):
        _, text = problem(fields, people(**{"Ethnicity?": ["secret"]}), sensitive=[sensitive])
        assert "secret" not in text
        assert "row 1, ethnicity" in text


def test_who_is_both_is_on_both_sides_and_one_person() -> None:
    export = table("ID / I am a / Name\n1 / Both / Ada\n2 / Mentee / Ben\n3 / Mentor / Cy")
    form = {"fields": {"id": "ID", "name": "Name", "role": {"from": "I am a", "answers": BOTH}}}
    cohort = rm.read_cohort(export, form=rm.Form.from_dict(form))
    assert (cohort.mentors.ids, cohort.mentees.ids) == (("1", "3"), ("1", "2"))
    result = rm.match(cohort, rm.Scheme())
    assert ("1", "1") not in set(result.made)


def test_what_a_role_means_is_said_once() -> None:
    code, text = problem({"role": "I am"}, table("ID / I am\n1 / Both\n2 / Helper\n3 / Helper"))
    assert code == "not_role"
    assert "rows 2-3" in text
    assert '→ say what each means, in the form: role: {answers: {"Helper": mentor}}' in text


def test_a_role_in_words_that_the_form_does_not_name_is_one_problem() -> None:
    code, text = problem(
        {"role": {"from": "I am", "answers": BOTH}}, table("ID / I am\n1 / Helper")
    )
    assert code == "unknown_answer"
    assert "'Helper' (1 row)" in text
    assert "(mentor, mentee or both)" in text


def test_each_role_may_have_fields_of_its_own_in_one_export() -> None:
    export = table(
        "ID / I am / Offer / Want\n"
        "1 / Both / Data / Talks\n2 / Mentee /  / Data\n3 / Mentor / Talks / "
    )
    form = rm.Form.from_dict(
        {
            "fields": {"id": "ID", "role": {"from": "I am", "answers": BOTH}},
            "tables": {
                "mentors": {"fields": {"goals": "Offer"}},
                "mentees": {"fields": {"goals": "Want"}},
            },
        }
    )
    cohort = rm.read_cohort(export, form=form)
    assert cohort.mentors.columns["goals"].tolist() == ["Data", "Talks"]
    assert cohort.mentees.columns["goals"].tolist() == ["Talks", "Data"]


# --- grids, boxes, ranks ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "cells", "free"),
    [
        ({"grid": "{day} [{time}]", "answers": {"Maybe": "busy"}},
         {"Monday [9-10]": "x", "Monday [10-11]": "Maybe", "Tuesday [9-10]": "Available"},
         "Mon 09:00-10:00; Tue 09:00-10:00"),
        ({"grid": "{day} [{time}]"},
         {"Mon [9:00 AM]": "1", "Mon [10:00 AM]": "1", "Mon [11:00 AM]": "0"}, "Mon 09:00-11:00"),
        ({"grid": "{day} [{time}]", "minutes": 30},
         {"Mon [9:00 AM]": "1", "Mon [2:30 p.m.]": "1"}, "Mon 09:00-09:30; Mon 14:30-15:00"),
        ({"grid": "Free? [{day}]", "cells": "times", "answers": {"Morning": "09:00-12:00"}},
         {"Free? [Mon]": "Morning, 13:00-14:00", "Free? [Tue]": ""},
         "Mon 09:00-12:00; Mon 13:00-14:00"),
        ({"grid": "Free? [{time}]", "cells": "days"},
         {"Free? [9-10]": "Mon;Wed;", "Free? [10-11]": "Mon"}, "Mon 09:00-11:00; Wed 09:00-10:00"),
        ({"grid": "{day} [{time}]", "answers": {"Lunch": "12:00-13:00"}},
         {"Mon [Lunch]": "yes"}, "Mon 12:00-13:00"),
        ({"grid": "{day}, please tick"}, {"Friday, please tick": "x"}, "Fri 09:00-17:00"),
    ],
)  # fmt: skip
def test_a_grid_is_availability(field: dict[str, Any], cells: dict[str, str], free: str) -> None:
    export = [{"ID": "M1", **cells}]
    assert column({"availability": field}, export, "availability") == [free]


def test_who_answers_a_grid_and_is_never_free_has_no_time() -> None:
    form = rm.Form.from_dict({"fields": {"id": "ID", "availability": {"grid": "{day} [{time}]"}}})
    mentors = [{"ID": "M1", "Mon [9-10]": "busy"}, {"ID": "M2", "Mon [9-10]": ""}]
    cohort = rm.read_cohort(mentors, [{"ID": "E1", "Mon [9-10]": "free"}], form=form)
    assert [cohort.mentors.slots(place) for place in (0, 1)] == [(), None]
    assert format_availability(cohort.mentees.slots(0) or ()) == "Mon 09:00-10:00"


@pytest.mark.parametrize(
    ("field", "cells", "code", "words"),
    [
        ({"grid": "{day} [{time}]"}, {"Mon [9-10]": "Maybe"}, "unknown_answer", '{"Maybe": busy}'),
        ({"grid": "{day} [{time}]"}, {"Mon [Lunch]": "x"}, "not_availability", "'lunch' is not a"),
        ({"grid": "{day} [{time}]"}, {"Mun [9-10]": "x"}, "not_availability", "'mun' is not a day"),
        ({"grid": "{day} [{time}]"}, {"Monday 9-10": "x"}, "unknown_header", "'Monday 9-10'"),
        ({"grid": "{day} [{time}]"}, {"Mon [9:00 am]": "x", "Mon [2:00 pm]": "x"},
         "not_availability", "minutes: 60"),
        ({"grid": "[{day}]", "cells": "times"}, {"[Mon]": "whenever"}, "unknown_answer", "09:00"),
    ],
)  # fmt: skip
def test_a_grid_that_cannot_be_read_says_what_to_write(
    field: dict[str, Any], cells: dict[str, str], code: str, words: str
) -> None:
    got, text = problem(
        {"role": "Role", "availability": field}, [{"ID": 1, "Role": "mentor", **cells}]
    )
    assert got == code
    assert words in text


@pytest.mark.parametrize("tick", ["1", "x", "✓", "Yes", "TRUE", "checked", "Statistics"])
def test_boxes_are_a_list_in_the_order_of_the_form(tick: str) -> None:
    export = people(q___1=[tick, "0"], q___2=["1", ""])
    fields = {"support": {"boxes": {"q___2": "Writing", "q___1": "Statistics"}}}
    assert column(fields, export, "support") == ["Writing; Statistics", None]


def test_ranks_are_a_list_in_the_order_of_the_ranks() -> None:
    export = people(**{"R [A]": ["2", "1st"], "R [B]": ["First choice", ""], "R [C]": ["3.0", "2"]})
    fields = {"preferences": {"ranks": {"R [A]": "m1", "R [B]": "m2", "R [C]": "m3"}}}
    assert column(fields, export, "preferences") == ["m2; m1; m3", "m1; m3"]


@pytest.mark.parametrize(
    ("field", "cells", "code", "words"),
    [
        ({"boxes": {"q___1": "A"}}, {"q___1": "perhaps"}, "not_a_tick", "'perhaps' (1 row)"),
        ({"boxes": {"q___1": "A", "q___3": "C"}}, {"q___1": "1"}, "unknown_header", "'q___3'"),
        ({"boxes": {"q___1": "A"}}, {"q___1": "1", "q___2": "1"}, "new_choice", "'q___2'"),
        ({"ranks": {"R [A]": "A"}}, {"R [A]": "high"}, "not_a_rank", "'high' (1 row)"),
        ({"ranks": {"R [A]": "A", "R [B]": "B"}},
         {"R [A]": "1", "R [B]": "1"}, "not_a_rank", "same"),
        ({"ranks": {"R [A]": "A"}}, {"R [A]": "1", "R [B]": "2"}, "new_choice", '"R [B]": "B"'),
    ],
)  # fmt: skip
def test_boxes_and_ranks_that_contradict_the_form(
    field: dict[str, Any], cells: dict[str, str], code: str, words: str
) -> None:
    got, text = problem({"role": "Role", "goals": field}, [{"ID": 1, "Role": "mentor", **cells}])
    assert got == code
    assert words in text


# --- rows ---------------------------------------------------------------------------------------

LATEST = {"keep": "latest", "by": "When"}


def test_the_latest_answer_counts() -> None:
    export = table(
        "ID / When / Topics\n"
        "e1 / 2026-10-03 12:00 / Talks\ne2 / 2026-10-02 10:00 / Data\ne1 / 2026-10-01 09:00 / Data"
    )
    mentors = [{"ID": "m", "When": "", "Topics": ""}]
    result = formed({"id": "ID", "goals": "Topics"}, mentors, export, repeated=LATEST)
    assert result.problems == []
    assert result.mentees.rows == [1, 2]
    assert any("row 1 instead of 3" in note for note in result.notes)


def test_one_address_is_one_person_though_a_form_numbers_its_answers() -> None:
    export = table(
        "ID / When / Email / Name / Role\n1 / 2026-10-01 / a@b.example / Ada Lee / mentor\n"
        "2 / 2026-10-02 / a@b.example / Dr Ada Lee / mentor\n"
        "3 / 2026-10-02 / c@b.example / Cy / mentee"
    )
    fields = {"id": "ID", "email": "Email", "name": "Name", "role": "Role"}
    cohort = rm.read_cohort(export, form=rm.Form.from_dict({"fields": fields, "repeated": LATEST}))
    assert cohort.mentors.ids == ("2",)
    # one administrator's address under two names is not one person
    other = [{**row, "Name": name} for row, name in zip(export, ("Ada", "Bo", "Cy"), strict=True)]
    cohort = rm.read_cohort(other, form=rm.Form.from_dict({"fields": fields, "repeated": LATEST}))
    assert cohort.mentors.ids == ("1", "2")


def test_what_everybody_has_is_no_id() -> None:
    export = [{"ID": "anonymous", "When": f"2026-11-0{day}", "Role": "mentor"} for day in (1, 2, 3)]
    form = rm.Form.from_dict({"fields": {"id": "ID", "role": "Role"}, "repeated": LATEST})
    with pytest.raises(CohortError, match="have the same id"):
        rm.read_cohort([*export, {**export[0], "Role": "mentee"}], form=form)


@pytest.mark.parametrize(
    ("dates", "form", "row"),
    [
        (["25/10/2026", "9/11/2026"], {}, 2),
        (["11/9/2026 8:30 PM", "10/25/2026 9:00 AM"], {}, 1),
        (["2/11/2026", "1/12/2026"], {"dates": "day_first"}, 2),
        (["2/11/2026", "1/12/2026"], {"dates": "month_first"}, 1),
        (["3 Nov 2026 09:00", "Nov 2, 2026 09:00"], {}, 1),
        (["2026-11-03T09:00:00Z", "2026/11/02 9:00:00 am GMT"], {}, 1),
        ([datetime.datetime(2026, 11, 3, 9), datetime.datetime(2026, 11, 3, 8, 59)], {}, 1),
        ([datetime.datetime(2026, 11, 3), datetime.datetime(2026, 11, 3, 0, 1)], {}, 2),
        (["2026-11-03", "2026-11-03"], {}, 2),
    ],
)
def test_the_latest_goes_by_real_dates(dates: list[Any], form: dict[str, Any], row: int) -> None:
    export = [{"ID": "e", "Role": "mentee", "When": when} for when in dates]
    result = formed({"id": "ID", "role": "Role"}, export, repeated=LATEST, **form)
    assert result.problems == []
    assert result.tables[0].rows == [row]


@pytest.mark.parametrize(
    ("dates", "form", "words"),
    [
        (["2/11/2026", "1/12/2026"], {}, "`dates: day_first` or `dates: month_first`"),
        (["25/11/2026", "11/25/2026"], {}, "some dates"),
        (["25/11/2026", "1/12/2026"], {"dates": "month_first"}, "written otherwise"),
        (["soon", "2026-11-03"], {}, "no date by which"),
        (["", "2026-11-03"], {}, "no date by which"),
    ],
)
def test_dates_that_do_not_say_which_answer_is_the_latest(
    dates: list[str], form: dict[str, Any], words: str
) -> None:
    export = [{"ID": "e", "Role": "mentee", "When": when} for when in dates]
    code, text = problem({"role": "Role"}, export, repeated=LATEST, **form)
    assert code == "not_a_date"
    assert words in text


def test_rows_of_one_person_are_joined() -> None:
    export = table("ID / Topics / Site\nm1 / Talks / A\nm1 / Data; Talks / A\nm2 / Data / ")
    result = formed({"id": "ID", "goals": "Topics", "workplace": "Site"}, export,
                    [{"ID": "e", "Topics": "", "Site": ""}],
                    repeated="join")  # fmt: skip
    assert result.problems == []
    assert result.mentors.columns[1].tolist() == ["Talks; Data", "Data"]
    differing = table("ID / Topics / Site\nm1 / Talks / A\nm1 / Data / B")
    fields = {"role": "Role", "goals": "Topics", "workplace": "Site"}
    code, text = problem(fields, [{**row, "Role": "mentor"} for row in differing], repeated="join")
    assert code == "differing_cells"
    assert "rows 1-2, workplace" in text


def test_a_column_of_the_time_that_is_not_there() -> None:
    code, text = problem({"role": "Role"}, people(Whenn=["x"]), repeated=LATEST)
    assert code == "unknown_header"
    assert "did you mean 'Whenn'?" in text


def test_ids_are_made_of_what_people_wrote_and_are_the_same_next_year() -> None:
    fields = {"id": {"mint": ["Name", "Site"]}}
    first = formed(fields, table("Name / Site\nAda Lee / A\nBo / A"), table("Name / Site\nCy / B"))
    later = formed(fields, table("Site / Name\na / ADA  LEE"), table("Name / Site\nDi / B"))
    assert first.problems == later.problems == []
    assert first.mentors.columns[0][0] == later.mentors.columns[0][0]
    assert "name" in first.mentors.header


def test_two_people_with_the_same_values_need_one_more_column() -> None:
    code, text = problem({"id": {"mint": ["Name"]}, "role": "Role"},
                         table("Name / Role\nAda / mentor\nada / mentee"))  # fmt: skip
    assert code == "repeated_id"
    assert "rows 1-2" in text
    assert "mint: [Name, Department]" in text


def test_each_side_makes_no_two_people_of_one() -> None:
    code, _ = problem(
        {"id": {"from": "ID", "each_side": True}, "role": "Role"}, people("both", Topics=["x"])
    )
    assert code == "each_side"
    fields = {"id": {"from": "ID", "each_side": True}, "name": "Name"}
    cohort = rm.read_cohort(
        [{"ID": 1, "Name": "Ada"}],
        [{"ID": 1, "Name": "Bo"}],
        form=rm.Form.from_dict({"fields": fields}),
    )
    assert (cohort.mentors.ids, cohort.mentees.ids) == (("M1",), ("E1",))


# --- headers ------------------------------------------------------------------------------------


def test_a_header_that_changed_is_named_beside_the_nearest() -> None:
    code, text = problem({"role": "Role", "goals": "Which topics?"},
                         people(**{"Which topics ?!": ["x"]}))  # fmt: skip
    assert code == "unknown_header"
    assert "'Which topics?', and the export has not → did you mean 'Which topics ?!'?" in text


def test_a_list_that_protects_must_be_in_both_tables_and_a_plain_field_in_one() -> None:
    mentors, mentees = [{"ID": "m", "How many?": 2, "Boss": ""}], [{"ID": "e"}]
    assert formed({"id": "ID", "capacity": "How many?"}, mentors, mentees).problems == []
    result = formed({"id": "ID", "line_manager": "Boss"}, mentors, mentees)
    (item,) = result.problems
    assert (item.file, item.column, item.code) == ("mentees", "line_manager", "unknown_header")


def test_what_looks_like_a_list_that_protects_is_not_passed_over() -> None:
    code, text = problem({"role": "Role"}, people(**{"Your supervisor's name": ["x"]}))
    assert code == "protecting_column"
    assert '["Your supervisor\'s name"]' in text
    export = people(**{"Your supervisor's name": ["x"]})
    result = formed({"id": "ID", "role": "Role"}, export, ignore=["your  supervisor's name"])
    assert result.problems == []
    assert result.tables[0].header == ("role", "id")


def test_a_header_the_form_does_not_mention_is_kept_and_noted() -> None:
    result = formed({"id": "ID", "role": "Role"}, people(Hobby=["chess"]))
    assert result.tables[0].header == ("role", "id", "Hobby")
    assert any("'Hobby'" in note for note in result.notes)


def test_a_standard_header_gives_way_to_the_column_the_form_names() -> None:
    export = people(Email=["anonymous"], **{"Work e-mail": ["a@b.example"]}, Goals=["chess"])
    fields = {"id": "Work e-mail", "email": "Work e-mail", "goals": "Goals", "role": "Role"}
    result = formed(fields, export)
    assert result.problems == []
    columns = dict(zip(result.tables[0].header, result.tables[0].columns, strict=True))
    assert sorted(columns) == ["email", "goals", "id", "role"]
    assert columns["email"].tolist() == ["a@b.example"]
    assert sum("is not used" in note for note in result.notes) == 2


def test_an_id_from_the_address_leaves_the_address() -> None:
    export = people(Email=["a@b.example"])
    result = formed({"id": "Email", "role": "Role"}, export)
    columns = dict(zip(result.tables[0].header, result.tables[0].columns, strict=True))
    assert columns["email"].tolist() == columns["id"].tolist() == ["a@b.example"]


def test_a_field_that_is_turned_round_in_the_form_of_another_export() -> None:
    code, text = problem({"role": "Role", "Topics": "goals"}, people(Topics=["x"]))
    assert code == "unknown_header"
    assert "turned round" in text
    assert 'goals: "Topics"' in text


def test_the_form_of_another_export_says_all_that_is_missing() -> None:
    export = [{"Answer": 1, "Topic": 2}]
    result = formed({"id": "Email", "role": "I am", "goals": "Which?"}, export)
    assert [item.code for item in result.problems] == ["unknown_header"] * 3


def test_a_made_id_needs_each_of_its_columns_in_each_table() -> None:
    result = formed(
        {"id": {"mint": ["Name", "Site"]}}, table("Name / Site\nA / B"), [{"Name": "C"}]
    )
    (item,) = result.problems
    assert (item.file, item.code) == ("mentees", "unknown_header")


def test_a_column_of_roles_in_two_tables_is_fine_where_it_agrees() -> None:
    fields = {"id": "ID", "role": {"from": "I am", "answers": BOTH}}
    form = rm.Form.from_dict({"fields": fields})
    mentors, mentees = table("ID / I am\n1 / Both\n2 / Mentor"), table("ID / I am\n1 / Both")
    cohort = rm.read_cohort(mentors, mentees, form=form)
    assert (cohort.mentors.ids, cohort.mentees.ids) == (("1", "2"), ("1",))
    with pytest.raises(CohortError) as caught:
        rm.read_cohort(mentees, mentors, form=form)
    assert [item.code for item in caught.value.items] == ["wrong_role"]


def test_a_person_of_the_form_who_is_not_in_the_export_is_named() -> None:
    form = rm.Form.from_dict(
        {"fields": {"id": "ID", "line_manager": "Boss"}, "people": {"Dr Vale": "M12"}}
    )
    with pytest.raises(CohortError, match="'Dr Vale' is said to be 'M12', who is nobody here"):
        rm.read_cohort([{"ID": "M1", "Boss": ""}], [{"ID": "E1", "Boss": "Dr Vale"}], form=form)


# --- where form and scheme meet -----------------------------------------------------------------


def test_columns_of_the_scheme_hold_for_headers_the_form_leaves() -> None:
    scheme = rm.Scheme.from_dict({"columns": {"Topics": "goals", "Mail": "id"}})
    form = rm.Form.from_dict({"fields": {"id": "Mail", "role": "Role"}})
    export = people(Topics=["x", "y"], Mail=["a", "b"])
    export[1]["Role"] = "mentee"
    cohort = rm.read_cohort(export, form=form, scheme=scheme)
    assert cohort.mentors.columns["goals"].tolist() == ["x"]
    assert rm.match(cohort, scheme).made


@pytest.mark.parametrize("columns", [{"Topics": "speciality"}, {"Hobby": "goals"}])
def test_form_and_scheme_must_not_disagree(columns: dict[str, str]) -> None:
    scheme = rm.Scheme.from_dict({"columns": columns, "people": {"Dr X": "outside"}})
    form = rm.Form.from_dict(
        {"fields": {"id": "ID", "role": "Role", "goals": "Topics"}, "people": {"Dr X": "P0"}}
    )
    with pytest.raises(CohortError) as caught:
        rm.read_cohort(people(Topics=["x"], Hobby=["y"]), form=form, scheme=scheme)
    assert [item.code for item in caught.value.items] == ["form_and_scheme"] * 2


def test_people_and_sensitive_columns_of_both_hold() -> None:
    form = rm.Form.from_dict(
        {
            "fields": {"id": "ID", "line_manager": "Boss"},
            "people": {"Dr X": "outside"},
            "sensitive": ["Faith?"],
        }
    )
    scheme = rm.Scheme.from_dict(
        {
            "people": {"Prof Y": "M1"},
            "sensitive": ["line_manager"],
            "rules": [{"type": "relations", "forbid": ["line_manager"]}],
        }
    )
    mentors = [{"ID": "M1", "Boss": "Dr X", "Faith?": "a"}]
    mentees = [{"ID": "E1", "Boss": "Prof Y", "Faith?": ""}]
    cohort = rm.read_cohort(mentors, mentees, form=form, scheme=scheme)
    assert cohort.doubts == ()
    assert cohort.reading.sensitive == ("faith?", "line_manager")
    assert cohort.reading.form == form.digest
    assert len(cohort.relation("line_manager")) == 1


def test_what_a_form_hides_is_hidden_in_a_run_and_its_record(tmp_path: Path) -> None:
    form = rm.Form.from_dict({"fields": {"id": "ID"}, "sensitive": ["Faith"]})
    sides = [{"ID": "M1", "Faith": "secret"}], [{"ID": "E1", "Faith": "secret"}]
    scheme = rm.Scheme.from_dict(
        {"rules": [{"type": "attribute", "column": "faith", "relation": "same"}]}
    )
    result = rm.match(rm.read_cohort(*sides, form=form, scheme=scheme), scheme)
    assert result.scheme.sensitive == ("faith",)
    result.save(tmp_path / "run.json")
    assert "secret" not in (tmp_path / "run.json").read_text()
    assert "secret" not in str(rm.explain(result, mentee="E1"))


def test_names_that_are_outside_may_be_settled_in_the_form() -> None:
    form = rm.Form.from_dict(
        {"fields": {"id": "ID", "line_manager": "Boss"}, "people": {"others": "outside"}}
    )
    scheme = rm.Scheme.from_dict({"rules": [{"type": "relations", "forbid": ["line_manager"]}]})
    sides = [{"ID": "M1", "Boss": "Dr Vale"}], [{"ID": "E1", "Boss": ""}]
    assert rm.match(rm.read_cohort(*sides, form=form, scheme=scheme), scheme).made


def test_an_open_question_about_what_matters_refuses() -> None:
    change = {"fields": {"goals": {"separator": ","}}}
    answers = [{"say": "yes", "change": change}, {"say": "no"}]
    question = {"about": "goals", "ask": "Split at commas?", "answers": answers}
    form = rm.Form.from_dict({"fields": {"id": "ID", "goals": "Topics"}, "undecided": [question]})
    sides = [{"ID": "M1", "Topics": "a, b"}], [{"ID": "E1", "Topics": "a"}]
    with pytest.raises(CohortError, match="question 1 of the form is open: Split at commas"):
        rm.read_cohort(*sides, form=form)
    plain = rm.Scheme.from_dict({"criteria": [{"type": "workplace", "missing": "neutral"}]})
    cohort = rm.read_cohort(*sides, form=form, scheme=plain)
    assert not [item for item in plain.problems(cohort) if item.code == "undecided"]
    scored = rm.Scheme.from_dict({"criteria": [{"type": "goals"}]})
    with pytest.raises(SchemeError, match="open question about 'goals'"):
        rm.match(rm.read_cohort(*sides, form=form, scheme=scored), scored)
    cohort = rm.read_cohort(*sides, form=form.accept(1), scheme=scored)
    assert rm.match(cohort, scored).made
    protecting = rm.Form.from_dict(
        {"fields": {"id": "ID"}, "undecided": [{"about": "declined", "ask": "Who?"}]}
    )
    with pytest.raises(CohortError, match="take it out of `undecided:`"):
        rm.read_cohort(*sides, form=protecting, scheme=plain)


# --- files --------------------------------------------------------------------------------------


def test_one_workbook_with_titles_above_and_a_sheet_for_each_role(tmp_path: Path) -> None:
    book = tmp_path / "export.xlsx"
    with pd.ExcelWriter(book) as writer:
        frame = pd.DataFrame({"Your e-mail": ["a@b.example"], "Topics": ["Data;"]})
        frame.to_excel(writer, sheet_name="Form1", startrow=2, index=False)
        frame.assign(**{"Your e-mail": "c@b.example"}).to_excel(
            writer, sheet_name="Form2", index=False
        )
    path = tmp_path / "form.yaml"
    path.write_text(
        "fields: {id: Your e-mail, goals: Topics}\n"
        "tables:\n  mentors: {sheet: Form1, header: 3}\n  mentees: {sheet: Form2}\n"
    )
    cohort = rm.read_cohort(book, form=path)
    assert cohort.mentors.ids == ("a@b.example",)
    assert cohort.mentees.columns["goals"].tolist() == ["Data"]
    assert [source.name for source in cohort.sources] == ["export.xlsx#Form1", "export.xlsx#Form2"]


# --- cases that failed before -------------------------------------------------------------------


def test_choices_with_commas() -> None:
    choices = ["Statistics", "Writing (papers, posters)", "Public speaking (talks, teaching)"]
    form = {
        "fields": {"id": "id", "goals": {"from": "goals", "separator": ",", "choices": choices}}
    }
    mentors = [
        {"id": "m1", "goals": f"{choices[1]}, {choices[2]}"},
        {"id": "m2", "goals": choices[0]},
    ]
    mentees = [
        {"id": "e1", "goals": f"{choices[0]}, {choices[1]}"},
        {"id": "e2", "goals": choices[2]},
    ]
    scheme = rm.Scheme.from_dict({"direction": "traditional", "criteria": [{"type": "goals"}],
                                  "objective": ["pairs", "total"]})  # fmt: skip
    cohort = rm.read_cohort(mentors, mentees, form=rm.Form.from_dict(form), scheme=scheme)
    result = rm.match(cohort, scheme)
    assert len(result.made) == 2
    assert result.pairs["score"].sum() == pytest.approx(1.5)


def test_words_for_numbers() -> None:
    answers = {"No preference": 2, "1-2": 2, "3 or more": 3, "Up to 2": 2}
    header = "How many mentees would you take?"
    form = rm.Form.from_dict(
        {"fields": {"id": "id", "capacity": {"from": header, "answers": answers}}}
    )
    mentors = [{"id": f"m{n}", header: text} for n, text in enumerate(answers)]
    cohort = rm.read_cohort(mentors, [{"id": f"e{n}"} for n in range(5)], form=form)
    assert cohort.mentors.capacity.tolist() == [2, 2, 3, 2]


def test_one_row_an_answer_in_one_table_and_the_latest_in_the_other() -> None:
    form = rm.Form.from_dict(
        {
            "fields": {"id": "id", "goals": "goals"},
            "tables": {
                "mentors": {"repeated": "join"},
                "mentees": {"repeated": {"keep": "latest", "by": "Timestamp"}},
            },
        }
    )
    mentors = table("id / goals\nm1 / Leadership\nm1 / Data\nm2 / Data")
    mentees = table(
        "Timestamp / id / goals\n2026-10-01 09:00 / e1 / Data\n"
        "2026-10-03 12:00 / e1 / Leadership\n2026-10-02 10:00 / e2 / Data"
    )
    cohort = rm.read_cohort(mentors, mentees, form=form)
    assert cohort.mentors.columns["goals"].tolist() == ["Leadership; Data", "Data"]
    assert cohort.mentees.columns["goals"].tolist() == ["Leadership", "Data"]
