"""What comes behind the network: processor time of decisions, repetitions, messages, publishing and status.

The windows of a performer's session are recognized once; then each of so many wearers has them, hop after
hop, the network's answers at hand. Everything from those answers on is that of a live run, in one thread: the
engine's predictions and decisions, the dispatcher, a publisher with a subscriber, a line a prediction,
metrics, and a status each fourth hop with two streams a wearer. `--cold` does nothing for a quarter of a
second before each hop, as a run of one wearer: other work of the machine has the caches then.

    python -m tools.bench.behind
    python -m tools.bench.behind --wearers 1 --cold --before ../other-checkout
"""

import argparse
import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import zmq
from tools.bench.spans import Spans
from tools.processes import machine

ROOT = Path(__file__).parents[2]
HOPS = 64
"""Of the session that are measured, a quarter of a second each."""
SETTLING = 16
"""Hops before them."""
PAUSE = 0.25
"""s that nothing is done before each hop where caches are to be cold."""
SECONDS = 40.0
"""Of the session."""

REST = "the rest of the hand-over"
WHOLE = "behind the network"
STAGES = (
    ("predictions made of the answers", (("hnhar.stream.engine.engine", "Engine", "_prediction"),)),
    (
        "windows kept to count repetitions",
        (
            ("hnhar.stream.repetitions.counter", "RepetitionCounter", "classified"),
            ("hnhar.stream.repetitions.counter", "RepetitionCounter", "follow"),
        ),
    ),
    ("repetitions counted", (("hnhar.stream.repetitions.counter", "", "counted"),)),
    ("belief and decisions", (("hnhar.stream.decide.decider", "Decider", "update"),)),
    ("counts and quantiles", (("hnhar.stream.engine.meter", "Meter", "predicted"),)),
    (
        "messages to bytes",
        (("hnhar.stream.publish.publisher", "", "pack"), ("hnhar.stream.publish.wire", "Packer", "payload")),
    ),
    ("subscribers looked after", (("hnhar.stream.publish.publisher", "Publisher", "poll"),)),
    ("handed to ZeroMQ", (("hnhar.stream.publish.publisher", "Publisher", "publish"),)),
    ("a line for a person", (("hnhar.stream.sinks.lines", "LogLines", "take"),)),
    ("metrics", (("hnhar.stream.sinks.prometheus", "Metrics", "take"),)),
    ("statuses, four hops a second", (("hnhar.stream.engine.dispatch", "Dispatcher", "report"),)),
)
"""Stage -> where it is looked up: module, class or "", attribute. Each without those that it calls."""


class Answers:
    """A classifier that has its answers at hand."""

    network = ""

    def __init__(self, answers: Sequence[Any]) -> None:
        self._answers = answers
        self.at = 0

    def classify(self, windows: Sequence[Any]) -> Any:
        """The answer of this hop for each of the windows."""
        each, n = self._answers[self.at], len(windows)
        tiled = {
            name: np.repeat(value, n, axis=0)
            for name in ("probabilities", "embeddings", "novelty", "strangeness")
            if (value := getattr(each, name)) is not None
        }
        return replace(each, **tiled, modalities=each.modalities * n)


def recognized(info: Any, runtime: Any) -> tuple[list[Any], list[Any]]:
    """Windows of a session, and the network's answer to each."""
    from hnhar.stream.engine.engine import Engine
    from hnhar.stream.recordings.feeds import interleave, recorded_feeds
    from hnhar.train.synthesis.performer import perform

    session = perform(seed=1, person=0, duration=SECONDS)
    feeds = recorded_feeds(session, info.modalities, placement=info.placement)[0]
    engine = Engine(runtime, info, [session.wearer])
    windows: list[Any] = []
    for feed, chunk in interleave(feeds):
        engine.push(session.wearer, feed, chunk)
        windows.extend(engine.due())
    windows = windows[: SETTLING + HOPS]
    return windows, [runtime.classify([window.samples]) for window in windows]


def behind(
    info: Any, windows: list[Any], answers: list[Any], wearers: int, *, cold: bool
) -> dict[str, float]:
    """Stage -> µs of processor time a prediction."""
    spans = Spans()
    places = [(*place, name) for name, of in STAGES for place in of]
    undo = []
    for module, cls, attribute, name in places:
        owner: Any = importlib.import_module(module)
        owner = getattr(owner, cls, None) if cls else owner
        if hasattr(owner, attribute):
            undo.append((owner, attribute, getattr(owner, attribute)))
            spans.watch(owner, attribute, name)
    try:
        _run(info, windows, Answers(answers), [f"w{k:04d}" for k in range(wearers)], spans, cold=cold)
    finally:
        for owner, attribute, function in undo:
            setattr(owner, attribute, function)
    count = 1e3 * wearers * (len(windows) - SETTLING)
    out = {name: spans.spent[name] / count for name in [*(s for s, _ in STAGES), REST]}
    return out | {WHOLE: sum(out.values())}


