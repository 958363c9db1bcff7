"""Pre-training: repeats to the bit, moves the encoders, and cannot see what it may not."""

import pytest
import torch

from hnhar.model.errors import ConfigError
from hnhar.train.studies.protocol.contrast import pretrain
from hnhar.train.studies.protocol.encoders import Network, build
from hnhar.train.studies.protocol.method import Budget, Method
from hnhar.train.studies.protocol.supervise import Supervision, predict, supervise
from hnhar.train.studies.protocol.trials import Trials

BUDGET = Budget(epochs=2, batch=12, bfloat16=False)
METHODS = {
    "cross": Method(),
    "within": Method(pairs="within", views=2),
    "debiased": Method(tau_plus=1 / 3),
    "hard": Method(beta=1.0, tau_plus=1 / 3, schedule="fall"),
    "public code": Method(beta=1.0, tau_plus=0.1, loss="public-code"),
    "far": Method(pairs="all", views=2, beta=1.0, negatives="far", positives="near", excluded=6, warmup=0.0),
    "guide": Method(positives="guide", neighbors=2, warmup=0.0),
    "labels": Method(negatives="labels", positives="labels", beta=1.0),
    "inferred": Method(negatives="inferred", positives="inferred", beta=1.0, warmup=0.0),
}


def network() -> Network:
    return build("compact", ("imu", "skeleton"), 3, seed=0)


def known_to(method: Method, trials: Trials) -> Trials:
    rows = torch.tensor([0, 4, 8]) if method.uses_labels else torch.empty(0, dtype=torch.int64)
    return trials.hidden(rows)


def weights(of: Network) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in of.recognizer.encoders.parameters()])


@pytest.mark.parametrize("name", METHODS)
def test_every_method_moves_the_encoders_and_repeats_to_the_bit_whatever_the_labels_that_are_hidden(
    name: str, trials: Trials
) -> None:
    method = METHODS[name]
    wrong = Trials(trials.samples, trials.labels.flip(0), trials.subjects, trials.classes)
    wrong.labels[[0, 4, 8]] = trials.labels[[0, 4, 8]]
    one, other = network(), network()
    before = weights(one).clone()
    first = pretrain(one, known_to(method, trials), method, BUDGET, seed=3)
    second = pretrain(other, known_to(method, wrong), method, BUDGET, seed=3)
    assert first.loss == second.loss
    assert torch.equal(weights(one), weights(other))
    assert not torch.equal(weights(one), before)
    assert bool(weights(one).isfinite().all())


def test_another_seed_gives_another_result(trials: Trials) -> None:
    one, other = network(), network()
    pretrain(one, trials, Method(), BUDGET, seed=3)
    pretrain(other, trials, Method(), BUDGET, seed=4)
    assert not torch.equal(weights(one), weights(other))


@pytest.mark.parametrize("name", [name for name, method in METHODS.items() if method.uses_labels])
def test_a_method_of_labels_refuses_to_go_without_any(name: str, trials: Trials) -> None:
    with pytest.raises(ConfigError, match="uses labels"):
        pretrain(network(), trials.hidden(torch.empty(0, dtype=torch.int64)), METHODS[name], BUDGET, seed=0)


def test_contrast_within_a_modality_needs_two_views(trials: Trials) -> None:
    with pytest.raises(ConfigError, match="at least 2 views"):
        pretrain(network(), trials, Method(pairs="within"), BUDGET, seed=0)


def test_contrast_within_a_modality_takes_no_more_than_two(trials: Trials) -> None:
    with pytest.raises(ConfigError, match="takes 2 views of each, not 3"):
        pretrain(network(), trials, Method(pairs="within", views=3), BUDGET, seed=0)


def test_a_loss_of_no_known_name_is_refused_with_the_names(trials: Trials) -> None:
    with pytest.raises(ConfigError, match="no loss 'softest'; known are: hard-negative, public-code"):
        pretrain(network(), trials, Method(loss="softest"), BUDGET, seed=0)


def test_several_positives_with_a_class_prior_are_no_method() -> None:
    with pytest.raises(ValueError, match="tau_plus = 0"):
        Method(positives="labels", tau_plus=0.1)


def test_the_teacher_that_is_given_decides_who_is_near(trials: Trials) -> None:
    method = METHODS["far"]
    one, other = network(), network()
    constant = {name: torch.eye(len(trials)) for name in ("imu", "skeleton")}
    pretrain(one, trials, method, BUDGET, seed=3)
    pretrain(other, trials, method, BUDGET, seed=3, teacher=lambda samples: constant)
    assert not torch.equal(weights(one), weights(other))


def test_beta_follows_its_schedule() -> None:
    rise, fall = Method(beta=2.0, schedule="rise"), Method(beta=2.0, schedule="fall")
    assert [rise.setting(progress).beta for progress in (0.0, 0.5)] == [0.0, 1.0]
    assert [fall.setting(progress).beta for progress in (0.0, 0.5)] == [2.0, 1.0]
    assert [method.setting().beta for method in (rise, fall)] == [2.0, 2.0]
    assert Method(beta=2.0).setting(0.5).beta == 2.0


def test_a_head_on_frozen_encoders_leaves_them_as_they_are(trials: Trials) -> None:
    one = network()
    before = {name: value.clone() for name, value in one.recognizer.encoders.state_dict().items()}
    head = weights_of_head(one).clone()
    supervise(one, trials, Supervision(budget=BUDGET, encoder_rate=0.0), seed=0)
    after = one.recognizer.encoders.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())
    assert not torch.equal(weights_of_head(one), head)


@pytest.mark.slow
def test_supervised_training_repeats_and_learns_what_is_separable(trials: Trials) -> None:
    settings = Supervision(budget=Budget(epochs=25, batch=12, bfloat16=False), distillation=0.3)
    one, other = network(), network()
    assert supervise(one, trials, settings, seed=1) == supervise(other, trials, settings, seed=1)
    for names in (("imu", "skeleton"), ("imu",), ("skeleton",)):
        assert (predict(one, trials.samples, names, settings) == trials.labels).float().mean() > 0.9


def test_supervised_training_refuses_a_trial_without_a_label(trials: Trials) -> None:
    with pytest.raises(ValueError, match="labeled"):
        supervise(network(), trials.hidden(torch.tensor([0])), Supervision(budget=BUDGET), seed=0)


def weights_of_head(of: Network) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in of.recognizer.head.parameters()])


def test_supervised_training_with_mixup_repeats_and_is_another(trials: Trials) -> None:
    settings = Supervision(budget=BUDGET, mixup=0.5)
    first, again = (supervise(network(), trials, settings, seed=1) for _ in range(2))
    assert first == again
    assert first != supervise(network(), trials, Supervision(budget=BUDGET), seed=1)
