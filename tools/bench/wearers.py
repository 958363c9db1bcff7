"""How many wearers can one process recognize on time?

Live: each wearer is two LSL streams (IMU, skeleton) sent by other processes of the same machine; one
`hnhar-stream` takes them all; this process subscribes. In process: the same performers' samples are put into
the queue of a live run's pipeline as one pull a hop gives them, with the computing time measured and the
waiting left out.

A prediction is late when it is here more than one hop after the END of its window: stricter than after its
closing, which waits for a sample past the end. Skipped, lost and missing predictions count as late.

    python -m tools.bench.wearers                 # 20 wearers
    python -m tools.bench.wearers --find --json wearers.json
"""

import argparse
import json
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from multiprocessing.synchronize import Event as StopEvent
from pathlib import Path
from typing import Literal

import pylsl
from rich.console import Console
from rich.table import Table
from tools.bench.arriving import PEOPLE, Fed, arriving, wearers
from tools.bench.crowd import send_all
from tools.processes import cpu_seconds, free_address, isolated_lsl, machine, milliseconds, running

from hnhar.model.bundle.bundle import DEFAULT, find, read_info
from hnhar.stream.messages import Message, Prediction, Status, StreamState
from hnhar.stream.publish.subscriber import Subscriber

SENDERS = 2
Moment = Literal["live", "begun", "ended"]
LENGTH = 60.0
"""s of each performer's session, looped."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One run with so many wearers."""

    wearers: int
    predictions: int
    expected: int
    late: int
    skipped: int
    lost: int
    delay_p50: float
    """End of the window to the prediction's arrival here, ms."""
    delay_p99: float
    delay_max: float
    recognizer_cpu: float
    """Share of one core."""
    senders_cpu: float

    @property
    def on_time(self) -> bool:
        """True if every prediction that should have come was here within a hop."""
        missing = self.expected - self.predictions > self.wearers  # each may lack one at the edges
        return not (self.late or self.skipped or self.lost or missing)


def send(wearers: Sequence[int], prefix: str, stop: StopEvent) -> None:
    """Child: send the streams of these wearers until told to stop."""
    from hnhar.stream.lsl.config import configure
    from hnhar.train.synthesis.performer import perform

    configure()
    people = [perform(seed=1, person=person, duration=LENGTH) for person in range(PEOPLE)]
    send_all(people, wearers, prefix, stop)


@contextmanager
def senders(count: int, prefix: str) -> Iterator[list[multiprocessing.process.BaseProcess]]:
    """Processes that send the streams of `count` wearers."""
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    shares = [range(count)[start::SENDERS] for start in range(min(SENDERS, count))]
    processes = [context.Process(target=send, args=(list(share), prefix, stop)) for share in shares]
    for process in processes:
        process.start()
    try:
        yield list(processes)
    finally:
        stop.set()
        for process in processes:
            process.join(15)
            if process.is_alive():
                process.kill()


def configuration(count: int, prefix: str, path: Path) -> Path:
    """The TOML file that names the wearers' streams."""
    path.write_text(
        "\n".join(
            f'[[wearer]]\nid = "w{w:03d}"\n'
            f'imu = "{prefix}-{w:03d}-imu"\nskeleton = "{prefix}-{w:03d}-skeleton"\n'
            for w in range(count)
        ),
        "utf-8",
    )
    return path


def all_live(subscriber: Subscriber, streams: int, limit: float) -> Status:
    """The first status in which every stream is live."""
    deadline = time.monotonic() + limit
    live = 0
    while time.monotonic() < deadline:
        received = subscriber.receive(0.5)
        if received is None or not isinstance(received.message, Status):
            continue
        live = sum(stream.state is StreamState.LIVE for stream in received.message.streams)
        if live == streams:
            return received.message
    raise SystemExit(f"only {live} of {streams} streams were live after {limit:g} s")


