"""Temperatures, decisions and the threshold of the unknown, set on persons whom a training left out.

Each of several trainings leaves one person out, and what they say of whom they never saw is put together:
settings that suit one person alone suit the next one less (docs/streaming.md has the figures).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.bundle.decision import NAMED, Decision, along
from hnhar.model.bundle.subsets import subset_key
from hnhar.model.errors import ConfigError
from hnhar.model.recognizer import Recognizer
from hnhar.model.runtime import Runtime
from hnhar.stream.recordings import Recording

from ..corpora.utd_mhad.trials import UtdTrial
from ..evaluate.evaluate import ClassifiedSession, subsets, subsets_of, watch_together
from ..learn.data import WindowSet, joined
from ..learn.watch import Stage
from ..synthesis.elsewhere.monocular import filmed
from .calibrate import answers, temperatures
from .recipe import Recipe
from .sessions import real_session, synthetic_session
from .tune import curve, lag, novelty, widest_of
from .unknown import with_events
from .workflow import learned, remember

NOT_TUNED = "not tuned, the defaults: nothing was recognized on who was held out"
"""Entry `decisions` of the provenance where there was nothing to tune them on."""
COMPOSITIONS = (77, 78)
"""Seeds of the sessions of a left-out subject that the decisions are tuned on: their pauses differ."""


@dataclass(frozen=True, slots=True, eq=False)
class LeftOutFold:
    """One training that leaves somebody out, with the data for it."""

    who: str
    """Person who is left out, in words."""
    rest: WindowSet
    """Training windows, of everybody else."""
    held: WindowSet
    """Windows of the left-out person, for the temperatures."""
    sessions: Sequence[Recording]
    """Sessions of the left-out person, for the decisions."""


def settle(
    recipe: Recipe, people: dict[str, WindowSet], trials: Sequence[UtdTrial], info: BundleInfo, stage: Stage
) -> BundleInfo:
    """`info` with temperatures, decisions and novelty of trainings that each leave training persons out."""
    return settle_on(recipe, folds(recipe, people, trials), info, stage)[0]


def folds(recipe: Recipe, people: dict[str, WindowSet], trials: Sequence[UtdTrial]) -> Iterator[LeftOutFold]:
    """One for each real subject that is held out, or one of synthetic persons where there is no subject.

    The last synthetic persons are left out of all.

    Raises:
        ConfigError: Somebody who is to be left out is not there, or nobody else is.
    """
    performers = [p for p in people if p.startswith("p")]
    unseen = performers[len(performers) - recipe.held_out_persons :]
    if not any(p.startswith("s") for p in people):
        rest = joined(w for p, w in people.items() if p not in unseen)
        sessions = [synthetic_session(recipe.task, int(p[1:]), 77, 2) for p in unseen]
        if recipe.amount.filmed:
            sessions = [filmed(session, number) for number, session in enumerate(sessions)]
        yield LeftOutFold("the held-out", rest, joined(people[p] for p in unseen), sessions)
        return
    absent = [n for n in recipe.held_out if f"s{n}" not in people]
    if absent or len(people) - len(unseen) < 2:
        raise ConfigError(
            f"subjects {', '.join(map(str, recipe.held_out))} are left out in turn, to calibrate and to tune "
            f"on, and the data are of {', '.join(people)} only: the corpus is incomplete"
        )
    for subject in recipe.held_out:
        rest = joined(w for p, w in people.items() if p not in (f"s{subject}", *unseen))
        sessions = [real_session(trials, subject, seed) for seed in COMPOSITIONS]
        if recipe.amount.filmed:
            sessions = [filmed(sessions[0], subject), *sessions[1:]]
        yield LeftOutFold(f"subject {subject}", rest, people[f"s{subject}"], sessions)


def trained_without(recipe: Recipe, fold: LeftOutFold, stage: Stage) -> Recognizer:
    """A recognizer that learned from the rest."""
    return learned(recipe, fold.rest, stage, f" without {fold.who}")


def settle_on(
    recipe: Recipe, parts: Iterable[LeftOutFold], info: BundleInfo, stage: Stage
) -> tuple[BundleInfo, Recognizer]:
    """`info` with temperatures, decisions and novelty set on who was left out; and the last recognizer.

    Where nothing is recognized on who was left out, there is no latency curve, the decisions are the
    defaults, and the provenance says so. A subset of modalities is tuned on the sessions that have it; one
    that none has is decided as the widest that is there (`Decision.of`), and the provenance says so too.

    Args:
        recipe: Settings of each training.
        parts: At least one; taken one after the other, so that their windows need not all be there at once.
        info: Metadata of the bundle so far.
        stage: Told of each step.
    """
    trained: list[tuple[Recognizer, Sequence[Recording]]] = []
    of_held_out = []
    for fold in parts:
        recognizer = trained_without(recipe, fold, stage)
        remember(recipe, recognizer, fold.rest)  # the score of the unknown looks at what is remembered
        of_held_out.append(answers(recognizer, fold.held))
        trained.append((recognizer, fold.sessions))
        del fold  # or its windows would be there beside the next one's
    info = replace(info, temperatures=temperatures(of_held_out))
    shown = [[(s, subset) for s in sessions for subset in subsets_of(info, s)] for _, sessions in trained]
    total = sum(map(len, shown))
    watched: list[ClassifiedSession] = []
    for (recognizer, _), pairs in zip(trained, shown, strict=True):
        # a runtime sets torch's threads, and training goes on after this
        runtime = Runtime(info, recognizer, threads=torch.get_num_threads())
        watched += watch_together(runtime, info, pairs)
        stage("watching the held-out", len(watched), total, {})
    stage("tuning the decisions", 0, 1, {})
    knots = curve(watched, info, Decision())
    stage("tuning the decisions", 1, 1, {})
    if knots:
        info = replace(info, decision=along(knots, NAMED["balanced"]), latency=knots)
        remark = _borrowed(info, watched)
    else:
        onset, offset = lag(info.window)  # or all events would last too long
        info, remark = replace(info, decision=Decision(onset_shift=onset, offset_shift=offset)), NOT_TUNED
    if remark:
        info = replace(info, provenance={**info.provenance, "decisions": remark})
    info = replace(info, novelty=novelty(watched, info))
    return replace(info, novelty=with_events(watched, info)), trained[-1][0]


def _borrowed(info: BundleInfo, watched: Sequence[ClassifiedSession]) -> str:
    """Remark on subsets of modalities that take others' decisions, as no held-out session has them; or ""."""
    there = {session.subset for session in watched}
    absent = [subset_key(set(subset)) for subset in subsets(info) if subset not in there]
    if not absent:
        return ""
    widest = subset_key(set(widest_of(watched)))
    lacking = [m.name for m in info.modalities if not any(m.name in subset for subset in there)]
    if len(info.modalities) > 2 and lacking:
        what = f"all that {' or '.join(lacking)} is part of"
        return f"{what} as the nearest that was tuned, since no session of who was held out has it"
    return f"{' and '.join(absent)} as tuned on {widest}, since no session of who was held out has them"
