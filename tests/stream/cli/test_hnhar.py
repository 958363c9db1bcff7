"""`hnhar`: one command with all others below it, found by an entry point and imported only when called."""

import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

from hnhar.stream.cli import entry, overview
from hnhar.stream.cli.commands import Command, names
from hnhar.stream.cli.family import Family
from hnhar.stream.cli.overview import main

HNHAR = Path(sys.executable).with_name("hnhar")
COMMANDS = (
    *("page", "stream", "phone", "camera", "fleet", "watch", "doctor", "replay", "report"),
    "keys",
    *("record", "label", "enroll", "adapt", "train", "docs"),
)


def hnhar(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([HNHAR, *words], capture_output=True, text=True, check=False, timeout=120)


def test_it_alone_shows_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    text = capsys.readouterr().out
    assert all(f"\n  {name} " in text for name in COMMANDS)
    assert len(text.splitlines()) < 30
    assert "--print-completion" not in text


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["help"]])
def test_its_help_shows_options_and_examples_too(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 0
    text = capsys.readouterr().out
    assert all(f"\n  {name} " in text for name in COMMANDS)
    assert "--print-completion SHELL" in text
    assert "hnhar stream --demo" in text


def test_help_goes_as_deep_as_there_are_commands() -> None:
    asked = hnhar("help", "train", "corpus")
    assert asked.returncode == 0
    assert asked.stdout.startswith("usage: hnhar train corpus FILE … --run DIR [options]")


def test_an_error_names_what_was_typed() -> None:
    for words, prog in ((("hnhar-replay",), "hnhar-replay"), (("hnhar", "replay"), "hnhar replay")):
        done = subprocess.run(
            [HNHAR.with_name(words[0]), *words[1:]], capture_output=True, text=True, check=False
        )
        assert done.returncode == 2
        assert done.stderr == f"error: {prog} needs FILE, such as: {prog} synthetic\n"


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("hnhar", "stream"), "hnhar doctor lists the streams"),
        (("hnhar-stream",), "hnhar-doctor lists the streams"),
        (("hnhar", "keys", "list", "nowhere"), "make one with hnhar keys make nowhere"),
    ],
)
def test_a_command_that_a_message_names_is_spelled_as_the_user_typed_this_one(
    words: tuple[str, ...], names: str
) -> None:
    done = subprocess.run(
        [HNHAR.with_name(words[0]), *words[1:]], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert names in done.stderr


def test_the_version_names_what_it_stands_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"hnhar {version('hnhar')} (Python 3.")
    assert f"torch {version('torch')}" in text
    assert "liblsl 1." in text


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["strem"], "unknown command 'strem': did you mean stream?"),
        (
            ["xyzzy"],
            "unknown command 'xyzzy': hnhar knows page, stream, phone, camera, fleet, watch, doctor, "
            "replay, report, keys, record, label, enroll, adapt, train, docs",
        ),
        (["help", "trian"], "unknown command 'trian': did you mean train?"),
        (["--versoin"], "unknown option --versoin: did you mean --version?"),
        (["--imu-source", "A"], "unknown option --imu-source: hnhar takes a command first, see --help"),
        (["--print-completion"], "--print-completion takes a shell: bash, zsh, tcsh"),
        (
            ["--print-completion", "bsh"],
            "--print-completion takes a shell: bash, zsh, tcsh: did you mean bash?",
        ),
        (["train"], "hnhar train needs a command: corpus, evaluate, "),
        (["train", "corpsu"], "unknown command 'corpsu': did you mean corpus?"),
    ],
)
def test_a_wrong_word_is_answered_in_one_line(
    words: list[str], answer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"error: {answer}")
    assert said.count("\n") == 1


def test_every_command_says_in_a_line_what_it_does() -> None:
    commands = overview.family().commands
    assert tuple(commands)[: len(COMMANDS)] == COMMANDS
    for name, command in commands.items():
        assert command.summary[0].islower(), name
        assert len(command.summary) <= 60, name
        assert not command.problem, name


