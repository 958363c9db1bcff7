"""The study of falls: each fold trained once, and kept as a file of probabilities; then decided and scored.

A fold that is in the run folder is not trained again, so a study goes on where it was stopped.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from hnhar.model.bundle.decision import Decision
from hnhar.model.errors import ConfigError
from hnhar.stream.recordings.recording import Recording

from ...corpora.people import PARTS_OF_PEOPLE, part_of
from ...learn.watch import Stage
from ...output.storage import Json, read_json, write_json
from .decide import GRID, FallsFound, chosen, found, together
from .fold import SUBSETS, FallsConfig, Read, fit, read, training_windows

KEPT: Final = "falls-{fold}-s{seed}.json"
"""Name of a fold's file."""


@dataclass(frozen=True, slots=True, eq=False)
class FallsFold:
    """People who are read by what is trained on all others."""

    name: str
    tested: tuple[int, ...]
    reads: tuple[Read, ...] = ()
    seconds: float = 0.0
    """Processor time of the training."""
    parameters: int = 0
    windows: int = 0
    """Windows that it learned from."""


class _KeptReads(msgspec.Struct):
    """A fold's file: what decides it, and each recording's windows."""

    settings: str
    seconds: float
    parameters: int
    windows: int
    ends: list[list[float]]
    coverage: list[list[list[float]]]
    probability: list[dict[str, list[float | None]]]


def person_of(recording: Recording) -> int:
    """Number of the person of a recording of UP-Fall."""
    return int(recording.wearer.removeprefix("subject"))


def people_of(recordings: Sequence[Recording]) -> tuple[int, ...]:
    """Their numbers, ascending."""
    return tuple(sorted({person_of(recording) for recording in recordings}))


def folds(people: Collection[int]) -> tuple[FallsFold, ...]:
    """Folds by people's numbers alone (`corpora.people`); ConfigError where all are in one."""
    parts = {k: tuple(p for p in sorted(people) if part_of(p) == k) for k in range(PARTS_OF_PEOPLE)}
    made = tuple(FallsFold(str(k), tested) for k, tested in parts.items() if tested)
    if len(made) < 2:
        raise ConfigError(f"people {', '.join(map(str, sorted(people)))} are in one fold: others are needed")
    return made


def run(
    recordings: Sequence[Recording],
    fold: FallsFold,
    config: FallsConfig,
    seed: int,
    folder: Path,
    stage: Stage,
) -> FallsFold:
    """The fold with what its network says, from its file where it is there. ConfigError for a damaged one."""
    train = [r for r in recordings if person_of(r) not in fold.tested]
    test = [r for r in recordings if person_of(r) in fold.tested]
    settings = _settings(train, test, config, seed)
    path = folder / KEPT.format(fold=fold.name, seed=seed)
    if path.exists():
        return _kept(path, settings, fold, test)
    windows = training_windows(train, config.hop, seed)
    network, seconds = fit(windows, config, seed, stage)
    reads = tuple(read(network, recording, config.test_hop) for recording in test)
    parameters = sum(p.numel() for p in network.parameters())
    made = _KeptReads(
        settings,
        round(seconds, 1),
        parameters,
        len(windows),
        [each.ends.tolist() for each in reads],
        [np.round(each.coverage, 3).tolist() for each in reads],
        [
            {
                name: [None if np.isnan(p) else round(float(p), 5) for p in values]
                for name, values in e.items()
            }
            for e in (each.probability for each in reads)
        ],
    )
    write_json(path, made)
    return _kept(path, settings, fold, test)  # a fold that goes on from its file has the same digits


def _kept(path: Path, settings: str, fold: FallsFold, test: Sequence[Recording]) -> FallsFold:
    def wrong(content: Json) -> str:
        try:
            msgspec.convert(content, _KeptReads)
        except msgspec.ValidationError as error:
            return str(error)
        return ""

    kept = msgspec.convert(read_json(path, wrong), _KeptReads)
    lengths = {len(kept.ends), len(kept.coverage), len(kept.probability)}
    if kept.settings != settings or lengths != {len(test)}:
        raise ConfigError(
            f"'{path}' was made with other settings or data: name another run folder, or remove it"
        )
    reads = tuple(
        Read(
            recording,
            np.array(ends, np.float64),
            np.array(coverage, np.float64),
            {name: np.array(values, np.float32) for name, values in probability.items()},
        )
        for recording, ends, coverage, probability in zip(
            test, kept.ends, kept.coverage, kept.probability, strict=True
        )
    )
    return replace(fold, reads=reads, seconds=kept.seconds, parameters=kept.parameters, windows=kept.windows)


def _settings(train: Sequence[Recording], test: Sequence[Recording], config: FallsConfig, seed: int) -> str:
    """Digest of all that decides a fold."""
    made = hashlib.sha256(f"{seed} {json.dumps(asdict(config), sort_keys=True, default=str)}".encode())
    for part in (train, test):
        for recording in part:
            made.update(f"{recording.name} {recording.annotations}".encode())
            for stream in recording.streams:
                made.update(stream.timestamps.tobytes() + stream.samples.tobytes())
    return made.hexdigest()


@dataclass(frozen=True, slots=True)
class Scored:
    """Falls found by a set of sensors, fold by fold."""

    subset: tuple[str, ...]
    folds: Mapping[str, FallsFound]
    decisions: Mapping[str, Decision]
    """Fold -> settings, chosen on the other folds' people."""

    @property
    def whole(self) -> FallsFound:
        """All folds together."""
        return together(list(self.folds.values()))


def score(folds_: Sequence[FallsFold], wanted: Collection[str] = ()) -> list[Scored]:
    """Each set of sensors, decided as the other folds' people suggest; `wanted`: folds that count (all)."""
    out = []
    for subset in SUBSETS:
        tried = {fold.name: [found(fold.reads, subset, d) for d in GRID] for fold in folds_}
        decisions, results = {}, {}
        for fold in folds_:
            if wanted and fold.name not in wanted:
                continue
            others = [of for name, of in tried.items() if name != fold.name]
            decision = chosen([together(parts) for parts in zip(*others, strict=True)])
            decisions[fold.name] = decision
            results[fold.name] = tried[fold.name][GRID.index(decision)]
        out.append(Scored(subset, results, decisions))
    return out


def described(folds_: Sequence[FallsFold], scored: Sequence[Scored]) -> Json:
    """Figures and settings as JSON, for the run folder."""
    return {
        "people": {fold.name: fold.tested for fold in folds_},
        "sensors": {
            "+".join(each.subset): {
                name: {**asdict(result), "decision": asdict(each.decisions[name])}
                for name, result in each.folds.items()
            }
            for each in scored
        },
    }


def quick(config: FallsConfig) -> FallsConfig:
    """A trial of seconds."""
    return replace(
        config,
        hop=1.0,
        test_hop=0.5,
        pretrain=replace(config.pretrain, steps=3, batch=16),
        finetune=replace(config.finetune, steps=6, batch=16),
    )
