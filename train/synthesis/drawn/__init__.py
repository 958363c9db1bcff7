"""A person drawn: frames of a video of a (T, 20, 3) skeleton as an ordinary camera would film it.

What a single camera makes of people is measured and tested on these, as there the true skeleton is known.
Needs OpenCV (extra `camera`).
"""

from .video import film, frames, write_video
from .view import View

__all__ = ["View", "film", "frames", "write_video"]
