"""A folder of a process's own that goes with it, or with the next one where it was killed."""

import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

PREFIX: Final = "hnhar-shard-"
OLD: Final = 600.0
"""s since its last change after which a folder that nobody holds is one that was left behind."""


class OwnFolder:
    """A private folder among the temporary ones, held by a lock that ends with the process."""

    def __init__(self, beneath: Path | None = None) -> None:
        """Make it, and remove those of processes that were killed. `beneath`: instead of the usual place."""
        place = beneath or Path(tempfile.gettempdir())
        sweep(place)
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
        self._lock = _locked(self.path)

    def remove(self) -> None:
        """Remove it with what is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def sweep(place: Path) -> None:
    """Remove this user's folders that no process holds."""
    if not hasattr(os, "getuid"):
        return
    for folder in place.glob(f"{PREFIX}*"):
        with suppress(OSError):
            status = folder.lstat()
            if status.st_uid != os.getuid() or time.time() - status.st_mtime < OLD:
                continue
            held = _locked(folder)
            if held is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(held)


def _locked(folder: Path) -> int | None:
    """A descriptor that holds a folder; None where another process does, or that cannot be."""
    try:
        import fcntl
    except ImportError:
        return None
    try:
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(held)
        return None
    return held
