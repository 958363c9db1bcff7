"""liblsl's configuration, set once per process and before any other LSL call.

The user's own configuration file (LSLAPICFG, lsl_api.cfg, ~/lsl_api/lsl_api.cfg, /etc/lsl_api/lsl_api.cfg)
keeps its say: what liblsl is given here would otherwise replace it whole. Ours are the defaults beneath and
the options above.
"""

import configparser
import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pylsl

from hnhar.model.errors import ConfigError

SCOPES = ("machine", "link", "site", "organization", "global")

_DEFAULTS: dict[str, dict[str, str]] = {
    # Over IPv6 a link that came back stayed silent for over 45 s (TCP back-off), over IPv4 not at all.
    # With liblsl's 32 ports, 33 of 100 streams of one machine were found; with 512, all.
    "ports": {"IPv6": "disable", "PortRange": "512"},
    "log": {"level": "-2"},
}
_configured: dict[str, dict[str, str]] | None = None


def configure(
    *,
    session_id: str | None = None,
    scope: str | None = None,
    peers: Sequence[str] = (),
    quiet: bool = True,
    beneath: Mapping[str, Mapping[str, str]] | None = None,
) -> None:
    """Configure LSL for this process; the first call counts, before any other LSL call.

    `session_id` keeps apart what is on one network; `scope` is how far streams are looked for (`SCOPES`);
    `peers` are hosts to ask directly where multicast does not pass. `quiet` silences liblsl's own log lines,
    which would tear a dashboard. `beneath`: `user_settings` of another machine, for what no file here says.
    Raises ConfigError where options are wrong or contradict an earlier call.
    """
    global _configured
    asked = _asked(session_id, scope, peers)
    if _configured is not None:
        for section, entries in asked.items():
            for key, value in entries.items():
                if _configured.get(section, {}).get(key) != value:
                    raise ConfigError(
                        f"LSL is configured once per process: {key} = {value} was asked for after it had "
                        f"been set to "
                        f"{_configured.get(section, {}).get(key) or 'its default'}. Start another process "
                        f"for it."
                    )
        return
    if quiet:
        asked.setdefault("log", {})["level"] = "-3"
    merged = _merge(_DEFAULTS, beneath or {}, user_settings(), asked)
    pylsl.util.set_config_content(_text(merged))
    _configured = merged


def _asked(session_id: str | None, scope: str | None, peers: Sequence[str]) -> dict[str, dict[str, str]]:
    asked: dict[str, dict[str, str]] = {}
    if session_id is not None:
        if not session_id or set(session_id) & set("'\"\n<>&"):
            raise ConfigError(f"the LSL session '{session_id}' must not be empty or hold quotes, <, > or &.")
        asked["lab"] = {"SessionID": session_id}
    multicast: dict[str, str] = {}
    if scope is not None:
        if scope not in SCOPES:
            raise ConfigError(f"the LSL scope '{scope}' is unknown: choose one of {', '.join(SCOPES)}.")
        multicast["ResolveScope"] = scope
    if multicast:
        asked["multicast"] = multicast
    if peers:
        wrong = [peer for peer in peers if not peer or set(peer) & set("{}\n ,")]
        if wrong:
            raise ConfigError(f"'{wrong[0]}' is no host name or address: give LSL peers as HOST,HOST.")
        asked.setdefault("lab", {})["KnownPeers"] = "{" + ", ".join(peers) + "}"
    return asked


def user_settings() -> dict[str, dict[str, str]]:
    """The configuration file that liblsl would have read."""
    named = os.environ.get("LSLAPICFG")
    places = [named] if named else []
    places += ["lsl_api.cfg", os.path.expanduser("~/lsl_api/lsl_api.cfg"), "/etc/lsl_api/lsl_api.cfg"]
    # `os.path`, as pathlib raises where there is no home, or none that may be entered
    path = next((Path(place) for place in places if os.path.isfile(place)), None)
    if path is None:
        return {}
    parser = configparser.ConfigParser(interpolation=None, strict=False, comment_prefixes=(";", "#"))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, configparser.Error) as error:
        raise ConfigError(f"the LSL configuration {path} cannot be read: {error}") from error
    return {section: dict(parser[section]) for section in parser.sections()}


def _merge(*layers: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    merged: dict[str, dict[str, str]] = {}
    for layer in layers:
        for section, entries in layer.items():
            merged.setdefault(section, {}).update(entries)
    return merged


def _text(sections: Mapping[str, Mapping[str, str]]) -> str:
    out = io.StringIO()
    for section, entries in sections.items():
        out.write(f"[{section}]\n")
        out.writelines(f"{key} = {value}\n" for key, value in entries.items())
    return out.getvalue()
