"""How the last runs ended, for a monitoring system: text files in the format of Prometheus.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from . import places
from .errors import BackupError


@contextmanager
def outcome(kind: str) -> Iterator[None]:
    """Writes whether what is done within succeeds, when, and how long it takes."""
    begun = time.time()
    try:
        yield
    except (BackupError, OSError) as error:
        _write(kind, begun, success=False)
        if isinstance(error, OSError):
            raise BackupError(_told(error)) from error
        raise
    _write(kind, begun, success=True)


def gauge(name: str, text: str, value: float) -> None:
    """One figure in a file of its own."""
    gauges(name, text, {"": value})


def gauges(name: str, text: str, values: dict[str, float]) -> None:
    """The same figure by its labels."""
    lines = [f"{name}{{{labels}}} {value}\n" if labels else f"{name} {value}\n" for labels, value in values.items()]
    _put(name, f"# HELP {name} {text}\n# TYPE {name} gauge\n{''.join(lines)}")


def _write(kind: str, begun: float, *, success: bool) -> None:
    prefix = f"stack_{kind}"
    gauge(f"{prefix}_last_run_timestamp_seconds", "When the last one ended.", round(time.time()))
    gauge(f"{prefix}_last_run_success", "Whether the last one succeeded.", int(success))
    gauge(f"{prefix}_last_run_duration_seconds", "How long the last one took.", round(time.time() - begun, 1))
    if success:
        gauge(f"{prefix}_last_success_timestamp_seconds", "When the last one that succeeded ended.", round(time.time()))


def _put(name: str, text: str) -> None:
    try:
        places.METRICS.mkdir(parents=True, exist_ok=True)
        coming = places.METRICS / f".{name}"
        coming.write_text(text)
        os.replace(coming, places.METRICS / f"{name}.prom")
    except OSError as error:
        # What was to be measured is told by its own line.
        print(f"{name}: not written: {_told(error)}")


def _told(error: OSError) -> str:
    return f"{error.filename or places.HOME}: {error.strerror}"
