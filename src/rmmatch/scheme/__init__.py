"""The scheme: what a committee decided, as one frozen value."""

from rmmatch.scheme.model import Scheme

__all__ = ["Scheme"]
