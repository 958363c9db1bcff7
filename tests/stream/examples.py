"""Messages of every kind, with values as a real run has them."""

from hnhar.stream.messages import (
    Event,
    Latency,
    Prediction,
    Quantiles,
    Status,
    StreamDescription,
    StreamState,
    StreamStatus,
)

LABELS = ("wave", "clap", "throw", "idle")


def prediction(
    seq: int = 1, wearer: str = "p1", label: str = "wave", confidence: float = 0.9, end: float = 100.0
) -> Prediction:
    """A prediction with a probability for each label."""
    others = [name for name in LABELS if name != label]
    probabilities = {label: confidence, **{name: (1 - confidence) / len(others) for name in others}}
    return Prediction(
        seq=seq,
        wearer=wearer,
        start=end - 3.0,
        end=end,
        end_unix_ns=1_790_000_000_000_000_000 + int(end * 1e9),
        label=label,
        confidence=confidence,
        probabilities=probabilities,
        modalities=("imu", "skeleton"),
        coverage={"imu": 1.0, "skeleton": 0.97},
        closed_by="samples",
        model="utd-mhad-wrist@0123abcd",
        latency=Latency(lsl=0.0005, windowing=0.0002, encoder=0.003, publishing=0.0001, total=0.0038),
    )


def event(
    seq: int = 1, wearer: str = "p1", kind: str = "onset", label: str = "wave", onset: float = 98.5
) -> Event:
    """An onset, or the offset 1.5 s later."""
    return Event(
        seq=seq,
        wearer=wearer,
        id=(seq + 1) // 2,
        kind=kind,
        label=label,
        onset=onset,
        onset_unix_ns=1_790_000_000_000_000_000 + int(onset * 1e9),
        duration=1.5 if kind == "offset" else None,
        confidence=0.93,
        decided=onset + 1.0,
        model="utd-mhad-wrist@0123abcd",
    )


def stream_status(
    modality: str = "imu", state: StreamState = StreamState.LIVE, wearer: str = "p1"
) -> StreamStatus:
    """One input stream; described where it has been found."""
    rate = 50.0 if modality == "imu" else 30.0
    found = state not in (StreamState.RESOLVING, StreamState.OPENING)
    return StreamStatus(
        wearer=wearer,
        modality=modality,
        feed=modality,
        state=state,
        source=f"hnhar-{modality}",
        description=StreamDescription(
            f"hnhar-{modality}", "IMU" if modality == "imu" else "MoCap", "id-1", ("acc_x",), ("g",), rate
        )
        if found
        else None,
        effective_rate=rate - 0.1 if found else None,
        age=0.012 if found else None,
        clock_offset=0.0 if found else None,
        samples=5000 if found else 0,
        gaps=1 if found else 0,
        note="" if found else f"waiting for a stream named hnhar-{modality}",
    )


def status(seq: int = 1, streams: tuple[StreamStatus, ...] | None = None, subscribers: int = 0) -> Status:
    """A status of a run with one wearer."""
    return Status(
        seq=seq,
        time=100.0,
        time_unix_ns=1_790_000_100_000_000_000,
        uptime=42.0,
        model="utd-mhad-wrist@0123abcd",
        labels=LABELS,
        window=3.0,
        hop=0.25,
        streams=(stream_status("imu"), stream_status("skeleton")) if streams is None else streams,
        latency={"total": Quantiles(0.0041, 0.0093), "encoder": Quantiles(0.003, 0.006)},
        predictions=160,
        events=12,
        skipped=0,
        subscribers=subscribers,
        address="tcp://127.0.0.1:5557",
        last_seq={},
    )
