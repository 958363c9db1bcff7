"""The files of keys: private from their first moment, refused where they are not, and never half believed."""

import os
import resource
import stat
import threading
from pathlib import Path

import pytest

from hnhar.model.errors import ConfigError
from hnhar.stream.publish import keys as curve

DAY = "2026-11-24"


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    curve.make(folder)
    return folder


@pytest.fixture
def anna(keys: Path, tmp_path: Path) -> Path:
    """The file of a subscriber named anna."""
    out = tmp_path / "anna.subscriber"
    curve.add(keys, "anna", out, DAY)
    return out


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_secrets_are_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        folder, out = tmp_path / "keys", tmp_path / "anna.subscriber"
        curve.make(folder)
        curve.add(folder, "anna", out, DAY)
    finally:
        os.umask(before)
    assert [mode(path) for path in (folder, folder / curve.PUBLISHER, folder / curve.LIST, out)] == [
        0o700,
        0o600,
        0o600,
        0o600,
    ]


def test_what_is_written_is_read_back_and_the_publisher_keeps_no_secret_of_a_subscriber(
    keys: Path, anna: Path
) -> None:
    read = curve.subscriber_keys(anna)
    assert read.name == "anna"
    assert read.publisher == curve.publisher_keys(keys).public
    assert curve.allowed(keys) == [curve.Allowed("anna", read.public, DAY)]
    kept = "".join(path.read_text() for path in keys.iterdir())
    assert read.secret not in kept
    assert curve.publisher_keys(keys).secret not in anna.read_text()


def test_no_secret_shows_when_keys_are_printed(keys: Path, anna: Path) -> None:
    for pair in (curve.publisher_keys(keys), curve.subscriber_keys(anna)):
        assert pair.public in repr(pair)
        assert pair.secret not in repr(pair)


@pytest.mark.parametrize("bits", [0o640, 0o604, 0o620, 0o610, 0o666])
def test_a_secret_that_others_can_reach_is_refused(bits: int, keys: Path, anna: Path) -> None:
    for path in (keys / curve.PUBLISHER, anna):
        path.chmod(bits)
    with pytest.raises(ConfigError, match=rf"mode {bits:04o}.*chmod 600"):
        curve.publisher_keys(keys)
    with pytest.raises(ConfigError, match=rf"mode {bits:04o}.*chmod 600"):
        curve.subscriber_keys(anna)


def test_a_list_or_a_folder_that_others_can_write_is_refused(keys: Path, anna: Path) -> None:
    (keys / curve.LIST).chmod(0o620)
    with pytest.raises(ConfigError, match="let themselves in"):
        curve.allowed(keys)
    (keys / curve.LIST).chmod(0o644)
    assert len(curve.allowed(keys)) == 1
    keys.chmod(0o770)
    for read in (curve.allowed, curve.publisher_keys, curve.make):
        with pytest.raises(ConfigError, match="let themselves in"):
            read(keys)


def test_keys_are_never_overwritten(keys: Path, anna: Path, tmp_path: Path) -> None:
    before = [path.read_bytes() for path in (keys / curve.PUBLISHER, keys / curve.LIST, anna)]
    with pytest.raises(ConfigError, match="not overwritten"):
        curve.make(keys)
    with pytest.raises(ConfigError, match="revoke it first"):
        curve.add(keys, "anna", tmp_path / "again.subscriber", DAY)
    with pytest.raises(ConfigError, match="not overwritten"):
        curve.add(keys, "ben", anna, DAY)
    assert [path.read_bytes() for path in (keys / curve.PUBLISHER, keys / curve.LIST, anna)] == before


def test_a_link_is_not_followed_when_a_secret_is_written(keys: Path, tmp_path: Path) -> None:
    (tmp_path / "ben.subscriber").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match="not overwritten"):
        curve.add(keys, "ben", tmp_path / "ben.subscriber", DAY)
    assert not (tmp_path / "elsewhere").exists()
    assert curve.allowed(keys) == []


