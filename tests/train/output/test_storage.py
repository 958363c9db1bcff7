"""What a comparison reads again from its run folder: whole, of this network, or an error that names it."""

import json
import os
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from hnhar.model.errors import ConfigError
from hnhar.train.output.storage import load_weights, read_json, save_weights
from hnhar.train.studies.protocol.cells import Cell, kept, settings_of
from hnhar.train.studies.protocol.encoders import Network, build
from hnhar.train.studies.protocol.preset import Entry, Preset, read

PRESET = Preset(title="one", entry=(Entry(name="random", title="random"),))


@pytest.fixture
def network() -> Network:
    return build("compact", ("imu",), 3, seed=0)


def test_weights_come_back_to_the_bit(tmp_path: Path, network: Network) -> None:
    save_weights(network, tmp_path / "a.safetensors")
    other = build("compact", ("imu",), 3, seed=1)
    load_weights(other, tmp_path / "a.safetensors")
    for name, tensor in network.state_dict().items():
        assert torch.equal(other.state_dict()[name], tensor)


def refused(network: Network, path: Path) -> str:
    """The reason; the network is as it was."""
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    with pytest.raises(ConfigError, match=r"a\.safetensors") as caught:
        load_weights(network, path)
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())
    return str(caught.value)


def test_weights_that_cannot_be_written_are_an_error_with_the_files_name(
    tmp_path: Path, network: Network
) -> None:
    with pytest.raises(ConfigError, match=r"missing.*cannot be written"):
        save_weights(network, tmp_path / "missing" / "w.safetensors")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"odd": np.zeros(1, np.float32)}, "another network"),
        ({"NAME": np.zeros(2, np.float32)}, "another 'NAME'"),
        ({"NAME": np.zeros(2, np.float64)}, "another 'NAME'"),
        ({"NAME": None}, "another network"),
        ({"NAME": np.nan}, "not finite"),
    ],
    ids=["more", "shape", "type", "less", "nan"],
)
def test_weights_of_another_network_are_refused(
    tmp_path: Path, network: Network, change: dict[str, object], says: str
) -> None:
    path = tmp_path / "a.safetensors"
    save_weights(network, path)
    tensors = load_file(path)
    name = next(name for name, value in tensors.items() if value.ndim == 1)
    for key, value in change.items():
        key = key.replace("NAME", name)
        if value is None:
            del tensors[key]
        elif isinstance(value, np.ndarray):
            tensors[key] = value
        else:
            tensors[key] = np.full_like(tensors[key], value)
    save_file(tensors, path)
    assert says.replace("NAME", name) in refused(network, path)


@pytest.mark.parametrize(
    "content",
    [b"", b"x" * 99, b"\xff" * 8 + b"{}", (1 << 40).to_bytes(8, "little") + b"{}", b"\x02" + bytes(7)],
)
def test_what_is_no_file_of_weights_is_refused(tmp_path: Path, network: Network, content: bytes) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(content)
    assert "no weights" in refused(network, path)


def test_a_file_larger_than_the_weights_can_be_is_not_read(tmp_path: Path, network: Network) -> None:
    path = tmp_path / "a.safetensors"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    assert "larger than" in refused(network, path)


@pytest.mark.parametrize(
    "content",
    [b"[]", b"7", b'"x"', b"null", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 100_000, b"{", b"9" * 5000],
    ids=range(9),
)
def test_what_is_no_object_of_json_is_refused_by_its_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"a\.json.*remove it"):
        read_json(path)


def test_a_pipe_in_the_place_of_a_result_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "random-s0.json")
    with pytest.raises(ConfigError, match=r"random-s0\.json.*regular file"):
        kept(PRESET, tmp_path, Cell("random", 0))


@pytest.mark.parametrize(
    "change",
    [
        {"trials": "many"},
        {"trials": [1]},
        {"few": [{}]},
        {"linear": {"imu": "all"}},
        {"linear_predictions": {"imu": [[]]}},
        {"pretraining_s": None},
    ],
    ids=str,
)
def test_a_result_whose_values_no_table_can_hold_is_refused(
    tmp_path: Path, change: dict[str, object]
) -> None:
    cell = Cell("random", 0)
    few = {"amount": 1, "number": 0, "plain": {"imu": 50.0}, "spread": {"imu": 50.0}, "inferred": 60.0}
    whole = {
        "settings": settings_of(PRESET, cell),
        "trials": [24, 12],
        "pretraining_s": 0.0,
        "linear": {"imu": 75.0},
        "linear_predictions": {"imu": [0, 1, 2]},
        "few": [few],
    }
    path = tmp_path / "random-s0.json"
    path.write_text(json.dumps(whole), "utf-8")
    assert kept(PRESET, tmp_path, cell) == whole
    path.write_text(json.dumps(whole | change), "utf-8")
    with pytest.raises(ConfigError, match=r"random-s0\.json' is no result"):
        kept(PRESET, tmp_path, cell)


@pytest.mark.parametrize(
    "text",
    ["x = " + "[" * 5000, ".".join("abcdefghijklmnopqrst") + " = 1", "\udcff", "title = 1", "[[entry]]", "a"],
    ids=range(6),
)
def test_a_preset_that_cannot_be_one_is_refused_by_its_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text, "utf-8", errors="surrogateescape")
    with pytest.raises(ConfigError, match=r"mine\.toml"):
        read(str(path), Preset)


def test_a_preset_may_be_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('title = "one"\n[[entry]]\nname = "random"\ntitle = "random"\n', "utf-8")
    assert msgspec.structs.asdict(read(str(path), Preset)) == msgspec.structs.asdict(PRESET)
