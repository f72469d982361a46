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
from rmmatch.desk.rule_forms.rule_effects import Effects, RuleEffect, effects
from rmmatch.desk.rule_forms.rule_sentences import RuleSentence, SentenceBlank, sentences
from rmmatch.desk.rule_forms.weightings import (
    ComparedPair,
    WeightingOutcome,
    Weightings,
    compare_weightings,
)

__all__ = [
    "ComparedPair",
    "Effects",
    "FieldChoice",
    "FormPart",
    "RuleEffect",
    "RuleSentence",
    "SchemeField",
    "SchemeForm",
    "SentenceBlank",
    "WeightingOutcome",
    "Weightings",
    "addition",
    "blank_parts",
    "changes_of",
    "compare_weightings",
    "effects",
    "scheme_form",
    "sentences",
    "with_changes",
]
