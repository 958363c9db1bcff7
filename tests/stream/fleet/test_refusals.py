"""What a fleet cannot do is said in words, soon."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from hnhar.model.errors import ConfigError
from hnhar.model.serving import RuntimeName
from hnhar.stream.cli.fleet import build_parser, configuration, portable, sources_of
from hnhar.stream.cli.live_weights import chosen_weights
from hnhar.stream.fleet import cluster, reach
from hnhar.stream.fleet.orders import Group

LAB = '[[wearer]]\nid = "w"\nimu = "{source}"\n'


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    path = tmp_path / "lab.toml"
    path.write_text(LAB.format(source="MyWatch"), "utf-8")
    return path


def test_without_ray_the_extra_is_named(lab: Path) -> None:
    hidden = (
        "import sys\nclass Hide:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'ray': raise ModuleNotFoundError(name)\n"
        "import importlib.util as u\nfound = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name == 'ray' else found(name, *a)\n"
        f"from hnhar.stream.cli.fleet import main\nsys.exit(main([{str(lab)!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", hidden], capture_output=True, text=True, timeout=100)
    assert done.returncode == 2
    assert done.stderr == "error: Ray is not installed: pip install 'hnhar[cluster]'.\n"


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("127.0.0.1:1", "no Ray cluster can be reached at 127.0.0.1:1: Connection refused"),
        ("ray://127.0.0.1:1", "not by Ray's client"),
        ("lab", "give the HOST:PORT that ray start --head says"),
        ("lab:99999", "give the HOST:PORT"),
    ],
)
def test_an_address_that_is_no_cluster_is_refused(address: str, words: str) -> None:
    pytest.importorskip("ray", reason="the extra `cluster` (Ray) is not installed")
    with pytest.raises(ConfigError) as refused:
        cluster.join(address)
    assert words in str(refused.value)


@contextmanager
def listening(answer: bytes | None) -> Iterator[str]:
    """The address of a server that answers so to whatever comes; None: not at all."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                connection, _ = server.accept()
                with connection:
                    connection.recv(64)
                    if answer is None:
                        connection.recv(64)  # until it hangs up
                    else:
                        connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
    thread.join(10)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "what listens there answers b'HTTP/1.1 400 Bad Request'"),
        (b"", "hung up at once"),
        (None, "said nothing within 0.2 s"),
    ],
)
def test_a_port_that_is_not_rays_is_refused_before_ray_tries_for_a_minute(
    answer: bytes | None, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reach, "ANSWER", 0.2)
    with listening(answer) as address, pytest.raises(ConfigError) as refused:
        reach.check_reach(address)
    assert f"no Ray cluster is at {address}: what listens there " in str(refused.value)
    assert words in str(refused.value)
    assert "ray start --head" in str(refused.value)


def test_what_begins_as_http_2_does_is_left_to_ray() -> None:
    with listening(b"\0\0\0\4\0\0\0\0\0") as address:
        reach.check_reach(address)


def test_a_source_that_only_one_machine_can_have_is_refused(lab: Path) -> None:
    lab.write_text(LAB.format(source="phone:"), "utf-8")
    config = configuration(build_parser().parse_args([str(lab)]))
    with pytest.raises(ConfigError, match="imu of wearer 'w' is phone:: a fleet takes streams of LSL only"):
        sources_of(config, chosen_weights(config))


def test_weights_of_a_file_travel_and_shipped_ones_stay(lab: Path, tmp_path: Path) -> None:
    from hnhar.model.bundle.bundle import find

    config = configuration(build_parser().parse_args([str(lab)]))
    assert portable(config) == (config, {})
    own = tmp_path / "own.safetensors"
    own.write_bytes(find("utd-mhad-wrist").read_bytes())
    config = configuration(build_parser().parse_args([str(lab), "--weights", str(own)]))
    sent, contents = portable(config)
    assert list(contents) == [sent.weights]
    assert contents[sent.weights] == own.read_bytes()


@pytest.mark.parametrize("runtime", get_args(RuntimeName))
def test_a_shard_reads_the_order_for_each_runtime_of_the_command(lab: Path, runtime: str) -> None:
    asked = build_parser().parse_args([str(lab), "--runtime", runtime])
    group = Group(number=1, config=configuration(asked), fleet="f", continued={}, runtime=asked.runtime)
    assert msgspec.json.decode(msgspec.json.encode(group), type=Group) == group


def test_nothing_else_imports_ray() -> None:
    code = (
        "import sys\nimport hnhar.stream.cli.fleet, hnhar.stream.cli.stream_live\n"
        "import hnhar.stream.cli.fleet_shard\n"
        "import hnhar.train.studies.protocol.table, hnhar.train.cli.protocol\nprint('ray' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
