"""One comparison on groups of people of several corpora: the same entries on each, people left out.

`presets/corpora.toml` has the entries once, and a cohort for each group: whose trials, of which sensors, put
on which grid, and who is left out together.
"""

from collections.abc import Collection
from typing import Annotated

import msgspec
from msgspec.structs import replace

from hnhar.model.errors import ConfigError

from .inputs import PUBLISHED, Inputs
from .labels import Amount
from .method import Budget, Count
from .preset import Entry, Name, Preset
from .supervise import Supervision
from .trials import Changes

Several = Annotated[tuple[str, ...], msgspec.Meta(min_length=2)]


class Cohort(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A group of people of one corpus."""

    name: Name
    title: str
    corpus: str
    """Its name (`train.corpora.registry`)."""
    modalities: Several
    subjects: tuple[int, ...]
    left_out: Annotated[tuple[int | tuple[int, ...], ...], msgspec.Meta(min_length=1)]
    """As of `Preset`."""
    classes: tuple[str, ...] = ()
    """As of `Preset`."""
    augmentation: Changes = "own"
    """Of every training."""
    inputs: Inputs = PUBLISHED
    look: bool = False
    """True where these people are tested elsewhere, too: the log of looks gets a line."""
    only: tuple[Name, ...] = ()
    """Entries that are computed; empty: all."""


class Cohorts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A comparison, and the groups of people that it is made on; read from TOML."""

    title: str
    cohort: Annotated[tuple[Cohort, ...], msgspec.Meta(min_length=1)]
    entry: Annotated[tuple[Entry, ...], msgspec.Meta(min_length=1)]
    seeds: Annotated[tuple[int, ...], msgspec.Meta(min_length=1)] = (0,)
    budget: Budget = Budget()
    supervision: Supervision = Supervision()
    amounts: tuple[Amount, ...] = (1,)
    draws: Count = 2
    minutes: float | None = None
    """As of `Preset`, of all cohorts."""

    def __post_init__(self) -> None:
        names = [cohort.name for cohort in self.cohort]
        if len(set(names)) < len(names):
            raise ValueError("two cohorts have the same name")
        for cohort in self.cohort:
            self.preset(cohort)

    def chosen(self, names: Collection[str]) -> tuple[Cohort, ...]:
        """The cohorts of these names, all without; ConfigError for an unknown one."""
        there = {cohort.name: cohort for cohort in self.cohort}
        if not set(names) <= set(there):
            raise ConfigError(f"--only takes some of {', '.join(there)}, not '{','.join(names)}'")
        return tuple(cohort for cohort in self.cohort if not names or cohort.name in names)

    def preset(self, cohort: Cohort) -> Preset:
        """The comparison on one group; ValueError where it does not fit."""
        entries = [
            replace(entry, modalities=cohort.modalities, augmentation=cohort.augmentation)
            for entry in self.entry
            if not cohort.only or entry.name in cohort.only
        ]
        return Preset(
            title=f"{self.title}: {cohort.title}",
            entry=tuple(entries),
            seeds=self.seeds,
            budget=self.budget,
            supervision=self.supervision,
            amounts=self.amounts,
            draws=self.draws,
            corpus=cohort.corpus,
            subjects=cohort.subjects,
            left_out=cohort.left_out,
            inputs=cohort.inputs,
            classes=cohort.classes,
        )
