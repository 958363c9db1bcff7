"""Metrics of the recognizer for Prometheus: a sink that is scraped over HTTP.

Counters of the streams are those of the last status (docs/messages.md), so that they agree with what is
published; windows and latencies are counted from the predictions themselves.
"""

import errno
import importlib.util
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from hnhar.model.errors import ConfigError, MissingExtraError, PublishError

from ..engine.sink import Sink
from ..messages import Message, Prediction, Status, StreamState
from ..publish.addresses import Address, holder, parse_address
from .context import SinkContext

if TYPE_CHECKING:
    from prometheus_client.core import Metric

BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Upper bounds of the latency's histogram, s."""


class Metrics(Sink):
    """Metrics to be scraped; `take` is called from the pipeline's thread, `collect` from the server's."""

    prompt = True

    def __init__(self, address: str = "", *, insecure: bool = False) -> None:
        """Serve `http://HOST:PORT/metrics` at `address` (HOST:PORT; port 0 picks one); "" serves nothing.

        Raises ConfigError for what is no address or reachable from other machines without `insecure`,
        PublishError where the port is taken, MissingExtraError without prometheus-client.
        """
        if importlib.util.find_spec("prometheus_client") is None:
            raise MissingExtraError("prometheus-client", "metrics", "--metrics")
        from prometheus_client import CollectorRegistry, Histogram

        self.registry = CollectorRegistry(auto_describe=False)
        self._latency = Histogram(
            "hnhar_window_latency_seconds",
            "From the newest sample's time stamp to the hand-over of the prediction.",
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._status: Status | None = None
        self._windows: Counter[tuple[str, str]] = Counter()
        self._server: Any = None
        self._thread: Any = None
        self.url = ""
        """URL at which it is scraped."""
        self.registry.register(self)
        if address:
            self._serve(metrics_address(address, insecure=insecure))

    def take(self, message: Message) -> None:
        """Count a prediction, keep a status."""
        if isinstance(message, Prediction):
            self._latency.observe(message.latency.total)
            for modality in message.coverage:
                used = "used" if modality in message.modalities else "incomplete"
                self._windows[f"{message.wearer}/{modality}", used] += 1
        elif isinstance(message, Status):
            self._status = message

    def close(self) -> None:
        """End the server."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self._server = None

    def collect(self) -> "Iterator[Metric]":
        """Everything but the histogram, as Prometheus's registry wants it."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        status = self._status
        build = GaugeMetricFamily(
            "hnhar_build_info", "Always 1, with the version.", labels=["version", "model"]
        )
        build.add_metric([version("hnhar"), status.model if status is not None else ""], 1)
        yield build
        windows = CounterMetricFamily(
            "hnhar_windows",
            "Windows: used, or incomplete (too few samples), by wearer/modality; skipped because recognition "
            "was late, by wearer.",
            labels=["stream", "result"],
        )
        for (stream, result), count in sorted(self._windows.copy().items()):
            windows.add_metric([stream, result], count)
        if status is not None:
            for wearer, count in status.skipped_by.items():
                windows.add_metric([wearer, "skipped"], count)
            yield from _of_streams(status)
        yield windows

    def _serve(self, address: Address) -> None:
        from prometheus_client import start_http_server

        try:
            self._server, self._thread = start_http_server(address.port, address.host, self.registry)
        except OSError as error:
            who = holder(address.port) if error.errno == errno.EADDRINUSE else None
            raise PublishError(
                f"metrics cannot be served on {address.host}:{address.port}: {error.strerror or error}"
                f"{f', by {who}' if who else ''}. Give another port, or 0 for a free one."
            ) from error
        port = self._server.server_address[1]
        host = f"[{address.host}]" if ":" in address.host else address.host
        self.url = f"http://{host}:{port}/metrics"


def open_metrics(address: str, context: SinkContext) -> Metrics:
    """`prometheus:HOST:PORT`, the same as `--metrics HOST:PORT`. Raises as `Metrics` does."""
    return Metrics(address or "nowhere", insecure=context.insecure)


def metrics_address(text: str, *, insecure: bool = False) -> Address:
    """HOST:PORT taken apart. Raises ConfigError, also where other machines could read without `insecure`."""
    try:
        address = parse_address(f"tcp://{text}")
    except PublishError as error:
        raise ConfigError(f"--metrics {text!r} is no HOST:PORT, such as 127.0.0.1:9464.") from error
    if not (address.local or insecure):
        raise ConfigError(
            f"--metrics {text} would let other machines read, unprotected: give 127.0.0.1:{address.port}, "
            "or add --insecure if the network is trusted."
        )
    return address


def _of_streams(status: Status) -> "Iterator[Metric]":
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

    received = CounterMetricFamily(
        "hnhar_samples_received", "Samples that arrived from a stream.", labels=["stream"]
    )
    dropped = CounterMetricFamily(
        "hnhar_samples_dropped", "Samples that are in no window.", labels=["stream", "reason"]
    )
    newest = GaugeMetricFamily(
        "hnhar_stream_last_sample_timestamp_seconds",
        "Unix time of a stream's newest sample.",
        labels=["stream"],
    )
    state = GaugeMetricFamily(
        "hnhar_stream_state", "1 for the state that a stream is in, else 0.", labels=["stream", "state"]
    )
    offset = GaugeMetricFamily(
        "hnhar_clock_offset_seconds", "Added to the sender's time stamps.", labels=["stream"]
    )
    for stream in status.streams:
        name = f"{stream.wearer}/{stream.feed}"
        received.add_metric([name], stream.received)
        for reason, count in stream.dropped.items():
            dropped.add_metric([name, reason], count)
        if stream.age is not None and status.time_unix_ns is not None:
            newest.add_metric([name], status.time_unix_ns / 1e9 - stream.age)
        for possible in StreamState:
            state.add_metric([name, possible.value], float(possible is stream.state))
        if stream.clock_offset is not None:
            offset.add_metric([name], stream.clock_offset)
    yield from (received, dropped, newest, state, offset)
