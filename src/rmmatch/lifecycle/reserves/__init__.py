"""Whom to train as a stand-in, before anybody leaves."""

from rmmatch.lifecycle.reserves.api import Estimate, Reserve, Reserves, reserves

__all__ = ["Estimate", "Reserve", "Reserves", "reserves"]
