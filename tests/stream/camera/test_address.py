"""The address of a camera: what it names, and what is refused."""

import pytest

from hnhar.model.errors import ConfigError
from hnhar.stream.camera.address import CameraAddress, parse_address


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", CameraAddress("0")),
        ("2", CameraAddress("2")),
        ("/dev/video2,person=2", CameraAddress("/dev/video2", person=2)),
        ("clip.mp4, rotate=90 ,mirror=yes", CameraAddress("clip.mp4", rotate=90, mirror=True)),
        ("anna, at home.mp4", CameraAddress("anna, at home.mp4")),
        ("a,b=c.mp4", CameraAddress("a,b=c.mp4")),
        ("http://phone:8080/video,model=m.task", CameraAddress("http://phone:8080/video", model="m.task")),
    ],
)
def test_a_source_is_followed_by_what_is_said_of_its_image(text: str, meant: CameraAddress) -> None:
    assert parse_address(text) == meant


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0,person=0", "person is one of 1, 2, 3, 4"),
        ("0,person=9", "person is one of"),
        ("0,rotate=45", "rotate is one of 0, 90, 180, 270"),
        ("0,mirror=maybe", "mirror is yes or no"),
        ("0,mirrored=yes", "there is no 'mirrored'"),
        ("0,person=1,person=2", "person is said twice"),
        ("a\0b", "no file has this name"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        parse_address(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("source", "index", "file", "remote"),
    [
        ("0", 0, False, False),
        ("/dev/video3", 3, False, False),
        ("/dev/v4l/by-id/usb", None, False, False),
        ("2026.mp4", None, True, False),
        ("rtsp://10.0.0.9/live", None, False, True),
    ],
)
def test_cameras_files_and_network_cameras_are_told_apart(
    source: str, index: int | None, file: bool, remote: bool
) -> None:
    address = CameraAddress(source)
    assert (address.index, address.is_file, address.remote) == (index, file, remote)


def test_the_password_of_a_network_camera_is_not_for_others() -> None:
    camera = CameraAddress("rtsp://me:secret@10.0.0.9:554/live?token=secret")
    assert camera.name == "camera 10.0.0.9:554"
    assert camera.identity == "rtsp://10.0.0.9:554/live"
    assert CameraAddress("clip.mp4").identity == "clip.mp4"
