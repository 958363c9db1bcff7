"""Cameras and videos as live sources: opened, lost, found again, and ended, by the real process."""

import os
import signal
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hnhar.model.errors import ConfigError
from hnhar.model.kinds.skeleton import skeleton
from hnhar.stream.camera.address import parse_address
from hnhar.stream.camera.backend import CameraBackend
from hnhar.stream.camera.letters import CameraOpened, Over, Row
from hnhar.stream.camera.process import Worker
from hnhar.stream.intake.reader import SourceReader
from hnhar.stream.lsl.inlet import now
from hnhar.stream.messages import StreamState
from hnhar.train.synthesis.drawn import View, frames

from ..intake.collector import Collector

DEADLINE = 60.0


@contextmanager
def reading(source: str) -> Iterator[tuple[Collector, SourceReader]]:
    sink = Collector()
    reader = SourceReader("p", skeleton(), source, sink, now=now)
    reader.start()
    try:
        yield sink, reader
    finally:
        assert reader.stop(25.0)


class PhoneCamera:
    """A phone that sends its camera's images by HTTP, as apps for it do (Motion JPEG)."""

    def __init__(self, images: list[bytes]) -> None:
        phone = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=image")
                self.end_headers()
                try:
                    while not phone.off.wait(1 / 15.0):
                        phone.sent += 1
                        image = images[phone.sent % len(images)]
                        head = f"--image\r\nContent-Type: image/jpeg\r\nContent-Length: {len(image)}\r\n\r\n"
                        self.wfile.write(head.encode() + image + b"\r\n")
                except OSError:
                    return  # whoever read it has gone

            def log_message(self, *arguments: object) -> None:
                return

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = daemon_threads = True

        self.off, self.sent = threading.Event(), 0
        self._server = Server(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}/video"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.off.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10.0)


def test_a_video_goes_live_at_its_pace_and_is_over_at_its_end(model: Path, clip: Path) -> None:
    begun = now()
    with reading(f"camera:{clip}") as (sink, _):
        sink.until(lambda: sink.seen(StreamState.LOST), DEADLINE)
        assert "the video is over" in sink.note(StreamState.LOST)
        sink.until(lambda: "waiting for" in sink.states[-1][2], DEADLINE)
        assert "the video is over" in sink.states[-1][2]
    stamps = sink.stamps("skeleton")
    assert begun < stamps[0] < stamps[-1] < now()
    steps = np.diff(stamps)
    # images may be passed over where the machine is busy: each keeps its own time
    assert steps * 15.0 == pytest.approx(np.round(steps * 15.0), abs=1e-3)
    assert sink.values("skeleton").shape[1] == 60


@pytest.mark.slow
def test_a_network_camera_that_goes_and_comes_back_is_read_again(
    model: Path, joints: NDArray[np.float64]
) -> None:
    import cv2

    images = [cv2.imencode(".jpg", image)[1].tobytes() for image in frames(joints[:10], View())]
    phone = PhoneCamera(images)
    try:
        with reading(f"camera:{phone.address}") as (sink, reader):
            sink.until(lambda: sink.count() > 3, DEADLINE)
            phone.off.set()
            sink.until(lambda: sink.seen(StreamState.LOST), DEADLINE)
            before = sink.count()
            phone.off.clear()
            sink.until(lambda: sink.count() > before + 3, DEADLINE)
            (status,) = reader.statuses(now())
            assert status.gaps >= 1
        stamps = sink.stamps("skeleton")
        assert (np.diff(stamps) > 0).all()
    finally:
        phone.close()


def test_a_process_that_is_killed_is_a_lost_camera(model: Path, clip: Path) -> None:
    worker = Worker(parse_address(str(clip)))
    assert isinstance(worker.read(DEADLINE), CameraOpened)
    os.kill(worker.pid, signal.SIGKILL)
    last = None
    while (letter := worker.read(DEADLINE)) is not None:
        assert isinstance(letter, Row | Over)
        last = letter
    worker.close()
    assert last == Over("its process ended by signal 9", "lost")


@pytest.mark.slow
def test_a_process_ends_with_whoever_started_it(model: Path, clip: Path) -> None:
    worker = Worker(parse_address(str(clip)), paced=False)
    assert worker.read(DEADLINE) is not None
    pid = worker.pid
    worker.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_without_a_model_a_source_is_refused_before_anything_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with pytest.raises(ConfigError, match="hnhar camera --get-model"):
        CameraBackend().check("0")
    with pytest.raises(ConfigError, match=r"there is no video 'nowhere\.mp4'"):
        CameraBackend().check("nowhere.mp4")


def test_a_camera_that_is_not_there_is_waited_for_and_told(model: Path) -> None:
    with reading("camera:987") as (sink, _):
        sink.until(lambda: "there is no /dev/video987" in sink.states[-1][2], DEADLINE)
        assert sink.states[-1][1] is StreamState.RESOLVING
