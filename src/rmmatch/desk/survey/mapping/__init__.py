"""Which question of an export fills which field.

Headers become words (`headers`) and are scored against what forms ask (`fields`, `private_fields`,
of the type `field_kinds`); what the cells look like (`profiles`) confirms a header or speaks
against it. The columns of a survey tool (`tools`) are known by name, and `groups` puts columns of
one question together: grids, boxes, ranks. `proposed_fields` decides on one field a column.
"""

__all__: list[str] = []
