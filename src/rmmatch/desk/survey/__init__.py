"""From a survey's export to a form and tables: what is proposed, and what a person decides."""

__all__: list[str] = []
