"""What pipelines of all shards say, as one status: nobody twice, nobody left out."""

from dataclasses import replace

from hnhar.stream.fleet.merge import EMPTY
from hnhar.stream.fleet.pipelines import SILENT, Pipelines, names
from hnhar.stream.messages import Status, StreamState, StreamStatus

SOURCES = {"anna": {"imu": "WatchA"}, "bert": {"imu": "WatchB"}}


def status(*wearers: str, predictions: int = 0, skipped: int = 0) -> Status:
    streams = tuple(StreamStatus(w, "imu", "imu", StreamState.LIVE, SOURCES[w]["imu"]) for w in wearers)
    return replace(EMPTY, streams=streams, predictions=predictions, skipped=skipped)


def of(pipelines: Pipelines, **owners: int | None) -> Status:
    return pipelines.whole(EMPTY, owners, dict.fromkeys(SOURCES, ""), SOURCES)


def states(whole: Status) -> list[tuple[str, StreamState]]:
    return [(stream.wearer, stream.state) for stream in whole.streams]


def test_a_wearer_who_moved_is_not_there_twice_though_the_old_pipeline_still_names_them() -> None:
    pipelines = Pipelines()
    pipelines.heard(0, status("anna", "bert", predictions=10), 0.0)
    pipelines.heard(1, status("bert", predictions=3), 0.5)
    whole = of(pipelines, anna=0, bert=1)
    assert states(whole) == [("anna", StreamState.LIVE), ("bert", StreamState.LIVE)]
    assert whole.predictions == 13


def test_a_wearer_of_whom_a_pipeline_has_not_spoken_yet_is_there_all_the_same() -> None:
    pipelines = Pipelines()
    pipelines.begun(0, 0.0)
    assert states(of(pipelines, anna=0, bert=None)) == [
        ("anna", StreamState.RESOLVING),
        ("bert", StreamState.RESOLVING),
    ]


def test_counts_of_a_pipeline_stay_when_it_has_ended() -> None:
    pipelines = Pipelines()
    assert pipelines.heard(0, status("anna", predictions=10, skipped=2), 0.0) == 2
    assert pipelines.heard(0, status("anna", predictions=20, skipped=3), 1.0) == 1
    pipelines.ended(0)
    pipelines.ended(0)
    whole = of(pipelines, anna=None, bert=None)
    assert (whole.predictions, whole.skipped) == (20, 3)


def test_silence_is_a_pipelines_only_while_we_listen() -> None:
    pipelines = Pipelines()
    pipelines.begun(0, 0.0)
    assert not pipelines.hangs(0, SILENT)
    assert pipelines.hangs(0, SILENT + 1.0)
    pipelines.resumed(SILENT + 1.0)
    assert not pipelines.hangs(0, SILENT + 2.0)
    assert not pipelines.hangs(7, 1e9)


def test_many_are_named_by_the_first() -> None:
    assert names(["a", "b", "c"], most=2) == "a, b and 1 more"
    assert names(["a", "b"], most=2) == "a, b"
