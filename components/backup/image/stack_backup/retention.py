"""How old the oldest is of what is kept for a time only: by it one sees that Prosody lets go of things as the settings say."""

import time
from collections.abc import Iterable
from pathlib import Path

from . import metrics

NAME = "stack_oldest_record_age_seconds"


def tell(oldest: dict[str, int | None], uploads: Iterable[Path]) -> None:
    """Writes the ages by kind: messages, rooms, the audit log and uploads; 0 for one that there is nothing of."""
    now = time.time()
    times = [path.stat().st_mtime for path in uploads if path.exists()]
    found = {"messages": None, "rooms": None, "audit": None, **oldest, "uploads": min(times, default=None)}
    ages = {f'kind="{kind}"': 0 if since is None else max(round(now - since), 0) for kind, since in found.items()}
    metrics.gauges(NAME, "How old the oldest record of a kind is, as of the last backup.", ages)
