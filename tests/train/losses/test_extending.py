"""The loss of docs/extending.md, as another package adds it."""

import ast
import re
from pathlib import Path

import pytest
import torch

from hnhar.model.errors import ConfigError
from hnhar.train.learn.named_loss import GROUP, HARD_NEGATIVE, PUBLIC_CODE, loss_names, named_loss
from hnhar.train.losses.inputs import Setting
from hnhar.train.losses.loss import hard_negative_loss
from hnhar.train.studies.protocol.contrast import pretrain
from hnhar.train.studies.protocol.encoders import build
from hnhar.train.studies.protocol.method import Budget, Method
from hnhar.train.studies.protocol.preset import Preset, read
from hnhar.train.studies.protocol.trials import Trials

from ...installed import install

PAGE = Path(__file__).parents[3] / "docs" / "extending.md"


def blocks(language: str) -> list[str]:
    """The page's code of one language on losses."""
    section = PAGE.read_text(encoding="utf-8").split("\n## Losses\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)


@pytest.fixture
def decoupled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page's package is installed."""
    [source], [entries, _] = blocks("python"), blocks("toml")
    named = {name: value.strip('"') for name, value in re.findall(r"^(\S+) = (\S+)$", entries, re.MULTILINE)}
    assert f'"{GROUP}"' in entries
    install(monkeypatch, tmp_path / "site", "hnhar-decoupled", {"decoupled": source}, {GROUP: named})


def trials() -> Trials:
    generator = torch.Generator().manual_seed(0)
    samples = {"imu": (12, 50, 6), "skeleton": (12, 50, 60)}
    drawn = {name: torch.randn(*shape, generator=generator) for name, shape in samples.items()}
    return Trials(drawn, torch.arange(12) % 3, torch.ones(12, dtype=torch.int64), 3)


@pytest.mark.usefixtures("decoupled")
def test_the_loss_of_the_page_trains_encoders_by_its_name() -> None:
    assert {"decoupled", HARD_NEGATIVE, PUBLIC_CODE} <= set(loss_names())
    budget = Budget(epochs=1, batch=12, bfloat16=False)
    method = Method(loss="decoupled", temperature=0.2)
    networks = [build("compact", ("imu", "skeleton"), 3, seed=0) for _ in range(2)]
    losses = [
        pretrain(network, trials(), each, budget, seed=0).loss
        for network, each in zip(networks, (method, Method(temperature=0.2)), strict=True)
    ]
    assert losses[0] < losses[1]  # by what the positive adds to the denominator


@pytest.mark.usefixtures("decoupled")
def test_the_loss_of_the_page_is_nt_xent_without_the_positive_in_the_denominator() -> None:
    z = torch.nn.functional.normalize(torch.randn(2, 9, 5, generator=torch.Generator().manual_seed(0)), dim=2)
    views, setting = {"imu": [z[0]], "skeleton": [z[1]]}, Setting(0.2)
    a = z[0] @ z[1].T / 0.2
    off = a.masked_fill(torch.eye(9, dtype=torch.bool), -torch.inf)
    expected = torch.cat([off.logsumexp(dim=1), off.logsumexp(dim=0)]).mean() - a.diagonal().mean()
    torch.testing.assert_close(named_loss("decoupled")(views, setting), expected)
    assert named_loss(HARD_NEGATIVE)(views, setting) == hard_negative_loss(views, setting)


@pytest.mark.usefixtures("decoupled")
def test_what_a_loss_does_not_offer_is_an_error_for_the_user() -> None:
    method = Method(loss="decoupled", positives="labels")
    with pytest.raises(ConfigError, match="'decoupled' cannot be used in this way: it has one positive"):
        pretrain(build("compact", ("imu", "skeleton"), 3, seed=0), trials(), method, Budget(epochs=1), seed=0)


@pytest.mark.usefixtures("decoupled")
def test_the_preset_of_the_page_is_read(tmp_path: Path) -> None:
    path = tmp_path / "decoupled.toml"
    path.write_text(blocks("toml")[1], encoding="utf-8")
    assert read(str(path), Preset).named("decoupled").method == Method(loss="decoupled", temperature=0.2)


def test_a_preset_with_a_loss_of_no_known_name_is_refused_with_the_names(tmp_path: Path) -> None:
    path = tmp_path / "decoupled.toml"
    path.write_text(blocks("toml")[1], encoding="utf-8")
    with pytest.raises(ConfigError, match=f"no loss 'decoupled'; known are: {', '.join(loss_names())}"):
        read(str(path), Preset)


def test_a_preset_of_an_earlier_version_names_the_public_code_as_it_did(tmp_path: Path) -> None:
    text = 'title = "t"\n[[entry]]\nname = "a"\ntitle = "a"\nmethod = { public_code = true }\n'
    path = tmp_path / "old.toml"
    path.write_text(text, encoding="utf-8")
    method = read(str(path), Preset).named("a").method
    assert method is not None
    assert method.loss == PUBLIC_CODE


def test_losses_import_nothing_of_ours() -> None:
    folder = PAGE.parents[1] / "train" / "losses"
    for path in folder.glob("*.py"):
        found = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        relative = {node.level for node in found if isinstance(node, ast.ImportFrom)}
        assert relative <= {0, 1}, path.name
        modules = {node.module or "" for node in found if isinstance(node, ast.ImportFrom) and not node.level}
        assert not [module for module in modules if module.startswith("hnhar")], path.name
