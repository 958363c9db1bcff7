"""Survey of the streams on the network, each listened to for a moment, in parallel (for the doctor)."""

import threading
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pylsl
from numpy.typing import NDArray

from ..mapping.fitness import Surveyed
from ..mapping.triggers import is_trigger
from .describe import describe, unusable
from .errors import lsl_errors
from .source import order, parse_source, resolve

LOOK = 1.0
"""s to look for streams."""
LISTEN = 1.5
"""s to listen to each."""
OPEN_TIMEOUT = 2.0


def survey(look: float = LOOK, listen: float = LISTEN) -> list[Surveyed]:
    """All streams that answer within `look` s, each heard for `listen` s, as `order` numbers them."""
    infos = {info.uid(): info for info in pylsl.resolve_streams(look)}
    answers: dict[str, Surveyed] = {}
    threads = [
        threading.Thread(target=_hear, args=(info, listen, answers), name="lsl-survey", daemon=True)
        for info in infos.values()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbered = enumerate(sorted(infos.values(), key=order), 1)
    return [replace(answers[info.uid()], number=n) for n, info in numbered if info.uid() in answers]


def _hear(info: pylsl.StreamInfo, listen: float, answers: dict[str, Surveyed]) -> None:
    """Fill in `answers[uid]`; the inlet lives and dies in this thread."""
    uid, brief = info.uid(), describe(info)
    text = info.channel_format() == pylsl.cf_string
    fault = unusable(info)
    if fault and not text:
        answers[uid] = Surveyed(uid, brief, fault=fault)
        return
    try:
        with lsl_errors():
            inlet = pylsl.StreamInlet(info, max_buflen=10, recover=False, processing_flags=0)
            description = describe(inlet.info(OPEN_TIMEOUT))
            if text or is_trigger(description):
                answers[uid] = Surveyed(uid, description, text=True, numbers=not text)
                return
            inlet.open_stream(OPEN_TIMEOUT)
            samples, rate = _listen(inlet, listen)
    except TimeoutError:
        answers[uid] = Surveyed(
            uid, brief, text, fault="it was found but does not answer (a firewall between us?)"
        )
        return
    except ConnectionError as error:
        answers[uid] = Surveyed(uid, brief, text, fault=str(error))
        return
    offset: float | None
    try:
        with lsl_errors():
            offset = float(inlet.time_correction(1.5))
    except (TimeoutError, ConnectionError):
        offset = None
    answers[uid] = Surveyed(uid, description, False, samples, rate, offset)


def _listen(inlet: pylsl.StreamInlet, listen: float) -> tuple[NDArray[np.float64], float | None]:
    chunks, arrived = [np.zeros((0, inlet.channel_count))], []
    begun = pylsl.local_clock()
    while (left := begun + listen - pylsl.local_clock()) > 0:
        samples, _ = inlet.pull_chunk(min(left, 0.1), 4096, min_samples=1, as_numpy=True)
        if len(samples):
            chunks.append(samples.astype(np.float64))
            arrived.append((pylsl.local_clock(), len(samples)))
    rate = None
    if len(arrived) > 1 and arrived[-1][0] > arrived[0][0]:
        rate = sum(n for _, n in arrived[1:]) / (arrived[-1][0] - arrived[0][0])
    return np.concatenate(chunks), rate


def matching(address: str, surveyed: Sequence[Surveyed]) -> list[Surveyed]:
    """The surveyed streams that an address of LSL matches now. Raises ConfigError for a malformed one."""
    uids = {info.uid() for info in resolve(parse_source(address), LOOK)}
    return [stream for stream in surveyed if stream.uid in uids]
