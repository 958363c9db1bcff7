"""A synthetic performer: a kinematic person, the actions of UTD-MHAD's wrist set amid idle pauses, no recorded data."""

from .perform import ACTIONS, perform

__all__ = ["ACTIONS", "perform"]