def test_only_the_command_that_is_called_is_imported() -> None:
    code = (
        "import sys; from hnhar.stream.cli.entry import hnhar\n"
        "sys.argv = ['hnhar', 'keys', 'list', 'nowhere']\n"
        "assert hnhar() == 2\n"
        "print(*sorted(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert "hnhar.stream.cli.keys" in loaded
    for module in ("stream", "watch", "overview", "family"):
        assert f"hnhar.stream.cli.{module}" not in loaded
    assert not [name for name in loaded if name.startswith(("hnhar.train", "torch"))]


def timed(*words: str) -> tuple[str, float]:
    """What `hnhar WORDS` prints, and the s of processor time that a process takes for it from its start."""
    code = (
        "import sys, time; from hnhar.stream.cli.entry import hnhar\n"
        f"sys.argv = ['hnhar', *{words!r}]\n"
        "try:\n    hnhar()\nexcept SystemExit as ended:\n    assert not ended.code\n"
        "sys.stdout.flush()\nprint(time.process_time(), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout, float(done.stderr)


def quick(*words: str) -> str:
    """What `hnhar WORDS` prints, which takes little computing: processor time, which other programs on the
    machine lengthen less than they do the clock's, and the shorter of two where the first was long."""
    text, used = timed(*words)
    assert used < 0.7 or timed(*words)[1] < 0.7
    return text


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_is_that_commands_help_and_takes_less_than_a_moment_of_computing(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = quick(name, "--help")
    assert text.startswith(f"usage: hnhar {name}")
    assert f"hnhar-{name}" not in text
    monkeypatch.setattr(sys, "argv", ["hnhar", "help", name])
    try:
        code = entry.hnhar()
    except SystemExit as ended:
        code = int(ended.code or 0)
    asked = capsys.readouterr()
    assert (code, asked.out, asked.err) == (0, text, "")


@pytest.mark.parametrize("words", [(), ("--help",)])
def test_the_overview_takes_less_than_a_moment_of_computing_too(words: tuple[str, ...]) -> None:
    assert "\n  stream " in quick(*words)


def documented(heading: str, language: str) -> str:
    """The block of code in that language below a heading of docs/extending.md."""
    page = (Path(__file__).parents[3] / "docs" / "extending.md").read_text("utf-8")
    section = page.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return section.split(f"```{language}\n")[1].split("```")[0]


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder on whose path a package of somebody else adds the documented command and two broken ones."""
    (tmp_path / "wave.py").write_text(documented("Commands", "python"), "utf-8")
    (tmp_path / "broken.py").write_text(
        "from hnhar.stream.cli.commands import Command\nCOMMAND = Command('broken_without.it', 'never')\n",
        "utf-8",
    )
    points = tomllib.loads(documented("Commands", "toml"))["project"]["entry-points"]["hnhar.commands"]
    points |= {"broken": "broken:COMMAND", "lost": "lost:COMMAND"}
    info = tmp_path / "waving-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: waving\nVersion: 1.0\n", "utf-8")
    lines = [f"{name} = {target}" for name, target in points.items()]
    (info / "entry_points.txt").write_text("\n".join(["[hnhar.commands]", *lines, ""]), "utf-8")
    return tmp_path


def with_path(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    code = f"import sys; sys.path.insert(0, {str(folder)!r}); sys.argv = ['hnhar', *{list(words)!r}]\n"
    code += "from hnhar.stream.cli.entry import hnhar\nsys.exit(hnhar())"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_another_package_adds_a_command(elsewhere: Path) -> None:
    assert with_path(elsewhere, "wave", "--times", "2").stdout == "wave wave\n"
    assert "wave back" in with_path(elsewhere, "--help").stdout
    assert (
        "unknown option --tims: did you mean --times?" in with_path(elsewhere, "wave", "--tims", "2").stderr
    )


@pytest.mark.parametrize(("name", "lacks"), [("broken", "broken_without"), ("lost", "lost")])
def test_a_command_that_cannot_be_loaded_says_why_and_breaks_no_other(
    name: str, lacks: str, elsewhere: Path
) -> None:
    done = with_path(elsewhere, name)
    assert done.returncode == 2
    assert done.stderr.startswith("error: the command ")
    assert f"No module named '{lacks}'" in done.stderr
    assert "Traceback" not in done.stderr
    assert with_path(elsewhere, "keys", "--help").returncode == 0


def test_a_command_that_cannot_be_loaded_leaves_completion_to_the_others(elsewhere: Path) -> None:
    done = with_path(elsewhere, "--print-completion", "bash")
    assert done.returncode == 0, done.stderr
    assert "--imu-source" in done.stdout
    assert "wave" in done.stdout
    assert "note: hnhar lost is not completed: the command " in done.stderr


def test_a_package_that_leaves_while_it_is_imported_takes_nothing_with_it(elsewhere: Path) -> None:
    (elsewhere / "broken.py").write_text("import sys\nsys.exit('I leave')\n", "utf-8")
    assert "broken" in with_path(elsewhere).stdout
    done = with_path(elsewhere, "broken")
    assert (done.returncode, "SystemExit: I leave" in done.stderr) == (2, True)


def test_a_family_without_a_greeting_asks_for_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    family = Family("hnhar-any", "Any.", {"one": Command("none", "nothing")})
    assert family.main([]) == 2
    assert "hnhar-any needs a command: one; hnhar-any --help explains them." in capsys.readouterr().err


def test_the_commands_of_all_layers_are_installed() -> None:
    assert set(COMMANDS) <= set(names())
