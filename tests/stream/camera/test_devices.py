"""Cameras that are plugged in, as Linux lists them."""

from pathlib import Path

from hnhar.stream.camera.devices import Camera, absence, cameras


def plugged(folder: Path, *devices: tuple[int, str, int]) -> tuple[Path, Path]:
    """Folders as /dev and /sys/class/video4linux have them, of (number, name, index) each."""
    devs, known = folder / "dev", folder / "sys"
    devs.mkdir()
    for number, name, index in devices:
        (devs / f"video{number}").touch()
        about = known / f"video{number}"
        about.mkdir(parents=True)
        (about / "name").write_text(f"{name}\n")
        (about / "index").write_text(f"{index}\n")
    return devs, known


def test_a_webcam_is_listed_once_though_it_has_two_devices(tmp_path: Path) -> None:
    found = cameras(*plugged(tmp_path, (10, "Other: Other", 0), (0, "Integrated\x1b[31m C", 0), (1, "", 1)))
    assert found == [Camera(0, "Integrated\x1b[31m C"), Camera(10, "Other: Other")]
    assert [camera.source for camera in found] == ["camera:0", "camera:10"]


def test_a_device_of_which_nothing_is_known_is_listed_without_a_name(tmp_path: Path) -> None:
    (tmp_path / "video4").touch()
    (tmp_path / "videography").touch()
    assert cameras(tmp_path, tmp_path / "none") == [Camera(4, "")]


def test_what_is_missing_is_told_with_what_there_is() -> None:
    assert "there is no /dev/video987" in absence(987)
