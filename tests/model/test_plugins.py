"""Parts of other packages are found by name, loaded one by one, and a broken one is told in a line."""

from pathlib import Path

import pytest

from hnhar.model import plugins
from hnhar.model.errors import ConfigError

from ..installed import install

GROUP = "hnhar.test-parts"


def test_a_part_is_imported_only_when_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modules = {"parts_good": "PART = 7\n", "parts_bad": "raise ValueError('two\\nlines')\n"}
    entries = {"good": "parts_good:PART", "bad": "parts_bad:PART"}
    install(monkeypatch, tmp_path, "third-parts", modules, {GROUP: entries})
    assert plugins.names(GROUP) == ["bad", "good"]
    assert plugins.load(GROUP, "good", "part") == 7
    with pytest.raises(
        ConfigError, match=r"^the part 'bad' of the package third-parts cannot be used: ValueError: two$"
    ):
        plugins.load(GROUP, "bad", "part")


def test_an_unknown_part_is_an_error_that_names_the_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, tmp_path, "third-parts", {}, {GROUP: {"one": "x:X", "two": "x:Y"}})
    with pytest.raises(ConfigError, match="there is no part 'three'; known are: one, two"):
        plugins.load(GROUP, "three", "part")
    with pytest.raises(ConfigError, match="known are: none"):
        plugins.load(f"{GROUP}-of-nobody", "three", "part")


def test_a_name_that_two_packages_claim_is_an_error_that_names_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in ("first", "second"):
        install(monkeypatch, tmp_path / package, package, {}, {GROUP: {"same": f"{package}:X"}})
    with pytest.raises(ConfigError, match="by the package first and the package second: uninstall"):
        plugins.load(GROUP, "same", "part")
