"""A guided session: what is asked for, left out, done again, and how it looks."""

from collections.abc import Iterable
from itertools import count

import pytest
from rich.text import Text

from hnhar.model.bundle.bundle import find, read_info
from hnhar.model.errors import ConfigError
from hnhar.stream.cli.enroll_prompts import LinePrompts
from hnhar.stream.cli.guided import Guided, GuidedRun, Reply, Scene, ScenePhase
from hnhar.stream.cli.guided_prompts import LineGuide
from hnhar.stream.cli.guided_screen import picture
from hnhar.stream.recordings.enrolling import Span


def ran(
    lines: Iterable[str], labels: str = "abc", takes: int = 1, forgotten: list[Span] | None = None
) -> GuidedRun:
    """A session whose clock goes on by a second each time it is looked at."""
    times = count(0.0)
    gone = forgotten if forgotten is not None else []
    guide = LineGuide(LinePrompts(iter(lines)))
    return Guided(list(labels), takes, guide, lambda: next(times), forgotten=gone.append).run()


def performed(run: GuidedRun) -> list[tuple[str, float, float]]:
    return [(p.label, p.span.start, p.span.end) for p in run.performances]


def test_each_activity_is_asked_for_in_turn() -> None:
    run = ran([""] * 6)
    assert performed(run) == [("a", 0, 1), ("b", 2, 3), ("c", 4, 5)]
    assert not run.skipped


def test_an_activity_can_be_left_out_before_and_while_it_is_performed() -> None:
    forgotten: list[Span] = []
    run = ran(["s", "", "s", "", ""], forgotten=forgotten)
    assert run.skipped == ["a", "b"]
    assert [p.label for p in run.performances] == ["c"]
    assert forgotten == [Span(0.0, 1.0)]


def test_the_last_activity_can_be_done_again_from_the_next_one() -> None:
    forgotten: list[Span] = []
    run = ran(["", "", "r", "", "", "", "", "", ""], forgotten=forgotten)
    assert [p.label for p in run.performances] == ["a", "b", "c"]
    assert performed(run)[0] == ("a", 2, 3)
    assert forgotten == [Span(0.0, 1.0)]


def test_a_performance_that_failed_is_done_once_more() -> None:
    forgotten: list[Span] = []
    run = ran(["", "r", "", ""], "a", forgotten=forgotten)
    assert performed(run) == [("a", 2, 3)]
    assert forgotten == [Span(0.0, 1.0)]


def test_with_nothing_performed_there_is_none_to_do_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(ran(["r", "", ""], "a").performances) == 1
    assert "there is none to do again" in capsys.readouterr().err


def test_several_performances_of_each_are_counted_and_the_last_of_another_activity_can_be_done_again() -> (
    None
):
    run = ran(["", "", "", "", "r", "", "", "", "", "", ""], "ab", takes=2)
    assert [p.label for p in run.performances] == ["a", "a", "b", "b"]


def test_finishing_here_leaves_out_the_rest_and_learns_what_there_is() -> None:
    run = ran(["", "", "f"])
    assert [p.label for p in run.performances] == ["a"]
    assert run.skipped == ["b", "c"]


def test_cancelling_and_the_end_of_the_input_end_it() -> None:
    with pytest.raises(KeyboardInterrupt):
        ran(["", "", "q"])
    with pytest.raises(ConfigError, match="after 1 of 3 performances"):
        ran(["", ""])


class Keyless:
    """Nobody answers: each phase is over by its limit."""

    def __init__(self) -> None:
        self.scenes: list[Scene] = []

    def say(self, text: str) -> None:
        """Nothing."""

    def warn(self, text: str) -> None:
        """Nothing."""

    def ask(self, scene: Scene) -> Reply:
        self.scenes.append(scene)
        assert scene.limit is not None
        return Reply.GO


def test_with_a_pace_nobody_presses_a_key() -> None:
    guide, times = Keyless(), count(0.0)
    run = Guided(["a", "b"], 1, guide, lambda: next(times), pace=4.0).run()
    assert [p.label for p in run.performances] == ["a", "b"]
    assert [(s.label, s.phase, s.limit) for s in guide.scenes[:3]] == [
        ("a", ScenePhase.READY, 4.0),
        ("a", ScenePhase.COUNTDOWN, 3.0),
        ("a", ScenePhase.GOING, 4.0),
    ]


STREAMS = [Text("  imu        ● live"), Text("  skeleton   ● live")]


def scene(label: str, phase: ScenePhase = ScenePhase.READY) -> Scene:
    limit = 3.0 if phase is ScenePhase.COUNTDOWN else None
    return Scene(label, phase, 3, 21, 1, 1, 2, 1, "clap", limit, 0.5)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (40, 10), (200, 60)])
@pytest.mark.parametrize("phase", list(ScenePhase))
def test_every_activity_fits_into_the_terminal(size: tuple[int, int], phase: ScenePhase) -> None:
    for label in read_info(find("utd-mhad-wrist")).labels:
        lines = picture(scene(label, phase), STREAMS, size[0], size[1] - 1)
        assert len(lines) < size[1]
        assert max(line.cell_len for line in lines[1:-4]) <= max(size[0], 60)


@pytest.mark.parametrize("phase", list(ScenePhase))
def test_activities_stand_in_block_letters_of_several_rows_at_80_by_24(phase: ScenePhase) -> None:
    for label in read_info(find("utd-mhad-wrist")).labels:
        lines = picture(scene(label, phase), STREAMS, 80, 23)
        assert sum("█" in line.plain or "▀" in line.plain for line in lines[2:-6]) >= 3, label


def test_the_picture_says_how_far_it_is_what_to_do_and_what_follows() -> None:
    text = "\n".join(line.plain for line in picture(scene("wave"), STREAMS, 100, 30))
    assert "activity 3 of 21 · 2 performed · 1 left out" in text
    assert "then: clap" in text
    assert "Enter, and it begins after 3 s" in text
    assert "s leave out · r the last one again · f finish here · q cancel" in text
    assert "● live" in text
    going = "\n".join(line.plain for line in picture(scene("wave", ScenePhase.GOING), STREAMS, 100, 30))
    assert "NOW" in going
