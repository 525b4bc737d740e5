"""PostgreSQL over a restored backup, for a drill: on a socket of this container's, and for nobody outside."""

import subprocess
import time
from pathlib import Path

import psycopg

from . import pgbackrest, places, sqlite
from .errors import BackupError

BIN = Path("/usr/lib/postgresql/17/bin")
# Seconds that it gets to replay its log, and to stop.
PATIENCE, STOP_PATIENCE = 3600, 60

SETTINGS = """
listen_addresses = ''
unix_socket_permissions = 0700
archive_mode = off
max_connections = 10
hot_standby = off
shared_buffers = 32MB
shared_memory_type = mmap
dynamic_shared_memory_type = posix
huge_pages = off
jit = off
fsync = off # it is thrown away
log_timezone = 'UTC'
timezone = 'UTC'
"""


class Restored:
    """Begins with `start`, which returns its counts, and ends with `stop`; `socket` is the directory that libpq wants as a host."""

    def __init__(self, work: Path, said: dict):
        self.socket = work
        self.data = work / "data"
        self.said = said["database"]
        self.server: subprocess.Popen | None = None

    def start(self) -> dict:
        """@raises BackupError where the backup does not restore"""
        self.data.mkdir(parents=True, mode=0o700)
        # As if the cluster were here: its own workload is not asked.
        here = ["--reset-pg1-host", f"--pg1-path={self.data}"]
        fetch = ["/usr/bin/pgbackrest", f"--config-include-path={places.CONFIG}/pgbackrest", f"--stanza={pgbackrest.STANZA}", *here]
        pgbackrest.output(
            "restore",
            *here,
            f"--set={self.said['label']}",
            "--type=name",
            f"--target={self.said['restorePoint']}",
            "--target-action=promote",
            f"--recovery-option=restore_command={' '.join(fetch)} archive-get %f \"%p\"",
        )
        (self.socket / "postgresql.conf").write_text(SETTINGS)
        (self.socket / "pg_hba.conf").write_text("local all all trust\n")
        files = [f"config_file={self.socket}/postgresql.conf", f"hba_file={self.socket}/pg_hba.conf", f"unix_socket_directories={self.socket}"]
        with (self.socket / "log").open("wb") as log:
            options = [word for file in files for word in ("-c", file)]
            self.server = subprocess.Popen([BIN / "postgres", "-D", self.data, *options], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        return self._counts()

    def stop(self) -> None:
        """At once, and without minding whether it is well."""
        if self.server:
            self.server.terminate()
            try:
                self.server.wait(STOP_PATIENCE)
            except subprocess.TimeoutExpired:
                self.server.kill()

    def _counts(self) -> dict:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.server.poll() is None:
            try:
                with psycopg.connect(host=str(self.socket), dbname="prosody", user="prosody", autocommit=True) as connection:
                    (recovering,) = connection.execute("SELECT pg_is_in_recovery()").fetchone()
                    if not recovering:
                        tables = {name for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
                        return sqlite.count(lambda query: connection.execute(query).fetchall(), tables)
            except psycopg.OperationalError:
                pass  # not yet
            time.sleep(0.3)
        lines = (self.socket / "log").read_text(errors="replace").splitlines()
        told = next((line for line in reversed(lines) if "FATAL" in line or "ERROR" in line), lines[-1] if lines else "it says nothing")
        raise BackupError(f"the restored database does not start: {told.strip()}")
