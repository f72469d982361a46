"""What every field of a scheme is called and what it does, in people's words, for its JSON Schema.

Read only when the schema is asked for: neither importing a scheme nor reading one needs it.
"""

__all__: list[str] = []
