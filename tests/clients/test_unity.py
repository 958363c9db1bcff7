"""clients/unity: compiled by Mono without Unity, its subscriber reads a live websocket.

`HnharReceiver.cs`, which needs Unity, is compiled against stand-ins of the few names that it uses.
"""

import queue
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from hnhar.model.errors import PublishError
from hnhar.stream.messages import Repetitions
from hnhar.stream.sinks.context import SinkContext
from hnhar.stream.sinks.websocket import WebsocketSink, open_websocket

from ..stream.examples import event, prediction, status

RUNTIME = Path(__file__).parents[2] / "clients" / "unity" / "Runtime"
CONTEXT = SinkContext("abc", "weights@1", ("wave", "idle"), ("p1", "p2"))
PATIENCE = 60.0
_UNITY = """
namespace UnityEngine
{
    public class MonoBehaviour { }
    public class SerializeField : System.Attribute { }
}
"""


def compiled(out: Path, *sources: Path, defined: str = "") -> None:
    """Build; the test is skipped where no compiler is."""
    mcs = shutil.which("mcs")
    if mcs is None or shutil.which("mono") is None:
        pytest.skip("no C# compiler is here (mono-mcs)")
    kind = "exe" if out.suffix == ".exe" else "library"
    command = [mcs, "-langversion:7.2", "-warn:4", "-warnaserror", f"-target:{kind}", f"-out:{out}"]
    command += [f"-define:{defined}"] if defined else []
    done = subprocess.run(
        [*command, *map(str, sources)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def listen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The subscriber in a console program."""
    made = tmp_path_factory.mktemp("unity") / "Listen.exe"
    compiled(made, *sorted(RUNTIME.glob("*.cs")), Path(__file__).parent / "Listen.cs")
    return made


@pytest.fixture
def sink() -> Iterator[WebsocketSink]:
    opened = open_websocket("127.0.0.1:0", CONTEXT)
    yield opened
    opened.close()


class MonoClient:
    """The console program, running."""

    def __init__(self, program: Path, *arguments: str) -> None:
        self._process = subprocess.Popen(
            ["mono", str(program), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def wait_for(self, wanted: Callable[[str], bool], meanwhile: Callable[[], None] | None = None) -> str:
        """The next line of which `wanted` is true; `meanwhile` is called every 20 ms until it comes."""
        seen: list[str] = []
        for _ in range(int(PATIENCE / 0.02)):
            try:
                seen.append(self._lines.get(timeout=0.02))
            except queue.Empty:
                if meanwhile is not None:
                    meanwhile()
                continue
            if wanted(seen[-1]):
                return seen[-1]
        raise AssertionError(f"it did not come; {seen}")

    def close(self) -> int:
        """End it; its exit code."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            return self._process.wait(PATIENCE)
        finally:
            self._process.kill()
            self._reader.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        assert self.close() == 0

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._lines.put(line.strip())


def test_it_reads_every_kind_without_rounding(listen: Path, sink: WebsocketSink) -> None:
    with MonoClient(listen, sink.url) as client:
        assert client.wait_for(lambda line: line.startswith("status"), lambda: sink.take(status(1))) == (
            "status 1 live g lost 0 malformed 0"
        )
        first = prediction(4)
        sink.take(first)
        got = client.wait_for(lambda line: line.startswith("prediction"))
        *words, clap = got.removesuffix(" lost 0 malformed 0").split()
        assert words == ["prediction", "4", "p1", "wave", str(first.end_unix_ns)]
        assert float(clap) == first.probabilities["clap"]
        at = event().onset_unix_ns
        sink.take(event(9))
        assert client.wait_for(lambda line: line.startswith("event")) == (
            f"event 9 onset wave {at} none none lost 0 malformed 0"
        )
        odd = event(12, kind="offset", label='"Zoë" \\ 波 😀')
        sink.take(replace(odd, repetitions=Repetitions(4, (1.0,), 60.0, 0.9)))
        assert client.wait_for(lambda line: line.startswith("event")) == (
            f'event 12 offset "Zoë" \\ 波 😀 {at} 1.5 4 lost 2 malformed 0'
        )


def test_it_connects_again_and_counts_what_was_lost(listen: Path, sink: WebsocketSink) -> None:
    with MonoClient(listen, sink.url, "event,status", "p1") as client:
        client.wait_for(lambda line: line.startswith("event 3"), lambda: sink.take(event(3)))
        sink.take(event(1, wearer="p2"))
        sink.close()
        client.wait_for(lambda line: line == "state the run is over")
        again = reopened(sink.url)
        got = client.wait_for(lambda line: line.startswith("event"), lambda: again.take(event(10)))
        assert got.endswith("lost 6 malformed 0")
        again.close()


def test_statuses_are_asked_for_in_any_case_and_handed_on_where_they_are_wanted(
    listen: Path, sink: WebsocketSink
) -> None:
    with MonoClient(listen, sink.url, "event") as client:
        client.wait_for(lambda line: line.startswith("event 1"), lambda: sink.take(event(1)))
        assert [joined._kinds for joined in sink.hub.clients] == [{"event", "status"}]
        sink.take(status(1))
        sink.take(event(2))
        got = client.wait_for(lambda line: not line.startswith("event 1"))
        assert got.startswith("event 2")


def test_silence_is_noticed_and_the_connection_made_anew(listen: Path, sink: WebsocketSink) -> None:
    with MonoClient(listen, sink.url, "", "", "", "1") as client:
        client.wait_for(lambda line: line == "state silence")
        client.wait_for(lambda line: line == "state open")


def reopened(url: str) -> WebsocketSink:
    """Another sink at the same address, as soon as it is free."""
    address = url.removeprefix("ws://").removesuffix("/ws")
    for _ in range(1000):
        with suppress(PublishError):
            return open_websocket(address, CONTEXT)
    raise AssertionError("the address stays taken")


def test_a_token_lets_it_in(listen: Path, tmp_path: Path) -> None:
    token = tmp_path / "token"
    sink = open_websocket(f"127.0.0.1:0?token={token}", CONTEXT)
    with MonoClient(listen, sink.url) as refused:
        reason = refused.wait_for(lambda line: line.startswith("state") and "connecting" not in line)
        assert reason not in ("state open", "state closed")  # its words are the platform's own
    with MonoClient(listen, sink.url, "", "", token.read_text().strip()) as client:
        client.wait_for(lambda line: line.startswith("event 1"), lambda: sink.take(event(1)))
    sink.close()


def test_what_is_no_json_and_no_message_is_a_format_exception(tmp_path: Path) -> None:
    source = tmp_path / "Faults.cs"
    source.write_text(
        """
using System;
public static class Faults
{
    public static int Main()
    {
        var texts = Console.In.ReadToEnd().Split('\\u0001');
        foreach (var text in texts)
        {
            try { Hnhar.Message.Read(text); Console.WriteLine("read: " + text); }
            catch (FormatException) { Console.WriteLine("refused"); }
        }
        return 0;
    }
}
"""
    )
    program = tmp_path / "Faults.exe"
    compiled(program, *sorted(RUNTIME.glob("*.cs")), source)
    head = '{"v":1,"publisher":"abc","type":"event","seq":1,"wearer":"p1","id":1,"label":"wave","onset":1.0,'
    tail = '"onset_unix_ns":null,"duration":null,"confidence":1,"decided":2}'
    whole = f'{head}"kind":"onset",{tail}'
    bad = [
        "",
        "{",
        "[]",
        "nul",
        "1e",
        '{"a" 1}',
        '{"a":"\\u12"}',
        '{"a":"\\x"}',
        "[" * 5000,
        "{}",
        '{"v":2,"type":"event"}',
        '{"v":1,"type":"weather"}',
        f"{whole}x",
        whole[:-1],
        f'{head}"kind":"begin",{tail}',
        whole.replace('"seq":1', '"seq":1.5'),
        whole.replace('"seq":1', '"seq":9223372036854775808'),
        whole.replace('"wearer":"p1",', ""),
    ]
    done = subprocess.run(
        ["mono", str(program)],
        input="\1".join([*bad, whole]),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.splitlines() == ["refused"] * len(bad) + [f"read: {whole}"]


def test_the_component_of_unity_compiles(tmp_path: Path) -> None:
    stand_ins = tmp_path / "UnityEngine.cs"
    stand_ins.write_text(_UNITY)
    compiled(tmp_path / "Hnhar.dll", *sorted(RUNTIME.glob("*.cs")), stand_ins, defined="UNITY_5_3_OR_NEWER")
