"""`scheme:address` of a source: which backend it names, and what stays a name of LSL's."""

from pathlib import Path

import pytest

from hnhar.model.errors import ConfigError
from hnhar.stream.intake import registry
from hnhar.stream.intake.registry import check_source, hint, source_backend, split_source

from ...installed import install

MODULE = """
from hnhar.stream.intake.backend import SourceBackend


class Serial(SourceBackend):
    def check(self, address):
        pass

    def find(self, address, timeout):
        return ()

    def inlet(self, found, now):
        raise NotImplementedError


class Half:
    def find(self, address, timeout):
        return ()
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package with one source that works and three that do not."""
    sources = {
        "serial": "serial_source:Serial",
        "half": "serial_source:Half",
        "missing": "serial_source:Nothing",
        "absent": "no_such_module:Source",
    }
    install(monkeypatch, tmp_path, "hnhar-serial", {"serial_source": MODULE}, {registry.GROUP: sources})


@pytest.mark.parametrize(
    "text",
    [
        "MyWatch",
        "name=X,type=Y",
        "name=X:Y,source_id=a:b:c",
        "ble:AA:BB:CC",
        "urn:x",
        "child::name='a' and contains(type,'b:c')",
        "name='serial:x'",
        "My serial: 7",
        "serial::x",
        "C:\\watch",
    ],
)
@pytest.mark.usefixtures("installed")
def test_what_begins_with_no_registered_scheme_is_an_address_of_lsl_as_it_stands(text: str) -> None:
    assert split_source(text) == ("lsl", text)


@pytest.mark.parametrize(
    ("text", "scheme", "address"),
    [
        ("lsl:MyWatch", "lsl", "MyWatch"),
        (" LSL: name=X,type=Y ", "lsl", "name=X,type=Y"),
        ("lsl:serial:x", "lsl", "serial:x"),
        ("lsl:lsl:x", "lsl", "lsl:x"),
        ("serial:/dev/ttyUSB0?rate=100", "serial", "/dev/ttyUSB0?rate=100"),
        ("serial:", "serial", ""),
    ],
)
@pytest.mark.usefixtures("installed")
def test_a_registered_scheme_names_its_backend_and_lsl_escapes_those_of_others(
    text: str, scheme: str, address: str
) -> None:
    assert split_source(text) == (scheme, address)


@pytest.mark.usefixtures("installed")
def test_a_scheme_that_is_not_installed_is_an_error_only_where_it_can_be_nothing_else() -> None:
    with pytest.raises(ConfigError, match=r"no source 'coap:' is installed for 'coap://h/t'.*lsl:.*serial:"):
        split_source("coap://h/t")
    assert split_source("lsl:coap://h/t") == ("lsl", "coap://h/t")
    assert "no source 'ble:' is installed" in hint("ble:AA")
    assert hint("name=X") == hint("serial:x") == hint("MyWatch") == ""


@pytest.mark.usefixtures("installed")
def test_a_broken_source_is_one_line_that_names_its_package_and_the_others_stay() -> None:
    for text, why in (
        ("half:x", "TypeError: Half has no method check and no"),
        ("missing:x", "AttributeError"),
        ("absent:x", "ModuleNotFoundError: No module named 'no_such_module'"),
    ):
        scheme = text.partition(":")[0]
        with pytest.raises(
            ConfigError, match=f"^the source '{scheme}' of the package hnhar-serial cannot be used: {why}"
        ) as raised:
            check_source(text)
        assert "\n" not in str(raised.value)
    check_source("serial:x")
    check_source("MyWatch")


@pytest.mark.usefixtures("installed")
def test_every_reader_has_a_backend_of_its_own() -> None:
    first, address = source_backend("serial:x")
    second, _ = source_backend("serial:x")
    assert address == "x"
    assert first is not second


def test_the_address_of_lsl_is_checked_before_anything_is_opened() -> None:
    with pytest.raises(ConfigError, match="is empty"):
        check_source("lsl:")
    with pytest.raises(ConfigError, match="not closed"):
        check_source("lsl:name='a")