def _run(
    info: Any, windows: list[Any], answers: Answers, names: list[str], spans: Spans, *, cold: bool
) -> None:
    """The hops of all wearers, in one thread."""
    from hnhar.stream.engine.dispatch import Dispatcher, Times
    from hnhar.stream.engine.engine import Engine, timed
    from hnhar.stream.publish.publisher import Publisher
    from hnhar.stream.sinks.lines import LogLines
    from hnhar.stream.sinks.prometheus import Metrics

    engine = Engine(answers, info, names)
    clock = time.monotonic

    def hand_on(predictions: Sequence[Any]) -> None:
        """As `Pipeline._recognize` does."""
        for window, prediction in zip(due, predictions, strict=True):
            handed = clock()
            made = timed(prediction, window.newest, handed, handed, handed, handed)
            dispatcher.prediction(made, handed)

    with (
        Publisher("tcp://127.0.0.1:0", wearers=len(names)) as publisher,
        subscribed(publisher) as subscriber,
        Path(os.devnull).open("w") as nowhere,
    ):
        sinks: list[Any] = [LogLines(nowhere), Metrics()]
        dispatcher = Dispatcher(engine, Times(clock, lambda: 0), publisher=publisher, sinks=sinks)
        dispatcher.begin()
        handed_on, streams = spans.watched(hand_on, REST), _streams(info, names)
        for number, window in enumerate(windows):
            if number == SETTLING:
                spans.spent.clear()
            answers.at = number
            due = [replace(window, wearer=name) for name in names]
            if cold:
                time.sleep(PAUSE)
            handed_on(engine.classify(due))
            if number % 4 == 3:
                dispatcher.report(streams, {})
            while subscriber.poll(0):
                subscriber.recv_multipart(zmq.DONTWAIT)


@contextmanager
def subscribed(publisher: Any) -> Iterator["zmq.Socket[bytes]"]:
    """A socket that gets everything."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    with context, context.socket(zmq.SUB) as socket:
        socket.setsockopt(zmq.RCVHWM, 0)
        socket.setsockopt(zmq.SUBSCRIBE, b"")
        socket.connect(publisher.address)
        while not publisher.subscribers:
            publisher.poll()
            time.sleep(0.01)
        yield socket


def _streams(info: Any, names: Sequence[str]) -> list[Any]:
    """Two streams a wearer, as their readers tell of them."""
    from hnhar.stream.messages import StreamDescription, StreamState, StreamStatus

    return [
        StreamStatus(
            wearer=name,
            modality=modality.name,
            feed=modality.name,
            state=StreamState.LIVE,
            source=f"{name}-{modality.name}",
            description=StreamDescription(
                f"{name}-{modality.name}",
                modality.name,
                "1",
                modality.channels,
                modality.units,
                modality.rate,
            ),
            effective_rate=modality.rate,
            age=0.01,
            clock_offset=0.0,
            samples=1000,
            received=1000,
        )
        for name in names
        for modality in info.modalities
    ]


def main() -> None:
    """Measure and print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--wearers", default="1,10,100,1000", help="how many at once (1,10,100,1000)")
    parser.add_argument("--cold", action="store_true", help=f"do nothing for {PAUSE} s before each hop")
    parser.add_argument("--rounds", type=int, default=3, help="measurements, of which the least counts (3)")
    parser.add_argument("--before", type=Path, help="another checkout, to compare with")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    counts = [int(text) for text in options.wearers.split(",")]
    if options.child:
        print(json.dumps(_measured(counts, cold=options.cold)))
        return
    trees = {"": ROOT} | ({" before": options.before.resolve()} if options.before else {})
    least: dict[str, dict[str, float]] = {}
    for _ in range(options.rounds):
        for words, tree in trees.items():
            found = child(tree, "tools.bench.behind", ["--wearers", options.wearers], cold=options.cold)
            for count, spent in found.items():
                known = least.setdefault(f"{count}{words}", {})
                for name, micros in spent.items():
                    known[name] = min(known.get(name, np.inf), micros)
    print(f"µs a prediction, caches {'cold' if options.cold else 'hot'}; {machine()}\n")
    print("\n".join(markdown("wearers", least)))


def child(tree: Path, module: str, options: Sequence[str], *, cold: bool) -> Any:
    """What a process that imports `hnhar` from a checkout measures, with this checkout's tool."""
    environment = os.environ | {"PYTHONPATH": f"{tree / 'tools' / 'typecheck'}:{ROOT}"}
    command = [sys.executable, "-m", module, "--child", *options, *(["--cold"] if cold else [])]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, cwd=ROOT)
    return json.loads(done.stdout)


def markdown(corner: str, columns: dict[str, dict[str, float]]) -> list[str]:
    """Lines of a table: column -> row -> number."""
    rows = list(dict.fromkeys(name for column in columns.values() for name in column))
    lines = [f"| {corner} | {' | '.join(columns)} |", f"|---|{'---:|' * len(columns)}"]
    for row in rows:
        cells = [f"{column[row]:.0f}" if row in column else "" for column in columns.values()]
        lines.append(f"| {row} | {' | '.join(cells)} |")
    return lines


def _measured(counts: Sequence[int], *, cold: bool) -> dict[str, dict[str, float]]:
    from hnhar.model.bundle.bundle import DEFAULT, find
    from hnhar.model.serving import serve

    served = serve(find(DEFAULT))
    windows, answers = recognized(served.info, served.runtime)
    return {str(n): behind(served.info, windows, answers, n, cold=cold) for n in counts}


if __name__ == "__main__":
    main()
