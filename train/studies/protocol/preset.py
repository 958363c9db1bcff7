"""Preset of a table, read from TOML: entries, seeds, budgets.

title = "..."
seeds = [0, 1, 2, 3, 4]

[budget]            # of every contrastive pre-training, unless an entry says otherwise
epochs = 100

[[entry]]
name = "cmc"
title = "CMC"
method = { pairs = "cross", temperature = 0.5 }
finetune = true
"""

import re
from collections.abc import Collection
from importlib.resources import files
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from hnhar.model.errors import ConfigError
from hnhar.model.files import read_regular
from hnhar.model.kinds.imu import IMU
from hnhar.stream.config.config import MAX_FILE, too_deep

from ...corpora.utd_mhad.splits import CONSULTED
from ...learn.earlier import renewed
from ...learn.named_loss import loss_names
from .encoders import Pair
from .inputs import PUBLISHED, Inputs
from .labels import DRAWS, Amount
from .method import Budget, Count, Method
from .supervise import Supervision
from .trials import PARTS, Changes

_T = TypeVar("_T")
Name = Annotated[str, msgspec.Meta(pattern=r"\A[a-z0-9][a-z0-9-]*\Z", max_length=40)]


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row: how encoders come about and what is read off them."""

    name: Name
    title: str
    method: Method | None = None
    """None: the encoders stay as they are drawn."""
    labels: Literal["none", "few", "all"] = "none"
    """Labels that training sees before the probes; with "few" there is one for each amount and draw."""
    base: Name | None = None
    """Entry whose pre-training of the same seed this one goes on from."""
    as_long: Name | None = None
    """Entry of which this one is the fair partner from scratch: its training on labels has at least as many
    epochs, and as many batches, as all trainings of the other together (`Preset.spent`)."""
    guide: Name | None = None
    """Entry whose pre-trained encoders, as they are, say what is near what; None: the network itself."""
    budget: Budget | None = None
    """Instead of the table's."""
    amounts: tuple[Amount, ...] | None = None
    """Instead of the table's."""
    pair: Pair = "compact"
    augmentation: Changes = "own"
    """Of every training of the entry."""
    draws: Count | None = None
    """Instead of the table's."""
    finetune: bool = False
    """Also train the whole network on all labels, or on the few."""
    head: bool = False
    """Also train the head on frozen encoders (the paper's downstream)."""
    supervision: Supervision | None = None
    """Instead of the table's."""
    seeds: tuple[int, ...] | None = None
    """Instead of the table's."""
    modalities: tuple[str, ...] = ("imu", "skeleton")
    section: str = "main"
    """Table in which it stands."""

    @property
    def waits(self) -> bool:
        """True if it needs another entry's pre-training."""
        return self.base is not None or self.guide is not None


