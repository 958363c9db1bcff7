"""Recordings of kinds that other packages open."""

import sys
from pathlib import Path

import pytest

from hnhar.model.errors import RecordingError
from hnhar.stream.recordings import Annotation, open_recording
from hnhar.stream.recordings.registry import GROUP

from ...installed import install
from .files import imu, xdf

MODULE = """
import numpy as np

from hnhar.stream.messages import StreamDescription
from hnhar.stream.recordings import RecordedStream, Recording
from hnhar.stream.recordings.opener import RecordingOpener

AXES = ("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z")


class Opener(RecordingOpener):
    kind = "a .mot file"
    names = ("laboratory",)
    suffixes = (".mot", ".xdf")

    def takes_folder(self, path):
        if path.name == "breaks":
            raise KeyError("boom")
        return path.name == "session"

    def open(self, path, options):
        text = path.read_text() if path.is_file() else ""
        if text == "bad":
            raise ValueError("two\\nlines")
        if text == "none":
            return None
        description = StreamDescription("mot", "IMU", "", AXES, ("g",) * 3 + ("deg/s",) * 3, 50.0)
        times = np.arange(100) / 50
        if text == "nan":
            times[7] = np.nan
        if text == "short":
            times = times[1:]
        stream = RecordedStream(description, np.zeros((100, 6), np.float32), times, "imu")
        return Recording(f"s{options.subject}", (stream,), (), path.stem)


class Other(Opener):
    names = ()
"""


def installs(monkeypatch: pytest.MonkeyPatch, folder: Path, **openers: str) -> None:
    monkeypatch.delitem(sys.modules, "mot_opener", raising=False)
    install(monkeypatch, folder, "hnhar-mot", {"mot_opener": MODULE}, {GROUP: openers})


def test_another_package_opens_its_files_folders_and_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installs(monkeypatch, tmp_path / "lib", mot="mot_opener:Opener")
    file, folder = tmp_path / "walk.MOT", tmp_path / "session"
    file.touch()
    folder.mkdir()
    assert open_recording(file, subject=3).wearer == "s3"
    assert open_recording(folder).name == "session"
    assert open_recording("laboratory").of("imu")


def test_a_table_beside_a_file_of_any_kind_says_what_was_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installs(monkeypatch, tmp_path / "lib", mot="mot_opener:Opener")
    (tmp_path / "a.mot").touch()
    (tmp_path / "a.tsv").write_text("onset\tduration\tlabel\n0.5\t1.0\twave\n")
    assert open_recording(tmp_path / "a.mot").annotations == (Annotation(0.5, 1.0, "wave"),)
    assert open_recording(tmp_path / "a.mot", tables=False).annotations == ()


def test_what_hnhar_opens_itself_stays_its_own_and_imports_nothing_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installs(monkeypatch, tmp_path / "lib", mot="mot_opener:Opener", bad="no_such_module:Opener")
    (tmp_path / "lib" / "mot_opener.py").write_text("raise SystemExit('it was imported')")
    path = tmp_path / "a.xdf"
    path.write_bytes(xdf(imu()))
    assert open_recording(path).of("imu")
    assert open_recording("synthetic").of("imu")


def test_a_broken_opener_is_told_where_nothing_else_takes_the_path_and_the_others_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installs(monkeypatch, tmp_path / "lib", a="no_such_module:Opener", mot="mot_opener:Opener")
    for name in ("a.mot", "a.trx"):
        (tmp_path / name).touch()
    assert open_recording(tmp_path / "a.mot").of("imu")
    with pytest.raises(RecordingError, match=r"unknown kind \('.trx'\).*a .mot file") as raised:
        open_recording(tmp_path / "a.trx")
    told = "the kind of recording 'a' of the package hnhar-mot cannot be used: ModuleNotFoundError"
    assert told in str(raised.value)
    (tmp_path / "breaks").mkdir()
    with pytest.raises(RecordingError, match="the package hnhar-mot failed: KeyError: 'boom'"):
        open_recording(tmp_path / "breaks")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("bad", "ValueError: two$"),
        ("none", "it gave a NoneType"),
        ("nan", "no number"),
        ("short", "without a time"),
    ],
)
def test_what_breaks_in_another_package_is_one_line_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, why: str
) -> None:
    installs(monkeypatch, tmp_path / "lib", mot="mot_opener:Opener")
    (tmp_path / "a.mot").write_text(text)
    with pytest.raises(RecordingError, match=f"a.mot cannot be read by the package hnhar-mot: .*{why}"):
        open_recording(tmp_path / "a.mot")


def test_a_path_that_two_packages_take_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installs(monkeypatch, tmp_path / "lib", mot="mot_opener:Opener")
    install(monkeypatch, tmp_path / "more", "hnhar-more", {}, {GROUP: {"more": "mot_opener:Other"}})
    (tmp_path / "a.mot").touch()
    with pytest.raises(RecordingError, match="hnhar-more and hnhar-mot: uninstall all but one"):
        open_recording(tmp_path / "a.mot")
