"""Asking for each performance of an activity: when it begins and ends, once more, or no more."""

from collections.abc import Callable, Iterable
from typing import Final

from hnhar.model.errors import ConfigError

from ..recordings.enrolling import SHORTEST, Span
from .enroll_prompts import Answer, Prompts

COUNTDOWN: Final = 3
"""s from the key to the begin of a performance, where keys are read."""
Clock = Callable[[], float]
Troubles = Callable[[], Iterable[str]]


def performances(
    label: str,
    count: int,
    prompts: Prompts,
    clock: Clock,
    troubles: Troubles = tuple,
    heard: Callable[[Span], str] = lambda span: "",
    forgotten: Callable[[Span], None] = lambda span: None,
) -> list[Span]:
    """Ask for each performance; `MARK` begins and ends it, on `clock`, s; `REDO` forgets the last one.

    One that is shorter than could be is asked for again; what is wrong with the streams (`troubles`) is told
    at each prompt, and what of a performance was `heard` after it; `forgotten` is told of those that do not
    count. Where keys are read it is counted down
    before each, and all are confirmed at the end. Raises ConfigError where the input ends before, and
    KeyboardInterrupt where it was cancelled.
    """
    spans: list[Span] = []
    prompts.say(f"Perform '{label}' {count} times, with pauses of some seconds.")
    while len(spans) < count or prompts.interactive:
        _warn(prompts, troubles)
        complete = len(spans) == count
        number = f"  {len(spans) + 1} of {count}:"
        question = f"{number} Enter when it begins"
        if prompts.interactive:
            question = f"{number} Enter, and it begins after {COUNTDOWN} s"
        if complete:
            question = f"  all {count} are there: Enter to learn them"
        if not marked(prompts.ask(question), len(spans), count):
            prompts.say(f"  {len(spans)} of {count} is forgotten" if spans else "  there is none to redo")
            if spans:
                forgotten(spans.pop())
            continue
        if complete:
            break
        start = clock() if marked(prompts.count_down(COUNTDOWN), len(spans), count) else None
        _warn(prompts, troubles)
        if start is None:
            prompts.say(f"{number} once more")
            continue
        whole = marked(prompts.ask(f"{number} Enter when it ends"), len(spans), count)
        span = Span(start, clock())
        if not whole:
            forgotten(span)
            prompts.say(f"{number} once more")
            continue
        if span.end - span.start < SHORTEST:
            forgotten(span)
            prompts.say(f"  that was shorter than {SHORTEST:g} s; once more")
            continue
        spans.append(span)
        prompts.say(f"{number} {span.end - span.start:.1f} s{heard(span)}")
    return spans


def marked(answer: Answer, done: int, count: int) -> bool:
    """True for the answer `MARK`, False for `REDO`, after `done` of `count` performances.

    Raises KeyboardInterrupt for `CANCEL`, ConfigError for `END`.
    """
    if answer is Answer.CANCEL:
        raise KeyboardInterrupt
    if answer is Answer.END:
        raise ConfigError(f"the input ended after {done} of {count} performances.")
    return answer is Answer.MARK


def _warn(prompts: Prompts, troubles: Troubles) -> None:
    for trouble in troubles():
        prompts.warn(trouble)
