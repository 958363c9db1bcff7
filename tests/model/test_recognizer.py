"""Any subset of the modalities gives an answer, and what is absent has no influence on it."""

import pytest
import torch
from torch import Tensor, nn

from hnhar.model.encoders.folding import fold
from hnhar.model.errors import BundleError
from hnhar.model.heads import ProjectionHead
from hnhar.model.kinds.imu import imu
from hnhar.model.kinds.skeleton import skeleton
from hnhar.model.recognizer import PRESETS, Recognizer, RecognizerConfig, preset


def recognizer(name: str, seed: int = 0) -> Recognizer:
    """Random weights, the interaction and the running statistics too."""
    torch.manual_seed(seed)
    built = Recognizer(preset(name, (imu(50 / 3), skeleton(50 / 3)), window=3.0, classes=5))
    for module in built.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            assert module.running_mean is not None
            assert module.running_var is not None
            module.running_mean.normal_(0, 0.2)
            module.running_var.uniform_(0.5, 2)
            nn.init.normal_(module.weight, 1, 0.2)
            nn.init.normal_(module.bias, 0, 0.2)
    for parameter in built.head.parameters():
        nn.init.normal_(parameter, 0, 0.05)
    return built.eval()


def batch(size: int, seed: int = 1) -> dict[str, Tensor]:
    """Windows of noise."""
    torch.manual_seed(seed)
    return {"imu": torch.randn(size, 50, 6), "skeleton": torch.randn(size, 50, 60)}


@pytest.fixture(params=PRESETS)
def built(request: pytest.FixtureRequest) -> Recognizer:
    """One of each preset."""
    return recognizer(request.param)


def test_an_absent_modality_has_no_influence(built: Recognizer) -> None:
    samples = batch(3)
    presence = torch.tensor([[True, True], [True, False], [False, True]])
    changed = {name: tensor.clone() for name, tensor in samples.items()}
    changed["skeleton"][1] += 1
    changed["imu"][2] -= 1
    with torch.no_grad():
        before, after = built(samples, presence), built(changed, presence)
    assert torch.equal(before.logits, after.logits)
    assert torch.equal(before.embedding, after.embedding)


def test_masking_a_modality_equals_not_giving_it(built: Recognizer) -> None:
    samples = batch(4)
    for column, name in enumerate(built.modalities):
        presence = torch.zeros(4, 2, dtype=torch.bool)
        presence[:, column] = True
        with torch.no_grad():
            masked = built(samples, presence)
            alone = built({name: samples[name]})
        assert torch.allclose(masked.logits, alone.logits, atol=1e-6)
        assert torch.allclose(alone.logits, alone.modality_logits[name], atol=1e-6)
        assert torch.allclose(masked.embedding, alone.embedding, atol=1e-6)
        assert set(alone.modality_logits) == {name}


def test_both_modalities_say_more_than_their_sum_once_trained(built: Recognizer) -> None:
    with torch.no_grad():
        both = built(batch(2))
    assert not torch.allclose(both.logits, sum(both.modality_logits.values(), torch.zeros(())), atol=1e-3)


def test_training_of_ours_begins_as_the_sum_of_the_modalities() -> None:
    built = Recognizer(preset("compact", (imu(), skeleton()), window=3.0, classes=5)).eval()
    with torch.no_grad():
        both = built(batch(2))
    assert torch.equal(both.logits, both.modality_logits["imu"] + both.modality_logits["skeleton"])


def test_embeddings_of_ours_are_unit_vectors_for_every_subset() -> None:
    presence = torch.tensor([[True, True], [True, False], [False, True]])
    with torch.no_grad():
        embedding = recognizer("compact")(batch(3), presence).embedding
    assert embedding.shape == (3, 256)
    assert embedding.norm(dim=1) == pytest.approx(torch.ones(3), abs=1e-5)
    assert not embedding[1, 128:].any()


def test_every_parameter_learns_from_both_modalities_and_their_own_logits(built: Recognizer) -> None:
    built.train()
    out = built(batch(4))
    (out.logits.square().sum() + sum(x.square().sum() for x in out.modality_logits.values())).backward()
    assert [name for name, p in built.named_parameters() if p.grad is None] == []


def test_no_modality_at_all_is_refused(built: Recognizer) -> None:
    with pytest.raises(ValueError, match="imu, skeleton"):
        built({})


def test_folding_normalization_changes_no_answer(built: Recognizer) -> None:
    samples = batch(3)
    folded = fold(built)
    assert not any(isinstance(m, nn.modules.batchnorm._BatchNorm) for m in folded.modules())
    with torch.no_grad():
        expected, found = built(samples), folded(samples)
    assert torch.allclose(found.logits, expected.logits, atol=1e-4, rtol=1e-4)
    assert torch.allclose(found.embedding, expected.embedding, atol=1e-4, rtol=1e-4)
    assert any(isinstance(m, nn.modules.batchnorm._BatchNorm) for m in built.modules())


def test_projections_are_unit_vectors() -> None:
    z = ProjectionHead(640)(torch.randn(8, 640)).detach()
    assert z.shape == (8, 128)
    assert z.norm(dim=1) == pytest.approx(torch.ones(8).numpy(), abs=1e-5)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"surprise": 1}, "surprise"),
        ({"classes": "many"}, "classes"),
        ({"classes": 10**9}, "classes"),
        ({"encoders": {}}, "encoders"),
        ({"encoders": {"imu": {"type": "transformer"}}}, "transformer"),
        ({"encoders": {"imu": {"type": "compact_inertial", "width": 10**9}}}, "width"),
        ({"encoders": {"imu": {"type": "compact_inertial", "kernel": 4}}}, "odd"),
        ({"encoders": {"imu": {"type": "compact_inertial", "color": "red"}}}, "color"),
        ({"head": {"type": "sum", "dropout": 1.5}}, "dropout"),
    ],
)
def test_an_architecture_that_cannot_be_built_is_refused(change: dict[str, object], text: str) -> None:
    architecture = preset("compact", (imu(),), window=3.0, classes=5).architecture()
    with pytest.raises(BundleError, match=text):
        RecognizerConfig.parse(architecture | change)
