"""Packages of others, as docs/extending.md shows them, in a run of `hnhar-stream`."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.kinds.imu import imu
from hnhar.model.loading import save
from hnhar.model.modality import kind_of
from hnhar.model.recognizer import Recognizer, preset
from hnhar.stream.intake.backend import Found
from hnhar.stream.intake.registry import source_backend
from hnhar.stream.messages import StreamDescription
from hnhar.stream.recordings import open_recording

from ...documented import example
from ...installed import install

DEADLINE = 120.0
PARTS = ("Sources", "Sinks", "Recordings", "Corpora", "Modality kinds and encoders")


def third_party() -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """A package with a source, a sink, an opener, a corpus and a modality kind: modules, and entry points."""
    modules: dict[str, str] = {}
    entries: dict[str, dict[str, str]] = {}
    for heading in PARTS:
        code, named = example(heading)
        modules |= code
        entries |= named
    return modules, entries


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that it is installed in, on this process's path."""
    modules, entries = third_party()
    folder = tmp_path / "site"
    install(monkeypatch, folder, "hnhar-laboratory", modules, entries)
    return folder


def bundle(path: Path) -> Path:
    """Weights that take an IMU and electromyography, random."""
    torch.manual_seed(0)
    modalities = (imu(), kind_of("emg").modality())
    recognizer = Recognizer(preset("compact", modalities, window=1.0, classes=2)).eval()
    save(path, BundleInfo("lab", modalities, 1.0, 0.25, ("wave", "idle"), "idle", "wrist", {}), recognizer)
    return path


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def sending(ports: dict[str, int]) -> Iterator[None]:
    """Datagrams of an IMU and of electrodes, 50 a second, by a clock that nobody knows."""
    stop = threading.Event()

    def send() -> None:
        names = ("acc_x [g]", "acc_y [g]", "acc_z [g]", "gyro_x [deg/s]", "gyro_y [deg/s]", "gyro_z [deg/s]")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            count = 0
            while not stop.wait(0.02):
                when = {"time": 1000.0 + time.monotonic()}
                count += 1
                values = [0.1, 0.2, 0.9 + 0.01 * (count % 7), 1.0 + count % 5, 2.0, 3.0]
                motion = when | {"type": "IMU"} | dict(zip(names, values, strict=True))
                muscle = (
                    when | {"type": "EMG"} | {f"emg_{n} [mV]": 0.1 * (count % (3 + n)) for n in range(1, 5)}
                )
                out.sendto(json.dumps(motion).encode(), ("127.0.0.1", ports["imu"]))
                out.sendto(json.dumps(muscle).encode(), ("127.0.0.1", ports["emg"]))

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextmanager
def running(command: list[str], environment: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def recognized(program: list[str], weights: Path, environment: dict[str, str]) -> None:
    """Samples from the package's source come out as predictions at its sink, from both modalities; and a sink
    that breaks ends nothing."""
    ports = {"imu": free_port(), "emg": free_port()}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
        sink.bind(("127.0.0.1", 0))
        sink.settimeout(DEADLINE)
        cue = f"cue:127.0.0.1:{sink.getsockname()[1]}"
        command = [
            *(*program, "--no-dashboard", "--publish", "tcp://127.0.0.1:0", "--weights", str(weights)),
            *("--imu-source", f"udp:{ports['imu']}", "--source", f"emg=udp:{ports['emg']}"),
            *("--wearer", "anna", "--sink", cue, "--sink", "cue:127.0.0.1:99999"),
        ]
        with running(command, environment) as process, sending(ports):
            used = set()
            while used != {"imu+emg"}:
                try:
                    wearer, label, confidence, modalities = sink.recv(1000).decode().split()
                except TimeoutError:
                    process.kill()
                    raise AssertionError(process.communicate()[0]) from None
                assert (wearer, label in ("wave", "idle")) == ("anna", True)
                assert 0.0 <= float(confidence) <= 1.0
                used.add(modalities)
                used -= {"imu", "emg"}  # while the other stream begins
            process.terminate()
            told, _ = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0, told
    assert "the sink 'cue:127.0.0.1:99999' is left out from now on" in told
    assert "Traceback" not in told


def test_predictions_from_the_source_of_a_package_come_out_at_its_sink(package: Path, tmp_path: Path) -> None:
    weights = bundle(tmp_path / "lab.safetensors")
    environment = {**os.environ, "PYTHONPATH": str(package)}
    recognized([str(Path(sys.executable).with_name("hnhar-stream"))], weights, environment)


@pytest.mark.usefixtures("package")
def test_the_documented_source_gives_no_sample_where_none_comes() -> None:
    backend, address = source_backend(f"udp:{free_port()}")
    description = StreamDescription("phone", "EMG", "", ("a", "b"), ("mV", "mV"), 0.0)
    inlet = backend.inlet(Found(address, description), time.monotonic)
    inlet.open(1.0)
    samples, stamps = inlet.pull(0.0, 10)
    inlet.close()
    assert (samples.shape, stamps.shape) == ((0, 2), (0,))
    assert not backend.find(address, 0.0)


@pytest.mark.usefixtures("package")
def test_a_recording_of_the_documented_kind_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "walk.npz"
    times = np.arange(100) / 50
    np.savez(path, time=times, acc=np.ones((100, 3)), gyro=np.zeros((100, 3)))
    (stream,) = open_recording(path).of("imu")
    assert stream.samples.shape == (100, 6)
    assert stream.timestamps.tolist() == times.tolist()


def write_package(folder: Path) -> Path:
    """The package as its author has it: modules beside a pyproject.toml."""
    modules, entries = third_party()
    folder.mkdir()
    for name, code in modules.items():
        (folder / f"{name}.py").write_text(code, "utf-8")
    lines = [
        '[build-system]\nrequires = ["setuptools>=77"]\nbuild-backend = "setuptools.build_meta"',
        '[project]\nname = "hnhar-laboratory"\nversion = "1.0"',
        f"[tool.setuptools]\npy-modules = {list(modules)}",
    ]
    for group, named in entries.items():
        lines.append(
            "\n".join([f'[project.entry-points."{group}"]', *(f'{n} = "{t}"' for n, t in named.items())])
        )
    (folder / "pyproject.toml").write_text("\n\n".join(lines) + "\n", "utf-8")
    return folder


@pytest.mark.slow
@pytest.mark.usefixtures("package")
def test_a_package_installed_by_pip_into_an_environment_adds_its_parts(tmp_path: Path) -> None:
    weights = bundle(tmp_path / "lab.safetensors")
    home = tmp_path / "environment"
    venv.create(home, symlinks=True)
    python = home / "bin" / "python"
    site = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    seen = [path for path in sys.path if Path(path).name == "site-packages"]
    lines = "".join(f"import site; site.addsitedir({path!r})\n" for path in seen)
    (Path(site) / "everything-else.pth").write_text(lines, "utf-8")
    source = write_package(tmp_path / "laboratory")
    quietly = ["-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([python, *quietly, source], check=True, timeout=DEADLINE)
    program = [str(python), "-c", "from hnhar.stream.cli.entry import stream; raise SystemExit(stream())"]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    recognized(program, weights, environment)
    (tmp_path / "toys").mkdir()
    check = "from hnhar.train.entry import train; raise SystemExit(train())"
    command = [python, "-c", check, "data", "check", tmp_path]
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment, timeout=DEADLINE, check=False
    )
    assert "Toys" in done.stdout, done
    assert "Traceback" not in done.stderr
