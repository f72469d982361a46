"""How many questions of forms are put to the right field: invented and real ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from helpers.survey_headers import FORMS, QUESTIONS
from rmmatch.desk.survey.mapping.proposed_fields import PROPOSE, FieldProposal, propose_fields

# Real header rows, which are no part of the project: read where they are.
REAL_FORMS = Path(__file__).parents[4] / "shared" / "forms" / "headers.json"


def answer_of(proposal: FieldProposal) -> str:
    if not proposal.field or proposal.confidence < PROPOSE:
        return "other"
    return "sensitive" if proposal.is_sensitive else proposal.field


def shares(forms: dict[str, list[tuple[str, str]]]) -> tuple[float, float]:
    """The share of fields that are right, and of other columns that are wrongly proposed."""
    right: list[bool] = []
    wrong: list[bool] = []
    for questions in forms.values():
        proposals = propose_fields([header for header, _ in questions])
        for proposal, (_, text) in zip(proposals, questions, strict=True):
            allowed = text.split("|")
            is_right = answer_of(proposal) in allowed
            if "other" in allowed:
                wrong.append(not is_right)
            else:
                right.append(is_right)
    return sum(right) / len(right), sum(wrong) / len(wrong)


def test_questions_of_invented_forms_are_put_to_their_fields() -> None:
    right, wrong = shares(FORMS)
    assert right >= 0.97
    assert wrong <= 0.02


def test_single_questions_are_put_to_their_fields() -> None:
    right, wrong = shares({header: [(header, field)] for header, field in QUESTIONS})
    assert right >= 0.95
    assert wrong <= 0.03


def test_questions_of_real_forms_are_put_to_their_fields() -> None:
    if not REAL_FORMS.exists():
        pytest.skip(f"there are no header rows of real forms in {REAL_FORMS}")
    forms = json.loads(REAL_FORMS.read_text(encoding="utf-8"))
    right, wrong = shares(
        {
            name: list(zip(form["headers"], form["field"], strict=True))
            for name, form in forms.items()
        }
    )
    assert right >= 0.97
    assert wrong <= 0.02


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Who do you report to?", "line_manager"),
        ("LineManager", "line_manager"),
        ("Your line manager’s e‑mail address", "line_manager"),
        ("Name of educational supervisor", "supervisor"),
        ("Is there anybody we should not match you with?", "declined"),
        ("Please name your previous mentor", "past_pair"),
        ("Availabilty", "availability"),
        ("What  is your\u00a0E-mail address? *", "email"),
        ("firstname", "first_name"),
        ("How would you describe your sexual orientation?", "orientation"),
        ("Name anyone you have mentored since last spring", "past_pair"),
        ("I am happy to sign up as a", "role"),
        ("Do you want to receive or offer coaching, or both?", "role"),
        ("What is your present post?", "speciality"),
        ("I agree that the hospital keeps these answers", "consent"),
        ("Is there anyone you would love to be paired with?", "preferences"),
        ("Name (Given)", "first_name"),
        ("Which subjects are you excited to teach?", "goals"),
        ("Current stage", "grade"),
        ("Which modules could you teach?", "goals"),
        ("applicant_no", "id"),
        ("no_of_tutees", "capacity"),
        ("coach or coachee", "role"),
        ("When could you usually meet?", "availability"),
        ("Which college do you attend?", "organisation"),
        ("Who were you matched with in the last round?", "past_pair"),
        ("If you want a specific coach, write their name", "preferences"),
        ("I give permission for a photograph to be taken", "consent"),
        ("I will keep all conversations confidential", "consent"),
    ],
)
def test_a_question_is_known_however_it_is_put(header: str, field: str) -> None:
    (proposal,) = propose_fields([header])
    assert proposal.field == field


@pytest.mark.parametrize(
    "header",
    [
        "Would you prefer a mentor of the same gender?",
        "How many hours a week are you available?",
        "Does your manager support your application?",
        "Why would you like to be a mentor?",
        "How did you hear about this scheme?",
        "What is your favourite time of day?",
        "Emergency contact: name and phone number",
        "Are you a line manager?",
        "If other, please specify",
        "GradeWeighting",
        "Repeat your e-mail",
        "Tenure in this firm",
        "Hours you can commit each week",
        "Any additional coach training?",
        "Preferred partner age",
        "Preferred age group",
        "What kind of mentee are you interested in working with?",
        "Years of clinical experience",
        "hod_name",
        "partner_gender_pref",
        "Student accommodation",
        "Why would you enjoy being a tutor?",
        "Telegram ID",
        "Home town or village",
        "Which clubs of the university are you a member of?",
        "Are you interested in writing an article with your mentor?",
        "What are your expectations of your mentee?",
    ],
)
def test_a_question_that_only_sounds_alike_is_no_field(header: str) -> None:
    (proposal,) = propose_fields([header])
    assert proposal.field == ""


def test_what_people_prefer_is_no_fact_about_them() -> None:
    fields = [p.field for p in propose_fields(["Gender", "Preferred gender of your mentor"])]
    assert fields == ["gender", ""]


def test_columns_of_a_series_feed_one_field() -> None:
    fields = [p.field for p in propose_fields(["Teaching subject 1", "Teaching subject 2"])]
    assert fields == ["speciality", "speciality"]


def test_names_that_people_wrote_come_before_those_of_their_account() -> None:
    headers = ["Respondent ID", "Collector ID", "Last Name", "About you - Surname"]
    proposals = propose_fields(headers)
    assert [p.field for p in proposals] == ["id", "", "", "last_name"]


@pytest.mark.parametrize(
    ("headers", "fields"),
    [
        (["#", "Your town", "Start Date (UTC)", "Submit Date (UTC)"], "id workplace - timestamp"),
        (["start", "end", "_id", "_uuid", "_submission_time"], "- - id - timestamp"),
        (
            ["Response ID", "Date submitted", "Last page", "Start language"],
            "id timestamp - -",
        ),
    ],
)
def test_columns_of_a_tool_are_known(headers: list[str], fields: str) -> None:
    assert [p.field or "-" for p in propose_fields(headers)] == fields.split()
