"""A Prosody over restored files, on the loopback of this container, which speaks to nobody else."""

import hashlib
import http.client
import os
import socket
import subprocess
import time
from pathlib import Path

from . import config
from .errors import BackupError

# Seconds that it gets to start.
PATIENCE = 60


class Throwaway:
    """Runs within `with`; `port` is where clients log in, `counts` what its database has where that is PostgreSQL."""

    def __init__(self, work: Path, said: dict, settings: config.Config):
        self.work = work
        self.said = said
        self.settings = settings
        self.port, self.http_port = _free_port(), _free_port()
        self.counts: dict = {}
        self.database = None
        self.prosody: subprocess.Popen | None = None

    def __enter__(self) -> "Throwaway":
        try:
            if self.said["database"]["kind"] == "postgresql":
                from .restored import Restored

                self.database = Restored(self.work / "postgresql", self.said)
                self.counts = self.database.start()
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self.prosody:
            self.prosody.terminate()
            try:
                self.prosody.wait(20)
            except subprocess.TimeoutExpired:
                self.prosody.kill()
        if self.database:
            self.database.stop()

    def _start(self) -> None:
        tree = self.work / "services/prosody"
        (self.work / "run").mkdir()
        for path in [tree, *tree.rglob("*")]:
            path.chmod(path.stat().st_mode | 0o200)
        main = tree / "prosody.cfg.lua"
        (tree / "drill.cfg.lua").write_text(self._overrides())
        main.write_text(main.read_text() + '\nInclude "drill.cfg.lua"\n')
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        log = (self.work / "prosody.log").open("wb")
        self.prosody = subprocess.Popen(
            ["/usr/bin/prosody", "-F", "--config", str(main)], env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL
        )
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.prosody.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.2)
        lines = (self.work / "prosody.log").read_text(errors="replace").splitlines()
        errors = [line for line in lines if "error" in line.lower()] or lines
        raise BackupError(f"what was restored does not start: {errors[-1].strip() if errors else 'Prosody says nothing'}")

    def _overrides(self) -> str:
        """Read last: the same hosts and data, but here, for one client, and without a way to anybody else."""
        sql = ""
        if self.database:
            sql = f'sql = {{ driver = "PostgreSQL"; database = "prosody"; host = "{self.database.socket}"; username = "prosody" }}'
        return f"""
data_path = "{self.work}/data"
log = {{ {{ levels = {{ min = "info" }}; to = "console" }} }}
pidfile = "{self.work}/run/prosody.pid"
admin_socket = "{self.work}/run/prosody.sock"
interfaces = {{ "127.0.0.1" }}
local_interfaces = {{ "127.0.0.1" }}
http_interfaces = {{ "127.0.0.1" }}
use_ipv6 = false
c2s_ports = {{ {self.port} }}
http_ports = {{ {self.http_port} }}
c2s_direct_tls_ports = {{}}
s2s_ports = {{}}
s2s_direct_tls_ports = {{}}
proxy65_ports = {{}}
stack_proxied_c2s_ports = {{}}
stack_proxied_s2s_ports = {{}}
stack_balanced_c2s_ports = {{}}
stack_balanced_c2s_direct_tls_ports = {{}}
stack_balanced_s2s_ports = {{}}
stack_balanced_s2s_direct_tls_ports = {{}}
stack_balanced_proxy65_ports = {{}}
c2s_require_encryption = false
stack_upload_directory = "{self.work}/uploads"
modules_disabled {{ "s2s", "stack_reload", "stack_shared_lists", "stack_reports", "posix" }}
{sql}
"""

    def refuse_missing_file(self, left: dict | None, uploads: Path) -> None:
        """The canary's upload, asked for by HTTP as the front does, and read from where the answer says."""
        if left is None:
            return
        host = self.settings.canary.upload
        connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=20)
        connection.request("GET", left["get"], headers={"Host": host, "X-Stack-Front": "1"})
        answer = connection.getresponse()
        name = (answer.getheader("X-Accel-Redirect") or "").removeprefix("/stored/").replace("%25", "%")
        # Below the directory of its host.
        path = next((found for found in uploads.glob("*/*") if found.name == name), None)
        if answer.status != 200 or path is None:
            raise BackupError(f"the last upload of {self.settings.canary.jid} is missing (HTTP {answer.status})")
        if hashlib.sha256(path.read_bytes()).hexdigest() != left["sha256"]:
            raise BackupError(f"the last upload of {self.settings.canary.jid} is another file than it was")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
