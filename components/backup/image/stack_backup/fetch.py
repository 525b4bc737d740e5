"""PostgreSQL's backups and the archive of its log, from the copy of them that an S3 server has."""

import shutil

from . import config, pgbackrest, places, restore_files
from .errors import BackupError

# What was here before, once.
BEFORE = places.PGBACKREST.with_name("pgbackrest.before")
COMING = places.PGBACKREST.with_name("pgbackrest.new")


def fetch(settings: config.Config, identifier: str, where: str) -> str:
    """Takes that of a backup, unless what is here has the backup; returns which it is."""
    if _is_here(identifier):
        return "here"
    repository = restore_files.reached(settings, where)
    shutil.rmtree(COMING, ignore_errors=True)
    COMING.mkdir(mode=0o700)
    repository.restore(identifier, places.PGBACKREST, COMING)
    shutil.rmtree(BEFORE, ignore_errors=True)
    if places.PGBACKREST.exists():
        places.PGBACKREST.rename(BEFORE)
    COMING.rename(places.PGBACKREST)
    return "fetched"


def _is_here(identifier: str) -> bool:
    try:
        return any(made.get("annotation", {}).get("backup") == identifier for made in pgbackrest.backups())
    except BackupError:
        return False
