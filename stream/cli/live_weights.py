"""Weights of a live run: those of all wearers, and those of a wearer's own beside them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from hnhar.model.bundle import bundle
from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.bundle.decision import Decision
from hnhar.model.errors import ConfigError, HnharError
from hnhar.model.serving import Serving

from ..config.config import StreamConfig
from ..decide.settings import settings
from ..engine.served import ServedWeights, check_alike


@dataclass(frozen=True, slots=True)
class ChosenBundle:
    """A bundle on disk, its description, and how what it answers is decided."""

    path: Path
    info: BundleInfo
    decision: Decision


@dataclass(frozen=True, slots=True)
class ChosenWeights:
    """Bundles of a run, before any is loaded."""

    shared: ChosenBundle
    """Of every wearer without weights of their own; of the first wearer, where all have their own."""
    personal: Mapping[str, ChosenBundle]
    """Wearer -> weights of their own, other than the shared ones."""

    def of(self, wearer: str) -> ChosenBundle:
        """The bundle that recognizes a wearer."""
        return self.personal.get(wearer, self.shared)


def chosen_weights(config: StreamConfig) -> ChosenWeights:
    """Bundles that a configuration names. Raises HnharError, which names the wearer where it is theirs."""
    found: dict[str, ChosenBundle] = {}
    for wearer in config.wearer:
        if wearer.weights is not None:
            try:
                found[wearer.id] = _chosen(wearer.weights, config)
            except HnharError as error:
                raise ConfigError(f"the weights of wearer '{wearer.id}': {error}") from error
    everyone = len(found) == len(config.wearer)
    shared = found[config.wearer[0].id] if everyone else _chosen(config.weights, config)
    personal = {w: theirs for w, theirs in found.items() if theirs.info.digest != shared.info.digest}
    infos = {wearer: theirs.info for wearer, theirs in personal.items()}
    check_alike(shared.info, infos, any_hop=config.hop is not None)
    return ChosenWeights(shared, personal)


def served(
    chosen: ChosenWeights, load: Callable[[Path], Serving], batch: int
) -> tuple[ServedWeights, dict[str, ServedWeights]]:
    """The shared weights and the personal ones, by wearer, loaded and warm for up to `batch` windows.

    A bundle that several wearers have is loaded once.
    """
    ready: dict[str, ServedWeights] = {}

    def made(of: ChosenBundle) -> ServedWeights:
        if of.info.digest not in ready:
            loaded = load(of.path)
            loaded.runtime.warm_up(batch)
            ready[of.info.digest] = ServedWeights(loaded.info, loaded.runtime, of.decision)
        return ready[of.info.digest]

    return made(chosen.shared), {wearer: made(of) for wearer, of in chosen.personal.items()}


def _chosen(weights: str, config: StreamConfig) -> ChosenBundle:
    path = bundle.find(weights)
    info = bundle.read_info(path)
    return ChosenBundle(path, info, settings(info, config.latency, config.decision))