def test_nobody_is_let_in_whose_file_could_not_be_written(keys: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be written"):
        curve.add(keys, "ben", tmp_path / "nowhere" / "ben.subscriber", DAY)
    assert curve.allowed(keys) == []


@pytest.mark.parametrize("name", ["", "../eve", "a b", "a/b", ".hidden", "-x", "é", "a\nb", "x" * 65])
def test_a_name_that_is_no_name_is_refused(name: str, keys: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be named"):
        curve.add(keys, name, tmp_path / "out", DAY)
    assert not (tmp_path / "out").exists()


def test_only_the_one_that_is_named_is_revoked(keys: Path, anna: Path, tmp_path: Path) -> None:
    curve.add(keys, "ben", tmp_path / "ben.subscriber", DAY)
    curve.revoke(keys, "anna")
    assert [one.name for one in curve.allowed(keys)] == ["ben"]
    with pytest.raises(ConfigError, match="there is ben"):
        curve.revoke(keys, "anna")


def test_many_at_once_who_add_and_revoke_undo_nothing_of_each_other(keys: Path, tmp_path: Path) -> None:
    def work(number: int) -> None:
        curve.add(keys, f"stays-{number}", tmp_path / f"{number}.subscriber", DAY)
        curve.add(keys, f"goes-{number}", tmp_path / f"{number}.gone", DAY)
        curve.revoke(keys, f"goes-{number}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert {one.name for one in curve.allowed(keys)} == {f"stays-{number}" for number in range(12)}


def test_what_a_killed_run_left_does_not_stop_the_next(keys: Path, tmp_path: Path) -> None:
    (keys / f".{curve.LIST}.new").write_text("half a li")
    curve.add(keys, "ben", tmp_path / "ben.subscriber", DAY)
    assert [one.name for one in curve.allowed(keys)] == ["ben"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff\xfe" * 100,
        b"name = 3",
        b'name = "anna"\npublisher = "short"\npublic = "short"\nsecret = "short"',
        b'name = "../anna"\npublisher = "p"\npublic = "p"\nsecret = "s"',
        b"[" * 5000,
        b"x" * 300_000,
    ],
    ids=["empty", "binary", "types", "short", "path", "deep", "huge"],
)
def test_a_damaged_key_file_is_refused_by_name(content: bytes, keys: Path, anna: Path) -> None:
    for path in (anna, keys / curve.PUBLISHER):
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"anna\.subscriber|cannot be named"):
        curve.subscriber_keys(anna)
    with pytest.raises(ConfigError, match=r"publisher\.key"):
        curve.publisher_keys(keys)


def test_a_key_with_one_letter_changed_is_found_out_without_showing_the_secret(keys: Path) -> None:
    path = keys / curve.PUBLISHER
    secret = curve.publisher_keys(keys).secret
    changed = ("a" if secret[5] != "a" else "b").join((secret[:5], secret[6:]))
    path.write_text(path.read_text().replace(secret, changed))
    with pytest.raises(ConfigError, match="do not belong together") as caught:
        curve.publisher_keys(keys)
    assert changed not in str(caught.value)


def test_a_pipe_in_place_of_a_key_file_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(ConfigError, match="no file"):
        curve.subscriber_keys(tmp_path / "pipe")


def test_a_folder_with_several_subscribers_is_not_guessed_from(
    keys: Path, anna: Path, tmp_path: Path
) -> None:
    assert curve.subscriber_keys(tmp_path).name == "anna"
    curve.add(keys, "ben", tmp_path / "ben.subscriber", DAY)
    with pytest.raises(ConfigError, match="holds 2 files"):
        curve.subscriber_keys(tmp_path)


@pytest.mark.parametrize("line", ["garbage", "key name", "x" * 40, "é" * 40 + " anna"])
def test_a_list_with_a_line_that_is_none_lets_nobody_in(line: str, keys: Path, anna: Path) -> None:
    path = keys / curve.LIST
    path.write_text(path.read_text() + line + "\n", "utf-8")
    with pytest.raises(ConfigError, match="subscribers"):
        curve.allowed(keys)


def test_a_subscriber_that_could_not_be_listed_leaves_no_file_behind(keys: Path, tmp_path: Path) -> None:
    for number in range(16):
        curve.add(keys, f"subscriber-{number}", tmp_path / f"{number}.subscriber", DAY)
    known = curve.allowed(keys)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(
        resource.RLIMIT_FSIZE, (600, before[1])
    )  # one subscriber's file has room, the list has none
    try:
        with pytest.raises(ConfigError, match="subscribers cannot be written"):
            curve.add(keys, "anna", tmp_path / "anna.subscriber", DAY)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not (tmp_path / "anna.subscriber").exists()
    assert curve.allowed(keys) == known
