"""A scheme as a form: fields with words, sentences with blanks, and what a rule does.

`fields` turns the JSON Schema and a scheme into plain data for a page or a terminal; `answers`
turns what was typed into changes, which `Scheme.edited_text` writes into the file with its
comments. `sentences` says each part in a sentence, `effects` counts what each rule forbids, and
`weightings` compares what other weights would give. Nothing here knows HTML.
"""

from rmmatch.desk.rule_forms.answers import addition, changes_of, with_changes
from rmmatch.desk.rule_forms.fields import (
    FieldChoice,
    FormPart,
    SchemeField,
    SchemeForm,
    blank_parts,
    scheme_form,
)

__all__ = [
    "FieldChoice",
    "FormPart",
    "SchemeField",
    "SchemeForm",
    "addition",
    "blank_parts",
    "changes_of",
    "scheme_form",
    "with_changes",
]
