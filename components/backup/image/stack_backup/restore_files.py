"""Fills new volumes of Prosody from a backup, and looks whether everything is there. Who writes the database is PostgreSQL's own job."""

import json
import shutil
from pathlib import Path

from . import audit, config, manifest, places, restic, sqlite
from .errors import BackupError

# Begun and not finished: made again by the next try.
UNFINISHED = ".restoring"


def restore(settings: config.Config, order: dict) -> dict:
    """Does what the order says, and returns what there is now beside what there was."""
    repository, snapshot = find(settings, order["backup"], order["from"])
    said = json.loads(repository.read(snapshot, places.MANIFEST))
    for volume in (places.DATA, places.UPLOADS):
        _begin(volume)
    restored = into(repository, snapshot, said, places.DATA, places.UPLOADS)
    for volume in (places.DATA, places.UPLOADS):
        (volume / UNFINISHED).unlink()
    return {"counts": restored, "expected": said["counts"]}


def into(repository: restic.Repository, snapshot: str, said: dict, data: Path, uploads: Path) -> dict:
    """Writes Prosody's files and uploads into two directories; returns their counts. @raises BackupError for what differs"""
    for original, place in ((places.DATA, data), (places.UPLOADS, uploads)):
        if any(Path(name).is_relative_to(original) for name in said["hashes"]):
            repository.restore(snapshot, original, place)
    problems = manifest.differences(said["hashes"], [(places.DATA, data), (places.UPLOADS, uploads)])
    problems += audit.restore(lambda path: repository.read(snapshot, path), said, data)
    counts = {}
    if said["database"]["kind"] == "sqlite":
        path = data / "prosody.sqlite"
        path.write_bytes(repository.read(snapshot, places.DATABASE))
        path.chmod(0o600)
        problems += [] if list(manifest.hashes([path]).values()) == [said["hashes"][str(places.DATABASE)]] else ["the database is another file than it was"]
        counts = sqlite.counts(path)
    found = [path for path in manifest.below(uploads) if path.name != UNFINISHED]
    counts = {**counts, "uploads": manifest.upload_counts(found)}
    refuse_other(said, [*manifest.miscounted({name: said["counts"][name] for name in counts}, counts), *problems])
    return counts


def refuse_other(said: dict, problems: list[str]) -> None:
    """@raises BackupError with the first of these, if any: counts come first, for they tell what is missing"""
    if problems:
        raise BackupError(f"{said['id']} does not restore to what it was: {problems[0]}{f', and {len(problems) - 1} more' if len(problems) > 1 else ''}")


def find(settings: config.Config, identifier: str, where: str) -> tuple[restic.Repository, str]:
    """The repository of that name, and the snapshot that is the backup in it."""
    repository = next((one for one in restic.repositories(settings) if one.name == where), None)
    if repository is None:
        raise BackupError(f"there is no repository {where}: backup.s3 is not set")
    if where != "local":
        restic.reach(settings)
    backups = repository.backups()
    if identifier not in backups:
        raise BackupError(f"{repository.told} has no backup {identifier}; it has {', '.join(sorted(backups)) or 'none'}")
    return repository, backups[identifier]["id"]


def _begin(volume: Path) -> None:
    """An empty volume, or one that another try has left. @raises BackupError for any other"""
    found = [path for path in volume.iterdir() if path.name not in (".lock", "lost+found")]
    if found and not (volume / UNFINISHED).exists():
        raise BackupError(f"{volume} of the next generation is not empty; let go of it first (npm run xmpp -- restore --cancel)")
    for path in found:
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    (volume / UNFINISHED).touch()
