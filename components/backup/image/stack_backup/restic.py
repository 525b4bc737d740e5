"""Repositories of restic: one on the volume, one on an S3 server.

https://restic.readthedocs.io/en/stable/075_scripting.html
"""

import json
import os
import socket
import ssl
import subprocess
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from . import config, places
from .errors import BackupError

# Seconds that a server gets to take a connection.
PATIENCE = 10


class Repository:
    """A place with backups; `name` is what the settings call it, local or s3."""

    def __init__(self, name: str, where: str, told: str, options: Iterable[str] = (), environment: dict[str, str] | None = None):
        self.name = name
        self.where = where
        self.told = told
        self.options = list(options)
        self.environment = environment or {}

    def ensure(self) -> None:
        """Makes it where it is not there yet."""
        status, _, problem = self._run("cat", "config", "--no-lock")
        if status == 10:
            status, _, problem = self._run("init")
        if status != 0:
            raise self._error(status, problem)

    def backup(self, identifier: str, files: Iterable[Path], directories: Iterable[Path]) -> None:
        """Adds a backup of these files, and of everything below these directories."""
        listed = places.WORK / "files"
        listed.write_bytes(b"\0".join(os.fsencode(path) for path in [*files, *directories]) + b"\0")
        status, _, problem = self._run(
            "backup", "--files-from-raw", str(listed), "--tag", identifier, "--host", "service", "--quiet", "--exclude-caches"
        )
        if status != 0:
            raise self._error(status, problem)

    def backups(self) -> dict[str, dict]:
        """Its snapshots by the ids of their backups."""
        status, output, problem = self._run("snapshots", "--json", "--no-lock")
        if status == 10:
            return {}
        if status != 0:
            raise self._error(status, problem)
        return {tag: snapshot for snapshot in json.loads(output) or [] for tag in snapshot.get("tags") or []}

    def restore(self, identifier: str, source: Path, target: Path, only: Iterable[Path] = ()) -> None:
        """Writes what that backup has of a directory into another one; or of these of its own `only`."""
        patterns = [f"--include=/{path.relative_to(source)}" for path in only]
        status, _, problem = self._run(
            "restore", f"latest:{source}", "--tag", identifier, "--target", str(target), "--no-lock", "--quiet", *patterns
        )
        if "no snapshot found" in problem:
            raise BackupError(f"{self.told} has no backup {identifier}; it has {', '.join(sorted(self.backups())) or 'none'}")
        if status != 0:
            raise self._error(status, problem)

    def forget(self, keep: int | None) -> None:
        """Removes what is older than so many seconds, but never the newest."""
        if keep is None:
            return
        hours = max(keep // 3600, 1)
        status, _, problem = self._run(
            "forget", "--group-by", "host", "--keep-last", "1", "--keep-within", f"{hours}h", "--prune", "--quiet"
        )
        if status != 0:
            raise self._error(status, problem)

    def check(self) -> None:
        """Reads every byte of it."""
        status, output, problem = self._run("check", "--read-data", "--no-lock", "--quiet")
        if status != 0:
            raise self._error(status, f"{output}\n{problem}", "damaged")

    def _run(self, *arguments: str) -> tuple[int, str, str]:
        environment = {
            "PATH": "/usr/bin",
            "HOME": str(places.HOME),
            "TMPDIR": str(places.WORK),
            "RESTIC_REPOSITORY": self.where,
            "RESTIC_PASSWORD_FILE": str(places.PASSWORD),
            "RESTIC_CACHE_DIR": str(places.CACHE),
            "GOMAXPROCS": "2",
            **self.environment,
        }
        places.WORK.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            ["/usr/bin/restic", *self.options, *arguments], env=environment, capture_output=True, check=False, stdin=subprocess.DEVNULL
        )
        problem = done.stderr.decode(errors="replace").strip()
        return done.returncode, done.stdout.decode(), problem

    def _error(self, status: int, problem: str, otherwise: str = "") -> BackupError:
        return BackupError(f"{self.told}: {_reason(status, problem, otherwise)}")


def _reason(status: int, problem: str, otherwise: str) -> str:
    """What restic says, in words that tell what to do."""
    lines = [line for line in problem.splitlines() if line.strip()]
    # The last line of a failed run sums up; what is wrong stands in one before.
    said = next((line for line in lines if line.startswith("Fatal: ")), lines[-1] if lines else f"restic ended with {status}")
    said = said.removeprefix("Fatal: ")
    denied = ("Access Denied", "AccessDenied", "SignatureDoesNotMatch", "InvalidAccessKeyId", "access key ID")
    if any(sign.lower() in problem.lower() for sign in denied):
        return "access denied: look at backup.s3.accessKeyId, backup.s3.secretAccessKey and the bucket's policy"
    if "no space left on device" in problem:
        return "the volume is full (storage.backup, backup.keep)"
    if status == 12 or "wrong password" in problem:
        return "the key does not open it: backup.password is another one than it was made with"
    if status == 11:
        return f"another backup has locked it: {said}"
    damage = ("invalid data", "decrypt", "ciphertext verification failed", "does not match", "pack", "index", "unexpected EOF", "unable to open config file")
    if otherwise or any(sign in problem for sign in damage):
        return f"it is damaged: {said}"
    return said


def repositories(settings: config.Config) -> list[Repository]:
    """Where backups go: first to the volume, then to S3 where there is one."""
    local = Repository("local", str(places.RESTIC), "the repository on the volume")
    if settings.s3 is None:
        return [local]
    s3 = settings.s3
    options = ["--option", f"s3.region={s3.region}"]
    if s3.ca:
        options += ["--cacert", str(places.CONFIG / "s3-ca.crt")]
    where = f"s3:{s3.endpoint}/{s3.bucket}/{s3.prefix}/restic"
    return [local, Repository("s3", where, f"the repository at {s3.endpoint}", options, config.s3_keys())]


def reach(settings: config.Config) -> None:
    """Looks whether the S3 server is there: restic would try for a quarter of an hour before it says so."""
    s3 = settings.s3
    url = urlsplit(s3.endpoint)
    context = ssl.create_default_context(cafile=str(places.CONFIG / "s3-ca.crt") if s3.ca else None)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # what restic takes, too
    try:
        with socket.create_connection((url.hostname, url.port or 443), PATIENCE) as connection:
            with context.wrap_socket(connection, server_hostname=url.hostname):
                pass
    except OSError as error:
        raise BackupError(f"the repository at {s3.endpoint} cannot be reached: {error.strerror or error}") from error
