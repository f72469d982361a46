"""From a survey export to clean tables: what `rmmatch import` does, without its terminal."""

__all__: list[str] = []
