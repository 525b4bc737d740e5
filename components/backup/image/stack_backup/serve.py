"""What runs for as long as the workload does: backups and drills at their times."""

import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from croniter import croniter

from . import config
from .alone import alone
from .errors import BackupError
from .exposition import Exposition
from .make import make


def serve() -> None:
    """Looks each second what is due. The settings are read each time, so that a change of them needs no restart."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    threading.Thread(target=Exposition(config.read().metrics_port).serve_forever, daemon=True).start()
    print("ready", flush=True)
    seen = datetime.now(UTC)
    archive_at = seen
    while True:
        time.sleep(1)
        now = datetime.now(UTC)
        if archive_at and now >= archive_at:
            archive_at = None if archived(config.read()) else now + timedelta(minutes=1)
        settings = config.read()
        if due(settings.schedule, seen, now):
            attempt("backup", lambda: make(settings))
        if due(settings.drill_schedule, seen, now):
            from .drill import drill

            attempt("drill", lambda: drill(settings))
        seen = now


def archived(settings: config.Config) -> bool:
    """Whether PostgreSQL has somewhere to put its log, from before the first backup on. One that is away is asked again."""
    if settings.database != "postgresql":
        return True
    from . import postgresql

    try:
        with alone():
            postgresql.prepare()
    except BackupError:
        return False
    return True


def due(schedule: str, since: datetime, until: datetime) -> bool:
    """Whether a time of the schedule lies after the one moment and not after the other."""
    return schedule != "" and croniter(schedule, since).get_next(datetime) <= until


def attempt(kind: str, action: Callable[[], str]) -> None:
    """One line in the log, whatever comes of it."""
    try:
        with alone():
            said = action()
        print(f"{kind} {said}: done", flush=True)
    except BackupError as error:
        print(f"{kind} failed: {error}", flush=True)
