"""Certificates that are kept in a folder."""

from pathlib import Path

import pytest

from hnhar.model.errors import ConfigError
from hnhar.stream.phone import certificate
from hnhar.stream.phone.certificate import context


def test_a_certificate_without_its_key_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    _, fingerprint = context(["localhost"], str(tmp_path))
    assert context(["localhost"], str(tmp_path))[1] == fingerprint
    before = (tmp_path / "certificate.pem").read_bytes()
    (tmp_path / "key.pem").unlink()
    with pytest.raises(ConfigError, match="one of its two files is missing"):
        context(["localhost"], str(tmp_path))
    assert (tmp_path / "certificate.pem").read_bytes() == before


def test_a_certificate_that_is_over_is_refused_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certificate, "DAYS", -0.5)
    with pytest.raises(ConfigError, match=r"it was valid until .* or an empty one"):
        context(["localhost"], str(tmp_path))
