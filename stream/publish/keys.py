"""Keys for CURVE, ZeroMQ's encryption: who may read what a publisher sends.

DIR/publisher.key    the publisher's key pair, 0600
DIR/subscribers      whom to let in, a line each: public key, name, day (as ssh's authorized_keys)
NAME.subscriber      all that one subscriber needs, 0600: its key pair and the publisher's public key

Secrets are refused where others can read them, and the list where others can write it.
"""

import contextlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

import msgspec
import zmq

from hnhar.model.errors import ConfigError
from hnhar.model.files import write_whole

PUBLISHER: Final = "publisher.key"
LIST: Final = "subscribers"
SUFFIX: Final = ".subscriber"
_MOST: Final = 256 * 1024
"""bytes of a key file or of the list: some 3,000 subscribers."""
_ELSEWHERE: Final = (
    "keys cannot be made or changed on this system, where no permission of a file keeps others from reading "
    "it: use hnhar-keys on Linux or macOS, and copy the folder or the subscriber's file."
)
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_KEY: Final = re.compile(r"[0-9a-zA-Z.\-:+=^!/*?&<>()\[\]{}@%$#]{40}")
"""32 bytes in Z85 (ZeroMQ RFC 32)."""

_K = TypeVar("_K")


@dataclass(frozen=True, slots=True)
class PublisherKeys:
    """A publisher's key pair, Z85."""

    public: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SubscriberKeys:
    """The key pair of a subscriber and its publisher's public key, Z85."""

    name: str
    publisher: str
    """Public key of the publisher: no other one is believed."""
    public: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Allowed:
    """A subscriber that is let in."""

    name: str
    public: str
    """Z85."""
    day: str
    """Day on which it was added, as 2026-11-24."""


def make(folder: Path) -> PublisherKeys:
    """Make a publisher's keys and an empty list. Raises ConfigError where there are keys already."""
    public, secret = (key.decode("ascii") for key in zmq.curve_keypair())
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"the folder {folder} cannot be made: {error.strerror}.") from error
    _check_folder(folder)
    note = "# hnhar: the publisher's secret. It stays on this machine; a subscriber gets a file of its own."
    _create(folder / PUBLISHER, f'{note}\npublic = "{public}"\nsecret = "{secret}"\n')
    return PublisherKeys(public, secret)


def add(folder: Path, name: str, out: Path, day: str) -> SubscriberKeys:
    """Let a new subscriber in, and write all that it needs to `out`; the publisher keeps no secret of it.

    `day`: today, as 2026-11-24. Raises ConfigError where the name is taken or cannot be one, where `out`
    exists, and where the publisher has no keys.
    """
    check_name(name)
    publisher = publisher_keys(folder).public
    public, secret = (key.decode("ascii") for key in zmq.curve_keypair())
    note = "# hnhar: whoever has this file reads what the publisher sends. Keep it at mode 0600."
    text = f'{note}\nname = "{name}"\npublisher = "{publisher}"\npublic = "{public}"\nsecret = "{secret}"\n'
    with _locked(folder):
        known = allowed(folder)
        if any(entry.name == name for entry in known):
            raise ConfigError(
                f"there is a subscriber {name!r} already: revoke it first, or take another name."
            )
        _create(out, text)
        try:
            _write_list(folder, [*known, Allowed(name, public, day)])
        except ConfigError:
            out.unlink(missing_ok=True)  # nobody would let it in
            raise
    return SubscriberKeys(name, publisher, public, secret)


def revoke(folder: Path, name: str) -> None:
    """Let a subscriber in no more. Raises ConfigError where none has the name."""
    with _locked(folder):
        known = allowed(folder)
        left = [entry for entry in known if entry.name != name]
        if len(left) == len(known):
            names = ", ".join(entry.name for entry in known) or "nobody"
            raise ConfigError(f"no subscriber is named {name!r} in {folder}: there is {names}.")
        _write_list(folder, left)


def publisher_keys(folder: Path) -> PublisherKeys:
    """The keys that `make` wrote. Raises ConfigError where they are missing, damaged or not private."""
    if not (folder / PUBLISHER).exists():
        raise ConfigError(f"{folder} holds no publisher's keys: make them with hnhar-keys make {folder}")
    _check_folder(folder)
    keys = _decode(folder / PUBLISHER, PublisherKeys)
    _check_pair(folder / PUBLISHER, keys.public, keys.secret)
    return keys


