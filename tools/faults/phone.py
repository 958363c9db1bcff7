"""Is a phone disturbed by what else comes to its door?

`hnhar phone` as a process, one phone that pushes 100 samples a second, and beside it thousands of requests
that are malformed, oversized, of a wrong token, of another site, cut off, or noise. Every sample of the phone
must be there afterwards, and refusals counted.

    python -m tools.faults.phone --requests 3000
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import httpx
from tools.processes import cpu_seconds, isolated_lsl, machine, running

TOKEN: Final = "faults-of-phones"
THREADS: Final = 4
RATE: Final = 100.0


def bad(port: int) -> tuple[Callable[[httpx.Client], Any], ...]:
    """One request of each kind."""
    place = f"http://127.0.0.1:{port}/{TOKEN}/push"
    wrong = place.replace(TOKEN, "another-token")

    def oversized(_: httpx.Client) -> None:
        with socket.create_connection(("127.0.0.1", port)) as wire:
            head = f"POST /{TOKEN}/push HTTP/1.1\r\nHost: x\r\nContent-Length: {1 << 40}\r\n\r\n"
            wire.sendall(head.encode() + b"x" * 1000)
            wire.recv(1000)

    def cut(_: httpx.Client) -> None:
        with socket.create_connection(("127.0.0.1", port)) as wire:
            wire.sendall(f"POST /{TOKEN}/push HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n\r\n{{".encode())

    def noise(_: httpx.Client) -> None:
        with socket.create_connection(("127.0.0.1", port)) as wire:
            wire.sendall(os.urandom(300))

    return (
        lambda client: client.post(place, content=b"[" * 5000),
        lambda client: client.post(place, content=b'{"deviceId": "x", "payload": 7}'),
        oversized,
        lambda client: client.post(wrong, content=b"{}"),
        lambda client: client.get(f"http://127.0.0.1:{port}/"),
        lambda client: client.post(place, content=b"{}", headers={"Origin": "https://evil.example"}),
        cut,
        noise,
    )


def attack(port: int, requests: int) -> tuple[float, Counter[str]]:
    """(s of the slowest answer, how many came to what)."""
    kinds, slowest, seen = bad(port), [0.0] * THREADS, Counter[str]()

    def run(number: int) -> None:
        with httpx.Client(timeout=30) as client:
            for k in range(number, requests, THREADS):
                begun = time.monotonic()
                try:
                    answer = kinds[k % len(kinds)](client)
                    outcome = str(answer.status_code) if answer is not None else "raw"
                except (httpx.TransportError, OSError):
                    outcome = "closed"
                slowest[number] = max(slowest[number], time.monotonic() - begun)
                seen[outcome] += 1

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return max(slowest), seen


def memory(pid: int) -> float:
    """MB that a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def main(argv: Sequence[str] | None = None) -> int:
    """Disturb, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--requests", type=int, default=3000, help="bad requests (default 3000)")
    parser.add_argument(
        "--port", type=int, default=18700, help="of the page, push at the next (default 18700)"
    )
    options = parser.parse_args(argv)
    status = f"http://127.0.0.1:{options.port + 1}/{TOKEN}/status"
    os.environ["HNHAR_PHONE_TOKEN"] = TOKEN
    command = ["hnhar", "phone", "--listen", str(options.port)]
    words = ["push", str(options.port), TOKEN, str(RATE), "10"]
    with (
        tempfile.TemporaryDirectory() as folder,
        isolated_lsl(Path(folder)),
        running(command, Path(folder, "log")) as server,
    ):
        sender = subprocess.Popen(
            [sys.executable, "-m", "tools.bench.phone_sender", *words], stdout=subprocess.PIPE, text=True
        )
        try:
            begun = float(sender.stdout.readline()) if sender.stdout is not None else 0.0
            time.sleep(3.0)
            held, used, since = memory(server.pid), cpu_seconds(server.pid), time.monotonic()
            slowest, seen = attack(options.port + 1, options.requests)
            span = time.monotonic() - since
            used = cpu_seconds(server.pid) - used
            time.sleep(1.0)
            sender.kill()
            told = httpx.get(status).json()
            at = time.monotonic()
        finally:
            sender.kill()
            sender.communicate()
        grown = memory(server.pid) - held
    (phone,) = told["phones"]
    print(machine())
    print(f"{options.requests} bad requests in {span:.1f} s: {dict(seen)}")
    print(f"refused and counted: {sum(told['refused'].values())}, {told['refused']}")
    print(f"slowest answer {1000 * slowest:.0f} ms, memory {grown:+.1f} MB, {used / span:.0%} of a core")
    expected = (at - begun) * RATE
    dropped = phone["dropped"] or "none"
    print(f"the phone: {phone['received']} samples (about {expected:.0f} sent), dropped {dropped}")
    return 0 if phone["received"] >= expected - 0.5 * RATE and not phone["dropped"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
