"""What the cells of a question mean: what is sure, and what a person is asked.

`cell_reading` goes through the fields of a form; `column_questions` asks about one column, by way
of `separators` (several answers in a cell), `spellings`, `grades` and `tallies`.
"""

__all__: list[str] = []
