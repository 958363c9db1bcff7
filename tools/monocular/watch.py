"""MediaPipe Pose on drawn sessions, kept in files: it takes minutes, and what is measured on it changes."""

from pathlib import Path

import cv2
import numpy as np
from tools.monocular.sessions import DrawnSession

from hnhar.stream.camera.model import Networks
from hnhar.stream.camera.pose import PoseEstimator
from hnhar.train.synthesis.drawn import film, frames

LANDMARKS = 33


def watched(of: DrawnSession, model: Networks | bytes, path: Path, rate: float) -> None:
    """Draw the session, look at it as `hnhar camera` does, and write what was seen.

    `path`: .npz with times (T,), world and image (T, 33, 3), visibility and presence (T, 33), NaN where
    nobody was found, and the true joints (T, 20, 3) in the camera's frame. `rate`: frames a second.
    """
    times, joints = film(of.recording, rate)
    shape = (len(times), LANDMARKS)
    world, image = np.full((*shape, 3), np.nan, np.float32), np.full((*shape, 3), np.nan, np.float32)
    visibility, presence = np.full(shape, np.nan, np.float32), np.full(shape, np.nan, np.float32)
    estimator = PoseEstimator(model)
    try:
        for k, frame in enumerate(frames(joints, of.view, of.look)):
            colors = np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), np.uint8)
            found = estimator.estimate(colors, float(times[k] - times[0]))
            if found:
                world[k], image[k] = found[0].world, found[0].image
                visibility[k], presence[k] = found[0].visibility, found[0].presence
    finally:
        estimator.close()
    seen = of.view.seen(joints)
    part = path.with_suffix(".part.npz")
    np.savez_compressed(
        part,
        times=times,
        world=world,
        image=image,
        visibility=visibility,
        presence=presence,
        truth=seen.astype(np.float32),
        inside=of.view.inside(seen),
    )
    part.rename(path)
