"""The notes of `hnhar-watch` on stderr beside the messages: the connection, and lost messages."""

import sys
import threading
import time

from ..printable import printable
from ..publish.addresses import parse_address, unresolved
from ..publish.subscriber import Received, Subscriber

_PATIENCE = 1.0
"""s without a connection after which it is said that a publisher is waited for."""


class Teller:
    """Tells of changes as they happen, and of the sum at the end."""

    def __init__(self, subscriber: Subscriber, *, quiet: bool = False) -> None:
        """`quiet` leaves everything but the sum to a dashboard."""
        self._subscriber = subscriber
        self._quiet = quiet
        self._received = 0
        self._lost: dict[str, int] = {}
        self._malformed = 0
        self._connected: bool | None = None
        """State of the connection as last told; None until anything was."""
        self._apart_since: float | None = None
        """Moment at which the connection was found to have ended; None while there is one."""
        self._refused = False
        self._publisher = ""
        self._unknown_host = ""
        """Reason for which the publisher's host cannot be found, once that is known."""
        self._told_of_host = False

    def look(self, received: Received | None) -> None:
        """Tell what has changed since the last look."""
        self._look_at_connection()
        if received is not None:
            self._received += 1
            if self._publisher not in ("", received.publisher):
                self.say("the publisher was started anew: sequence numbers begin again")
            self._publisher = received.publisher
        for topic, lost in self._subscriber.lost.items():
            if lost > self._lost.get(topic, 0):
                self.say(f"lost {lost - self._lost.get(topic, 0)} on {topic}")
                self._lost[topic] = lost
        if self._subscriber.malformed > self._malformed:
            self.say(f"{self._subscriber.malformed - self._malformed} messages could not be read")
            self._malformed = self._subscriber.malformed

    def say(self, text: str) -> None:
        """One line on stderr, unless a dashboard has the terminal."""
        if not self._quiet:
            # print, and not a console of rich: a live table moves aside only for what goes through sys.stderr
            print(f"watch: {printable(text)}", file=sys.stderr, flush=True)

    def finish(self) -> None:
        """The sum of all: messages, losses, and on which topics."""
        lost = self._subscriber.lost
        text = f"{self._received} messages, {sum(lost.values())} lost"
        if self._subscriber.malformed:
            text += f", {self._subscriber.malformed} unreadable"
        if self._quiet and self._unknown_host and not self._received:
            text += f"; {self._host_note()}"
        text += "".join(f"; {count} on {topic}" for topic, count in sorted(lost.items()))
        print(f"watch: {printable(text)}", file=sys.stderr, flush=True)

    def _look_at_connection(self) -> None:
        address, connected = self._subscriber.address, self._subscriber.connected
        refusal = self._subscriber.refusal
        # one word for many attempts, whose reasons may differ
        if refusal and not self._refused:
            self.say(f"not let in at {address}: {refusal}")
        self._refused = bool(refusal)
        now = time.monotonic()
        if connected:
            self._apart_since = None
            if self._connected is False:
                self.say(f"connected to {address}")
            self._connected = True
            return
        if self._apart_since is None:
            self._apart_since = now
        if self._unknown_host and not self._told_of_host:
            self._told_of_host = True
            self.say(self._host_note())
        if self._connected is False or now - self._apart_since < _PATIENCE:
            return  # whoever hangs up on us may say why at our next attempt
        if not refusal:
            gone = f"the publisher at {address} has gone; waiting for it to come back"
            self.say(gone if self._connected else f"waiting for a publisher at {address}")
            threading.Thread(target=self._look_up, name="hnhar-look-up", daemon=True).start()
        self._connected = False

    def _look_up(self) -> None:
        """Ask for the host's address: with a typing error in its name it would be waited for without end."""
        self._unknown_host = unresolved(self._subscriber.address)

    def _host_note(self) -> str:
        host = parse_address(self._subscriber.address).host
        return f"the host '{host}' cannot be found ({self._unknown_host}): is its name right?"
