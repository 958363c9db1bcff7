"""A wizard of the page: `hnhar enroll` or `hnhar adapt` in a process of its own, answered by JSON."""

import json
import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import msgspec

from hnhar.model.bundle.bundle import read_info
from hnhar.model.errors import ConfigError, HnharError

from ..mapping.channel_map import MappingOptions
from .commands import command_of
from .options.sources import words_of
from .page_child import Child
from .page_settings import PageWearer
from .record import free_name

REPLIES: Final = frozenset(("", "r", "s", "f", "q"))
_KEPT: Final = 60
_LEARNING: Final = "Learning"
_OF_A_TERMINAL: Final = ("bundle ", "Recognize ", "among several wearers")
"""Begins of lines that say how to go on in a terminal."""


class TeachRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A wizard as a person asks for it."""

    kind: str
    """"enroll" or "adapt"."""
    wearer: str
    label: str = ""
    """Of the new activity."""
    performances: int = 5
    activities: tuple[str, ...] = ()
    """Those that are asked for; (): all."""


def check_request(asked: TeachRequest) -> None:
    """Raise ConfigError for a wizard that there is not, and for what none can be asked."""
    if asked.kind not in ("enroll", "adapt"):
        raise ConfigError(f"there is no wizard '{asked.kind[:40]}'.")
    if not 1 <= asked.performances <= 20:
        raise ConfigError(f"{asked.performances} performances are too few, or too many: 1 to 20.")
    for text in (asked.label, *asked.activities):
        if len(text) > 64 or not text.isprintable():
            raise ConfigError(f"{text[:40]!r} cannot be the name of an activity.")
    if len(asked.activities) > 1000:
        raise ConfigError("too many activities are named.")


class PageWizard:
    """One run of a wizard. Thread-safe: its state is read, its child writes it."""

    def __init__(
        self,
        asked: TeachRequest,
        wearer: PageWearer,
        weights: str,
        folder: Path,
        options: MappingOptions,
        network: Sequence[str],
        changed: Callable[[], None],
    ) -> None:
        """`weights`: of the wearer, "" for the default; `options`: what is said of the wearer's streams, as a
        run takes it; `network`: options of LSL.

        Raises ConfigError where there is no such command, or what is asked for is none.
        """
        check_request(asked)
        command_of(asked.kind)
        self.kind, self.wearer = asked.kind, wearer.id
        word = asked.label if asked.kind == "enroll" else ""
        slug = re.sub(r"[^A-Za-z0-9._-]+", "-", "-".join(filter(None, (wearer.id, word)))).strip("-.")
        folder.mkdir(parents=True, exist_ok=True)
        self.out = free_name(folder / f"{slug or 'own'}.safetensors")
        self._changed = changed
        self._phase = "preparing"
        self._look = ""
        self._scene: dict[str, Any] | None = None
        self._log: deque[str] = deque(maxlen=_KEPT)
        self._report: list[str] = []
        self._result: dict[str, float | None] | None = None
        self._child = Child(
            [*_words(asked, wearer, weights, self.out, options), *network], line=self._line, ended=self._ended
        )

    @property
    def over(self) -> bool:
        """It has ended, one way or the other."""
        return self._phase in ("done", "failed", "cancelled")

    def reply(self, text: str) -> None:
        """Answer the scene. Raises ConfigError for what is no answer."""
        if text not in REPLIES:
            raise ConfigError(f"'{text[:10]}' is no answer.")
        self._child.say(text)

    def stop(self) -> None:
        """Cancel it, and wait."""
        if not self.over:
            self._child.stop()

    def state(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "kind": self.kind,
            "wearer": self.wearer,
            "phase": self._phase,
            "look": self._look,
            "scene": self._scene,
            "log": list(self._log),
            "report": list(self._report),
            "result": self._result,
            "notes": list(self._child.notes),
            "error": self._child.error if self._phase == "failed" else "",
            "out": str(self.out),
        }

    def _line(self, text: str) -> None:
        prompt = _prompt(text)
        if prompt is None:
            if not text.startswith(_OF_A_TERMINAL):
                self._report.append(text.strip())
                del self._report[_KEPT:]
        elif prompt["prompt"] == "scene":
            self._phase, self._scene, self._look = "asking", prompt, ""
        elif prompt["prompt"] == "look":
            self._look = str(prompt.get("text", ""))
        else:
            self._log.append(str(prompt.get("text", "")))
            if _LEARNING in self._log[-1]:
                self._phase, self._scene = "learning", None
        self._changed()

    def _ended(self, child: Child) -> None:
        self._scene = None
        if child.stopped or child.code == 130:
            self._phase = "cancelled"
        else:
            self._phase = "done" if child.code == 0 and self.out.is_file() else "failed"
            self._result = _measured(self.out) if self._phase == "done" and self.kind == "enroll" else None
        self._changed()


def _measured(out: Path) -> dict[str, float | None] | None:
    """Shares of windows by all modalities together: of the new activity that were recognized, and of others
    that were taken for it; None where nothing was measured."""
    try:
        measured = read_info(out).enrolled[-1].measured
    except (HnharError, IndexError):
        return None
    whole = max(measured, key=lambda subset: subset.count("+"), default=None)
    if whole is None:
        return None
    return {"recognized": measured[whole]["recognized"], "mistaken": measured[whole].get("false")}


def _prompt(text: str) -> dict[str, Any] | None:
    """The prompt of a line; None for the command's own words."""
    if not text.startswith('{"prompt":'):
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _words(
    asked: TeachRequest, wearer: PageWearer, weights: str, out: Path, options: MappingOptions
) -> list[str]:
    words = [asked.kind, "--prompts=json", f"--out={out}"]
    words += [f"--weights={weights}"] if weights else []
    words += [f"--source={name}={given.source}" for name, given in wearer.sources.items()]
    alone = {
        name: replace(options.each.get(name, MappingOptions()), placement=given.placement or None)
        for name, given in wearer.sources.items()
    }
    words += words_of(replace(options, each=alone))
    if asked.kind == "enroll":
        if not asked.label.strip():
            raise ConfigError("the new activity has no name.")
        return [*words, f"--label={asked.label.strip()}", f"--performances={asked.performances}"]
    words += [f"--wearer={wearer.id}", "--guided", f"--performances={asked.performances}"]
    return [*words, f"--activities={','.join(asked.activities)}"] if asked.activities else words
