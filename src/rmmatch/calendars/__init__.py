"""Time: slots of a rota cycle and the text that people write them in."""

__all__: list[str] = []
