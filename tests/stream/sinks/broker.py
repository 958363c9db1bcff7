"""A real MQTT broker (amqtt) on loopback, in a process of its own, that may be killed and begun anew."""

import json
import queue
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

PATIENCE = 30.0
"""s, many times what anything here takes."""
_RUN = """
import asyncio, json, sys, warnings
warnings.simplefilter("ignore")
from amqtt.broker import Broker

async def main():
    broker = Broker(json.loads(sys.argv[1]))
    await broker.start()
    (server,) = broker._servers.values()
    print(server.instance.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


class LoopbackBroker:
    """Listens until `stop`; `start` begins it anew on the same port, everything retained forgotten."""

    def __init__(
        self, *, passwords: Path | None = None, certificate: tuple[Path, Path] | None = None
    ) -> None:
        """`passwords`: file of amqtt that says who may log in; `certificate`: chain and key, to speak TLS."""
        self.port = 0
        self._plugins: dict[str, Any] = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {}}
        if passwords is not None:
            kind = "amqtt.plugins.authentication.FileAuthPlugin"
            self._plugins = {kind: {"password_file": str(passwords)}}
        self._listener: dict[str, Any] = {"type": "tcp"}
        if certificate is not None:
            chain, key = map(str, certificate)
            self._listener |= {"ssl": True, "certfile": chain, "keyfile": key}
        self._process: subprocess.Popen[str] | None = None
        self.start()

    def start(self) -> None:
        """Listen, on the port of before."""
        listener = {**self._listener, "bind": f"127.0.0.1:{self.port}"}
        config = json.dumps({"listeners": {"default": listener}, "plugins": self._plugins})
        self._process = subprocess.Popen(
            [sys.executable, "-c", _RUN, config], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def stop(self) -> None:
        """Kill it, as a loss of power does."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def hang(self) -> None:
        """Stop answering, the connections left open."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Answer again."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.stop()


class Listener:
    """A client that keeps what it gets, in order."""

    def __init__(self, port: int, topics: str = "#") -> None:
        self.got: list[tuple[str, bytes, bool]] = []
        """(topic, payload, retained before we came)."""
        self._queue: queue.SimpleQueue[tuple[str, bytes, bool]] = queue.SimpleQueue()
        self._ready: queue.SimpleQueue[None] = queue.SimpleQueue()
        self.client = Client(CallbackAPIVersion.VERSION2, client_id="listener")
        self.client.on_message = lambda _c, _d, m: self._queue.put((m.topic, m.payload, m.retain))
        self.client.on_subscribe = lambda *_: self._ready.put(None)
        self.client.on_connect = lambda *_: self.client.subscribe(topics, qos=1)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        self._ready.get(timeout=PATIENCE)

    def wait_for(self, topic: str, wanted: Callable[[bytes], bool] = lambda payload: True) -> bytes:
        """The payload of the next message on a topic of which `wanted` is true."""
        deadline = time.monotonic() + PATIENCE
        while (left := deadline - time.monotonic()) > 0:
            with suppress(queue.Empty):
                self.got.append(self._queue.get(timeout=left))
                if self.got[-1][0] == topic and wanted(self.got[-1][1]):
                    return self.got[-1][1]
        raise AssertionError(f"nothing came on {topic}, but {[got[0] for got in self.got]}")

    def look(self) -> list[tuple[str, bytes, bool]]:
        """What has come and was not looked at."""
        new = []
        with suppress(queue.Empty):
            while True:
                new.append(self._queue.get_nowait())
        self.got += new
        return new

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()
