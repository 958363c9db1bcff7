"""Openers of recordings beside files: the synthetic performer, and trials of UTD-MHAD.

Registered in pyproject.toml under the entry points `hnhar.recordings`: `stream` need not know of them.
"""

from dataclasses import replace
from pathlib import Path

from hnhar.model.errors import RecordingError
from hnhar.stream.recordings.opener import OpenOptions, RecordingOpener
from hnhar.stream.recordings.recording import Recording


class SyntheticOpener(RecordingOpener):
    """A session of performer `subject`."""

    kind = "'synthetic'"
    names = ("synthetic",)

    def open(self, path: Path, options: OpenOptions) -> Recording:
        """See `RecordingOpener`."""
        from .performer import perform

        if options.placement != "wrist":
            raise RecordingError("the synthetic performer wears the sensor on the wrist only")
        return perform(seed=options.seed, person=0 if options.subject is None else options.subject)


class UtdMhadOpener(RecordingOpener):
    """A folder of trials as one session, or the file of one trial as it is."""

    kind = "a folder of UTD-MHAD trials (with Inertial/ and Skeleton/) or the .mat file of one"
    suffixes = (".mat",)

    def takes_folder(self, path: Path) -> bool:
        """See `RecordingOpener`."""
        return any((path / part).is_dir() for part in ("Inertial", "Skeleton"))

    def open(self, path: Path, options: OpenOptions) -> Recording:
        """See `RecordingOpener`; reads `subject`, `placement` and `seed`."""
        from ..corpora.utd_mhad.trials import (
            THIGH_ACTIONS,
            WRIST_ACTIONS,
            load_corpus,
            load_trial,
            subjects_in,
            trial_recording,
        )
        from .compose.compose import compose

        if not path.is_dir():
            return trial_recording(load_trial(path))
        actions = {"wrist": WRIST_ACTIONS, "thigh": THIGH_ACTIONS}.get(options.placement)
        if actions is None:
            raise RecordingError(f"placement must be wrist or thigh, not '{options.placement}'")
        there = subjects_in(path)
        subject = there[0] if options.subject is None else options.subject
        corpus = load_corpus(path, subjects=[subject], actions=actions)
        recording = compose(corpus.trials, seed=options.seed, wearer=f"s{subject}")
        return replace(recording, notes=(*corpus.notes, *recording.notes))
