"""Prosody's audit log in backups: the files of past days are as they are, that of today grows while it is read."""

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

from . import places

_NAME = re.compile(r"audit-(\d{4}-\d{2}-\d{2})\.jsonl")


def files() -> list[Path]:
    """One for each day, the oldest first."""
    return sorted(path for path in places.AUDIT.glob("audit-*.jsonl") if _NAME.fullmatch(path.name))


def cut() -> set[Path]:
    """Copies what may still grow, and returns what was copied."""
    growing = files()[-1:]
    places.AUDIT_CUT.mkdir()
    for path in growing:
        shutil.copy2(path, places.AUDIT_CUT / path.name)
    return set(growing)


def put_back(copies: Path, data: Path) -> None:
    """Moves what was copied to where it is written."""
    for copy in sorted(copies.glob("*")):
        directory = data / "audit"
        directory.mkdir(mode=0o700, exist_ok=True)
        copy.rename(directory / copy.name).chmod(0o600)


def oldest() -> int | None:
    """Unix time of the beginning of the oldest day that is kept."""
    for path in files():
        day = datetime.strptime(_NAME.fullmatch(path.name)[1], "%Y-%m-%d")
        return int(day.replace(tzinfo=UTC).timestamp())
    return None
