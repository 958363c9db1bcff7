"""From recordings of any set of sensors to a bundle that is served: an accelerometer alone, five IMUs."""

from pathlib import Path

import pytest

from hnhar.model.bundle.bundle import read_info
from hnhar.model.bundle.subsets import calibrated_subsets, subset_key
from hnhar.stream.cli.stream import main as stream
from hnhar.train.cli.main import main

from ...stream.recordings.files import XdfStream, xdf
from .performed import STRENGTHS, marked, sensor

pytestmark = pytest.mark.slow


def trained(tmp_path: Path, name: str, *people: tuple[XdfStream, ...]) -> Path:
    files = []
    for person, streams in enumerate(people):
        path = tmp_path / f"{name}-sub-{person}.xdf"
        path.write_bytes(xdf(*streams, marked(person)))
        files.append(str(path))
    run = tmp_path / name
    options = ["--preset", "quick", "--window", "2", "--threads", "1", "--name", name, "--run", str(run)]
    assert main(["corpus", *files, *options]) == 0
    return run / f"{name}.safetensors"


def recognized(bundle: Path, recording: Path, out: Path, *options: str) -> int:
    words = ["--recording", str(recording), "--weights", str(bundle), "--out", str(out), *options]
    assert stream(words) == 0
    table = out / f"{recording.stem}.events.tsv"
    return len(table.read_text("utf-8").splitlines()) - 1


def test_an_accelerometer_alone_is_learned_and_recognized(tmp_path: Path) -> None:
    people = [(sensor("Polar H10", k, 1.0, 52.0, type="Accelerometer"),) for k in range(3)]
    bundle = trained(tmp_path, "polar", *people)
    (modality,) = read_info(bundle).modalities
    assert (modality.name, modality.rate) == ("accelerometer", 50.0)
    assert recognized(bundle, tmp_path / "polar-sub-2.xdf", tmp_path / "out") >= 4


def test_five_imus_are_learned_where_a_recording_lacks_one_and_recognized_by_any(tmp_path: Path) -> None:
    people = []
    for person in range(3):
        worn = [sensor(f"dot-{place}", person, s, placement=place) for place, s in STRENGTHS.items()]
        people.append(tuple(worn[:-1] if person == 0 else worn))
    bundle = trained(tmp_path, "five", *people)
    info = read_info(bundle)
    names = [modality.name for modality in info.modalities]
    assert names == [f"imu.{place}" for place in sorted(STRENGTHS)]
    assert [m.placement for m in info.modalities] == sorted(STRENGTHS)
    assert set(info.temperatures) <= {subset_key(subset) for subset in calibrated_subsets(names)}
    assert len(info.temperatures) == 11
    recording = tmp_path / "five-sub-2.xdf"
    for only in ("imu.wrist", "ankle,neck", ",".join(names)):
        assert recognized(bundle, recording, tmp_path / only, "--only", only) >= 4
