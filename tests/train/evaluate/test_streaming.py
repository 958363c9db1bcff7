"""Figures of sessions are those of hand-made cases, and corrupted recordings repeat by their seed."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hnhar.model.bundle.decision import Decision
from hnhar.model.errors import ConfigError
from hnhar.stream.messages import Prediction
from hnhar.stream.recordings import Annotation, Recording
from hnhar.stream.recordings.score import Recognized
from hnhar.train.bundles.recipe import recipe
from hnhar.train.bundles.tune import curve, known_windows, novelty, reached
from hnhar.train.bundles.workflow import describe
from hnhar.train.evaluate.aims import read_aims
from hnhar.train.evaluate.case_figure import save_case, title_of
from hnhar.train.evaluate.cases import cases, confusions, picked
from hnhar.train.evaluate.corrupt import CONDITIONS, gaps, jitter, loss, noise, skew
from hnhar.train.evaluate.document import section
from hnhar.train.evaluate.evaluate import ClassifiedSession, score_of
from hnhar.train.evaluate.figures import (
    EvaluatedSession,
    decided,
    figures,
    latency_curve,
    macro_f1,
    painted,
    unknown_figures,
)
from hnhar.train.synthesis.performer import perform

INFO = describe(recipe("quick", "wrist"), {})
PLAIN = Decision(smoothing=0.0, enter=0.5, leave=0.3, minimum=0.0, refractory=0.0)
RECORDING = perform(seed=0, person=0, actions=["wave"])


def watched(
    *done: Annotation, delay: float = 1.0, said: str = "wave", novel: float = 0.0
) -> ClassifiedSession:
    """A session of these actions, each seen `delay` s late as `said`; `novel` is the score inside them."""
    recording = replace(RECORDING, annotations=done)
    predictions, scores = [], []
    for k in range(int(recording.end / 0.25)):
        end = 0.25 * k
        on = any(a.onset + delay <= end < a.offset + delay for a in done)
        probabilities = dict.fromkeys(INFO.labels, 0.0) | {said: 0.9 * on, "idle": 1 - 0.9 * on}
        label, confidence = (said, 0.9) if on else ("idle", 1.0)
        predictions.append(
            Prediction(
                k, recording.wearer, end - 3, end, 0, label, confidence, probabilities,
                ("imu", "skeleton"), {"imu": 1.0}, "samples", INFO.id,
            )
        )  # fmt: skip
        scores.append(novel if on else 0.0)
    return ClassifiedSession(recording, ("imu", "skeleton"), tuple(predictions), tuple(scores))


WAVE = Annotation(6.0, 3.0, "wave")


def test_delay_is_from_the_start_of_the_action_to_the_publication() -> None:
    made = figures([decided(watched(WAVE), INFO, PLAIN)])
    assert made["collar_1.5"]["f1"] == made["iou_0.3"]["f1"] == 1.0
    assert made["onset_delay_p50_s"] == made["onset_delay_p90_s"] == 1.0
    assert made["false_events_per_idle_minute"] == 0
    assert made["flips_per_minute"] == pytest.approx(made["flips_needed_per_minute"])


def test_a_wrong_label_is_a_miss_and_a_false_event_but_not_in_idle_time() -> None:
    session = decided(watched(WAVE, said="clap"), INFO, PLAIN)
    made = figures([session])
    assert (made["collar_1.5"]["hits"], made["collar_1.5"]["events"]) == (0, 1)
    assert made["false_events_per_idle_minute"] == 0
    assert made["onset_delay_p50_s"] is None
    (case,) = cases([session])
    assert (case.at, *case.pair) == (6.0, "wave", "clap")


def test_windows_of_what_was_not_learned_are_found_though_something_shorter_was_done_meanwhile() -> None:
    dance, before = Annotation(-20.0, 24.0, "dance"), Annotation(-19.0, 1.0, "wave")
    alone, nested = (
        unknown_figures([EvaluatedSession(one, INFO, (), {})])
        for one in (watched(dance, novel=1.0), watched(dance, before, novel=1.0))
    )
    assert alone["auroc"] is not None
    assert nested == alone


def test_each_failure_is_told_once_and_the_frequent_kinds_are_shown_first() -> None:
    said = (
        Recognized(6.1, 2.9, "clap", 1.0),  # the wave, confused
        Recognized(14.0, 3.0, "clap", 1.0),  # right, and once more
        Recognized(15.5, 2.0, "clap", 1.0),
        Recognized(24.0, 3.0, "wave", 1.0),  # nothing was done
        Recognized(34.1, 2.9, "clap", 1.0),
    )
    done = (
        *(Annotation(6.0, 3.0, "wave"), Annotation(14.0, 3.0, "clap")),
        *(Annotation(34.0, 3.0, "wave"), Annotation(40.0, 2.0, "throw")),
    )
    recording = replace(RECORDING, annotations=done)
    one = ClassifiedSession(recording, ("imu", "skeleton"), ())
    scores = {"collar_1.5": score_of(recording, INFO, said)}
    failed = cases([EvaluatedSession(one, INFO, said, scores)])
    assert [(c.at, *c.pair) for c in failed] == [
        (6.0, "wave", "clap"),
        (15.5, "clap", "clap"),
        (24.0, "", "wave"),
        (34.0, "wave", "clap"),
        (40.0, "throw", ""),
    ]
    assert confusions(failed)[0] == (("wave", "clap"), 2)
    assert [c.at for c in picked(failed, 2)] == [6.0, 24.0]
    assert [c.at for c in picked(failed, 9)] == [6.0, 24.0, 15.5, 40.0, 34.0]


def test_the_document_holds_the_figures_beside_the_aims_and_what_failed() -> None:
    session = decided(watched(WAVE, said="clap"), INFO, PLAIN)
    pairs = [(session.watched, INFO)]
    measured = {
        "conditions": {
            "clean": {"imu+skeleton": figures([session])},
            "skew 20 ms": {"imu+skeleton": figures([decided(watched(WAVE), INFO, PLAIN)])},
        },
        "latency": {"imu+skeleton": latency_curve(pairs, [0.5])},
    }
    aims = read_aims(Path(__file__).parents[3] / "docs" / "streaming" / "aims.toml").aim
    text = section("a@0", "subject 7", measured, cases([session]), "streaming", aims)
    assert "| F1 1.5 s, imu+skeleton | ≥ 0.98 | 0.000 | **no** |" in text
    assert "| F1 1.5 s, imu | ≥ 0.92 | – | not measured |" in text
    assert "aim" not in section("a@0", "subject 7", measured, cases([session]), "")
    assert "| wave | clap | 1 |" in text
    assert "| skew 20 ms | 1.000 | 1.000 | 1.000 | 1.000 | 1.000 | 1.000 | 0.000 |" in text
    assert "| imu+skeleton | 0.5 | – | – | 0.000 |" in text
    assert "![A failure](streaming/failure-1.png)" in text
    assert "failure" not in section("a@0", "subject 7", measured, cases([session]), "")
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert all(line.count("|") == 13 for line in table if line.startswith(("| streams | F1", "| skew")))


def test_aims_that_cannot_be_are_refused_in_a_line(tmp_path: Path) -> None:
    path = tmp_path / "aims.toml"
    for text in ("[[aim]]", "x = ", '[[aim]]\nfigure = "ECE"\nstreams = "imu"\nat_least = 1\nat_most = 2\n'):
        path.write_text(text)
        with pytest.raises(ConfigError, match="cannot be used"):
            read_aims(path)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_aims(tmp_path / "none")
    assert read_aims(None).aim == []


def test_a_failure_is_drawn_with_truth_answer_and_motion(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    (case,) = cases([decided(watched(WAVE, said="clap"), INFO, PLAIN)])
    save_case(case, tmp_path / "case.png")
    assert 10_000 < (tmp_path / "case.png").stat().st_size < 200_000
    assert title_of(case).startswith("wave, recognized as clap: ")
    with pytest.raises(ConfigError, match="cannot be written"):
        save_case(case, tmp_path / "case.png" / "below.png")


def test_sample_figures_count_every_instant() -> None:
    exact = decided(watched(WAVE), INFO, replace(PLAIN, onset_shift=-1.0, offset_shift=-0.75))
    assert figures([exact])["sample_macro_f1"] == pytest.approx(1.0, abs=0.01)
    times = np.arange(0, 4.0, 1.0)
    truth = painted(times, [Annotation(1.0, 2.0, "wave")], "idle")
    assert truth.tolist() == ["idle", "wave", "wave", "idle"]
    assert macro_f1(truth, np.array(["idle", "wave", "idle", "idle"])) == pytest.approx((0.8 + 2 / 3) / 2)


def test_what_was_never_learned_is_unknown_and_no_miss() -> None:
    session = decided(watched(WAVE, Annotation(14.0, 3.0, "dance"), novel=1.0), INFO, PLAIN)
    made = figures([session])
    assert made["collar_1.5"]["actions"] == 1
    assert made["unknown"]["performed"] == made["unknown"]["given_an_event"] == 1
    assert 0.5 < made["unknown"]["auroc"] <= 1
    assert "unknown" not in figures([decided(watched(WAVE), INFO, PLAIN)])


def test_calibrated_predictions_have_a_small_error_and_overconfident_ones_a_large() -> None:
    good = figures([decided(watched(WAVE, delay=0.5), INFO, PLAIN)])["ece"]
    wrong = figures([decided(watched(WAVE, said="clap"), INFO, PLAIN)])["ece"]
    assert good < wrong


def test_the_curve_goes_from_early_to_sure_and_the_knob_along_it() -> None:
    sessions = [watched(WAVE, Annotation(14.0, 3.0, "wave"))]
    knots = curve(sessions, INFO, Decision())
    assert [k.at for k in knots] == [0.0, 0.25, 0.5, 0.75, 1.0]
    delays = [k.delay for k in knots]
    assert delays == sorted(delays)
    assert reached(sessions, INFO, knots[0].decision).f1 == 1.0
    info = replace(INFO, decision=knots[2].decision, latency=knots)
    rows = latency_curve([(sessions[0], info)], [0.0, 0.5, 1.0])
    assert [r["f1"] for r in rows] == [1.0, 1.0, 1.0]


def test_where_nothing_is_recognized_there_is_no_curve() -> None:
    assert curve([watched(WAVE, said="clap")], INFO, Decision()) == ()


def test_a_place_of_the_curve_that_recognizes_nothing_takes_what_the_nearest_other_has() -> None:
    # short ones, all but one of them false: at a low price of delay it is worth more to say nothing
    seen = watched(*(Annotation(4.0 + 2 * k, 1.0, "wave") for k in range(12)))
    alone = replace(seen, recording=replace(RECORDING, annotations=(Annotation(4.0, 1.0, "wave"),)))
    knots = curve([alone], INFO, Decision())
    assert [k.at for k in knots] == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert {(k.delay, k.f1) for k in knots} == {(knots[0].delay, knots[0].f1)}
    assert knots[0].delay > 0
    assert all(k.decision == knots[0].decision for k in knots)


def test_the_threshold_of_the_unknown_is_set_by_windows_of_learned_activities_alone() -> None:
    one = watched(WAVE, Annotation(14.0, 3.0, "dance"), novel=1.0)
    known = known_windows(one, INFO)
    assert known.any()
    ends = np.array([p.end for p in one.predictions])[known]
    assert ends.min() > 6.0
    assert ends.max() < 14.0
    assert 0.0 <= novelty([one], INFO)["imu+skeleton"].threshold <= 1.0


@pytest.mark.parametrize("name", sorted(CONDITIONS))
def test_what_goes_wrong_repeats_by_its_seed_and_leaves_the_original(name: str) -> None:
    before = [(s.timestamps.copy(), s.samples.copy()) for s in RECORDING.streams]
    first, again, other = (CONDITIONS[name](RECORDING, seed) for seed in (1, 1, 5))
    for a, b, old, was in zip(first.streams, again.streams, RECORDING.streams, before, strict=True):
        assert np.array_equal(a.timestamps, b.timestamps)
        assert np.array_equal(a.samples, b.samples)
        assert np.array_equal(old.timestamps, was[0])
        assert np.array_equal(old.samples, was[1])
        assert len(a.timestamps) == len(a.samples)
        assert (np.diff(a.timestamps) > 0).all()
    same = all(
        np.array_equal(a.timestamps, b.timestamps) and np.array_equal(a.samples, b.samples)
        for a, b in zip(first.streams, other.streams, strict=True)
    )
    assert same == (name == "clean" or name.startswith("skew"))


def test_each_corruption_does_what_it_says() -> None:
    def times(recording: Recording, kind: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return recording.of(kind)[0].timestamps  # type: ignore[return-value]

    whole = len(times(RECORDING, "imu"))
    assert len(times(loss(RECORDING, 0.2, 0), "imu")) == pytest.approx(0.8 * whole, rel=0.05)
    moved = times(jitter(RECORDING, 0.002, 0), "imu") - times(RECORDING, "imu")
    assert moved.std() == pytest.approx(0.002, rel=0.15)
    holes = np.diff(times(gaps(RECORDING, 2.0, 6.0, 0), "imu"))
    assert holes.max() >= 2.0
    late = skew(RECORDING, 0.1)
    np.testing.assert_allclose(times(late, "skeleton") - times(RECORDING, "skeleton"), 0.1)
    assert np.array_equal(times(late, "imu"), times(RECORDING, "imu"))
    with pytest.raises(ValueError, match="between 0 and 1"):
        loss(RECORDING, 1.0, 0)
    for kind, deviations in (("imu", [0.05] * 3 + [7.5] * 3), ("skeleton", [0.01] * 60)):
        added = noise(RECORDING, 0).of(kind)[0].samples - RECORDING.of(kind)[0].samples
        assert added.std(axis=0) == pytest.approx(np.array(deviations), rel=0.15)


def test_gaps_are_each_streams_own_or_those_of_all() -> None:
    def holes(recording: Recording) -> list[list[float]]:
        """Stream -> middles of its holes, s."""
        both = [s.timestamps for s in recording.streams]
        return [list((t[1:] + t[:-1])[np.diff(t) > 1.5] / 2) for t in both]

    imu, skeleton = holes(gaps(RECORDING, 2.0, 6.0, 0))
    assert not np.allclose(imu[:1], skeleton[:1], atol=0.5)
    imu, skeleton = holes(gaps(RECORDING, 2.0, 6.0, 0, together=True))
    assert imu
    np.testing.assert_allclose(imu, skeleton, atol=0.1)


def test_noise_is_in_the_unit_of_each_channel_whatever_the_stream_holds() -> None:
    whole = RECORDING.of("imu")[0]
    own = replace(whole.description, channels=("x", "y", "battery"), units=("m/s²", "mg", "percent"))
    alone = replace(whole, description=own, samples=whole.samples[:, :3])
    added = noise(replace(RECORDING, streams=(alone,)), 0).streams[0].samples - alone.samples
    assert added.std(axis=0) == pytest.approx([0.05 * 9.80665, 50.0, 0.0], rel=0.15)
