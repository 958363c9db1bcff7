"""What Prometheus gets, scraped over HTTP."""

import urllib.request
from collections.abc import Iterator
from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from hnhar.model.errors import ConfigError, MissingExtraError, PublishError
from hnhar.stream.messages import StreamState
from hnhar.stream.sinks.prometheus import Metrics, metrics_address

from ..examples import event, prediction, status

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture
def metrics() -> Iterator[Metrics]:
    serving = Metrics("127.0.0.1:0")
    yield serving
    serving.close()


def scraped(metrics: Metrics) -> Samples:
    """(name, labels) -> value."""
    with urllib.request.urlopen(metrics.url, timeout=10) as answer:
        text = answer.read().decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def labels(**named: str) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(named.items()))


def test_a_scrape_has_what_the_last_status_said_of_each_stream(metrics: Metrics) -> None:
    base = status()
    stream = replace(
        base.streams[0],
        wearer="anna",
        feed="imu",
        state=StreamState.STALLED,
        samples=90,
        received=100,
        dropped={"late": 7, "held": 3},
        age=2.0,
        clock_offset=-0.25,
    )
    metrics.take(replace(base, streams=(stream,), skipped=4, skipped_by={"anna": 4}))
    found = scraped(metrics)
    assert found["hnhar_samples_received_total", labels(stream="anna/imu")] == 100
    assert found["hnhar_samples_dropped_total", labels(stream="anna/imu", reason="late")] == 7
    assert found["hnhar_samples_dropped_total", labels(stream="anna/imu", reason="held")] == 3
    assert found["hnhar_clock_offset_seconds", labels(stream="anna/imu")] == -0.25
    newest = found["hnhar_stream_last_sample_timestamp_seconds", labels(stream="anna/imu")]
    assert newest == pytest.approx(base.time_unix_ns / 1e9 - 2.0, abs=1e-3)
    states = {s: found["hnhar_stream_state", labels(stream="anna/imu", state=s.value)] for s in StreamState}
    assert states == {s: float(s is StreamState.STALLED) for s in StreamState}
    assert found["hnhar_windows_total", labels(stream="anna", result="skipped")] == 4


def test_windows_and_latencies_are_counted_from_the_predictions(metrics: Metrics) -> None:
    whole = prediction()
    alone = replace(whole, modalities=("imu",))
    for message in (whole, whole, alone, event()):
        metrics.take(message)
    found = scraped(metrics)
    assert found["hnhar_windows_total", labels(stream="p1/imu", result="used")] == 3
    assert found["hnhar_windows_total", labels(stream="p1/skeleton", result="used")] == 2
    assert found["hnhar_windows_total", labels(stream="p1/skeleton", result="incomplete")] == 1
    assert found["hnhar_window_latency_seconds_count", ()] == 3
    assert found["hnhar_window_latency_seconds_sum", ()] == pytest.approx(3 * whole.latency.total)
    assert found["hnhar_window_latency_seconds_bucket", labels(le="0.0025")] == 0
    assert found["hnhar_window_latency_seconds_bucket", labels(le="0.005")] == 3


def test_before_anything_happened_there_is_the_version_alone(metrics: Metrics) -> None:
    found = scraped(metrics)
    ((name, said),) = [key for key in found if key[0].startswith("hnhar_build")]
    assert name == "hnhar_build_info"
    assert dict(said)["version"]
    assert not [key for key in found if key[0].startswith(("hnhar_samples", "hnhar_stream"))]


def test_what_a_stream_calls_itself_cannot_forge_a_line(metrics: Metrics) -> None:
    evil = 'a"} 1\nhnhar_forged_total{x="'
    base = status()
    metrics.take(replace(base, streams=(replace(base.streams[0], wearer=evil, received=5),)))
    found = scraped(metrics)
    assert not [key for key in found if "forged" in key[0]]
    assert found["hnhar_samples_received_total", labels(stream=f"{evil}/{base.streams[0].feed}")] == 5


def test_closing_ends_the_server_and_frees_the_port() -> None:
    first = Metrics("127.0.0.1:0")
    address = first.url.split("/")[2]
    first.close()
    second = Metrics(address)
    assert scraped(second)
    second.close()


def test_a_taken_port_is_refused_and_its_holder_named(metrics: Metrics) -> None:
    with pytest.raises(PublishError, match=r"in use, by process \d+"):
        Metrics(metrics.url.split("/")[2])


@pytest.mark.parametrize("text", ["0.0.0.0:9464", "192.0.2.1:9464", "[::]:9464", "somewhere:9464"])
def test_an_address_that_others_can_reach_needs_insecure(text: str) -> None:
    with pytest.raises(ConfigError, match="--insecure"):
        metrics_address(text)
    assert metrics_address(text, insecure=True).port == 9464


@pytest.mark.parametrize("text", ["9464", "127.0.0.1", "127.0.0.1:99999", "http://127.0.0.1:9464"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="HOST:PORT"):
        metrics_address(text)


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"hnhar\[metrics\]"):
        Metrics("127.0.0.1:0")
