"""The same with Timeflux: its LSL receiver and its sliding window a stream, and a node with the network.

python -m tools.bench.peers.by_timeflux IMU_STREAM SKELETON_STREAM WEIGHTS
"""

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from timeflux.core.node import Node  # type: ignore[import-not-found]
from timeflux.timeflux import main as run  # type: ignore[import-not-found]
from tools.bench.peers.network import Network

RATE = 25
"""Rounds of its graph in a second, as in its examples."""


class Recognize(Node):  # type: ignore[misc]
    """Tells the label of each window of the IMU with the skeleton's last one."""

    def __init__(self, weights: str) -> None:
        self._network = Network(weights)
        self._windows: dict[str, Any] = {}

    def update(self) -> None:
        """Called each round."""
        for modality in self._network.info.modalities:
            port = getattr(self, f"i_{modality.name}")
            if port.ready():
                stamps = port.data.index.values.astype("datetime64[ns]").astype(np.float64) / 1e9
                self._windows[modality.name] = stamps, port.data.values
        if self.i_imu.ready() and len(self._windows) == len(self._network.info.modalities):
            self._network.tell(self._windows, time.time)  # to which it moves all stamps


def graph(imu: str, skeleton: str, weights: str) -> dict[str, Any]:
    """The application, as its YAML would say it."""
    info = Network(weights).info
    nodes: list[dict[str, Any]] = []
    edges: list[dict[str, str]] = []
    for modality, name in zip(info.modalities, (imu, skeleton), strict=True):
        receive, window = f"receive_{modality.name}", f"window_{modality.name}"
        nodes += [
            {
                "id": receive,
                "module": "timeflux.nodes.lsl",
                "class": "Receive",
                "params": {"prop": "name", "value": name},
            },
            {
                "id": window,
                "module": "timeflux.nodes.window",
                "class": "TimeWindow",
                "params": {"length": info.window, "step": info.hop},
            },
        ]
        edges += [
            {"source": receive, "target": window},
            {"source": window, "target": f"recognize:{modality.name}"},
        ]
    nodes.append(
        {
            "id": "recognize",
            "module": "tools.bench.peers.by_timeflux",
            "class": "Recognize",
            "params": {"weights": weights},
        }
    )
    return {"graphs": [{"id": "recognize", "rate": RATE, "nodes": nodes, "edges": edges}]}


def main(imu: str, skeleton: str, weights: str) -> None:
    """Run its scheduler, for ever."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "app.json"
        path.write_text(json.dumps(graph(imu, skeleton, weights)), "utf-8")
        sys.argv = ["timeflux", str(path)]
        run()


if __name__ == "__main__":
    main(*sys.argv[1:])
