"""Proof: the newest backup restored beside the service, run there, and looked at by the canary."""

import shutil

from . import canary, config, listing, manifest, metrics, places, restic, restore_files
from .errors import BackupError
from .throwaway import Throwaway

WORK = places.WORK / "drill"


def drill(settings: config.Config, say=print) -> str:
    """Returns the id of the backup that was proven. @raises BackupError for what keeps it from being one"""
    try:
        with metrics.outcome("drill"):
            entries, problems = listing.listed(settings)
            if not entries:
                raise BackupError("; ".join(problems) or "there is no backup yet")
            newest = entries[-1]
            for where in newest["from"]:
                repository = restore_files.reached(settings, where)
                repository.check()
                say(f"{repository.told} is sound")
            prove(settings, repository, newest["id"])
            return newest["id"]
    finally:
        shutil.rmtree(WORK, ignore_errors=True)


def prove(settings: config.Config, repository: restic.Repository, identifier: str) -> None:
    """Restores one backup, and finds everything in it."""
    shutil.rmtree(WORK, ignore_errors=True)
    data, uploads = WORK / "data", WORK / "uploads"
    for directory in (data, uploads):
        directory.mkdir(parents=True)
    said, counts = restore_files.into(repository, identifier, data, uploads)
    repository.restore(identifier, places.CUT / "services", WORK / "services")
    if said["database"]["kind"] == "external":
        # Whoever runs it has what the service would need to start.
        return
    if said["canary"] is None:
        raise BackupError(f"{said['id']} has nothing of the canary: the service was down, or did not let it in, when it was made")
    with Throwaway(WORK, said, settings) as service:
        restore_files.refuse_other(said, manifest.miscounted(said["counts"], {**counts, **service.counts}))
        canary.find(settings.canary, said["canary"], service.port)
        service.refuse_missing_file(said["canary"].get("file"), uploads)
