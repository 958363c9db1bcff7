"""Lines of a training whose bars nobody can see."""

import io

from rich.console import Console

from hnhar.train.output.progress import StageLines, shown


def test_without_a_terminal_a_line_is_there_as_a_stage_begins_and_as_it_ends() -> None:
    out = io.StringIO()
    with shown(Console(file=out, force_terminal=False)) as display:
        display.advance("cutting windows to train", 0, 2)
        assert out.getvalue() == "cutting windows to train: begins, 0 of 2\n"
        display.advance("cutting windows to train", 2, 2)
        display.advance("cutting windows to calibrate", 0, 2)
        display.step("fine-tuning", 1, 300, {"loss": 2.5})
        display.step("fine-tuning", 2, 300, {"loss": 2.4})
        before = out.getvalue().splitlines()
        display.step("fine-tuning", 300, 300, {"loss": 0.5})
    assert before[1:] == [
        "cutting windows to train: done, 2 of 2 in 0 s",
        "cutting windows to calibrate: begins, 0 of 2",
        "fine-tuning: begins, 1 of 300",
    ]
    assert out.getvalue().splitlines()[4:] == ["fine-tuning: done, 300 of 300 in 0 s  loss 0.500"]


def test_a_stage_that_goes_on_has_a_line_a_minute() -> None:
    told: list[str] = []
    now = [0.0]
    lines = StageLines(told.append, lambda: now[0])
    for done in range(131):
        now[0] = float(done)
        lines.take("a", "a", done, 200)
    assert told == ["a: begins, 0 of 200", "a: 60 of 200 after 60 s", "a: 120 of 200 after 120 s"]
