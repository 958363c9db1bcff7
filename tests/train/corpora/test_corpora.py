"""Every corpus comes through one door: labeled trials as arrays by modality, and the splits they have."""

from pathlib import Path

import numpy as np
import pytest

from hnhar.model.errors import ConfigError, RecordingError
from hnhar.train.corpora.corpus import LabeledTrial, LabeledTrials, split_by_subject
from hnhar.train.corpora.mmact.corpus import load as load_mmact
from hnhar.train.corpora.registry import load_corpus, names
from hnhar.train.corpora.spsw_har.corpus import load as load_spsw_har
from hnhar.train.corpora.utd_mhad.corpus import load as load_utd_mhad

from . import mmact_tree, spsw_tree


def trial(subject: int, label: str, value: float = 0.0) -> LabeledTrial:
    """A trial of a corpus of one's own."""
    imu = np.full((5, 6), value, np.float32) + np.arange(6, dtype=np.float32)
    return LabeledTrial(subject, label, 0, 1, {"imu": imu}, {"imu": np.arange(5) / 50})


def own() -> LabeledTrials:
    return LabeledTrials(
        "own",
        ("wave", "clap"),
        (trial(1, "wave"), trial(2, "clap"), trial(3, "wave", 2.0)),
        {"subjects": split_by_subject({"train": (1,), "test": (2, 9)})},
    )


def test_a_corpus_of_ones_own_needs_no_loader_here() -> None:
    corpus = own()
    assert [t.subject for t in corpus.part("train")] == [1]
    assert [t.subject for t in corpus.part("test", "subjects")] == [2]
    assert corpus.part("val") == []
    assert corpus.targets(corpus.trials).tolist() == [0, 1, 0]
    assert corpus.modalities == ("imu",)


def test_an_unknown_split_or_corpus_is_an_error_that_names_the_known(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no split 'scenes'; it has: subjects"):
        own().part("train", "scenes")
    with pytest.raises(ConfigError, match="it has: none"):
        LabeledTrials("bare", ("wave",), ()).part("train")
    with pytest.raises(ConfigError, match="known are: " + ", ".join(names())):
        load_corpus("imagenet", tmp_path)
    with pytest.raises(RecordingError, match="does not exist"):
        load_corpus("mmact", tmp_path / "nowhere")


@pytest.mark.parametrize("name", names())
def test_a_folder_that_holds_something_else_is_an_error(name: str, tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="holds no"):
        load_corpus(name, tmp_path)


def test_the_digest_tells_samples_and_labels_apart() -> None:
    digests = {
        LabeledTrials("a", ("wave", "clap"), (made,)).digest()
        for made in (trial(1, "wave"), trial(1, "clap"), trial(2, "wave"), trial(1, "wave", 1e-3))
    }
    assert len(digests) == 4
    assert own().digest() == own().digest()


def test_spsw_har_gives_a_trial_for_each_stretch_of_a_label(tmp_path: Path) -> None:
    corpus = load_spsw_har(spsw_tree.write_tree(tmp_path))
    assert len(corpus.trials) == 2 * 2 * 8
    assert {t.subject for t in corpus.part("train")} == {1}
    assert {t.subject for t in corpus.part("test")} == {13}
    first = corpus.trials[:8]
    assert [t.label for t in first] == [label.lower() for label in spsw_tree.SEQUENCE]
    assert {t.session for t in first} == {1}
    # The watch began 0.25 s later: it has 0.75 s of the first label and then the second from its onset.
    assert [len(first[i].signals["watch"]) for i in (0, 1)] == [75, 100]
    assert first[0].times["watch"][0] == pytest.approx(0.25)
    assert first[1].times["phone"][0] == pytest.approx(0.0)
    assert first[1].times["watch"][0] == pytest.approx(0.0)
    assert {s.shape[1] for t in corpus.trials for s in t.signals.values()} == {6}


def test_spsw_har_leaves_out_stretches_and_devices_that_are_too_short(tmp_path: Path) -> None:
    folder = spsw_tree.write_tree(tmp_path, [1], 1)
    corpus = load_spsw_har(folder, shortest=0.8)
    assert sorted(corpus.trials[0].signals) == ["phone"]
    assert sorted(corpus.trials[1].signals) == ["phone", "watch"]
    with_none = load_spsw_har(folder, shortest=1.5)
    assert not with_none.trials
    assert "8 stretches shorter than 1.5 s" in with_none.notes[0]


def test_mmact_gives_its_clips_with_whatever_modalities_they_have(tmp_path: Path) -> None:
    corpus = load_mmact(mmact_tree.write_tree(tmp_path))
    assert len(corpus.classes) == 35
    assert list(corpus.splits) == ["cross-subject", "cross-scene", "cross-session"]
    assert len(corpus.trials) == 11
    assert {t.label: sorted(t.signals) for t in corpus.trials}["talking"] == ["pose"]
    assert sorted(t.subject for t in corpus.part("test", "cross-scene")) == [2, 20]
    assert [t.subject for t in corpus.part("test", "cross-session")] == [20]
    assert {t.subject for t in corpus.part("train")} == {1, 2}
    assert {t.subject for t in corpus.part("val")} == {13}
    for made in corpus.trials:
        assert made.signals.keys() == made.times.keys()
        for name, samples in made.signals.items():
            assert len(samples) == len(made.times[name])
            assert np.isfinite(samples).all()


def test_utd_mhad_has_the_published_split(data_dir: Path) -> None:
    corpus = load_utd_mhad(data_dir / "utd_mhad")
    assert len(corpus.trials) == 754
    assert [len(corpus.part(part)) for part in ("train", "val", "test")] == [323, 108, 323]
    assert corpus.modalities == ("imu", "skeleton")
    for made in corpus.trials:
        span = {name: len(times) * (times[1] - times[0]) for name, times in made.times.items()}
        assert span["imu"] == pytest.approx(span["skeleton"])  # both files of a trial span one action
    assert set(corpus.targets(corpus.trials).tolist()) == set(range(27))


def test_spsw_har_has_real_trials_of_every_class_on_both_sides(data_dir: Path) -> None:
    corpus = load_corpus("spsw-har", data_dir / "spsw_har")
    assert corpus.modalities == ("phone", "watch")
    for part in ("train", "test"):
        assert {t.label for t in corpus.part(part)} == set(corpus.classes)
    assert not {t.subject for t in corpus.part("train")} & {t.subject for t in corpus.part("test")}
