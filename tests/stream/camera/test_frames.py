"""Images of video files: their times, their orientation, and what is no video."""

import struct
from pathlib import Path

import numpy as np
import pytest

from hnhar.model.errors import RecordingError, SourceError
from hnhar.stream.camera.address import CameraAddress
from hnhar.stream.camera.frames import LARGEST, WORKED, Video

cv2 = pytest.importorskip("cv2", reason="OpenCV is not installed (extra camera)")


def written(path: Path, *, images: int = 12, rate: float = 25.0, size: tuple[int, int] = (160, 96)) -> Path:
    """A video whose upper left quarter is red, and the rest blue."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), rate, size)
    assert writer.isOpened()
    picture = np.zeros((size[1], size[0], 3), np.uint8)
    picture[:, :, 0] = 200
    picture[: size[1] // 2, : size[0] // 2] = (0, 0, 200)
    for _ in range(images):
        writer.write(picture)
    writer.release()
    return path


def test_images_come_with_the_times_of_the_file(tmp_path: Path) -> None:
    video = Video(CameraAddress(str(written(tmp_path / "a.mp4"))))
    times = [frame.time for frame in video.frames()]
    assert (video.width, video.height, video.rate, video.count) == (160, 96, 25.0, 12)
    assert times == pytest.approx([k / 25 for k in range(12)], abs=1e-6)


@pytest.mark.parametrize(
    ("rotate", "mirror", "corner"),
    [
        (0, False, (0, 0)),
        (90, False, (0, -1)),
        (180, False, (-1, -1)),
        (270, False, (-1, 0)),
        (0, True, (0, -1)),
    ],
)
def test_an_image_is_turned_as_asked(
    tmp_path: Path, rotate: int, mirror: bool, corner: tuple[int, int]
) -> None:
    address = CameraAddress(str(written(tmp_path / "a.mp4", images=1)), rotate=rotate, mirror=mirror)
    video = Video(address)
    image = video.prepared(next(video.frames()).image)
    assert image.shape[:2] == ((160, 96) if rotate in (90, 270) else (96, 160))
    red = image[..., 0].astype(int) - image[..., 2] > 100
    assert red[corner]
    assert red.mean() == pytest.approx(0.25, abs=0.05)


def test_a_large_image_is_made_smaller_before_it_is_looked_at(tmp_path: Path) -> None:
    video = Video(CameraAddress(str(written(tmp_path / "a.mp4", images=1, size=(1920, 1088)))))
    assert video.prepared(next(video.frames()).image).shape == (round(1088 * WORKED / 1920), WORKED, 3)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("depth", [None, 1, 3, 4])
def test_any_image_becomes_red_green_and_blue(tmp_path: Path, kind: type, depth: int | None) -> None:
    video = Video(CameraAddress(str(written(tmp_path / "a.mp4", images=1))))
    shape = (8, 6) if depth is None else (8, 6, depth)
    made = video.prepared(np.full(shape, 7, kind))
    assert (made.shape, made.dtype) == ((8, 6, 3), np.uint8)


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "is empty"), (b"no video" * 1000, "is no video that can be read"), (None, "No such file")],
)
def test_what_is_no_video_is_refused(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "a.mp4"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RecordingError, match=words):
        Video(CameraAddress(str(path)))


def test_a_folder_is_no_video(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="a folder"):
        Video(CameraAddress(str(tmp_path)))


def test_a_camera_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(SourceError, match=r"camera 987 cannot be had: there is no /dev/video987"):
        Video(CameraAddress("987"))


def test_a_video_cut_off_gives_the_images_that_it_has(tmp_path: Path) -> None:
    whole = written(tmp_path / "a.avi", images=50)
    raw = whole.read_bytes()
    whole.write_bytes(raw[: len(raw) * 2 // 3])
    times = [frame.time for frame in Video(CameraAddress(str(whole))).frames()]
    assert 0 < len(times) < 50
    assert (np.diff(times) > 0).all()


@pytest.mark.parametrize(("rate", "scale"), [(1, 5), (50_000, 1)])
def test_a_rate_that_cannot_be_is_not_believed_and_times_increase(
    tmp_path: Path, rate: int, scale: int
) -> None:
    path = written(tmp_path / "a.avi")
    raw = bytearray(path.read_bytes())
    at = raw.index(b"vids") + 20  # of the stream's header: its scale, and its rate
    raw[at : at + 8] = struct.pack("<II", scale, rate)
    path.write_bytes(raw)
    video = Video(CameraAddress(str(path)))
    times = [frame.time for frame in video.frames()]
    assert video.rate == 0.0
    assert len(times) == 12
    assert (np.diff(times) >= 1e-3 - 1e-9).all()


def test_the_limit_of_an_image_is_beyond_what_cameras_have() -> None:
    assert LARGEST >= 7680
