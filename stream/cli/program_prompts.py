"""Questions to the person who performs as lines of JSON, for a program that shows them: `--prompts json`.

Each line of standard output that begins with `{"prompt":` is one object: `say` and `warn` a text, `look` what
is waited for, `scene` the activity that is asked for and what of it is on. Each line of standard input
answers a scene: empty to go on, or r, s, f, q as keys do. All other lines of output are the command's own
words.
"""

import json
import queue
import sys
import threading
import time
from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Any, Final

from .enroll_prompts import Answer
from .guided import Reply, Scene, ScenePhase

_TICK: Final = 0.25
"""s between two scenes of a phase that is over by itself."""
_LONGEST: Final = 16


class ProgramPrompts:
    """Texts as lines of JSON, and answers as lines."""

    interactive = False

    def __init__(self, lines: Iterable[str]) -> None:
        """`lines`: of standard input, read in a thread of its own."""
        self._answers: queue.Queue[Reply] = queue.Queue(64)
        self._shown = ""
        threading.Thread(target=self._read, args=(lines,), name="answers", daemon=True).start()

    def say(self, text: str) -> None:
        """A line."""
        self.show("say", text=text.strip())

    def warn(self, text: str) -> None:
        """A line about trouble."""
        self.show("warn", text=text.strip())

    def look(self, text: str) -> Answer:
        """Streams are waited for; `CANCEL` where that was answered."""
        if text != self._shown:
            self._shown = text
            self.show("look", text=text.strip())
        reply = self.reply(0.0)
        return Answer.CANCEL if reply in (Reply.CANCEL, Reply.END) else Answer.MARK

    def ask(self, text: str) -> Answer:
        """A question that is no scene."""
        self.show("look", text=text.strip())
        reply = self.reply(None)
        return {Reply.CANCEL: Answer.CANCEL, Reply.END: Answer.END, Reply.REDO: Answer.REDO}.get(
            reply or Reply.END, Answer.MARK
        )

    def count_down(self, seconds: int) -> Answer:
        """Wait."""
        time.sleep(seconds)
        return Answer.MARK

    def reply(self, timeout: float | None) -> Reply | None:
        """The next answer; None where none came within `timeout` s (None: wait for ever)."""
        try:
            return self._answers.get(timeout != 0.0, timeout)
        except queue.Empty:
            return None

    def forget(self) -> None:
        """Answers that came before a question are none; the end of the input stays one, and cancelling."""
        while (reply := self.reply(0.0)) is not None:
            if reply in (Reply.END, Reply.CANCEL):
                self._answers.put_nowait(reply)
                return

    def show(self, prompt: str, **fields: Any) -> None:
        """One line of JSON."""
        sys.stdout.write(json.dumps({"prompt": prompt, **fields}) + "\n")
        sys.stdout.flush()

    def _read(self, lines: Iterable[str]) -> None:
        for line in lines:
            try:
                reply = Reply(line.strip().lower()[:_LONGEST])
            except ValueError:
                continue
            try:
                self._answers.put_nowait(reply)
            except queue.Full:
                continue
        self._answers.put(Reply.END)


class ProgramGuide:
    """A `Guide` whose scenes a program shows."""

    def __init__(self, prompts: ProgramPrompts) -> None:
        self._prompts = prompts

    def say(self, text: str) -> None:
        """A line."""
        self._prompts.say(text)

    def warn(self, text: str) -> None:
        """A line about trouble."""
        self._prompts.warn(text)

    def ask(self, scene: Scene) -> Reply:
        """See `Guide`."""
        began = time.monotonic()
        self._prompts.forget()
        self._prompts.show("scene", **_fields(scene))
        while True:
            left = None if scene.limit is None else scene.limit - (time.monotonic() - began)
            if left is not None and left <= 0:
                return Reply.GO
            reply = self._prompts.reply(left if left is None else min(left, _TICK))
            if reply is None:
                self._prompts.show("scene", **_fields(replace(scene, elapsed=time.monotonic() - began)))
                continue
            if reply is Reply.GO and scene.phase is ScenePhase.COUNTDOWN:
                continue
            if reply is Reply.FINISH and scene.phase is not ScenePhase.READY:
                continue
            return reply


def _fields(scene: Scene) -> dict[str, Any]:
    return {**asdict(scene), "phase": scene.phase.value}
