"""How one survey form is read: its file, and what it makes of an export.

`model` is what a form says, `document` its file with the comments in it. Policy (weights, rules)
stays in the scheme: a form only says which question fills which column, and what answers mean.
"""

from rmmatch.cohort.forms.model import Form, FormAnswer, FormField, FormQuestion, FormTable

__all__ = ["Form", "FormAnswer", "FormField", "FormQuestion", "FormTable"]
