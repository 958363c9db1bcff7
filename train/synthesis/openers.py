"""What `open_recording` opens beside files: the synthetic performer, and folders of UTD-MHAD.

Registered in pyproject.toml under the entry points `hnhar.recordings`, so that `stream` need not know of it.
"""

from dataclasses import replace
from pathlib import Path

from hnhar.model.errors import RecordingError
from hnhar.stream.recordings.recording import Recording


def synthetic(path: str | Path, *, subject: int | None, placement: str, seed: int) -> Recording:
    """A session of performer `subject`."""
    from .performer import perform

    if placement != "wrist":
        raise RecordingError("the synthetic performer wears the sensor on the wrist only")
    return perform(seed=seed, person=0 if subject is None else subject)


def utd_mhad(path: str | Path, *, subject: int | None, placement: str, seed: int) -> Recording:
    """A folder of trials as one session, or the file of one trial as it is."""
    from ..corpora.utd_mhad.trials import (
        THIGH_ACTIONS,
        WRIST_ACTIONS,
        load_corpus,
        load_trial,
        subjects_in,
        trial_recording,
    )
    from .compose.compose import compose

    path = Path(path)
    if not path.is_dir():
        return trial_recording(load_trial(path))
    there = subjects_in(path)
    chosen = there[0] if subject is None else subject
    actions = WRIST_ACTIONS if placement == "wrist" else THIGH_ACTIONS
    corpus = load_corpus(path, subjects=[chosen], actions=actions)
    recording = compose(corpus.trials, seed=seed, wearer=f"s{chosen}")
    return replace(recording, notes=(*corpus.notes, *recording.notes))