def subscriber_keys(path: Path) -> SubscriberKeys:
    """The keys that `add` wrote: the file, or a folder that holds one such file. Raises ConfigError."""
    if path.is_dir():
        found = sorted(path.glob(f"*{SUFFIX}"))
        if len(found) != 1:
            raise ConfigError(
                f"{path} holds {len(found)} files *{SUFFIX} where one is needed: name the file that "
                "hnhar-keys add wrote for this subscriber."
            )
        (path,) = found
    keys = _decode(path, SubscriberKeys)
    check_name(keys.name)
    _check_key(path, keys.publisher)
    _check_pair(path, keys.public, keys.secret)
    return keys


def allowed(folder: Path) -> list[Allowed]:
    """Subscribers that are let in, read anew. Raises ConfigError where the list cannot be trusted."""
    path = folder / LIST
    _check_folder(folder)
    try:
        text = _read(path, 0o022, "changed by others, who could let themselves in: chmod go-w")
    except FileNotFoundError:
        return []
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        key, name, day = [*line.split(), "", "", ""][:3]
        if not _KEY.fullmatch(key) or not _NAME.fullmatch(name):
            raise ConfigError(f"line {number} of {path} is no public key and name: remove it.")
        found.append(Allowed(name, key, day))
    return found


def check_name(name: str) -> str:
    """Return `name` where a subscriber can have it, else raise ConfigError: it becomes a file's."""
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"a subscriber cannot be named {name[:80]!r}: take 1 to 64 letters, digits, dots, dashes and "
            "underscores, a letter or digit first."
        )
    return name


def _create(path: Path, text: str) -> None:
    """Write a new file that only we can read, from its first moment on. Raises ConfigError."""
    if os.name != "posix":  # nothing would keep others from reading it
        raise ConfigError(_ELSEWHERE)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise ConfigError(f"{path} exists and is not overwritten: move it away first.") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}.") from error
    try:
        with open(descriptor, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)
        raise ConfigError(f"{path} cannot be written: {error.strerror}.") from error


def _write_list(folder: Path, entries: list[Allowed]) -> None:
    """Replace the list in one step: a reader sees the old one or the new one. Raises ConfigError."""
    lines = ["# hnhar: who is let in. Change it with hnhar-keys; a line that is gone is revoked."]
    lines += [f"{entry.public} {entry.name} {entry.day}" for entry in entries]
    try:
        write_whole(folder / LIST, "\n".join(lines) + "\n", mode=0o600)
    except OSError as error:
        raise ConfigError(f"{folder / LIST} cannot be written: {error.strerror}.") from error


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One at a time changes the list: of two at once, one would undo a revocation."""
    try:
        import fcntl
    except ImportError as error:
        raise ConfigError(_ELSEWHERE) from error
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise ConfigError(f"{folder}: {error.strerror}.") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise ConfigError(f"{folder} is no folder of keys: make one with hnhar-keys make {folder}")
    if os.name == "posix" and folder.stat().st_mode & 0o022:
        raise ConfigError(f"others can write to {folder}, and could let themselves in: chmod 700 {folder}")


def _read(path: Path, forbidden: int, why: str) -> str:
    """The text of a small file with none of the `forbidden` permissions. FileNotFoundError, ConfigError."""
    try:
        # never waits for a writer, should it be a pipe
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with open(descriptor, "rb") as file:
            mode = os.fstat(descriptor).st_mode
            if not stat.S_ISREG(mode):
                raise ConfigError(f"{path} is no file.")
            if os.name == "posix" and mode & forbidden:
                raise ConfigError(f"{path} has mode {stat.S_IMODE(mode):04o} and can be {why} {path}")
            raw = file.read(_MOST + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from error
    if len(raw) > _MOST:
        raise ConfigError(f"{path} is larger than the {_MOST:,} bytes that are read.")
    try:
        return raw.decode("ascii")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is no key file of hnhar.") from error


def _decode(path: Path, kind: type[_K]) -> _K:
    why = "read by others, so it may be known to them: make a new one, or chmod 600"
    try:
        return msgspec.toml.decode(_read(path, 0o077, why), type=kind)
    except FileNotFoundError as error:
        raise ConfigError(f"there is no key file {path}: hnhar-keys makes one.") from error
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        # without the cause, which may quote a secret
        raise ConfigError(f"{path} is not the key file of a {kind.__name__[:-4].lower()}.") from error


def _check_key(path: Path, key: str) -> None:
    if not _KEY.fullmatch(key):
        raise ConfigError(f"{path} holds a key that is none: it is damaged.")


def _check_pair(path: Path, public: str, secret: str) -> None:
    _check_key(path, public)
    _check_key(path, secret)
    try:
        fits = zmq.curve_public(secret.encode("ascii")) == public.encode("ascii")
    except zmq.ZMQError:
        fits = False
    if not fits:
        raise ConfigError(f"the two keys in {path} do not belong together: it is damaged.")
