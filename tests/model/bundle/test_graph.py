"""A bundle's graph lies beside its weights, changes neither them nor the identifier, and is not believed."""

import base64
import zlib
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from safetensors.numpy import load_file

from hnhar.model.bundle.bundle import BundleFile, add_graph, bundled, parse, read, write
from hnhar.model.bundle.graph import MAX_SIZE, NetworkGraphs, digest_of, insert, pack, split, unpack
from hnhar.model.errors import BundleError

SHIPPED = bundled()
GRAPHS = NetworkGraphs({"imu": b"one", "": b"two"}, "made of this", made_by="a test")


def repacked(text: str, **changes: object) -> str:
    """A graph's text with some of its fields changed, and all else as it was."""
    fields = msgspec.json.decode(zlib.decompress(base64.b64decode(text)))
    return base64.b64encode(zlib.compress(msgspec.json.encode(fields | changes))).decode()


def test_graphs_come_back_as_they_were_packed() -> None:
    assert unpack(pack(GRAPHS)) == GRAPHS


@pytest.mark.parametrize("name", SHIPPED)
def test_every_bundle_that_ships_has_a_graph_of_its_own_architecture(name: str) -> None:
    file = read(SHIPPED[name])
    assert file.graph is not None
    info = file.info
    graphs = unpack(file.graph)
    assert graphs.made_of == digest_of(info.architecture, info.modalities, info.window)
    assert set(graphs.parts) == {"", *(modality.name for modality in info.modalities)}


@pytest.mark.parametrize("name", SHIPPED)
def test_without_its_graph_a_file_is_what_it_was_before_it_had_one(name: str) -> None:
    raw = SHIPPED[name].read_bytes()
    bare, text = split(raw)
    assert text is not None
    assert split(bare) == (bare, None)
    assert insert(bare, text) == raw
    assert parse(bare, Path(name)).info == parse(raw, Path(name)).info


def test_a_graph_is_put_in_place_of_another(tmp_path: Path) -> None:
    path = tmp_path / "some.safetensors"
    path.write_bytes(SHIPPED["tug"].read_bytes())
    before = read(path)
    add_graph(path, pack(GRAPHS))
    after = read(path)
    assert after.info == before.info
    assert after.entries == before.entries
    assert after.data == before.data
    assert after.graph == pack(GRAPHS)


def test_what_was_written_with_a_graph_has_the_digest_of_what_was_written_without(tmp_path: Path) -> None:
    file = read(SHIPPED["tug"])
    tensors = {name: file.tensor(name) for name in file.entries}
    with_it = write(tmp_path / "with.safetensors", file.info, tensors, file.graph)
    assert with_it == write(tmp_path / "without.safetensors", file.info, tensors)
    assert with_it.digest == read(tmp_path / "with.safetensors").info.digest
    assert read(tmp_path / "with.safetensors").graph == file.graph
    assert read(tmp_path / "without.safetensors").graph is None


def test_the_library_of_safetensors_reads_a_file_with_a_graph() -> None:
    tensors = load_file(SHIPPED["tug"])
    file = read(SHIPPED["tug"])
    assert {name: tensor.shape for name, tensor in tensors.items()} == {
        name: entry.shape for name, entry in file.entries.items()
    }


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"version": 2}, "of version 2"),
        ({"opset": 99}, "of opset 99"),
        ({"surprise": 1}, "cannot be read"),
        ({"parts": {"imu": {"size": 4, "sha256": "", "onnx": "b25l"}}}, "size or the digest"),
        ({"parts": {"imu": {"size": 3, "sha256": "0" * 64, "onnx": "b25l"}}}, "size or the digest"),
    ],
)
def test_a_graph_that_is_not_what_it_says_is_refused(changes: dict[str, object], found: str) -> None:
    with pytest.raises(BundleError, match=found):
        unpack(repacked(pack(GRAPHS), **changes))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no base64 at all",
        pack(GRAPHS)[:-8],
        base64.b64encode(zlib.compress(bytes(MAX_SIZE + 1))).decode(),
        base64.b64encode(zlib.compress(b"[" * 100_000)).decode(),
    ],
)
def test_text_that_holds_no_graph_is_refused_within_bounds(text: str) -> None:
    with pytest.raises(BundleError, match=r"cannot be read|truncated"):
        unpack(text)


@pytest.mark.parametrize("at", [9, 30, 60, 5000])
def test_a_file_with_a_damaged_graph_is_still_read_or_refused_in_words(at: int) -> None:
    raw = bytearray(SHIPPED["tug"].read_bytes())
    raw[at] ^= 1
    with pytest.raises(BundleError):
        unpack(parse(bytes(raw), Path("damaged")).graph or "")


def test_a_graph_that_is_too_large_is_not_written() -> None:
    with pytest.raises(BundleError, match="more than"):
        pack(replace(GRAPHS, parts={"imu": bytes(MAX_SIZE)}))


def test_a_bundle_file_without_a_graph_says_so() -> None:
    bare, _ = split(SHIPPED["tug"].read_bytes())
    found: BundleFile = parse(bare, Path("bare"))
    assert found.graph is None
