"""What is kept in memory for the end of a run."""

from hnhar.stream.sinks.collector import Collector

from ..examples import event, prediction, status


def test_what_is_kept_are_predictions_and_events_or_events_alone() -> None:
    everything, few = Collector(), Collector(predictions=False)
    assert few.span is None
    for message in (prediction(end=100.0), prediction(end=104.0), prediction(end=99.0), event(), status()):
        everything.take(message)
        few.take(message)
    assert (len(everything.predictions), len(everything.events)) == (3, 1)
    assert (len(few.predictions), len(few.events)) == (0, 1)
    assert everything.span == few.span == (96.0, 104.0)
