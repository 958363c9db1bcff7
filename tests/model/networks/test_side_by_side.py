"""A batch in several threads has the bits that it has in one, whatever its size and whoever is missing."""

import threading

import numpy as np
import pytest

pytest.importorskip("onnxruntime", reason="pip install 'hnhar[serve]'")

from hnhar.model.bundle.bundle import DEFAULT, find, read
from hnhar.model.networks.by_onnx import OnnxNetwork
from hnhar.model.networks.side_by_side import LEAST, SideBySide
from hnhar.model.serving import serve

FILE = read(find(DEFAULT))


class Watched(OnnxNetwork):
    """Network that notes which threads compute how many windows."""

    def __init__(self) -> None:
        super().__init__(FILE)
        self.asked: list[tuple[str, int]] = []

    def infer(self, samples, presence, temperatures):  # type: ignore[no-untyped-def]
        if hasattr(self, "asked"):
            self.asked.append((threading.current_thread().name, len(presence)))
        return super().infer(samples, presence, temperatures)


@pytest.mark.parametrize("count", [1, 2 * LEAST - 1, 2 * LEAST, 33, 64])
def test_parts_have_the_bits_of_the_whole(count: int) -> None:
    rng = np.random.default_rng(count)
    modalities = FILE.info.modalities
    presence = rng.random((count, len(modalities))) < 0.8
    presence[:, 0] |= ~presence.any(axis=1)
    samples = {
        m.name: rng.normal(size=(count, m.steps(FILE.info.window), len(m.channels))).astype(np.float32)
        for m in modalities
    }
    temperatures = np.ones((count, 1), np.float32)
    network = Watched()
    whole = network.infer(samples, presence, temperatures)
    network.asked.clear()
    parts = SideBySide(network, 2).infer(samples, presence, temperatures)
    assert parts.probabilities.tobytes() == whole.probabilities.tobytes()
    assert parts.embeddings.tobytes() == whole.embeddings.tobytes()
    assert parts.logits.tobytes() == whole.logits.tobytes()
    threads = {name for name, _ in network.asked}
    assert len(threads) == (2 if count >= 2 * LEAST else 1)
    assert sum(rows for _, rows in network.asked) == count


def test_a_batch_is_not_divided_while_another_is_computed() -> None:
    inside, go_on = threading.Event(), threading.Event()

    class Held(Watched):
        held = True

        def infer(self, samples, presence, temperatures):  # type: ignore[no-untyped-def]
            if hasattr(self, "asked") and self.held:
                self.held = False
                inside.set()
                go_on.wait(60)
            return super().infer(samples, presence, temperatures)

    network = Held()
    parted = SideBySide(network, 2)

    def compute(count: int) -> None:
        samples = {m.name: np.zeros((count, m.steps(3.0), len(m.channels)), np.float32) for m in modalities}
        parted.infer(samples, np.ones((count, len(modalities)), np.bool_), np.ones((count, 1), np.float32))

    modalities = FILE.info.modalities
    first = threading.Thread(target=compute, args=(1,))
    first.start()
    assert inside.wait(60)
    compute(2 * LEAST)
    go_on.set()
    first.join(60)
    assert [rows for _, rows in network.asked] == [2 * LEAST, 1]
    compute(2 * LEAST)
    assert [rows for _, rows in network.asked][2:] == [LEAST, LEAST]


def test_what_breaks_in_another_thread_reaches_the_caller() -> None:
    samples = {"imu": np.zeros((16, 3, 1), np.float32)}
    parted = SideBySide(OnnxNetwork(FILE), 2)
    with pytest.raises(Exception, match=r"imu|samples|skeleton"):
        parted.infer(
            samples, np.ones((16, len(FILE.info.modalities)), np.bool_), np.ones((16, 1), np.float32)
        )


def test_more_threads_are_served_so() -> None:
    one, two = (serve(find(DEFAULT), runtime="onnx", threads=threads).runtime for threads in (1, 2))
    rng = np.random.default_rng(0)
    windows = [
        {
            m.name: rng.normal(size=(m.steps(3.0), len(m.channels))).astype(np.float32)
            for m in FILE.info.modalities
        }
        for _ in range(32)
    ]
    found, known = two.classify(windows), one.classify(windows)
    assert found.probabilities.tobytes() == known.probabilities.tobytes()
    assert isinstance(two._network, SideBySide)


def test_lone_windows_that_several_threads_compute_at_once_have_their_own_answers() -> None:
    rng = np.random.default_rng(5)
    network, modalities = SideBySide(OnnxNetwork(FILE), 2), FILE.info.modalities
    presence, temperatures = np.ones((1, len(modalities)), np.bool_), np.ones((1, 1), np.float32)
    windows = [
        {
            m.name: rng.normal(size=(1, m.steps(FILE.info.window), len(m.channels))).astype(np.float32)
            for m in modalities
        }
        for _ in range(4)
    ]
    expected = [network.infer(w, presence, temperatures).probabilities.tobytes() for w in windows]
    assert len(set(expected)) == len(windows)
    wrong, ready = [0] * len(windows), threading.Barrier(len(windows))

    def compute(place: int) -> None:
        ready.wait(30.0)
        for _ in range(300):
            found = network.infer(windows[place], presence, temperatures).probabilities.tobytes()
            wrong[place] += found != expected[place]

    threads = [threading.Thread(target=compute, args=(place,)) for place in range(len(windows))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == [0] * len(windows)
