"""Full meta-data of streams that were found and are not read yet: labels and units tell sensors apart."""

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import pylsl

from ..intake.backend import Found
from ..messages import StreamDescription
from .describe import describe
from .errors import lsl_errors

WAIT: Final = 0.8
"""s for the full information of one stream."""
MOST: Final = 64
"""Streams that are asked at once; of more the brief information has to do."""
_TRIES: Final = 3
"""Times that a stream is asked that does not answer."""
_KEPT: Final = 1024


class Details:
    """Descriptions by uid, asked for until they are known; without an answer a stream keeps its brief one."""

    def __init__(self) -> None:
        self._known: dict[str, StreamDescription] = {}
        self._asked: Counter[str] = Counter()

    def of(self, found: Sequence[Found]) -> list[Found]:
        """The streams with their full descriptions, as far as they answer within `WAIT` s."""
        unknown = [f for f in found if f.key not in self._known and not f.unusable]
        unknown = [f for f in unknown if self._asked[f.key] < _TRIES][:MOST]
        self._asked.update(f.key for f in unknown)
        if len(self._known) > _KEPT:
            self._known.clear()
            self._asked.clear()
        threads = [
            threading.Thread(target=self._ask, args=(f,), name="lsl-details", daemon=True) for f in unknown
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return [replace(f, description=self._known.get(f.key, f.description)) for f in found]

    def _ask(self, found: Found) -> None:
        """Note the description of a stream; the inlet lives and dies in this thread."""
        try:
            with lsl_errors():
                inlet = pylsl.StreamInlet(found.handle, max_buflen=1, recover=False, processing_flags=0)
                self._known[found.key] = describe(inlet.info(WAIT))
        except (TimeoutError, ConnectionError):
            return  # it is told when it is opened