class Preset(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole comparison."""

    title: str
    entry: Annotated[tuple[Entry, ...], msgspec.Meta(min_length=1)]
    seeds: Annotated[tuple[int, ...], msgspec.Meta(min_length=1)] = (0,)
    budget: Budget = Budget()
    supervision: Supervision = Supervision()
    amounts: tuple[Amount, ...] = (1, 2, 4, 8)
    """Labeled trials a class, or shares of them."""
    draws: Count = DRAWS
    """Draws of each amount for which a pre-training with few labels is made; probes alone take `DRAWS`."""
    sections: dict[str, str] = {}
    """Section -> what it compares, in the order of the document."""
    compare: tuple[tuple[Name, Name], ...] = ()
    """Pairs of entries whose difference on few labels is tabled, first minus second."""
    shown: Name | None = None
    """Entry whose fine-tuned confusions are drawn."""
    mapped: Name | None = None
    """Entry that others go on from, whose embedding of the test trials is drawn."""
    corpus: str = "utd-mhad"
    """Its name (`train.corpora.registry`)."""
    subjects: tuple[int, ...] = CONSULTED
    """Training subjects of the folds; only with `left_out`."""
    left_out: tuple[int | tuple[int, ...], ...] = ()
    """Each of these `subjects`, or groups of them, is read once by what is trained on the others, instead of
    the test subjects by what is trained on the training subjects: no look (`folds`)."""
    inputs: Inputs = PUBLISHED
    classes: tuple[str, ...] = ()
    """Of the trials that are used; empty: those of which somebody who trains has a trial."""
    minutes: float | None = None
    """About the cost of all of it in one process, as measured on two cores; None: nobody measured it."""

    def __post_init__(self) -> None:
        names = [entry.name for entry in self.entry]
        for name in (*(name for pair in self.compare for name in pair), self.shown, self.mapped):
            if name is not None and name not in names:
                raise ValueError(f"there is no entry {name}")
        out = [subject for group in self.folds for subject in group]
        if not set(out) <= set(self.subjects) or any(set(g) >= set(self.subjects) for g in self.folds):
            raise ValueError(f"left_out must be some of the subjects {self.subjects}, not {self.left_out}")
        refuse_test_subjects(self.corpus, self.subjects)
        if self.left_out and (self.shown or self.mapped):
            raise ValueError("`shown` and `mapped` draw test trials, and with `left_out` none is read")
        for entry in self.entry:
            if names.count(entry.name) > 1:
                raise ValueError(f"two entries are called {entry.name}")
            for other in (entry.base, entry.guide):
                if other is not None and (other not in names or self.named(other).waits):
                    raise ValueError(f"{entry.name} needs {other}, which is no entry that stands alone")
            if entry.as_long is not None and not (entry.as_long in names and _from_scratch(entry)):
                raise ValueError(f"{entry.name} is to be as long as an entry, with `finetune` and no method")
            if entry.method is not None and entry.method.loss not in loss_names():
                known = ", ".join(loss_names())
                raise ValueError(f"{entry.name}: there is no loss '{entry.method.loss}'; known are: {known}")
            if entry.method is not None and entry.method.uses_labels != (entry.labels != "none"):
                raise ValueError(f"{entry.name}: its method and its `labels` contradict each other")

    @property
    def folds(self) -> tuple[tuple[int, ...], ...]:
        """Subjects who are left out together, for each fold."""
        return tuple(group if isinstance(group, tuple) else (group,) for group in self.left_out)

    @property
    def modalities(self) -> tuple[str, ...]:
        """Signals that a trial must have, sorted: those that any entry takes."""
        taken = {name for entry in self.entry for name in entry.modalities}
        return tuple(sorted({IMU.name if name in PARTS else name for name in taken}))

    def spent(self, name: str, trials: int, labeled: int) -> tuple[int, int]:
        """Epochs and batches that an entry's network has seen in the end, with what it goes on from: of
        `trials`, and of `labeled` ones where it trains on labels."""
        entry = self.named(name)
        epochs, batches = (0, 0) if entry.base is None else self.spent(entry.base, trials, 0)
        stages = [] if entry.method is None else [(entry.budget or self.budget, trials)]
        if entry.finetune and labeled:
            stages.append(((entry.supervision or self.supervision).budget, labeled))
        for budget, count in stages:
            epochs, batches = epochs + budget.epochs, batches + budget.epochs * budget.batches(count)
        return epochs, batches

    def needs(self, name: str) -> bool:
        """True if an entry waits for the pre-training of the entry `name`."""
        return any(name in (entry.base, entry.guide) for entry in self.entry)

    def named(self, name: str) -> Entry:
        """The entry of that name, which exists."""
        return next(entry for entry in self.entry if entry.name == name)


def _from_scratch(entry: Entry) -> bool:
    return entry.finetune and entry.method is None and entry.base is None


def refuse_test_subjects(corpus: str, subjects: Collection[int]) -> None:
    """ValueError for subjects of UTD-MHAD that may not be consulted: no look at them would be logged."""
    if corpus == "utd-mhad" and not set(subjects) <= set(CONSULTED):
        raise ValueError(f"only subjects {CONSULTED} of {corpus} may be consulted, not {tuple(subjects)}")


def shipped() -> list[str]:
    """Names of the presets in the package."""
    found = [file.name for file in files(__package__).joinpath("presets").iterdir()]
    return sorted(re.sub(r"\.toml$", "", name) for name in found if name.endswith(".toml"))


def described() -> list[tuple[str, str, float | None]]:
    """Name, title and cost in one process (minutes; None: unknown) of each shipped preset."""
    folder = files(__package__).joinpath("presets")
    found = [(name, msgspec.toml.decode(folder.joinpath(f"{name}.toml").read_bytes())) for name in shipped()]
    return [(name, raw["title"], raw.get("minutes")) for name, raw in found]


def over_corpora(name: str) -> bool:
    """True for a file of `cohorts.Cohorts`, which compares on several corpora. ConfigError as of `read`."""
    return "cohort" in _content(name)


def read(name: str, kind: type[_T]) -> _T:
    """A shipped TOML file by its name, or any by its path, as a `Preset`, `Cohorts`, `Grid` or `Studies`.

    Raises:
        ConfigError: There is none, or it does not fit.
    """
    try:
        return msgspec.convert(renewed(_content(name)), kind)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise ConfigError(f"the preset '{name}' cannot be used: {error}") from error


def _content(name: str) -> dict[str, Any]:
    try:
        if name in shipped():
            text = files(__package__).joinpath("presets", f"{name}.toml").read_text(encoding="utf-8")
        else:
            text = read_regular(name, MAX_FILE).decode()
    except OSError as error:
        there = f"there are {', '.join(shipped())}, or name a file"
        raise ConfigError(f"no preset '{name}' ({error.strerror or error}): {there}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"the preset '{name}' is not UTF-8 text") from error
    if too_deep(text):
        raise ConfigError(f"the preset '{name}' nests its keys deeper than any setting")
    try:
        content: dict[str, Any] = msgspec.toml.decode(text)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise ConfigError(f"the preset '{name}' cannot be used: {error}") from error
    return content
