"""TOML that nests beyond reason, or that its parser chokes on: an error that names the file, and soon."""

import resource
from pathlib import Path

import pytest

from hnhar.model.errors import ConfigError
from hnhar.stream.config.config import read_config, too_deep

DEEP = ".".join("abcdefghijklmnopqrst")


@pytest.mark.parametrize(
    "text",
    [
        f"{DEEP} = 1",
        f"[{DEEP}]",
        f"[[ {DEEP.replace('.', ' . ')} ]]",
        ".".join(['"a!"'] * 20) + " = 1",
        ".".join(["'a b'"] * 20) + " = 1",
        f'x = {{b = """a"b""", {DEEP} = 1}}',
        f"x = {{b = '''a'b''', {DEEP} = 1}}",
        f"# it's\n{DEEP} = 1",
        f'x = "\\""\n{DEEP} = 1',
        "x = " + "[" * 5000,
        "x = [" + "[\n" * 40,
    ],
)
def test_toml_that_nests_too_deeply_is_refused_before_it_is_parsed(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match="nests its keys deeper"):
        read_config(path)


@pytest.mark.parametrize(
    "text",
    [
        f'x = "{DEEP}"',
        f"# {DEEP}\n",
        f'x = """\n{DEEP}\n"""',
        "x = [" + ", ".join("0.1" for _ in range(100)) + "]",
        "a.b.c = 1\n" * 100,
    ],
)
def test_toml_with_many_dots_in_texts_is_not_called_deep(text: str) -> None:
    assert not too_deep(text)


@pytest.mark.parametrize(
    "text",
    ["a" * 65_000, '"\\' * 32_000, "'" * 65_000, '"""a' * 16_000, "a " * 32_000, "[ " * 9 + " " * 65_000],
)
def test_the_guard_looks_at_every_letter_a_few_times_only(text: str) -> None:
    """Quadratic, it took minutes of processor time; twice the text must not take much more than twice."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    too_deep(text)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_utime - before < 5


@pytest.mark.parametrize(
    "text",
    ["x=" + "{a=" * 3000, "x=" + "[0," * 3000, "hop = " + "9" * 5000, "x = 1979-99-99", '"\\ud800" = 1'],
)
def test_toml_that_its_parser_chokes_on_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=r"a\.toml"):
        read_config(path)
