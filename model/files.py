"""Files from outside: regular ones only, whole, up to a limit.

A named pipe or a device in the place of a file would be waited for, or never end."""

import errno
import os
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
