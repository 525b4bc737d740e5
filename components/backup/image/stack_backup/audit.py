"""Prosody's audit log in backups: the files of past days are as they are, that of today grows while it is read."""

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

from . import manifest, places

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


def restore(read, said: dict, data: Path) -> list[str]:
    """Puts back what was copied, and returns what is wrong. `read` gives a file of the backup by its path."""
    problems = []
    for name, digest in said["hashes"].items():
        if not Path(name).is_relative_to(places.AUDIT_CUT):
            continue
        path = data / "audit" / Path(name).name
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.write_bytes(read(Path(name)))
        path.chmod(0o600)
        if manifest.hashes([path])[str(path)] != digest:
            problems.append(f"{name} is another file than it was")
    return problems


def oldest() -> int | None:
    """Unix time of the beginning of the oldest day that is kept."""
    for path in files():
        day = datetime.strptime(_NAME.fullmatch(path.name)[1], "%Y-%m-%d")
        return int(day.replace(tzinfo=UTC).timestamp())
    return None
