"""Executions as sessions: run through the engine that serves live, and read as a report reads them."""

from collections.abc import Sequence
from dataclasses import replace

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.classifier import Classifier
from hnhar.stream.engine.engine import Engine
from hnhar.stream.engine.offline import OfflineDriver, blocks
from hnhar.stream.recordings import Annotation, Recording
from hnhar.stream.recordings.feeds import recorded_feeds
from hnhar.stream.report.phases import Phase, PhaseSequence
from hnhar.stream.report.recognition import held
from hnhar.stream.report.session import Session, WindowAnswer, of_windows
from hnhar.stream.report.trials import BRIEF

from ...corpora.spsw_har.executions import device_of
from ...evaluate.evaluate import ClassifiedSession, Subset

AFTER = 1.5
"""s for which the last samples of an execution are held: its recording ends as the person sits, and the last
phases are only decided later."""


def classified(
    runtime: Classifier, info: BundleInfo, recordings: Sequence[Recording], subset: Subset
) -> list[ClassifiedSession]:
    """Executions as one engine's wearers, with the devices of `subset` alone."""
    names = [str(k) for k in range(len(recordings))]
    engine = Engine(runtime, info, names)
    fed = {}
    for name, recording in zip(names, recordings, strict=True):
        streams = tuple(held(s, AFTER) for s in recording.streams if device_of(s) in subset)
        fed[name] = recorded_feeds(replace(recording, streams=streams), info.modalities)[0]
    driver = OfflineDriver(engine)
    predictions = [p for block in blocks(fed) for p in engine.classify(driver.windows(block))]
    out = []
    for name, recording in zip(names, recordings, strict=True):
        mine = tuple(replace(p, wearer=recording.wearer) for p in predictions if p.wearer == name)
        out.append(ClassifiedSession(recording, subset, mine))
    return out


def smoothed(watched: ClassifiedSession, weights: str) -> Session:
    """The session of an execution as a report has it; times are the recording's own."""
    last = watched.recording.annotations[-1].offset
    answers = [
        WindowAnswer(p.start, p.end, p.probabilities, p.modalities)
        for p in watched.predictions
        if (p.start + p.end) / 2 < last
    ]
    return of_windows(watched.recording.name, answers, weights=weights, zero=0.0)


def labeled(recording: Recording) -> PhaseSequence:
    """The phases that an execution's labels say; a walk of hardly a step belongs to the phase before it."""
    phases: list[Phase] = []
    for annotation in recording.annotations:
        if phases and annotation.label == "walking" and annotation.duration <= BRIEF:
            phases[-1] = replace(phases[-1], offset=annotation.offset)
            continue
        phases.append(Phase(annotation.label, annotation.onset, annotation.offset, 1.0))
    return PhaseSequence(tuple(phases))


def with_phases(recording: Recording) -> Recording:
    """The execution with its labels as phases: a walk of hardly a step is none of its own."""
    phases = labeled(recording).phases
    return replace(recording, annotations=tuple(Annotation(p.onset, p.duration, p.label) for p in phases))
