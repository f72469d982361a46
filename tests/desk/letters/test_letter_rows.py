"""What letters say: who is written to, what each may read, and nothing else."""

from __future__ import annotations

import re
from datetime import date

import pandas as pd
import pytest

import rmmatch as rm
from helpers.letters import DAY, HOSTILE, SECRET, mentees, mentors, run_of
from rmmatch.desk.letters import FIELDS, letter_rows
from rmmatch.desk.letters.rows import Letter
from rmmatch.desk.letters.wording import letter_paragraphs, letter_text


@pytest.fixture(scope="module")
def result() -> rm.Result:
    return run_of()


def by_name(letters: tuple[Letter, ...]) -> dict[str, Letter]:
    return {letter.fields["name"]: letter for letter in letters}


def test_everybody_who_takes_part_gets_one_letter(result: rm.Result) -> None:
    letters = letter_rows(result, day=DAY)
    assert [letter.role for letter in letters] == ["mentee"] * 7 + ["mentor"] * 6
    kinds = {name: letter.fields["kind"] for name, letter in by_name(letters).items()}
    assert "Hal Yew" not in kinds  # has withdrawn
    assert kinds["Gus Elm"] == "reserve"
    assert kinds["Ida Pimf"] == "no partner"
    assert kinds["Dr Bo Lee"] == "pair"
    for letter in letters:
        assert list(FIELDS) == [name for name in letter.fields if name in FIELDS]
        assert set(letter.fields) - set(FIELDS) == {"partner_goals", "partner_speciality"}
        assert letter.fields["date"] == "30 November 2026"
        assert letter.fields["status"] == "Draft – not approved"
        assert letter.fields["sender"] == "The coordinator"


def test_a_mentor_of_two_reads_of_both_in_one_letter(result: rm.Result) -> None:
    letter = by_name(letter_rows(result))["Dr Bo Lee"]
    names = [entry["name"] for entry in letter.partners]
    assert len(names) == 2
    assert letter.fields["first_name"] == "Bo"
    assert letter.fields["news"] == f"Your mentees are {names[0]} and {names[1]}."
    assert letter.fields["partner_name"] == f"{names[0]} and {names[1]}"
    assert letter.fields["partner_email"].count("@") == 2
    assert letter.fields["subject"] == "Your mentees: Speak & listen <pilot>"
    for name in names:
        assert f"{name}: You both chose: teaching." in letter.reasons
        assert f"{name}: teaching" in letter.fields["partner_goals"]


def test_a_partner_is_named_where_they_agreed(result: rm.Result) -> None:
    all_texts = "\n".join(map(letter_text, letter_rows(result)))
    assert "Your mentor is Dr Bo Lee." in all_texts
    for silent in ("Cy Ash", "Di Roe", "Flo Orr"):
        assert silent not in all_texts
    assert "A mentor has been found for you" in all_texts


def test_that_everybody_agreed_can_be_said_and_a_no_still_counts(result: rm.Result) -> None:
    text = "\n".join(map(letter_text, letter_rows(result, partners_agreed=True)))
    assert "Your mentor is Cy Ash." in text
    assert "E-mail: m1@example.org" in text
    assert "Phone: 01" in text
    assert "Flo Orr" not in text
    assert "m4@" not in text


def test_consent_that_is_sensitive_names_nobody() -> None:
    hidden = run_of(sensitive=["ethnicity", "consent"])
    letters = letter_rows(hidden, partners_agreed=True)
    assert {letter.fields["partner_name"] for letter in letters} == {""}


def test_no_letter_has_an_id_a_score_a_rank_or_a_sensitive_value(result: rm.Result) -> None:
    for letter in letter_rows(result, partners_agreed=True):
        text = f"{letter_text(letter)} {letter.context}"
        assert SECRET not in text
        assert "ethnicity" not in text
        assert not re.search(r"\b[EM]\d\b|point|score|rank|choice|0\.\d", text), text
        own = {letter.fields["name"], *(entry["name"] for entry in letter.partners)}
        names = {*mentors()["name"], *mentees()["name"]}
        assert not [name for name in names - own if name in text]


def test_names_and_addresses_that_are_sensitive_are_not_shown() -> None:
    scheme_keys = {"sensitive": ["ethnicity", "name"]}
    letters = letter_rows(run_of(**scheme_keys), partners_agreed=True)
    assert {letter.fields["name"] for letter in letters} == {""}
    assert {letter.fields["first_name"] for letter in letters} == {"colleague"}
    addressless = letter_rows(run_of(sensitive=["ethnicity", "email"]), partners_agreed=True)
    assert {letter.fields["email"] for letter in addressless} == {""}
    assert {letter.fields["partner_email"] for letter in addressless} == {""}


