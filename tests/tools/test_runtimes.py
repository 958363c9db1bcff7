"""How the answers of runtimes are compared."""

from dataclasses import replace
from pathlib import Path

import pytest
from tools.bench.runtimes import BESIDE, SUBJECT, difference, together

from hnhar.model.bundle.bundle import DEFAULT, find
from hnhar.model.serving import RuntimeName, installed, serve
from hnhar.stream.engine.offline import Recognition, recognize
from hnhar.stream.recordings.open import open_recording
from hnhar.train.synthesis.performer import perform


@pytest.fixture(scope="module")
def known() -> Recognition:
    served = serve(find(DEFAULT))
    return recognize(perform(seed=1, person=0, duration=20.0), served.runtime, served.info)


def test_answers_do_not_differ_from_themselves(known: Recognition) -> None:
    found = difference(known, known)
    assert found.windows == len(known.predictions)
    assert found.same == found.near == found.events == len(known.events) > 1
    assert (found.probability, found.labels, found.more) == (0.0, 0, 0)
    assert together([found, found]) == replace(
        found,
        windows=2 * found.windows,
        events=2 * found.events,
        same=2 * found.same,
        near=2 * found.near,
    )


def test_what_differs_is_counted_for_what_it_is(known: Recognition) -> None:
    first, second, *rest = known.events
    later = [replace(first, onset=first.onset + 0.1), replace(second, label="else"), *rest]
    one = known.predictions[0]
    shifted = {name: p + 0.25 * (name == one.label) for name, p in one.probabilities.items()}
    other = replace(
        known, events=tuple(later), predictions=(replace(one, probabilities=shifted, label="else"),)
    )
    found = difference(replace(known, predictions=(one,)), other)
    assert (found.windows, found.labels) == (1, 1)
    assert found.probability == pytest.approx(0.25)
    assert (found.events - found.same, found.events - found.near, found.more) == (2, 1, 1)


@pytest.mark.slow
@pytest.mark.parametrize("runtime", BESIDE)
def test_runtimes_differ_on_left_out_people_as_the_documentation_says(
    data_dir: Path, runtime: RuntimeName
) -> None:
    if not installed("onnxruntime" if runtime == "onnx" else "openvino"):
        pytest.skip(f"{runtime} is not installed")
    by_torch, served = (serve(find(DEFAULT), runtime=each) for each in ("torch", runtime))
    place = served.info.placement.split()[-1]
    session = open_recording(data_dir / "utd_mhad", subject=SUBJECT, placement=place, seed=1)
    torchs, theirs = (recognize(session, each.runtime, each.info) for each in (by_torch, served))
    found = difference(torchs, theirs)
    if "bfloat16" in served.runtime.network:
        assert found.probability < 0.15
        assert found.near >= 0.95 * found.events
    else:
        assert found.probability < 1e-5
        assert found.same == found.events
        assert len(theirs.events) == found.events
