"""The status of a single camera's skeleton with weights that learned from none."""

import logging
from dataclasses import replace

import pytest

from hnhar.model.bundle.bundle import find
from hnhar.model.loading import load
from hnhar.model.runtime import Runtime
from hnhar.stream.camera.layout import description
from hnhar.stream.engine.engine import Engine
from hnhar.stream.messages import StreamState, StreamStatus

STATUS = StreamStatus(
    wearer="w",
    modality="skeleton",
    feed="skeleton",
    state=StreamState.LIVE,
    source="hnhar-camera",
    description=description("hnhar-camera", "0"),
    faults=("its left hand is gone",),
)


def engine(name: str) -> Engine:
    info, recognizer = load(find(name))
    return Engine(Runtime(info, recognizer, threads=1), info, ["w"])


def test_it_is_a_fault_as_long_as_it_lasts_and_a_warning_once(caplog: pytest.LogCaptureFixture) -> None:
    of = engine("utd-mhad-wrist")
    with caplog.at_level(logging.WARNING, "hnhar"):
        told = [of.told(STATUS) for _ in range(3)]
    assert {len(status.faults) for status in told} == {2}
    assert "'hnhar-camera' is an ordinary camera's skeleton" in told[0].faults[1]
    assert len([r for r in caplog.records if "--weights utd-mhad-camera" in r.getMessage()]) == 1
    # a camera by name, and a recording, were warned of before they were opened
    with caplog.at_level(logging.WARNING, "hnhar"):
        for source in ("camera:0", "recording"):
            engine("utd-mhad-wrist").told(replace(STATUS, source=source))
    assert len(caplog.records) == 1


def test_with_weights_of_a_camera_nothing_is_said() -> None:
    assert engine("utd-mhad-camera").told(STATUS).faults == STATUS.faults