def test_shared_goals_and_what_to_do_next_are_in_words(result: rm.Result) -> None:
    letters = by_name(letter_rows(result))
    assert letters["Ida Pima"].fields["shared_goals"] == "teaching"
    assert letters["Ida Pima"].fields["next_step"].startswith("Please get in touch")
    assert letters["Ida Pimf"].fields["news"] == "No partner was found for you this time."
    assert (
        letters["Ida Pimf"].fields["next_step"] == "Please ask the coordinator what happens next."
    )
    assert letters["Gus Elm"].fields["news"].startswith("You are a reserve.")
    assert letters["Gus Elm"].fields["next_step"] == ""


def test_a_word_that_is_no_address_is_not_shown_as_one(result: rm.Result) -> None:
    letters = by_name(letter_rows(result, partners_agreed=True))
    mentor = next(
        e.fields["name"] for e in letters.values() if e.fields["partner_name"] == "Ida Pimg"
    )
    assert letters[mentor].fields["partner_email"] == ""
    assert letters[mentor].fields["next_step"].startswith("The coordinator will tell you how")
    assert "no address" not in letter_text(letters[mentor])


def test_every_field_is_one_line_of_characters_that_are_seen() -> None:
    letters = letter_rows(run_of(HOSTILE, name="A\r\nB \u202ex"), partners_agreed=True)
    for letter in letters:
        lines = [*letter.fields.values(), *letter.reasons]
        lines += [line for entry in letter.partners for line in (entry["name"], *entry["about"])]
        for line in lines:
            assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", line)
    assert letters[0].fields["scheme_name"] == "A B x"


def test_a_first_name_of_the_table_is_used() -> None:
    people = mentees().assign(first_name="Nickie")
    scheme = run_of().scheme
    result = rm.match(rm.read_cohort(mentors(), people, scheme=scheme), scheme)
    firsts = {
        letter.fields["first_name"] for letter in letter_rows(result) if letter.role == "mentee"
    }
    assert firsts == {"Nickie"}


def test_an_approved_pairing_says_so_on_no_letter() -> None:
    letters = letter_rows(run_of(is_approved=True), sender="Jo Hart\r\nx", day=date(2027, 3, 1))
    assert {letter.fields["status"] for letter in letters} == {""}
    assert {letter.fields["sender"] for letter in letters} == {"Jo Hart x"}
    assert {letter.fields["date"] for letter in letters} == {"1 March 2027"}
    assert "Draft" not in "".join(map(letter_text, letters))


def test_a_rematch_writes_to_whom_it_concerns(result: rm.Result) -> None:
    mentor = next(pair[1] for pair in result.made if pair[1] != "M0")
    again = rm.rematch(result, withdrawn=[("mentor", mentor)])
    letters = letter_rows(again, partners_agreed=True)
    notices = again.notices(partners_agreed=True)
    assert [letter.fields["news"] for letter in letters] == [notice.sentence for notice in notices]
    [leaver] = [letter for letter in letters if letter.fields["kind"] == "withdrew"]
    assert "You have left the scheme." in leaver.fields["news"]
    assert leaver.fields["next_step"] == ""
    assert "Thank you for taking part in" not in letter_text(leaver)
    assert not leaver.partners


def test_a_letter_reads_from_greeting_to_name(result: rm.Result) -> None:
    texts = [entry.text for entry in letter_paragraphs(letter_rows(result)[0])]
    assert texts[0] == "Dear Ida,"
    assert texts[-2:] == ["Kind regards,", "The coordinator"]
    without = [entry.text for entry in letter_paragraphs(by_name(letter_rows(result))["Gus Elm"])]
    assert not [text for text in without if text.endswith(":")]


def test_where_nobody_has_a_partner_everybody_still_gets_a_letter() -> None:
    people = pd.DataFrame({"id": ["E0"], "name": ["Ann Lee"], "consent": ["yes"]})
    across = people.assign(id="M0", name="Bo Orr")
    scheme = rm.Scheme.from_dict({"rules": [{"type": "pairs", "forbid": [["E0", "M0"]]}]})
    result = rm.match(rm.read_cohort(across, people, scheme=scheme), scheme)
    assert [letter.fields["kind"] for letter in letter_rows(result)] == ["no partner"] * 2
    assert letter_rows(result)[0].fields["scheme_name"] == "the mentoring scheme"