def live(
    count: int,
    weights: str,
    hop: float,
    duration: float,
    folder: Path,
    *,
    threads: int | None = None,
    command: Callable[[Path, str], list[str]] | None = None,
    moment: Callable[[Moment], None] = lambda moment: None,
) -> Outcome:
    """Run with `count` wearers over LSL.

    `threads`: of the network, None: as the recognizer has it; `command`: that of the recognizer, from the
    file of wearers and its address; None: hnhar-stream. `moment` is called once all streams are live, and
    where what is measured begins and ends.
    """
    prefix = f"wearers{os.getpid()}"
    address = free_address()
    config = configuration(count, prefix, folder / "wearers.toml")
    words = (
        command(config, address)
        if command is not None
        else [
            "hnhar-stream",
            "--config",
            str(config),
            "--weights",
            weights,
            *(("--threads", str(threads)) if threads else ()),
            "--no-dashboard",
            "--publish",
            address,
        ]
    )
    delays: list[float] = []
    ends: list[float] = []
    lost = 0
    with (
        senders(count, prefix) as sending,
        running(words, folder / f"stream-{count}.log") as recognizer,
        Subscriber(address, kinds=("prediction", "status")) as subscriber,
    ):
        first = last = all_live(subscriber, 2 * count, 60 + count)
        moment("live")
        ready = time.monotonic() + 6.0
        used: tuple[float, float] | None = None
        begun = 0.0
        while (now := time.monotonic()) < ready + duration + 1.0:
            if used is None and now >= ready:
                used = cpu_seconds(recognizer.pid), sum(cpu_seconds(p.pid or 0) for p in sending)
                begun, first = pylsl.local_clock(), last
                moment("begun")
            received = subscriber.receive(0.05)
            at = pylsl.local_clock()
            if received is None:
                continue
            if isinstance(received.message, Status):
                last = received.message
            elif used is not None and isinstance(received.message, Prediction):
                lost += received.lost
                if begun <= received.message.end < begun + duration:
                    delays.append(at - received.message.end)
                    ends.append(received.message.end)
        moment("ended")
        spent = pylsl.local_clock() - begun
        assert used is not None
        recognizer_cpu = (cpu_seconds(recognizer.pid) - used[0]) / spent
        senders_cpu = (sum(cpu_seconds(p.pid or 0) for p in sending) - used[1]) / spent
    p50, p99, worst = milliseconds(delays, 0.5, 0.99, 1.0)
    return Outcome(
        wearers=count,
        predictions=len(delays),
        expected=int(duration / hop) * count,
        late=sum(delay > hop for delay in delays),
        skipped=last.skipped - first.skipped,
        lost=lost,
        delay_p50=p50,
        delay_p99=p99,
        delay_max=worst,
        recognizer_cpu=recognizer_cpu,
        senders_cpu=senders_cpu,
    )


class Simulated:
    """A clock that shows the processor time of the computing, and leaves out the waiting."""

    def __init__(self, begin: float) -> None:
        """`begin`: its first time, s."""
        self._ahead = begin - time.process_time()

    def now(self) -> float:
        """s."""
        return self._ahead + time.process_time()

    def until(self, at: float) -> float:
        """Move on to a time (s), if that is still to come; the time then."""
        self._ahead += max(0.0, at - self.now())
        return self.now()


class Passing:
    """A clock that goes as time does."""

    def __init__(self, begin: float) -> None:
        """`begin`: its first time, s."""
        self._ahead = begin - time.perf_counter()

    def now(self) -> float:
        """s."""
        return self._ahead + time.perf_counter()

    def until(self, at: float) -> float:
        """Wait for a time (s), if that is still to come; the time then."""
        time.sleep(max(0.0, at - self.now()))
        return self.now()


class Delays:
    """A sink that keeps the delays of predictions, as handed on, of windows that end in a span."""

    def __init__(self, now: Callable[[], float], begin: float, end: float) -> None:
        self._now, self._begin, self._end = now, begin, end
        self.delays: list[float] = []
        """End of the window to the prediction, s."""

    def take(self, message: Message) -> None:
        """See `hnhar.stream.engine.sink.Sink`."""
        if isinstance(message, Prediction) and self._begin <= message.end < self._end:
            self.delays.append(self._now() - message.end)


def in_process(count: int, weights: str, hop: float, duration: float, threads: int) -> Outcome:
    """Put the samples of `count` wearers into a pipeline's queue in the order and at the times of arrival.

    With one thread time is simulated: it moves on to the next arrival, and by the processor time of the
    computing. So the delays are those of a process that has a core for itself and nothing to do but this, and
    a busy machine disturbs them little. With more, samples arrive as time passes, and it does.
    """
    from hnhar.model.serving import serve
    from hnhar.stream.engine.engine import Engine
    from hnhar.stream.engine.phases import spread
    from hnhar.stream.mapping.mounts import mounts_of

    served = serve(find(weights), threads=threads)
    info, runtime = served.info, served.runtime
    runtime.warm_up(min(count, 32))
    settle = info.window + 1.0
    names = wearers(count)
    phases = spread(names, hop)
    came = arriving(names, info, hop, settle + duration + 2.0, phases)
    mounts = mounts_of(dict.fromkeys(names, info), {})
    engine = Engine(runtime, info, names, hop=hop, mounts=mounts, phases=phases)
    begin = came[0].at + settle
    end = begin + duration
    clock = Simulated(came[0].at) if threads == 1 else Passing(came[0].at)
    kept = Delays(clock.now, begin, end)
    fed = Fed(engine, clock.now, [kept])
    if threads > 1:
        fed.pipeline.start()
    at, spent, skipped_before = 0, [0.0, 0.0], 0
    gather = fed.pipeline.inbox.gather if threads == 1 else 0.0  # a pipeline's own thread waits itself
    while at < len(came) and (now := clock.until(came[at].at + gather)) < end + 1.0:
        if now < begin:
            skipped_before, spent = sum(engine.skipped.values()), [time.process_time()] * 2
        elif now < end:
            spent[1] = time.process_time()
        while at < len(came) and came[at].at <= clock.now():
            fed.put(came[at])
            at += 1
        if threads == 1:
            fed.work()
    if threads > 1:
        fed.pipeline.stop()
    delays = kept.delays
    p50, p99, worst = milliseconds(delays, 0.5, 0.99, 1.0)
    return Outcome(
        wearers=count,
        predictions=len(delays),
        expected=int(duration / hop) * count,
        late=sum(delay > hop for delay in delays),
        skipped=sum(engine.skipped.values()) - skipped_before,
        lost=0,
        delay_p50=p50,
        delay_p99=p99,
        delay_max=worst,
        recognizer_cpu=(spent[1] - spent[0]) / duration,
        senders_cpu=0.0,
    )


