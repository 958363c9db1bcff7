"""Where the microseconds of a prediction go: processor time of each stage between a pull and a subscriber.

One wearer of the performer, IMU and skeleton, through the stages of a live run in one thread: samples as a
reader pulls them (one by one, and as it does at rest) through `Flow`, into windows, through the network,
the novelty, the decisions and the publisher. What liblsl and the switches between threads cost is not in it
(`tools.bench.beside`). Least of some rounds; all time of the process, so a thread that spins is seen.

    python -m tools.bench.stages
    python -m tools.bench.stages --before ../other-checkout --runtime torch
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from tools.bench.intake import live

ROOT = Path(__file__).parents[2]
SECONDS = 30.0
"""Of the performer's session."""
PULLS = {"one by one": 1, "as pulled": 3}
"""Samples in one pull: alone, and of a reader that rests (the tools' other checkout may not)."""


def _served(path: Path, by: str) -> tuple[Any, Any, Any]:
    """Description, runtime and memory; by torch of a checkout that has nothing else."""
    try:
        from hnhar.model.serving import serve
    except ImportError:
        from hnhar.model.loading import load
        from hnhar.model.runtime import Runtime

        info, recognizer = load(path)
        return info, Runtime(info, recognizer), recognizer.memory
    served = serve(path, runtime=by)  # type: ignore[arg-type]
    return served.info, served.runtime, served.memory


def measured(by: str) -> dict[str, float]:
    """Stage -> µs of processor time a prediction, of batches of 1; and of 16, for each window."""
    from hnhar.model.bundle.bundle import DEFAULT, find
    from hnhar.stream.engine.engine import Engine
    from hnhar.stream.publish.publisher import Publisher
    from hnhar.stream.recordings.feeds import interleave, recorded_feeds
    from hnhar.train.synthesis.performer import perform

    info, runtime, memory = _served(find(DEFAULT), by)
    session = perform(seed=1, person=0, duration=SECONDS)
    feeds = recorded_feeds(session, info.modalities, placement=info.placement)[0]
    engine = Engine(runtime, info, [session.wearer])
    chunks = list(interleave(feeds))
    windows: list[Any] = []

    def cut() -> None:
        for feed, chunk in chunks:
            engine.push(session.wearer, feed, chunk)
            windows.extend(engine.due())

    out = {}
    whole = _spent(cut)
    count = len(windows)
    samples = sum(len(feed.times) for feed in feeds)
    for words, size in PULLS.items():
        spent = live("imu", size) * len(feeds[0].times) + live("skeleton", size) * len(feeds[1].times)
        out[f"stamps, channels, quality ({words})"] = spent / count
    out[f"windows of {samples / count:.1f} samples each"] = whole / count
    windows = windows[-64:]
    held = [window.samples for window in windows]
    runtime.warm_up(16)
    nearest = _nearest(memory, info)
    for size in (1, 16):
        batches = [held[k : k + size] for k in range(0, len(held), size)]
        found = [runtime.classify(batch) for batch in batches]
        out[f"network and novelty, batch {size}"] = _spent(partial(_classified, runtime, batches)) / 64
        spent = _spent(partial(_distances, nearest, [each.embeddings for each in found]))
        out[f"of which the distance to exemplars, batch {size}"] = spent / 64
    predictions = [engine.classify([window])[0] for window in windows]
    out["decisions"] = _spent(lambda: engine.decide(predictions)) / 64
    with Publisher("tcp://127.0.0.1:0") as publisher:
        out["publishing"] = _spent(partial(_published, publisher, predictions)) / 64
    return out


def _published(publisher: Any, predictions: list[Any]) -> None:
    for each in predictions:
        publisher.publish(each)


def _classified(runtime: Any, batches: list[Any]) -> None:
    for batch in batches:
        runtime.classify(batch)


def _nearest(memory: Any, info: Any) -> Callable[[Any], object]:
    """Embeddings -> their distances to the exemplars, as the checkout computes them: all modalities there."""
    try:
        from hnhar.model.enroll.nearest import NearestExamples
    except ImportError:
        from hnhar.model.bundle.novelty import distance  # type: ignore[attr-defined]
        from hnhar.model.enroll.prototypes import sections

        return lambda found: distance(sections(found, len(info.modalities)), memory.learned.vectors)
    examples = NearestExamples(memory, info)
    return lambda found: examples.distances(found, np.full(len(found), float(len(info.modalities))))


def _distances(nearest: Callable[[Any], object], found: list[Any]) -> None:
    for each in found:
        nearest(each)


def _spent(run: Callable[[], object]) -> float:
    """µs of processor time, of all threads."""
    begun = time.process_time()
    run()
    return (time.process_time() - begun) * 1e6


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--before", type=Path, help="another checkout, to compare with")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each, in turn (3)")
    parser.add_argument("--runtime", default="auto", help="auto, onnx or torch (auto)")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(measured(options.runtime)))
        return
    trees = [ROOT, *([options.before.resolve()] if options.before else [])]
    least: list[dict[str, float]] = [{} for _ in trees]
    for _ in range(options.rounds):
        for tree, known in zip(trees, least, strict=True):
            environment = os.environ | {"PYTHONPATH": f"{tree / 'tools' / 'typecheck'}:{ROOT}"}
            command = [sys.executable, "-m", "tools.bench.stages", "--child", "--runtime", options.runtime]
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, check=True, cwd=ROOT
            )
            for name, micros in json.loads(done.stdout).items():
                known[name] = min(known.get(name, np.inf), micros)
    table = Table("stage", "µs a prediction", *(["before"] if len(trees) > 1 else []))
    for name, micros in least[0].items():
        table.add_row(name, f"{micros:.0f}", *([f"{least[1][name]:.0f}"] if len(trees) > 1 else []))
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
