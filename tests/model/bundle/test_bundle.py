"""A bundle says what it is; what is not one of ours is refused with what was found and what to do."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import save as save_tensors

from hnhar.model.bundle import bundle
from hnhar.model.bundle.bundle import BundleInfo, bundled, find, read_info
from hnhar.model.bundle.decision import Decision
from hnhar.model.errors import BundleError
from hnhar.model.kinds.imu import imu
from hnhar.model.loading import load, save

from ..conftest import describe, random_recognizer

Edit = Callable[[dict[str, Any]], object]


def split(raw: bytes) -> tuple[dict[str, Any], bytes]:
    """Header and data."""
    size = int.from_bytes(raw[:8], "little")
    return json.loads(raw[8 : 8 + size]), raw[8 + size :]


def joined(header: dict[str, Any], data: bytes) -> bytes:
    """The opposite of `split`."""
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def edited(path: Path, out: Path, edit: Edit) -> Path:
    """A copy whose description was changed by `edit`."""
    header, data = split(path.read_bytes())
    description = json.loads(header["__metadata__"]["hnhar"])
    edit(description)
    header["__metadata__"]["hnhar"] = json.dumps(description)
    out.write_bytes(joined(header, data))
    return out


def test_what_was_written_is_read(example_path: Path) -> None:
    info, recognizer = load(example_path)
    assert info == replace(describe(), digest=info.digest)
    assert info == read_info(example_path)
    assert re.fullmatch(r"example@[0-9a-f]{8}", info.id)
    expected = random_recognizer().state_dict()
    for name, tensor in recognizer.state_dict().items():
        assert torch.equal(tensor, expected[name])
    assert not recognizer.training


def test_the_same_weights_give_the_same_file(tmp_path: Path) -> None:
    for name in ("a", "b"):
        save(tmp_path / name, describe(), random_recognizer())
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_the_digest_is_returned_and_follows_the_weights(tmp_path: Path) -> None:
    first = save(tmp_path / "a", describe(), random_recognizer(0))
    second = save(tmp_path / "b", describe(), random_recognizer(1))
    assert first.digest == read_info(tmp_path / "a").digest
    assert first.digest != second.digest


def test_loading_does_not_move_the_random_stream(example_path: Path) -> None:
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    load(example_path)
    assert torch.equal(torch.rand(3), expected)


def test_reading_a_description_loads_no_torch(example_path: Path) -> None:
    code = (
        "import sys; from hnhar.model.bundle.bundle import read_info, bundled;"
        "read_info(sys.argv[1]); bundled();"
        "import hnhar.stream.windows.resample, hnhar.model.classifier; sys.exit('torch' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, str(example_path)], check=True)


@pytest.mark.parametrize("keep", [0, 5, 8, 9, 100, 5000, -100_000, -4, -1])
def test_truncated_files_are_refused(example_path: Path, tmp_path: Path, keep: int) -> None:
    raw = example_path.read_bytes()
    path = tmp_path / "cut.safetensors"
    path.write_bytes(raw[:keep])
    with pytest.raises(BundleError, match=r"truncated|damaged"):
        read_info(path)


def test_a_file_with_something_behind_it_is_refused(example_path: Path, tmp_path: Path) -> None:
    path = tmp_path / "long.safetensors"
    path.write_bytes(example_path.read_bytes() + b"\0")
    with pytest.raises(BundleError, match="padded"):
        read_info(path)


def test_damaged_headers_are_refused_or_read_but_never_crash(example_path: Path, tmp_path: Path) -> None:
    raw = example_path.read_bytes()
    size = int.from_bytes(raw[:8], "little")
    rng = np.random.default_rng(0)
    path = tmp_path / "flipped.safetensors"
    path.write_bytes(raw)
    refused = 0
    with path.open("r+b", buffering=0) as file:
        for _ in range(300):
            at, bit = int(rng.integers(0, 8 + size)), 1 << int(rng.integers(0, 8))
            for value in (raw[at] ^ bit, raw[at]):  # damaged, and afterwards whole again
                file.seek(at)
                file.write(bytes([value]))
                if value == raw[at]:
                    continue
                try:
                    load(path)
                except BundleError:
                    refused += 1
    assert refused > 150


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"PK\x03\x04 a zip file, as torch.save writes", "not a safetensors file"),
        ((2**62).to_bytes(8, "little") + b"{}", "not a safetensors file"),
        ((2).to_bytes(8, "little") + b"{}", "not of hnhar"),
        ((2).to_bytes(8, "little") + b"{]", "header cannot be read"),
        (joined({"__metadata__": {"hnhar": 3}}, b""), "metadata cannot be read"),
        (joined({"__metadata__": {"hnhar": "[]"}}, b""), "description cannot be read"),
        (joined({"__metadata__": {"hnhar": "{}"}}, b""), "names no format"),
        (joined({"__metadata__": {"hnhar": "[" * 100_000}}, b""), "description cannot be read"),
        (save_tensors({"a": np.zeros(3, np.float32)}), "not of hnhar"),
        (save_tensors({"a": np.zeros(3, np.float32)}, {"format": "pt"}), "not of hnhar"),
    ],
)
def test_files_that_are_not_ours_are_refused(tmp_path: Path, raw: bytes, text: str) -> None:
    path = tmp_path / "foreign.safetensors"
    path.write_bytes(raw)
    with pytest.raises(BundleError, match=text):
        read_info(path)


def test_a_file_beyond_the_size_limit_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.safetensors"
    with path.open("wb") as file:
        file.truncate(bundle.MAX_FILE + 1)
    with pytest.raises(BundleError, match="larger than"):
        read_info(path)


@pytest.mark.parametrize(
    ("edit", "text"),
    [
        (lambda d: d.update(format=3, extra=1), "format 3.*up to 2.*Update hnhar"),
        (lambda d: d.update(format=0), "names no format"),
        (lambda d: d.update(surprise=1), "unknown fields .surprise"),
        (lambda d: d.pop("labels"), "labels"),
        (lambda d: d.update(window="long"), "window"),
        (lambda d: d.update(window=-1), "window of -1"),
        (lambda d: d.update(hop=9.0), "hop of 9.0"),
        (lambda d: d.update(labels=["wave"]), "labels"),
        (lambda d: d.update(labels=["wave", "wave", "b", "idle"]), "labels"),
        (lambda d: d.update(labels=["\x1b[2J", "a", "b", "idle"]), "printable"),
        (lambda d: d.update(idle="rest"), "idle label 'rest'"),
        (lambda d: d.update(name="../up"), "name"),
        (lambda d: d.update(modalities=[]), "modality"),
        (lambda d: d["modalities"][0].update(kind="emg"), "unknown kind 'emg'"),
        (lambda d: d["modalities"][0].update(rate=0), "rate of 0"),
        (lambda d: d["modalities"][0]["channels"].reverse(), "channels or units"),
        (lambda d: d["modalities"][0].update(name="imu2"), "temperatures"),
        (lambda d: d.update(temperatures={"imu": 0}), "temperature"),
        (lambda d: d.update(temperatures={"imu": "warm"}), "temperatures"),
        (lambda d: d["decision"].update(leave=0.9), "thresholds"),
        (lambda d: d.update(digest=5), "digest"),
    ],
)
def test_descriptions_that_cannot_be_are_refused(
    example_path: Path, tmp_path: Path, edit: Edit, text: str
) -> None:
    path = edited(example_path, tmp_path / "odd.safetensors", edit)
    with pytest.raises(BundleError, match=text) as caught:
        read_info(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("edit", "text"),
    [
        (lambda d: d["architecture"].update(surprise=1), "surprise"),
        (lambda d: d["architecture"].update(classes=5), "4 labels, but a head for 5"),
        (lambda d: d["architecture"]["encoders"].pop("imu"), "modalities"),
        (lambda d: d["architecture"]["encoders"]["imu"].update(width=64), "Tensor .* of shape"),
        (lambda d: d["architecture"]["encoders"]["imu"].update(dilations=[1, 2]), "0 missing .* unknown"),
        (lambda d: d["architecture"]["encoders"]["imu"].update(dilations=[1, 2, 4, 8]), "missing"),
        (lambda d: d["architecture"]["encoders"]["skeleton"].update(rate=30.0), "25.0 Hz .* 30.0 Hz"),
        (
            lambda d: d["architecture"]["encoders"].update(imu=d["architecture"]["encoders"]["skeleton"]),
            "CompactSkeleton for the imu",
        ),
        (
            lambda d: d["architecture"]["encoders"].update(imu={"type": "paper_inertial", "steps": 50}),
            "150 steps .* 50 steps",
        ),
        (lambda d: d.update(window=2.0, architecture={}), "architecture cannot be built"),
    ],
)
def test_weights_that_are_not_of_the_architecture_are_refused(
    example_path: Path, tmp_path: Path, edit: Edit, text: str
) -> None:
    with pytest.raises(BundleError, match=text):
        load(edited(example_path, tmp_path / "odd.safetensors", edit))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_refused(example_path: Path, tmp_path: Path, value: float) -> None:
    raw = bytearray(example_path.read_bytes())
    header, _ = split(bytes(raw))
    start = 8 + int.from_bytes(raw[:8], "little")
    at = start + header["head.classifiers.imu.1.weight"]["data_offsets"][0]
    raw[at : at + 4] = np.float32(value).tobytes()
    path = tmp_path / "nan.safetensors"
    path.write_bytes(raw)
    with pytest.raises(BundleError, match=r"not finite \('head.classifiers.imu.1.weight'\)"):
        load(path)


def test_what_cannot_be_read_is_not_written(tmp_path: Path) -> None:
    recognizer = random_recognizer()
    with pytest.raises(BundleError, match="hop"):
        save(tmp_path / "a", describe(hop=-1.0), recognizer)
    with pytest.raises(BundleError, match="thresholds"):
        save(tmp_path / "a", describe(decision=Decision(enter=0.1, leave=0.5)), recognizer)
    with pytest.raises(BundleError, match="modalities"):
        save(tmp_path / "a", describe(modalities=(imu(),), temperatures={}), recognizer)
    with torch.no_grad():
        next(recognizer.parameters()).fill_(torch.nan)
    with pytest.raises(BundleError, match="not finite"):
        save(tmp_path / "a", describe(), recognizer)
    with pytest.raises(BundleError, match="cannot be written"):
        save(tmp_path / "nowhere" / "a", describe(), random_recognizer())
    assert not list(tmp_path.iterdir())


def test_temperature_is_one_where_none_was_fitted() -> None:
    info: BundleInfo = describe()
    assert info.temperature({"skeleton", "imu"}) == 2.0
    assert info.temperature({"skeleton"}) == 1.0


def test_bundles_are_found_by_name_and_by_path(
    example_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert find(str(example_path)) == example_path
    for name, path in bundled().items():
        assert find(name) == path
    monkeypatch.setattr(bundle, "bundled", lambda: {"shipped": example_path})
    assert find("shipped") == example_path
    with pytest.raises(BundleError, match=r"no bundle 'other'. Shipped bundles: shipped"):
        find("other")
    with pytest.raises(BundleError, match=r"no file 'other.safetensors'.*shipped"):
        find("other.safetensors")
    with pytest.raises(BundleError, match="not a file"):
        find(str(tmp_path))


@pytest.mark.parametrize("name", ["~nobody-of-that-name/own.safetensors", "x" * 5000])
def test_a_path_that_cannot_be_looked_up_is_refused(name: str) -> None:
    with pytest.raises(BundleError, match=r"cannot be looked up: .*or a shipped one"):
        find(name)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="permissions do not hold for root")
def test_a_file_that_may_not_be_read_is_refused(example_path: Path, tmp_path: Path) -> None:
    path = tmp_path / "secret.safetensors"
    path.write_bytes(example_path.read_bytes())
    path.chmod(0)
    with pytest.raises(BundleError, match="cannot be read"):
        read_info(path)


def test_a_path_that_is_gone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="cannot be read: No such file"):
        read_info(tmp_path / "gone.safetensors")


def test_every_shipped_bundle_loads() -> None:
    for name, path in bundled().items():
        info, _ = load(path)
        assert info.name == name
        assert info.metrics
        assert info.provenance
