"""One backup: the database's cut first, then everything else, so that no record is without its file.

What only PostgreSQL needs is loaded where there is one.
"""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

from . import audit, config, handover, manifest, metrics, places, restic, retention, sqlite
from .errors import BackupError


def make(settings: config.Config, say=print) -> str:
    """Makes one in every repository and returns its id. What fails leaves the backups before it as they are."""
    begun = datetime.now(UTC)
    identifier = begun.strftime("%Y%m%dT%H%M%SZ")
    failures = []
    try:
        with metrics.outcome("backup"):
            snapshots = _cut(settings, identifier, _left(settings, identifier, say))
            for repository in restic.repositories(settings):
                try:
                    with metrics.outcome(f"backup_{repository.name}"):
                        _store(settings, repository, identifier, snapshots)
                    say(f"{repository.told} has it")
                except BackupError as error:
                    failures.append(str(error))
            if failures:
                raise BackupError("; ".join(failures))
    finally:
        shutil.rmtree(places.CUT, ignore_errors=True)
    return identifier


def _left(settings: config.Config, identifier: str, say) -> dict | None:
    """What a drill will look for. A service that is down is a reason to have a backup, not against one."""
    from . import canary

    try:
        return canary.leave(settings.canary, identifier)
    except BackupError as error:
        say(f"left nothing for a drill to find: {error}")
        return None


def _cut(settings: config.Config, identifier: str, left: dict | None) -> list[Path]:
    """Writes what a backup has of its own into the work directory, and lists all of its files."""
    shutil.rmtree(places.CUT, ignore_errors=True)
    places.CUT.mkdir(parents=True)
    _copy(places.SERVICES, "services")
    _copy(places.STACK, "stack")
    database, counts, oldest = _cut_database(settings, identifier)
    at = datetime.now(UTC)
    uploads = manifest.uploaded_files()
    retention.tell({**oldest, "audit": audit.oldest()}, uploads)
    growing = audit.cut()
    files = [*manifest.below(places.CUT), *(path for path in manifest.data_files() if path not in growing), *uploads]
    hashes = manifest.hashes(files)
    places.MANIFEST.write_text(
        json.dumps(
            {
                "id": identifier,
                "at": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "versions": settings.versions,
                "database": database,
                "counts": {**counts, "uploads": manifest.upload_counts(path for path in uploads if str(path) in hashes)},
                "canary": left,
                "stack": handover.age(),
                "hashes": hashes,
            },
            indent=1,
        )
    )
    return [places.MANIFEST, *(Path(name) for name in hashes)]


def _cut_database(settings: config.Config, identifier: str) -> tuple[dict, dict, dict]:
    """What the manifest says of it, its counts, and the oldest that it has."""
    match settings.database:
        case "postgresql":
            from . import postgresql

            made = postgresql.backup(identifier)
            return made["database"], made["counts"], made["oldest"]
        case "sqlite":
            sqlite.cut(places.DATA / "prosody.sqlite", places.DATABASE)
            return {"kind": "sqlite"}, sqlite.counts(places.DATABASE), sqlite.oldest_in(places.DATABASE)
        case _:
            # Whoever runs it backs it up (docs/backup.md).
            return {"kind": "external"}, {}, {}


def _copy(directory: Path, name: str) -> None:
    """Files that may be replaced at any time, as they are now: of one release of a service, of one run of `up`."""
    if directory.is_dir():
        shutil.copytree(directory.resolve(), places.CUT / name)


def _store(settings: config.Config, repository: restic.Repository, identifier: str, files: list[Path]) -> None:
    elsewhere = repository.name != "local"
    if elsewhere:
        restic.reach(settings)
    repository.ensure()
    directories = [places.PGBACKREST] if elsewhere and settings.database == "postgresql" else []
    repository.backup(identifier, [path for path in files if path.exists()], directories)
    repository.forget(settings.keep)
    if not elsewhere and settings.database == "postgresql":
        from . import postgresql

        postgresql.expire(settings.keep)
