"""Channels of a camera's skeleton: the 33 landmarks of MediaPipe Pose, each x, y, z and visibility.

Positions are MediaPipe's world landmarks, m: x to the image's right, y down, z away from the camera. The
mapping knows these names, and turns them so that y is up (`mapping.joints.MEDIAPIPE_33`).
"""

import socket
from typing import Final

from ..mapping.joints import MEDIAPIPE_33
from ..messages import StreamDescription

JOINTS: Final = MEDIAPIPE_33.joints
FIELDS: Final = ("x", "y", "z", "visibility")
CHANNELS: Final = tuple(f"{joint}_{field}" for joint in JOINTS for field in FIELDS)
UNITS: Final = ("m", "m", "m", "") * len(JOINTS)
TYPE: Final = "MoCap"
"""LSL type of such a stream."""


def description(name: str, source: str, rate: float = 0.0) -> StreamDescription:
    """The stream of a camera or a video; `rate`: Hz, 0 of a camera, whose frames come as light allows."""
    return StreamDescription(
        name=name,
        type=TYPE,
        source_id=f"hnhar-camera:{source}",
        channels=CHANNELS,
        units=UNITS,
        nominal_rate=rate,
        hostname=socket.gethostname(),
        manufacturer="MediaPipe Pose",
    )
