"""The picture of a guided session: the activity in letters that are read across a room. Pure."""

from collections.abc import Sequence
from typing import Final

from rich.style import Style
from rich.text import Text

from ..dashboard.glyphs import bar, big, words_of
from .guided import Scene, ScenePhase

KEYS: Final = {
    ScenePhase.READY: "Enter begin · s leave out · r the last one again · f finish here · q cancel",
    ScenePhase.COUNTDOWN: "r not yet · s leave out · q cancel",
    ScenePhase.GOING: "Enter it ended · r once more · s leave out · q cancel",
}
_STYLES: Final = {
    ScenePhase.READY: Style(bold=True),
    ScenePhase.COUNTDOWN: Style(color="cyan", bold=True),
    ScenePhase.GOING: Style(color="green", bold=True),
}
_LEAST: Final = 3
"""Rows of the smallest letters."""


def picture(scene: Scene, streams: Sequence[Text], width: int, height: int) -> list[Text]:
    """Lines of the whole picture, `width` × `height` at most: progress, the activity, what to do, streams."""
    foot = [*streams, Text(f"  {KEYS[scene.phase]}", style=Style(dim=True))]
    head = [_progress(scene, width), Text()]
    room = height - len(head) - len(foot) - 3
    if room < _LEAST:  # a small terminal: what to do is worth more than what comes in
        foot, room = foot[-1:], height - len(head) - 4
    style = _STYLES[scene.phase]
    letters = big(_large(scene), width - 2, max(1, room), style)
    body = Text("\n").join([Text(f"  {line}", style) for line in letters.plain.split("\n")])
    lines = [*head, *body.split("\n", allow_blank=True), Text(), _instruction(scene), Text(), *foot]
    for line in lines:
        line.no_wrap, line.overflow = True, "ellipsis"
    return lines


def _large(scene: Scene) -> str:
    """The text in large letters: the seconds that are left while they are counted, the activity else."""
    if scene.phase is ScenePhase.COUNTDOWN and scene.limit is not None:
        return f"{words_of(scene.label)} {int(max(scene.limit - scene.elapsed, 0.0)) + 1}"
    return scene.label


def _instruction(scene: Scene) -> Text:
    style = _STYLES[scene.phase]
    if scene.phase is ScenePhase.COUNTDOWN:
        return Text("  get ready", style)
    if scene.phase is ScenePhase.GOING:
        left = "" if scene.limit is None else f" of {scene.limit:.0f}"
        ends = "" if scene.limit is not None else " · Enter when it ends"
        return Text(f"  NOW · {scene.elapsed:.0f}{left} s{ends}", style)
    if scene.limit is not None:
        return Text(f"  begins in {max(scene.limit - scene.elapsed, 0.0) + 3:.0f} s", style)
    return Text("  Enter, and it begins after 3 s", style)


def _progress(scene: Scene, width: int) -> Text:
    """`activity 3 of 21 · 2 performed · 1 left out ████····  then: clap`."""
    take = f", {scene.take} of {scene.takes}" if scene.takes > 1 else ""
    skipped = f" · {scene.skipped} left out" if scene.skipped else ""
    line = Text(
        f"  activity {scene.activity} of {scene.activities}{take} · {scene.performed} performed{skipped} "
    )
    share = (scene.activity - 1 + (scene.take - 1) / scene.takes) / scene.activities
    line.append_text(bar(share, max(8, min(24, width // 4)), Style(color="green")))
    if scene.following:
        line.append(f"  then: {words_of(scene.following)}", Style(dim=True))
    return line
