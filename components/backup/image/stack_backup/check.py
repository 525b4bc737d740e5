"""Whether a release of this workload's files can be used: asked before it is put in force."""

import json
from pathlib import Path

from croniter import croniter

from .errors import BackupError


def check(release: str) -> None:
    """@raises BackupError for what is wrong"""
    settings = json.loads((Path(release) / "backup.json").read_text())
    for key, name in (("schedule", "backup.schedule"), ("drill_schedule", "backup.drill.schedule")):
        if settings[key] != "" and not croniter.is_valid(settings[key]):
            raise BackupError(f"{name}: found {settings[key]}, expected five fields of cron such as 0 2 * * *")
    print("checked")
