"""The settings of the decision stage, which a bundle stores beside its weights (used by `hnhar.stream.decide`)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decision:
    """How calibrated window probabilities become events."""

    smoothing: float = 0.5
    """Time constant of the exponential smoothing of probabilities, s (0: none)."""
    enter: float = 0.5
    """An activity begins when its smoothed probability reaches this."""
    leave: float = 0.35
    """It ends when its smoothed probability falls below this, or another activity enters."""
    minimum: float = 0.25
    """An activity must hold `enter` this long before its onset is published, s."""
    refractory: float = 0.5
    """An activity that falls below `leave` and comes back within this time is the same one, s; its offset waits so long."""
    coverage: float = 0.5
    """A window whose best covered modality has less than this share of its grid neither begins nor ends anything."""
    onset_shift: float = 0.0
    """Added to the time at which the onset was decided, s (negative: the action began earlier)."""
    offset_shift: float = 0.0
    """Added to the time at which the offset was decided, s."""
