"""The desk behind `hnhar page`: one run, one recording and one wizard at most, each asked for by the page."""

import argparse
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from hnhar.model.errors import ConfigError, HnharError

from ..lsl.recorder import WantedStream
from ..mapping.channel_map import MappingOptions
from ..page.server import Page
from ..publish.wire import TOPIC_PREFIX
from .demo import SOURCES
from .page_recording import PageRecording, homely
from .page_run import PageRun
from .page_settings import PageSettings, PageSource, PageWearer, SettingsFile
from .page_survey import described_weights, found_streams, labels_of, other_sources
from .page_wizard import PageWizard, TeachRequest
from .record_labels import KEYS
from .record_live import wanted

_FREE: Final = "tcp://127.0.0.1:0"
DEMO: Final = 300.0
"""s of a demonstration."""


class _Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request that says nothing more."""


class _Labels(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    labels: tuple[str, ...] = ()
    """(): those of the weights."""


class _Label(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    action: str
    """"press", "end" or "cancel"."""
    label: str = ""


class _Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reply: str = ""


REQUESTS: Final[dict[str, type[Any]]] = {
    "look": _Nothing,
    "save": PageSettings,
    "start": PageSettings,
    "demo": _Nothing,
    "stop": _Nothing,
    "record": _Labels,
    "recorded": _Nothing,
    "label": _Label,
    "teach": TeachRequest,
    "reply": _Answer,
    "taught": _Nothing,
    "use": _Nothing,
}
"""Request -> what it says."""


def read_request(name: str, fields: bytes) -> Any:
    """A request as it came from a browser. Raises LookupError, msgspec.DecodeError."""
    try:
        return msgspec.json.decode(fields or b"{}", type=REQUESTS[name])
    except (UnicodeDecodeError, RecursionError) as error:
        raise msgspec.DecodeError(str(error)) from error


class PageDesk:
    """The state of `hnhar page`, changed by one request at a time."""

    def __init__(self, arguments: argparse.Namespace, folder: Path, settings: SettingsFile) -> None:
        """`arguments`: of hnhar page."""
        self._arguments, self._folder, self._file = arguments, folder, settings
        self._network = _network(arguments)
        self._page: Page | None = None
        self._lock = threading.RLock()
        self._run: PageRun | None = None
        self._recording: PageRecording | None = None
        self._wizard: PageWizard | None = None
        self._last: dict[str, Any] | None = None
        self._unrecorded: list[str] = []
        """Sources that the recording has not."""
        self._error = ""
        self._notes: list[str] = []
        self._stopping = self._demo = False
        self._settings = PageSettings()
        try:
            self._settings = settings.read()
        except HnharError as error:
            self._error = str(error)
        self._weights = described_weights(folder)
        self._do: dict[str, Callable[[Any], dict[str, Any]]] = {
            "look": lambda _: {"streams": found_streams(self._folder)},
            "save": self._save,
            "start": self._start,
            "demo": lambda _: self._begin(["--demo", f"--duration={DEMO:g}"], demo=True),
            "stop": lambda _: self._end(),
            "record": self._record,
            "recorded": lambda _: self._end_recording(),
            "label": self._label,
            "teach": self._teach,
            "reply": self._reply,
            "taught": lambda _: self._end_wizard(),
            "use": lambda _: self._use(),
        }

    def attach(self, page: Page) -> None:
        """The page that shows it."""
        self._page = page

    def state(self) -> dict[str, Any]:
        """See `Desk`."""
        run, recording, wizard = self._run, self._recording, self._wizard
        return {
            "mode": "desk",
            "phase": self._phase(),
            "error": self._error,
            "ran": run is not None and run.ran,
            "notes": run.notes if run is not None and not run.over else self._notes,
            "demo": self._demo,
            "settings": msgspec.to_builtins(self._settings),
            "file": homely(self._file.path),
            "folder": homely(self._folder),
            "weights": self._weights,
            "sources": other_sources(),
            "recording": None if recording is None else recording.state(),
            "last": self._last,
            "wizard": None if wizard is None else wizard.state(),
        }

    def act(self, name: str, fields: bytes) -> dict[str, Any]:
        """See `Desk`."""
        asked, do = read_request(name, fields), self._do[name]
        if name == "look":
            return do(asked)  # it takes seconds, and changes nothing
        with self._lock:
            answer = do(asked)
        self._changed()
        return answer

    def begin_demo(self) -> None:
        """Start the demonstration, as the page's button does."""
        self.act("demo", b"{}")

    def close(self) -> None:
        """End all that goes on."""
        with self._lock:
            if self._wizard is not None:
                self._wizard.stop()
            if self._recording is not None:
                self._end_recording()
            self._end()

    def _phase(self) -> str:
        run = self._run
        if run is None or run.over:
            return "idle"
        return "stopping" if self._stopping else "running" if run.running else "starting"

    def _changed(self) -> None:
        run = self._run
        if run is not None and run.over:
            self._error, self._notes = run.error or self._error, run.notes
        if self._page is not None:
            self._page.tell()

    def _save(self, settings: PageSettings) -> dict[str, Any]:
        self._file.write(settings)
        self._settings = settings
        return {}

    def _start(self, settings: PageSettings) -> dict[str, Any]:
        self._save(settings)
        return self._begin([f"--config={self._file.path}"])

    def _begin(self, words: list[str], *, demo: bool = False) -> dict[str, Any]:
        self._end()
        self._error, self._notes, self._demo = "", [], demo
        publish = [] if not demo and self._file.get("publish") else [f"--publish={_FREE}"]
        prefix = str(self._file.get("topic_prefix") or TOPIC_PREFIX) if not demo else TOPIC_PREFIX
        self._run = PageRun([*words, *publish, *self._network], self._shown, self._changed, prefix)
        return {}

    def _end(self) -> dict[str, Any]:
        if self._run is not None and not self._run.over:
            self._stopping = True
            self._changed()
            try:
                self._run.stop()
            finally:
                self._stopping = False
        return {}

    def _shown(self) -> Page:
        assert self._page is not None
        return self._page

    def _record(self, asked: _Labels) -> dict[str, Any]:
        if self._recording is not None:
            raise ConfigError(f"it is being recorded already, to {self._recording.path}.")
        if self._demonstrates() and not self._arguments.demo:
            raise ConfigError(
                "the streams of this demonstration are its own: start hnhar page --demo to record them."
            )
        first = self._settings.wearers[0] if self._settings.wearers else None
        labels = (
            asked.labels or labels_of((first.weights if first else "") or self._settings.weights)[: len(KEYS)]
        )
        name = first.id if first is not None and len(self._settings.wearers) == 1 and not self._demo else ""
        self._recording = PageRecording(self._folder, self._streams(), labels, name, self._changed)
        return {}

    def _streams(self) -> list[WantedStream]:
        """Streams that are recorded: those of the run, all where nothing is chosen."""
        chosen = {name: PageSource(source) for name, source in SOURCES.items()} if self._demo else {}
        people = [PageWearer("", chosen)] if chosen else list(self._settings.wearers)
        asked = [
            [(name, given.source) for name, given in person.sources.items() if not _is_alone(given.source)]
            for person in people
        ]
        every = [given.source for person in people for given in person.sources.values()]
        self._unrecorded = [source for source in every if _is_alone(source)]
        if every and not any(asked):
            raise ConfigError(
                f"'{every[0]}' is no stream of LSL, and only those are recorded (hnhar phone and hnhar "
                "camera make streams of them)."
            )
        # two people may have a modality of one name: each is asked for by themselves
        those = [sources for sources in asked if sources] or [[]]
        return [stream for sources in those for stream in wanted(_named(sources, not every))]

    def _end_recording(self) -> dict[str, Any]:
        recording, self._recording = self._recording, None
        if recording is None:
            raise ConfigError("nothing is being recorded.")
        self._last = recording.stop()
        if self._unrecorded:
            self._last["notes"].append(f"not recorded, as no stream of LSL: {', '.join(self._unrecorded)}")
        return {"last": self._last}

    def _label(self, asked: _Label) -> dict[str, Any]:
        if self._recording is None:
            raise ConfigError("nothing is being recorded, so nothing can be labeled.")
        if asked.action == "press":
            self._recording.label(asked.label)
        elif asked.action == "end":
            self._recording.end()
        else:
            self._recording.cancel()
        return {}

    def _teach(self, asked: TeachRequest) -> dict[str, Any]:
        if self._wizard is not None and not self._wizard.over:
            raise ConfigError("something is being taught already: end it first.")
        wearer = self._wearer(asked.wearer)
        weights = wearer.weights or self._settings.weights
        if any(_is_alone(given.source) for given in wearer.sources.values()):
            self._end()  # such a source is open once only
        # as a run is told: what is learned of an axis that a run turns would be turned twice
        options = MappingOptions() if self._demonstrates() else self._file.options(wearer.id)
        self._wizard = PageWizard(asked, wearer, weights, self._folder, options, self._network, self._changed)
        return {}

    def _wearer(self, name: str) -> PageWearer:
        if self._demonstrates():
            return PageWearer("wearer", {key: PageSource(source) for key, source in SOURCES.items()})
        found = next((wearer for wearer in self._settings.wearers if wearer.id == name), None)
        if found is None:
            raise ConfigError(f"there is nobody called '{name[:40]}': choose sensors in Setup first.")
        return found

    def _demonstrates(self) -> bool:
        return self._demo and self._phase() != "idle"

    def _reply(self, asked: _Answer) -> dict[str, Any]:
        if self._wizard is None or self._wizard.over:
            raise ConfigError("nothing is being taught.")
        self._wizard.reply(asked.reply)
        return {}

    def _end_wizard(self) -> dict[str, Any]:
        if self._wizard is not None:
            self._wizard.stop()
        self._wizard = None
        return {}

    def _use(self) -> dict[str, Any]:
        """Recognize a wearer by what was taught, from now on."""
        wizard = self._wizard
        if wizard is None or wizard.state()["phase"] != "done":
            raise ConfigError("nothing was taught.")
        self._weights = described_weights(self._folder)
        known = {wearer.id: wearer for wearer in self._settings.wearers}
        if wizard.wearer not in known:
            raise ConfigError(f"'{wizard.wearer}' is not in Setup.")
        wearers = tuple(
            msgspec.structs.replace(wearer, weights=str(wizard.out)) if wearer.id == wizard.wearer else wearer
            for wearer in known.values()
        )
        self._wizard = None
        return self._start(msgspec.structs.replace(self._settings, wearers=wearers))


def _named(sources: list[tuple[str, str]], everything: bool) -> argparse.Namespace:
    """As the options of hnhar record name them."""
    return argparse.Namespace(
        imu_source=None, skeleton_source=None, source=sources, markers=[], stream=[], all=everything
    )


def _is_alone(source: str) -> bool:
    """True for a source that only one process can open, such as a camera."""
    return source.partition(":")[0] in other_sources()


def _network(arguments: argparse.Namespace) -> list[str]:
    """Options of LSL, for the commands that are started."""
    given = {
        "--lsl-session": arguments.lsl_session,
        "--lsl-scope": arguments.lsl_scope,
        "--lsl-peers": arguments.lsl_peers,
    }
    return [f"{option}={value}" for option, value in given.items() if value]