def search(run: Callable[[int], Outcome], start: int, limit: int, step: int) -> list[Outcome]:
    """Runs with more and more wearers until some are late, then between; what is found is exact to `step`."""
    outcomes = [run(start)]
    if not outcomes[0].on_time:
        good, bad = 0, start
    else:
        good = start
        while good < limit and (outcome := run(min(good * 2, limit))).on_time:
            outcomes.append(outcome)
            good = outcome.wearers
        if good >= limit:
            return outcomes
        outcomes.append(outcome)
        bad = outcome.wearers
    while bad - good > step:
        middle = (good + bad) // 2
        outcomes.append(run(middle))
        good, bad = (middle, bad) if outcomes[-1].on_time else (good, middle)
    return sorted(outcomes, key=lambda outcome: outcome.wearers)


def show(title: str, outcomes: Sequence[Outcome], console: Console) -> None:
    """The table of one way of feeding."""
    table = Table(title=title)
    headings = (
        "wearers",
        "predictions",
        "of",
        "late",
        "skipped",
        "lost",
        "p50 ms",
        "p99 ms",
        "max ms",
        "cores",
        "senders",
    )
    for heading in headings:
        table.add_column(heading, justify="right")
    for o in outcomes:
        delays = [f"{value:.1f}" for value in (o.delay_p50, o.delay_p99, o.delay_max)]
        cores = [f"{value:.2f}" for value in (o.recognizer_cpu, o.senders_cpu)]
        counts = [str(n) for n in (o.wearers, o.predictions, o.expected, o.late, o.skipped, o.lost)]
        table.add_row(*counts, *delays, *cores, style="" if o.on_time else "red")
    console.print(table)
    on_time = [o.wearers for o in outcomes if o.on_time]
    late = [o.wearers for o in outcomes if not o.on_time]
    most, least = (max(on_time) if on_time else "none"), (min(late) if late else "more than was tried")
    console.print(f"On time: {most} wearers; late from: {least}.")


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and say; 1 where the number asked for was late."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--wearers", type=int, default=20, help="default 20")
    parser.add_argument("--find", action="store_true", help="search the number at which it begins to be late")
    parser.add_argument(
        "--limit", type=int, default=160, help="most wearers that --find tries live (default 160)"
    )
    parser.add_argument(
        "--duration", type=float, default=20.0, help="s that are measured of each run (default 20)"
    )
    parser.add_argument("--feed", choices=("live", "process", "both"), default="both", help="default both")
    parser.add_argument("--weights", default=DEFAULT, help=f"bundle (default {DEFAULT})")
    parser.add_argument(
        "--threads", type=int, help="that compute the network (default: live as hnhar-stream has it, else 1)"
    )
    parser.add_argument("--json", type=Path, help="write the figures there")
    options = parser.parse_args(argv)
    console = Console(width=110)
    weights = find(options.weights)
    hop = read_info(weights).hop
    result: dict[str, object] = {"machine": machine(), "bundle": read_info(weights).id, "hop": hop}
    late = False
    with tempfile.TemporaryDirectory() as name, isolated_lsl(Path(name)):
        ways: dict[str, tuple[str, Callable[[int], Outcome], int]] = {
            "live": (
                "Over LSL, senders on the same machine",
                lambda n: live(
                    n, options.weights, hop, options.duration, Path(name), threads=options.threads
                ),
                options.limit,
            ),
            "process": (
                "In process",
                lambda n: in_process(n, options.weights, hop, options.duration, options.threads or 1),
                16 * options.limit,
            ),
        }
        for way, (title, run, limit) in ways.items():
            if options.feed not in (way, "both"):
                continue
            outcomes = (
                search(run, options.wearers, limit, max(1, options.wearers // 10))
                if options.find
                else [run(options.wearers)]
            )
            show(title, outcomes, console)
            late = late or not next(o for o in outcomes if o.wearers == options.wearers).on_time
            result[way] = [asdict(outcome) | {"on_time": outcome.on_time} for outcome in outcomes]
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    return int(late)


if __name__ == "__main__":
    raise SystemExit(main())
