"""From an export to a form: what each question fills, with the evidence for a person to check.

`propose_form` (`proposal`) reads the tables of an export. For each table `drafts` asks `mapping`
for a field a column: headers become words (`headers`), are scored against what forms ask
(`fields`), and what the cells look like (`profiles`) confirms a header or speaks against it; the
columns of a survey tool (`tools`) are known by name. `groups` puts columns of one question
together (grids, boxes, ranks), `ids` decides what tells people apart, and `writing` puts the
evidence beside each line of the YAML.

What is sure is written. What is only likely, and any column that may list people who must not be
paired, becomes a question.

`importing` reads an export by its form and writes clean tables (`clean_tables`), what a newer
export changes (`differences`), and who took part under which id (`register`); `first_scheme` makes
a scheme of the columns that are there. `rmmatch import` asks and shows, and decides nothing.
"""

from rmmatch.desk.survey.mapping import FieldProposal, propose_fields
from rmmatch.desk.survey.proposal import propose_form

__all__ = ["FieldProposal", "propose_fields", "propose_form"]
