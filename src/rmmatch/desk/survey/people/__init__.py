"""Who people are, and whom they name.

`ids` chooses what tells people apart, and `repeats` asks about people with several rows;
`people_columns` finds columns that name people whatever their header says; `people_of_form` and
`people_names` ask whom the names in lists of people mean.
"""

__all__: list[str] = []
