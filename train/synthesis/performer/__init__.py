"""A synthetic performer: a kinematic person, UTD-MHAD's wrist actions amid idle pauses, no recorded data."""

from .perform import ACTIONS, perform

__all__ = ["ACTIONS", "perform"]
