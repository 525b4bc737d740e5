"""Fills new volumes of Prosody from a backup, and looks whether everything is there. Who writes the database is PostgreSQL's own job."""

import json
import shutil
from pathlib import Path

from . import audit, config, manifest, places, restic, sqlite
from .errors import BackupError

# Begun and not finished: made again by the next try.
UNFINISHED = ".restoring"
# Where everything of a backup lies, and what it is brought into before it is moved.
LIBRARY = places.ROOT / "var/lib"
BROUGHT = ".brought"


def restore(settings: config.Config, order: dict) -> dict:
    """Does what the order says, and returns what there is now beside what there was."""
    repository = reached(settings, order["from"])
    for volume in (places.DATA, places.UPLOADS):
        _begin(volume)
    said, restored = into(repository, order["backup"], places.DATA, places.UPLOADS)
    for volume in (places.DATA, places.UPLOADS):
        (volume / UNFINISHED).unlink()
    return {"counts": restored, "expected": said["counts"]}


def into(repository: restic.Repository, identifier: str, data: Path, uploads: Path) -> tuple[dict, dict]:
    """Writes Prosody's files and uploads into two directories; returns the manifest and their counts. @raises BackupError for what differs"""
    # Below one directory of the same volume, from where they are moved: to open a repository takes a second of a processor.
    brought = data / BROUGHT
    repository.restore(identifier, LIBRARY, brought, [places.DATA, places.MANIFEST, places.DATABASE, places.AUDIT_CUT])
    said = json.loads(_inside(brought, places.MANIFEST).read_bytes())
    if any(Path(name).is_relative_to(places.UPLOADS) for name in said["hashes"]):
        repository.restore(identifier, places.UPLOADS, uploads)
    for path in _inside(brought, places.DATA).glob("*"):
        path.rename(data / path.name)
    own = [(place, _inside(brought, place)) for place in (places.DATABASE, places.AUDIT_CUT)]
    problems = manifest.differences(said["hashes"], [*own, (places.DATA, data), (places.UPLOADS, uploads)])
    audit.put_back(_inside(brought, places.AUDIT_CUT), data)
    counts = {}
    if said["database"]["kind"] == "sqlite" and _inside(brought, places.DATABASE).exists():
        path = _inside(brought, places.DATABASE).rename(data / places.DATABASE.name)
        path.chmod(0o600)
        counts = sqlite.counts(path)
    shutil.rmtree(brought)
    found = [path for path in manifest.below(uploads) if path.name != UNFINISHED]
    counts = {**counts, "uploads": manifest.upload_counts(found)}
    refuse_other(said, [*manifest.miscounted({name: said["counts"][name] for name in counts}, counts), *problems])
    return said, counts


def _inside(brought: Path, place: Path) -> Path:
    return brought / place.relative_to(LIBRARY)


def refuse_other(said: dict, problems: list[str]) -> None:
    """@raises BackupError with the first of these, if any: counts come first, for they tell what is missing"""
    if problems:
        raise BackupError(f"{said['id']} does not restore to what it was: {problems[0]}{f', and {len(problems) - 1} more' if len(problems) > 1 else ''}")


def reached(settings: config.Config, where: str) -> restic.Repository:
    """The repository of that name. @raises BackupError where it is not there"""
    repository = next((one for one in restic.repositories(settings) if one.name == where), None)
    if repository is None:
        raise BackupError(f"there is no repository {where}: backup.s3 is not set")
    if where != "local":
        restic.reach(settings)
    return repository


def _begin(volume: Path) -> None:
    """An empty volume, or one that another try has left. @raises BackupError for any other"""
    found = [path for path in volume.iterdir() if path.name not in (".lock", "lost+found")]
    if found and not (volume / UNFINISHED).exists():
        raise BackupError(f"{volume} of the next generation is not empty; let go of it first (npm run xmpp -- restore --cancel)")
    for path in found:
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    (volume / UNFINISHED).touch()
