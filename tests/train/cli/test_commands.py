"""`hnhar-train` is a family of commands in two groups; only the one that is called is imported."""

import subprocess
import sys
from pathlib import Path

import pytest

from hnhar.model import serving
from hnhar.train.cli import main as main_module
from hnhar.train.cli.adapt import main as adapt
from hnhar.train.cli.corpus import corpus_parser
from hnhar.train.cli.main import COMMANDS, main


@pytest.mark.parametrize("prog", ["hnhar-train", "hnhar train"])
def test_its_help_has_a_group_for_own_recordings_and_one_for_research(
    prog: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--help"], prog) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"usage: {prog} COMMAND")
    own, research = text.index("for your own recordings:"), text.index("for research:")
    places = {name: text.index(f"\n  {name} ") for name in COMMANDS}
    mine = {name for name, place in places.items() if own < place < research}
    assert mine == {"corpus", "evaluate", "export"}
    assert f"\n  {prog} corpus recordings/sub-*.xdf --run runs/mine" in text


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: hnhar-train {name} ")


def test_the_older_spelling_of_a_command_is_still_taken(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["enrolment", "--help"])
    assert "enrollment.json" in capsys.readouterr().out


def test_help_of_one_command_imports_no_other() -> None:
    code = (
        "import sys; from hnhar.train.cli.main import main\n"
        "try:\n    main(['data', '--help'])\nexcept SystemExit:\n    pass\n"
        "print(*sorted(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.removeprefix("hnhar.train.cli.") for name in done.stdout.split() if ".train.cli." in name}
    assert loaded == {"main", "data", "program"}


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (
            ["corpus", "a.xdf"],
            "hnhar-train corpus needs --run DIR, such as: hnhar-train corpus recordings/sub-*.xdf",
        ),
        (
            ["corpus", "a.xdf", "--run", "r", "--preset", "quik"],
            "--preset takes full or quick, not 'quik': did you",
        ),
        (
            ["bundle", "--run", "r", "--sythetic-only"],
            "unknown option --sythetic-only: did you mean --synthetic-only",
        ),
        (["evalute", "w"], "unknown command 'evalute': did you mean evaluate?"),
        (["data", "chek", "there"], "unknown command 'chek': did you mean check?"),
        (["spsw", "--run", "r"], "hnhar-train spsw needs --data DIR, such as: hnhar-train spsw --data "),
        (["corpus", "a.xdf", "--run", "r", "--threads", "0"], "--threads must be at least 1, not 0"),
        (
            ["corpus", "a.xdf", "--run", "r", "--checkpoint-every", "-1"],
            "--checkpoint-every must be at least 0",
        ),
        (["table", "utd-mhad", "--run", "r", "--workers", "0"], "--workers must be at least 1, not 0"),
        (["enrollment", "w", "--shots", "1"], "--shots must be at least 2, not 1"),
        ([], "hnhar-train needs a command: corpus, evaluate, export, bundle, "),
    ],
)
def test_a_wrong_word_is_answered_in_one_line(
    words: list[str], answer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"error: {answer}")
    assert said.count("\n") == 1


def test_no_command_prints_through_a_console_that_passes_on_codes_of_a_label_or_a_file_name() -> None:
    train = Path(main_module.__file__).parents[1]
    files = list(train.glob("cli/*.py"))
    assert len(files) > 10
    assert [file.name for file in files if "rich.console" in file.read_text("utf-8")] == []


def test_help_of_a_training_from_recordings_speaks_of_no_weights_which_are_not_there_yet() -> None:
    for action in corpus_parser("hnhar-train corpus")._actions:
        assert "weights" not in str(action.help), action.option_strings


def test_a_command_that_trains_names_the_extra_where_torch_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(serving, "installed", lambda package: package != "torch")
    assert main(["bundle", "--run", "none"], "hnhar-train") == 2
    assert adapt(["--wearer", "anna"]) == 2
    said = " ".join(capsys.readouterr().err.split())
    for command in ("hnhar-train bundle", "hnhar-adapt"):
        assert f"{command} needs torch, which is not installed: pip install 'hnhar[train]'" in said
