"""Guides of a guided session: a picture in a terminal with keys, or lines."""

import time
from dataclasses import replace
from typing import Final

from rich.text import Text

from .enroll_prompts import KeyPrompts, LinePrompts
from .guided import Guide, Reply, Scene, ScenePhase
from .guided_screen import picture

_FRAME: Final = 0.2
"""s between two drawings."""


class _Guide:
    """Lines beside the questions, by the prompts that ask them."""

    def __init__(self, prompts: KeyPrompts | LinePrompts) -> None:
        self._beside = prompts

    def say(self, text: str) -> None:
        """Print a line, above the picture where there is one."""
        self._beside.say(text)

    def warn(self, text: str) -> None:
        """Print a line about trouble, likewise."""
        self._beside.warn(text)


class ScreenGuide(_Guide):
    """The activity in large letters, below it what to do and the streams; keys as answers."""

    def __init__(self, prompts: KeyPrompts) -> None:
        super().__init__(prompts)
        self._prompts = prompts

    def ask(self, scene: Scene) -> Reply:
        """See `Guide`."""
        began = time.monotonic()
        while True:
            elapsed = time.monotonic() - began
            if scene.limit is not None and elapsed >= scene.limit:
                return Reply.GO
            shown = replace(scene, elapsed=elapsed)

            def drawn(streams: list[Text], width: int, height: int, shown: Scene = shown) -> list[Text]:
                return picture(shown, streams, width, height)

            timeout = _FRAME if scene.limit is None else min(_FRAME, scene.limit - elapsed)
            keys = self._prompts.keys_under(drawn, timeout)
            if keys is None:
                return Reply.END
            for key in keys:
                if key in "\r\n ":
                    if scene.phase is not ScenePhase.COUNTDOWN:
                        return Reply.GO
                elif key in "rsfq" and not (key == "f" and scene.phase is not ScenePhase.READY):
                    return Reply(key)


class LineGuide(_Guide):
    """Questions on stderr, and lines of input as answers. Nothing is counted down: whoever writes the lines
    says the moment."""

    def __init__(self, prompts: LinePrompts) -> None:
        super().__init__(prompts)
        self._prompts = prompts

    def ask(self, scene: Scene) -> Reply:
        """See `Guide`."""
        if scene.phase is ScenePhase.COUNTDOWN:
            return Reply.GO
        number = f"activity {scene.activity} of {scene.activities}"
        take = f", {scene.take} of {scene.takes}" if scene.takes > 1 else ""
        begins = scene.phase is ScenePhase.READY
        verb = "begins" if begins else "ends"
        if scene.limit is not None:
            self.say(f"{number}{take}: '{scene.label}' {verb} after {scene.limit:g} s")
            time.sleep(scene.limit)
            return Reply.GO
        line = self._prompts.line(f"{number}{take}: '{scene.label}', Enter when it {verb}")
        if line is None:
            return Reply.END
        try:
            return Reply(line.strip().lower()[:1])
        except ValueError:
            return Reply.GO


def guide_of(prompts: KeyPrompts | LinePrompts) -> Guide:
    """The guide for a terminal with keys, or for lines."""
    return ScreenGuide(prompts) if isinstance(prompts, KeyPrompts) else LineGuide(prompts)
