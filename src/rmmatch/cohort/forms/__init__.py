"""How one survey form is read: a file ``form.yaml``, and what it makes of an export.

`model` is what a form says, `fields` of one column, and `questions` what it leaves open; `document`
is its file with the comments in it, and `display` how a person sees it. `formed_tables` takes the
tables of an export (`export_table`) and returns tables with standard headers: `header_checks`
compares their headers with the form's, `formed_columns` fills one column, by way of `answers`,
`boxes`, `grids` and `minted_ids`, and `repeated_rows` leaves one row a person.
`policy` is where form and scheme meet, and which open questions refuse an export. Weights and rules
stay in the scheme: a form only says which question fills which column, and what answers mean.
"""

from rmmatch.cohort.forms.model import Form, FormAnswer, FormField, FormQuestion, FormTable

__all__ = ["Form", "FormAnswer", "FormField", "FormQuestion", "FormTable"]
