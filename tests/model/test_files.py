"""Files are read whole up to a limit, and written whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from hnhar.model.files import write_whole


def test_text_and_bytes_replace_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    write_whole(file, "ä longer text")
    write_whole(file, b"short")
    assert file.read_bytes() == b"short"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("mask", [0o077, 0o022, 0o000])
def test_permissions_are_those_asked_for_or_of_the_file_before_or_of_the_umask(
    mask: int, tmp_path: Path
) -> None:
    def mode(name: str) -> int:
        return stat.S_IMODE((tmp_path / name).stat().st_mode)

    (tmp_path / "private").touch()
    (tmp_path / "private").chmod(0o640)
    before = os.umask(mask)
    try:
        write_whole(tmp_path / "plain", "")
        write_whole(tmp_path / "secret", "", mode=0o600)
        write_whole(tmp_path / "private", "")
    finally:
        os.umask(before)
    assert (mode("plain"), mode("secret"), mode("private")) == (0o666 & ~mask, 0o600, 0o640)


def test_what_cannot_be_flushed_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.md"
    write_whole(file, "old")

    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(file, "new")
    assert file.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_name_as_long_as_a_file_may_have_is_written(tmp_path: Path) -> None:
    for name in ("a" * 255, "ä" * 127):
        write_whole(tmp_path / name, "text")
        assert (tmp_path / name).read_text(encoding="utf-8") == "text"


def test_a_link_stays_and_what_it_leads_to_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old", encoding="utf-8")
    link = tmp_path / "link"
    link.symlink_to("real")
    write_whole(link, "new")
    assert link.is_symlink()
    assert (tmp_path / "real").read_text(encoding="utf-8") == "new"


def test_folders_pipes_and_devices_are_refused_in_words(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, words in (
        (tmp_path, "it is a folder"),
        (tmp_path / "pipe", "a pipe or a device"),
        (Path("/dev/null"), "a pipe or a device"),
        (tmp_path / "nowhere" / "a", "No such file"),
        (tmp_path / "a\0b", "no file can have this name"),
    ):
        with pytest.raises(OSError, match=words) as caught:
            write_whole(path, "x")
        assert caught.value.strerror
    with pytest.raises(OSError, match="UTF-8"):
        write_whole(tmp_path / "a", "\udcff")
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]
