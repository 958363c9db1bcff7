"""Files read and written whole: regular ones only, up to a limit in, all or nothing out.

A named pipe or a device in the place of a file would be waited for, or never end."""

import contextlib
import errno
import os
import secrets
import stat
from pathlib import Path
from typing import BinaryIO


def open_regular(path: str | Path, limit: int) -> BinaryIO:
    """Open a regular file of at most `limit` bytes for reading, without ever waiting for a writer.

    Raises OSError whose `strerror` says what is wrong, also for a name that no file can have.
    """
    try:
        # without O_NONBLOCK, opening a named pipe waits until somebody writes to it
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except ValueError as error:
        raise OSError(errno.EINVAL, f"no file can have this name ({error})") from error
    try:
        found = os.fstat(number)
        if stat.S_ISDIR(found.st_mode):
            raise OSError(errno.EISDIR, "it is a folder, not a regular file")
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "it is a pipe or a device, not a regular file")
        if found.st_size > limit:
            size = f"{found.st_size:,} bytes"
            raise OSError(errno.EFBIG, f"it has {size}, larger than the {limit:,} that are read")
        return os.fdopen(number, "rb")
    except BaseException:
        os.close(number)
        raise


def read_regular(path: str | Path, limit: int) -> bytes:
    """The content of a regular file of at most `limit` bytes. Raises OSError as `open_regular` does."""
    with open_regular(path, limit) as file:
        raw = file.read(limit + 1)
    if len(raw) > limit:  # it has grown since
        raise OSError(errno.EFBIG, f"it has more than the {limit:,} bytes that are read")
    return raw


def write_whole(path: str | Path, content: bytes | str, *, mode: int | None = None) -> None:
    """Replace a file in one step: a reader sees the old content or the new, also after a crash.

    The content goes to a temporary file beside it (`.NAME….partial`, with at most 40 letters of the name, and
    removed where anything fails), which is flushed to disk and then takes the file's place. A symbolic link
    stays, and what it leads to is replaced.

    Args:
        path: In a folder that exists.
        content: Text is written in UTF-8.
        mode: Permissions, whatever the umask is. None: those of the file that is replaced; of a new one, as
            the umask has it.

    Raises:
        OSError: Its `strerror` says what is wrong, also for a name that no file can have.
    """
    try:
        raw = content.encode() if isinstance(content, str) else content
    except UnicodeEncodeError as error:
        raise OSError(errno.EILSEQ, f"the text cannot be written in UTF-8 ({error.reason})") from error
    try:
        target = Path(os.path.realpath(path))
        _check_replaceable(target)
        wanted = stat.S_IMODE(target.stat().st_mode) if mode is None and target.exists() else mode
        partial = target.with_name(f".{target.name[:40]}.{secrets.token_hex(8)}.partial")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        number = os.open(partial, flags, 0o666 if wanted is None else 0o600)
    except ValueError as error:
        raise OSError(errno.EINVAL, f"no file can have this name ({error})") from error
    try:
        with os.fdopen(number, "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        if wanted is not None:
            os.chmod(partial, wanted)
        os.replace(partial, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(partial)
        raise


def _check_replaceable(path: Path) -> None:
    """Raise OSError for a folder, a pipe or a device: none is to be replaced by a file."""
    if path.is_dir():
        raise OSError(errno.EISDIR, "it is a folder, not a regular file")
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "it is a pipe or a device, not a regular file")
