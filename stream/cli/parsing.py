"""The argument parser of every command: a wrong word is answered in one line, with the nearest right one."""

import argparse
import difflib
import io
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any, Final, NoReturn, TextIO

from rich_argparse import RawDescriptionRichHelpFormatter

from hnhar.model.errors import ConfigError

from .console import SafeConsole

_SPELLED: Final = re.compile(
    r"(?<![\w/.'-])hnhar-"
    r"(stream|camera|phone|page|replay|report|record|label|watch|doctor|fleet|enroll|keys|docs|train|adapt)"
    r"(?![\w/'-]|\.\w)"
)
"""A command with a hyphen, as our texts spell it; no part of a path or of a quoted name."""
_KINDS: Final = {"int": "a whole number", "float": "a number"}


class Formatter(RawDescriptionRichHelpFormatter):
    """Headings as they are written, and line breaks of examples kept; escape codes for a terminal only."""

    group_name_formatter = str
    text_markup = help_markup = False  # or a unit in brackets, [m/s²], would be taken for a style

    def __init__(self, prog: str, **options: Any) -> None:
        super().__init__(prog, **{"console": SafeConsole(), **options})


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are a ConfigError in one line; no abbreviations.

    A value may begin with a minus (`--imu-axes -x,y,z`). An option that takes one value is refused the
    second time.
    """

    def __init__(self, **options: Any) -> None:
        options.setdefault("formatter_class", Formatter)
        super().__init__(allow_abbrev=False, **options)

    def format_help(self) -> str:
        """The help, with commands spelled as the user typed this one: `hnhar stream` or `hnhar-stream`."""
        if self.usage is None:
            self.usage = self._short_usage()
        return spelled(super().format_help(), self.prog).rstrip("\n") + "\n"

    def _short_usage(self) -> str:
        """The required arguments; optional ones are listed below it, in groups."""
        required = [self._with_value(a.option_strings[0]) for a in self._get_optional_actions() if a.required]
        words = []
        for action in self._get_positional_actions():
            name = action.metavar if isinstance(action.metavar, str) else action.dest
            forms = {"+": f"{name} …", "*": f"[{name} …]", "?": f"[{name}]"}
            words.append(forms.get(str(action.nargs), name))
        return " ".join(["%(prog)s", *words, *required, "[options]"])

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """The arguments, and never any that are unknown. Raises ConfigError."""
        words = sys.argv[1:] if args is None else list(args)
        parsed, unknown = super().parse_known_args(self._checked(words), namespace)
        if unknown:
            raise ConfigError(
                f"{self.prog} takes no '{unknown[0]}' there; a value with spaces is put into quotes. "
                f"{self.prog} --help lists what it takes."
            )
        return parsed, unknown

    def error(self, message: str) -> NoReturn:
        """Raise ConfigError in our words."""
        if lacking := re.fullmatch(r"the following arguments are required: (.*)", message):
            names = [self._with_value(name) for name in lacking[1].split(", ")]
            example = self.example()
            such = f", such as: {example}" if example else ""
            raise ConfigError(f"{self.prog} needs {' and '.join(names)}{such}")
        message = re.sub(r"invalid (int|float) value: (.*)", _kind, message)
        message = re.sub(r"ignored explicit argument .*", "takes no value", message)
        message = re.sub(r"not allowed with argument (.*)", r"cannot go with \1: leave one out", message)
        raise ConfigError(re.sub(r"^argument ([^:]+): ", r"\1 ", message))

    def example(self) -> str:
        """The first example of the help, without its comment; "" where there is none."""
        lines = [line.strip() for line in spelled(self.epilog or "", self.prog).splitlines()]
        commands = [line for line in lines if line.startswith(f"{self.prog} ")]
        return re.split(r"\s{2,}", commands[0])[0] if commands else ""

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        choices = [str(choice) for choice in action.choices]
        if isinstance(action, argparse._SubParsersAction):
            raise ConfigError(unknown_command(self.prog, str(value), choices))
        listed = " or ".join(filter(None, [", ".join(choices[:-1]), choices[-1]]))
        name = "/".join(action.option_strings) or action.metavar
        raise ConfigError(f"{name} takes {listed}, not '{value}'{did_you_mean(str(value), choices)}")

    def _checked(self, words: Sequence[str]) -> list[str]:
        """The words, each option's only value bound to it by `=`. Raises ConfigError for wrong ones."""
        known = self._option_string_actions
        nested = any(isinstance(action, argparse._SubParsersAction) for action in self._actions)
        given: dict[argparse.Action, str] = {}
        checked: list[str] = []
        rest = list(words)
        while rest:
            word = rest.pop(0)
            option, bound, value = word.partition("=")
            action = known.get(option)
            if word == "--" or (nested and not word.startswith("-")):
                return [*checked, word, *rest]
            if action is None:
                if word.startswith("-") and len(word) > 1:
                    raise ConfigError(self._unknown_option(option))
                checked.append(word)
                continue
            if action.nargs is None and not bound:
                if not rest or rest[0].startswith("--") or rest[0] in known:
                    raise ConfigError(f"{option} needs a value: {self._with_value(option)}")
                value = rest.pop(0)
                word = f"{option}={value}"
            if isinstance(action, argparse._StoreAction):
                if action in given:
                    raise ConfigError(
                        f"{option} is given twice ('{given[action]}' and '{value}'): it takes one value."
                    )
                given[action] = value
            checked.append(word)
        return checked

    def _unknown_option(self, option: str) -> str:
        near = did_you_mean(option, self._option_string_actions)
        return f"unknown option {option}{near or f': {self.prog} --help lists the options'}"

    def _with_value(self, name: str) -> str:
        """`--run DIR` of `--run`; a positional's name as it is."""
        action = self._option_string_actions.get(name.split("/")[0])
        if action is None or action.nargs == 0:
            return name
        metavar = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
        return f"{name} {metavar}"


