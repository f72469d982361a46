"""Goals in free text: tags proposed for them, and accepted by a person.

`free_text` makes vectors of short texts and `text_groups` groups of them; `tag_proposals` proposes,
and `goal_tags` keeps what was proposed and accepted.
"""

__all__: list[str] = []
