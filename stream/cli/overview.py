"""`hnhar` itself: the overview of its commands, its version, and completion for shells."""

import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from hnhar.model.errors import ConfigError

from .commands import Command, command_of, names
from .family import Extra, Family
from .parsing import did_you_mean

_EPILOG = """examples:
  hnhar stream --demo                      a synthetic performer, recognized live for a minute
  hnhar page                               the same from a page in the browser, with your sensors
  hnhar doctor                             which streams are on the network, and what can take them
  hnhar stream --imu-source MyWatch        recognize one of them
  hnhar train corpus recordings/*.xdf --run runs/mine     learn your own activities
  hnhar help train corpus                  the same as hnhar train corpus --help

Completion, for bash:  hnhar --print-completion bash > ~/.local/share/bash-completion/completions/hnhar
The commands are also there by themselves, with a hyphen: hnhar-stream, hnhar-watch and so on.
"""
_ORDER: Final = (
    "page",
    "stream",
    "phone",
    "camera",
    "fleet",
    "watch",
    "doctor",
    "replay",
    "report",
    "keys",
    "record",
    "label",
    "enroll",
    "adapt",
    "train",
    "docs",
)
SHELLS: Final = ("bash", "zsh", "tcsh")


def main(argv: Sequence[str] | None = None, prog: str = "hnhar") -> int:
    """Entry point; 0, or 2 for what cannot be done."""
    return family().main(argv, prog)


def family() -> Family:
    """`hnhar` with the commands of all packages that are installed, ours first."""
    return Family(
        "hnhar",
        "Human activities recognized in real time, from wearable IMUs and skeletons.",
        {name: _command(name) for name in sorted(names(), key=_rank)},
        _EPILOG,
        extras={
            "--version": Extra(_version, "--version", "versions of hnhar and of the libraries it uses"),
            "--print-completion": Extra(
                _completion,
                "--print-completion SHELL",
                f"a script of completion for {', '.join(SHELLS)}",
                SHELLS,
            ),
        },
        greets=True,
    )


def _rank(name: str) -> tuple[int, str]:
    return (_ORDER.index(name) if name in _ORDER else len(_ORDER)), name


def _command(name: str) -> Command:
    """The command of that name; one that is broken says so when it is called."""
    try:
        return command_of(name)
    except ConfigError as error:
        return Command("", "cannot be loaded", problem=str(error))


def _version(rest: Sequence[str]) -> int:
    packages = ("onnxruntime", "torch", "pylsl")
    parts = [f"Python {platform.python_version()}", *map(_installed, packages), _liblsl()]
    print(f"hnhar {version('hnhar')} ({', '.join(parts)})")
    return 0


def _installed(package: str) -> str:
    """A package and its version, by its metadata: torch takes a second to import."""
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"no {package}"


def _liblsl() -> str:
    try:
        from pylsl import library_version

        number = library_version()
    except (ImportError, RuntimeError, OSError):
        return "no liblsl"
    return f"liblsl {number // 100}.{number % 100}"


def _completion(rest: Sequence[str]) -> int:
    if len(rest) != 1 or rest[0] not in SHELLS:
        near = did_you_mean(rest[0], SHELLS) if rest else ""
        raise ConfigError(f"--print-completion takes a shell: {', '.join(SHELLS)}{near}")
    from .completion import script

    print(script(family(), rest[0]))
    return 0
