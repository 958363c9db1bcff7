"""Engine of a live run, of one process or of a shard of a fleet."""

from collections.abc import Mapping

from ..config.config import StreamConfig
from ..engine.engine import Engine
from ..engine.phases import spread
from ..engine.served import ServedWeights
from ..mapping.mounts import mounts_of


def live_engine(config: StreamConfig, shared: ServedWeights, personal: Mapping[str, ServedWeights]) -> Engine:
    """The engine of a configuration's wearers; `personal`: wearer -> weights of their own, beside the shared.

    Raises ConfigError where the weights do not go with each other or with the hop.
    """
    names = [wearer.id for wearer in config.wearer]
    infos = {name: personal.get(name, shared).info for name in names}
    return Engine(
        shared.runtime,
        shared.info,
        names,
        hop=config.hop,
        decision=shared.decision,
        personal=personal,
        mounts=mounts_of(infos, {wearer.id: wearer.options for wearer in config.wearer}),
        phases=spread(names, shared.info.hop if config.hop is None else config.hop),
    )
