"""liblsl's configuration is the user's file, beneath options, above our defaults."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import sys, pylsl
from hnhar.stream.lsl import config
said = []
pylsl.util.set_config_content = said.append
config.configure(**eval(sys.argv[1]))
try:
    config.configure(session_id="another")
except Exception as error:
    said.append(type(error).__name__)
config.configure()
print(said)
"""


def configured(tmp_path: Path, file: str, options: str) -> list[str]:
    path = tmp_path / "mine.cfg"
    path.write_text(file, encoding="utf-8")
    answer = subprocess.run(
        [sys.executable, "-c", PROGRAM, options],
        env={"LSLAPICFG": str(path), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    said: list[str] = eval(answer.stdout)
    return said


def test_the_users_file_keeps_its_say_beneath_the_options(tmp_path: Path) -> None:
    file = "; a comment\n[lab]\nSessionID = mine\nKnownPeers = {10.0.0.1}\n[ports]\nIPv6 = allow\n"
    text, refused = configured(tmp_path, file, "dict(scope='link', peers=['a', 'b'])")
    lines = text.splitlines()
    for line in ("SessionID = mine", "KnownPeers = {a, b}", "IPv6 = allow", "PortRange = 512", "level = -3"):
        assert line in lines
    assert "ResolveScope = link" in lines
    assert refused == "ConfigError"


@pytest.mark.parametrize("options", ["dict(scope='moon')", "dict(session_id='a\"b')", "dict(peers=['a b'])"])
def test_wrong_options_are_refused(tmp_path: Path, options: str) -> None:
    with pytest.raises(subprocess.CalledProcessError) as failed:
        configured(tmp_path, "", options)
    assert "ConfigError" in failed.value.stderr


def test_a_home_that_cannot_be_looked_into_has_no_file(tmp_path: Path) -> None:
    answer = subprocess.run(
        [sys.executable, "-c", PROGRAM, "dict(scope='link')"],
        env={"HOME": f"/{'x' * 300}", "PATH": ""},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    assert "ResolveScope = link" in answer.stdout
