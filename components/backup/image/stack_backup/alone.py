"""One process at a time changes what is on the volume."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from . import places
from .errors import BackupError

# Seconds to wait for one that is at work: `serve` makes sure of PostgreSQL's repository for some of them when it starts.
PATIENCE = 30


@contextmanager
def alone() -> Iterator[None]:
    """Holds the lock. @raises BackupError where another process goes on holding it"""
    places.HOME.mkdir(parents=True, exist_ok=True)
    with places.LOCK.open("w") as file:
        deadline = time.monotonic() + PATIENCE
        while not _locked(file):
            if time.monotonic() > deadline:
                raise BackupError("another backup or drill is going on; try again when it is done")
            time.sleep(0.2)
        yield


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
