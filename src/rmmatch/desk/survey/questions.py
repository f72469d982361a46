"""Open questions of a form: which come first, and which must be answered before people are read."""

from __future__ import annotations

from rmmatch.cohort.columns import STANDARD_COLUMNS, column_name
from rmmatch.cohort.forms import Form, FormAnswer, FormQuestion
from rmmatch.cohort.forms.document import FormText, merged
from rmmatch.cohort.forms.policy import PROTECTING_TOPICS
from rmmatch.desk.survey.importance import importance

__all__ = [
    "answer_text",
    "blocking_questions",
    "numbered_questions",
    "question_of_table",
]

# Of a change, what stands in a table where two tables differ; the rest is for both.
_OF_A_TABLE = ("fields", "ignore", "repeated", "dates", "sheet", "header")


def numbered_questions(form: Form) -> list[tuple[int, FormQuestion]]:
    """Return the open questions with their numbers, the most important first.

    Parameters
    ----------
    form : Form

    Returns
    -------
    list of (int, FormQuestion)
        The number is that of `Form.questions` and `Form.accept`.

    Examples
    --------
    >>> form = Form.from_dict({"fields": {"id": "Email"}, "undecided": [
    ...     {"about": "goals", "ask": "Split at commas?"},
    ...     {"about": "line_manager", "ask": "Who is Dr Marsh?"},
    ... ]})
    >>> [question.about for _, question in numbered_questions(form)]
    ['line_manager', 'goals']
    """
    numbered = list(enumerate(form.undecided, start=1))
    return sorted(numbered, key=lambda entry: importance(entry[1]))


def blocking_questions(form: Form) -> list[FormQuestion]:
    """Return the open questions without whose answers people cannot be read.

    They are about a column that rmmatch knows, about people, or about private columns: whatever
    protects somebody or may be scored. A question about any other column can stay open.

    Parameters
    ----------
    form : Form
    """
    names = PROTECTING_TOPICS.union(STANDARD_COLUMNS)
    numbered = numbered_questions(form)
    return [question for _, question in numbered if column_name(question.about) in names]


def answer_text(answer: FormAnswer) -> str:
    r"""Return the lines that an answer writes into the form.

    Parameters
    ----------
    answer : FormAnswer

    Examples
    --------
    >>> answer_text(FormAnswer(say="yes", change={"fields": {"goals": {"separator": ","}}}))
    "fields:\n  goals:\n    separator: ','"
    """
    return FormText.of(answer.change).to_yaml().strip() if answer.change else ""


def question_of_table(question: FormQuestion, table: str) -> FormQuestion:
    """Return a question whose answers are for one of two tables.

    Parameters
    ----------
    question : FormQuestion
    table : {'mentors', 'mentees'}
    """
    answers = []
    for answer in question.answers:
        own = {key: value for key, value in answer.change.items() if key in _OF_A_TABLE}
        common = {key: value for key, value in answer.change.items() if key not in _OF_A_TABLE}
        change = merged(common, {"tables": {table: own}}) if own else common
        answers.append(answer.model_copy(update={"change": change}))
    ask = f"{table.capitalize()}: {question.ask}"
    return question.model_copy(update={"ask": ask, "answers": tuple(answers)})
