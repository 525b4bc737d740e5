"""Which backups there are."""

from datetime import UTC, datetime

from . import config, restic
from .errors import BackupError


def listed(settings: config.Config, only: str | None = None) -> tuple[list[dict], list[str]]:
    """Backups, the oldest first, with the repositories that have them, and why a repository does not tell."""
    found: dict[str, dict] = {}
    problems = []
    for repository in restic.repositories(settings):
        if only not in (None, repository.name):
            continue
        try:
            if repository.name != "local":
                restic.reach(settings)
            for identifier, snapshot in repository.backups().items():
                entry = found.setdefault(identifier, {"id": identifier, "at": _time(identifier), "from": [], "bytes": _size(snapshot)})
                entry["from"].append(repository.name)
        except BackupError as error:
            problems.append(str(error))
    return sorted(found.values(), key=lambda entry: entry["id"]), problems


def table(entries: list[dict]) -> str:
    """For people."""
    if not entries:
        return "no backup yet"
    return "\n".join(f"{entry['id']}  {entry['bytes'] / 1e6:10.1f} MB  {', '.join(entry['from'])}" for entry in entries)


def _time(identifier: str) -> str:
    return datetime.strptime(identifier, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _size(snapshot: dict) -> int:
    return snapshot.get("summary", {}).get("total_bytes_processed", 0)
