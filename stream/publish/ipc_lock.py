"""One owner for an ipc path: libzmq lets a second publisher bind the same path and steal its subscribers."""

import os
from pathlib import Path

from hnhar.model.errors import PublishError


class IpcLock:
    """A lock file beside the socket, held while the publisher lives and released by the kernel if it dies."""

    def __init__(self, path: str) -> None:
        """Take the lock of an ipc path. Raises PublishError where it is taken."""
        try:
            import fcntl
        except ImportError as error:
            raise PublishError(
                f"ipc://{path} cannot be used on this system: publish over tcp://127.0.0.1"
            ) from error
        self._socket = Path(path)
        self._path = Path(path + ".lock")
        # libzmq would remove whatever file is there
        if self._socket.exists() and not self._socket.is_socket():
            raise PublishError(
                f"cannot publish on ipc://{path}: there is a file that is no socket; choose another path"
            )
        while True:
            try:
                self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            except OSError as error:
                raise PublishError(
                    f"cannot publish on ipc://{path}: {self._path}: {error.strerror}"
                ) from error
            try:
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                holder = os.read(self._fd, 32).decode(errors="replace").strip()
                os.close(self._fd)
                raise PublishError(
                    f"ipc://{path} is taken by another publisher{f' (process {holder})' if holder else ''}: "
                    "stop it or publish on another path"
                ) from error
            # the last holder unlinks the file while it holds it: what we locked may be gone from the folder
            if self._is_current():
                break
            os.close(self._fd)
        os.ftruncate(self._fd, 0)
        os.write(self._fd, f"{os.getpid()}\n".encode())

    def _is_current(self) -> bool:
        try:
            return os.path.samestat(os.fstat(self._fd), self._path.stat())
        except FileNotFoundError:
            return False

    def release(self) -> None:
        """Remove the socket's file and the lock's, and let go."""
        self._socket.unlink(missing_ok=True)
        self._path.unlink(missing_ok=True)
        os.close(self._fd)
