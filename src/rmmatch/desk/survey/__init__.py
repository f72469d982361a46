"""From an export to a form, and from both to clean tables.

`propose_form` (`proposal`) reads the tables of an export and makes a draft of each (`drafts`):
`mapping` finds the field of a column, `people` what tells people apart and whom they name, `cells`
what answers mean. What is sure is written, with its evidence beside the line (`writing`). What is
only likely, and any column that may list people who must not be paired, becomes a question
(`questions`), in the order of `importance`.

`importing` reads an export by its form and writes clean tables (`clean_tables`), what a newer
export changes (`differences`), and who took part under which id (`register`); `first_scheme` makes
a scheme of the columns that are there. `rmmatch import` asks and shows, and decides nothing.
`tags` proposes tags for goals in free text.
"""

from rmmatch.desk.survey.mapping.proposed_fields import FieldProposal, propose_fields
from rmmatch.desk.survey.proposal import propose_form

__all__ = ["FieldProposal", "propose_fields", "propose_form"]
