"""How long from an image until its skeleton is there, and until a prediction is sent, and what it costs?

A drawn performer on video is played at its pace, as a webcam would film it. "sample": from the time of an
image to the receipt of its row. "prediction": from the newest image's time to the prediction's hand-over by
`hnhar-stream --skeleton-source camera:…`. A webcam adds its time from light to driver, which none can see.

    python -m tools.bench.camera --seconds 30 --json camera.json
"""

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from tools.processes import cpu_seconds, free_address, isolated_lsl, machine, running

from hnhar.stream.camera.address import CameraAddress
from hnhar.stream.camera.letters import CameraOpened, Over, Row
from hnhar.stream.camera.process import Worker
from hnhar.stream.recordings import open_recording
from hnhar.train.synthesis.drawn import View, film, write_video

FIGURES = {"a_second": 1, "dropped": 0, "cpu": 2}
"""Column -> its decimals."""


def rows_of(path: Path, *, paced: bool) -> dict[str, Any]:
    """A video looked at by the process of a camera; latencies in ms, where it is played at its pace."""
    worker = Worker(CameraAddress(str(path)), paced=paced)
    late, dropped, begun, used = list[float](), 0, 0.0, 0.0
    try:
        while (letter := worker.read(60.0)) is not None:
            now = time.monotonic()
            if isinstance(letter, CameraOpened):
                begun, used = now, -cpu_seconds(worker.pid)
            elif isinstance(letter, Row):
                late.append(now - letter.time)
                dropped = letter.dropped
                spent = used + cpu_seconds(worker.pid)
            elif isinstance(letter, Over):
                break
    finally:
        worker.close()
    took = time.monotonic() - begun
    p50, p99 = (1e3 * np.percentile(late, (50, 99))).tolist()
    about = {"images": len(late), "dropped": dropped, "cpu": spent / took, "a_second": len(late) / took}
    return about | ({"p50_ms": p50, "p99_ms": p99} if paced else {})


def predictions_of(path: Path, folder: Path, seconds: float) -> dict[str, Any]:
    """The same video through a live run; latencies in ms."""
    record = folder / "run.jsonl"
    command = [
        "hnhar-stream",
        "--skeleton-source",
        f"camera:{path}",
        "--no-dashboard",
        "--record",
        str(record),
    ]
    command += ["--publish", free_address(), "--duration", str(seconds)]
    with running(command, folder / "run.log") as process:
        process.wait(seconds + 60.0)
    lines = [json.loads(line) for line in record.read_text("utf-8").splitlines()]
    late = [1e3 * line["latency"]["total"] for line in lines if line["type"] == "prediction"]
    if not late:
        raise SystemExit(f"nothing was predicted:\n{(folder / 'run.log').read_text()[-2000:]}")
    p50, p99 = np.percentile(late, (50, 99)).tolist()
    return {"predictions": len(late), "p50_ms": p50, "p99_ms": p99}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=30.0, help="length of the video (30)")
    parser.add_argument("--rate", type=float, default=30.0, help="images a second (30)")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, isolated_lsl(Path(name)):
        path = Path(name) / "performer.mp4"
        _, joints = film(open_recording("synthetic", seed=1), arguments.rate)
        write_video(path, joints[: int(arguments.seconds * arguments.rate)], View(), rate=arguments.rate)
        found = {
            "sample": rows_of(path, paced=True),
            "prediction": predictions_of(path, Path(name), arguments.seconds + 3.0),
            "at once": rows_of(path, paced=False),
        }
    table = Table("", "count", "p50 ms", "p99 ms", "a second", "not looked at", "cores")
    for title, row in found.items():
        count = str(row.get("images", row.get("predictions")))
        table.add_row(title, count, *(_cell(row, key) for key in ("p50_ms", "p99_ms", *FIGURES)))
    about = machine()
    Console().print(about, table)
    if arguments.json:
        arguments.json.write_text(json.dumps({"machine": about, **found}, indent=1) + "\n", encoding="utf-8")


def _cell(row: dict[str, Any], key: str) -> str:
    return f"{row[key]:.{FIGURES.get(key, 1)}f}" if key in row else ""


if __name__ == "__main__":
    main()
