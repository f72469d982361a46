"""How one survey form is read: a file ``form.yaml``, and what it makes of an export.

`model` is what a form says, and `fields` of one column; `document` is its file with the comments in
it. `tables` makes of an export tables with standard headers: `headers` compares its headers with
the form's, `columns` fills one column, by way of `answers`, `boxes`, `grids` and `minted_ids`, and
`repeated_rows` leaves one row a person. Policy (weights, rules) stays in the scheme: a form only
says which question fills which column, and what answers mean.
"""

from rmmatch.cohort.forms.model import Form, FormAnswer, FormField, FormQuestion, FormTable

__all__ = ["Form", "FormAnswer", "FormField", "FormQuestion", "FormTable"]
