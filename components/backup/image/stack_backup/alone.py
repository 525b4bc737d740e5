"""One process at a time changes what is on the volume."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from . import places
from .errors import BackupError


@contextmanager
def alone() -> Iterator[None]:
    """Holds the lock. @raises BackupError where another process does"""
    places.HOME.mkdir(parents=True, exist_ok=True)
    with places.LOCK.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupError("another backup or drill is going on; try again when it is done") from error
        yield