def parser(prog: str, description: str, epilog: str = "") -> Parser:
    """A parser whose --help keeps the line breaks of its examples.

    Args:
        prog: The command as the user typed it: `hnhar stream`, or `hnhar-stream`.
        description: Purpose of the command, in a sentence.
        epilog: Examples, commands by their old names (`hnhar-stream`); the first is shown where an argument
            is missing.
    """
    _write_whatever(sys.stdout)
    return Parser(prog=prog, description=description, epilog=epilog)


def spelled(text: str, prog: str) -> str:
    """The commands in `text` as words of `hnhar` where `prog` is one; column for column as wide."""
    return _SPELLED.sub(r"hnhar \1", text) if prog.startswith("hnhar ") else text


def as_typed(text: str) -> str:
    """`spelled` by the program that the user called: `entry.hnhar` leaves its words in `sys.argv[0]`."""
    return spelled(text, "".join(sys.argv[:1]))


def unknown_command(prog: str, name: str, known: Iterable[str]) -> str:
    """One line for a command that is not there, with the nearest one that is."""
    known = list(known)
    listed = ", ".join(known)
    return f"unknown command '{name}'{did_you_mean(name, known) or f': {prog} knows {listed}'}"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`: did you mean WORD?` with the nearest of the known words; "" where none is near."""
    near = difflib.get_close_matches(word.replace("_", "-"), list(known), n=1)
    return f": did you mean {near[0]}?" if near else ""


def _kind(match: re.Match[str]) -> str:
    return f"must be {_KINDS[match[1]]}, not {match[2]}"


def _write_whatever(out: TextIO | None) -> None:
    """Let no letter that the locale lacks (`m/s²`, `Zoë`) end a run: it is written as `\\xb2`."""
    if isinstance(out, io.TextIOWrapper) and out.errors == "strict":
        out.reconfigure(errors="backslashreplace")
