"""Sessions that a bundle is measured on: a recording with its labels, or UTD-MHAD's subjects."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.errors import ConfigError
from hnhar.stream.cli.common import warn
from hnhar.stream.cli.options.reading import clock_of, columns_of

from ..bundles.learned import acquainted

if TYPE_CHECKING:
    from hnhar.stream.recordings import Recording


def sessions_of(
    arguments: argparse.Namespace, info: BundleInfo, subjects: Sequence[int], seeds: Sequence[int]
) -> "list[Recording]":
    """One session a seed of --recording, or of each subject of --data, with notes on what it cannot show.

    Raises ConfigError where neither is named, RecordingError where there are no such sessions.
    """
    from ..bundles.sessions import WHERE, corpus_folder, load, real_session, task_measuring
    from ..corpora.registry import named_folder
    from ..evaluate.annotated import open_annotated, remarks

    if arguments.recording:
        recordings = [
            open_annotated(
                arguments.recording,
                info,
                seed,
                columns=columns_of(arguments),
                clock=clock_of(arguments),
                labels=arguments.labels,
                tier=arguments.tier,
            )
            for seed in seeds
        ]
        for line in remarks(recordings, info):
            warn(line)
        return recordings
    if named_folder(arguments.data) is None:
        raise ConfigError(f"neither a recording nor a corpus was named. {WHERE}")
    if line := acquainted(info, subjects):
        warn(line)
    trials = load(corpus_folder(arguments.data), task_measuring(info), subjects)
    return [real_session(trials, subject, seed) for subject in subjects for seed in seeds]
