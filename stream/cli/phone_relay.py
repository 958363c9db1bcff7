"""Phones sent on as LSL streams: a thread for each, from its door to an outlet."""

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from hnhar.model.errors import HnharError
from hnhar.model.kinds.imu import IMU

from ..intake.backend import Found, SourceBackend
from ..intake.registry import source_backend
from ..lsl.inlet import now
from ..lsl.outlets import DataOutlet
from ..messages import StreamDescription
from ..phone.inlet import PhoneInlet, found
from ..phone.phones import Phone, Phones, PhoneStatus

_log = logging.getLogger(__name__)
_LOOK: Final = 0.9
"""s of one look for phones."""
_PULL: Final = 0.1
_MOST: Final = 512
_NUDGE: Final = 1e-6
"""s between stamps that a better known offset would let overlap."""
_OUTLETS: Final = 64
"""Outlets that are kept for phones that come back, at most."""


class Relays:
    """Every phone that is found, sent on from then on."""

    def __init__(self, *, publish: bool = True) -> None:
        """`publish`: as LSL streams; else phones are only read."""
        self._publish = publish
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._phones: dict[str, Phone] = {}
        """Stream that is sent on -> its phone."""
        self._absent: dict[str, str] = {}
        self._outlets: dict[tuple[str, ...], DataOutlet] = {}
        self._lock = threading.Lock()

    def serve(self, phones: Phones) -> None:
        """Send on what comes to our own server."""
        self._begin("phone-relays", lambda: self._look(lambda: found(phones.there())))

    def follow(self, source: str) -> None:
        """Send on a source of another scheme, whenever it is there. Raises ConfigError where it is none."""
        backend, address = source_backend(source)
        backend.check(address)
        self._begin(f"phone-relay {source}", lambda: self._look(lambda: self._find(source, backend, address)))

    def statuses(self) -> list[PhoneStatus]:
        """Phones that send now."""
        with self._lock:
            return [phone.status() for phone in dict.fromkeys(self._phones.values()) if phone.there]

    def absent(self) -> list[str]:
        """Sources that are waited for, each with the reason."""
        return [f"'{source}': {why}" for source, why in sorted(self._absent.items())]

    def close(self) -> None:
        """End every thread."""
        self._stop.set()
        for thread in self._threads:
            thread.join(3 * _LOOK)

    def _begin(self, name: str, run: Callable[[], None]) -> None:
        thread = threading.Thread(target=run, name=name, daemon=True)
        self._threads = [t for t in self._threads if t.is_alive()] + [thread]
        thread.start()

    def _find(self, source: str, backend: SourceBackend, address: str) -> Sequence[Found]:
        try:
            streams = backend.find(address, _LOOK)
        except (OSError, HnharError) as error:
            self._absent[source] = str(error) or type(error).__name__
            return ()
        if streams:
            self._absent.pop(source, None)
        else:
            self._absent.setdefault(source, "it is not there yet")
        return streams

    def _look(self, find: Callable[[], Sequence[Found]]) -> None:
        running: dict[str, threading.Thread] = {}
        while not self._stop.is_set():
            for stream in find():
                thread = running.get(stream.key)
                if thread is None or not thread.is_alive():
                    thread = threading.Thread(target=self._relay, args=(stream,), daemon=True)
                    running[stream.key] = thread
                    thread.start()
            running = {key: thread for key, thread in running.items() if thread.is_alive()}
            self._stop.wait(_PULL)
        for thread in running.values():
            thread.join(1.0)

    def _relay(self, stream: Found) -> None:
        """Send one phone on until it has gone."""
        phone = stream.handle
        if not isinstance(phone, Phone):
            return
        with self._lock:
            self._phones[stream.key] = phone
        inlet, last = PhoneInlet(stream, now), -np.inf
        try:
            description = inlet.open(_LOOK)
            outlet = self._outlet(description) if self._publish else None
            while not self._stop.is_set() and phone.there:
                rows, stamps = inlet.pull(_PULL, _MOST)
                if not len(stamps) or outlet is None:
                    continue
                times = stamps + inlet.clock_offset(_PULL)
                if times[0] <= last < times[0] + 1.0:  # its clock is known better than before
                    times = np.maximum(times, last + _NUDGE * np.arange(1, len(times) + 1))
                last = float(times[-1])
                outlet.push(rows.astype(np.float32), times)
        except (OSError, HnharError) as error:
            _log.info("%s: %s", stream.description.name, error)
        finally:
            with self._lock:
                self._phones.pop(stream.key, None)

    def _outlet(self, description: StreamDescription) -> DataOutlet:
        """The outlet of a phone; the same one when it comes back."""
        key = (description.source_id, description.name, *description.channels)
        with self._lock:
            if key not in self._outlets and len(self._outlets) >= _OUTLETS:
                del self._outlets[next(iter(self._outlets))]
            if key not in self._outlets:
                self._outlets[key] = DataOutlet(description, IMU.name)
            return self._outlets[key]
