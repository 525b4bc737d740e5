"""pgBackRest, and what it says.

https://pgbackrest.org/command.html
"""

import json
import shutil
import subprocess
import time

from . import places
from .errors import BackupError

STANZA = "prosody"

# A volume with less than that is full: a segment of the log.
SPARE = 16 * 2**20

# What it ends with where another one holds a lock: each segment of the log does so while it comes in. Seconds to try again for.
LOCKED, PATIENCE = 50, 30


def run(*arguments: str) -> tuple[int, str]:
    """Its exit status, and what it has printed."""
    deadline = time.monotonic() + PATIENCE
    while True:
        status, said = _once(*arguments)
        if status != LOCKED or time.monotonic() > deadline:
            return status, said
        time.sleep(0.2)


def _once(*arguments: str) -> tuple[int, str]:
    command = ["/usr/bin/pgbackrest", f"--config-include-path={places.CONFIG}/pgbackrest", f"--stanza={STANZA}", *arguments]
    done = subprocess.run(
        command, env={"PATH": "/usr/bin", "TZ": "UTC"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, stdin=subprocess.DEVNULL
    )
    return done.returncode, done.stdout.decode(errors="replace")


def output(*arguments: str) -> str:
    """What it has printed. @raises BackupError where it fails"""
    status, said = run(*arguments)
    if status != 0:
        raise BackupError(reason(said, status))
    return said


def backups() -> list[dict]:
    """What the repository has, oldest first: label, type, annotation, archive and times of each."""
    (stanza,) = json.loads(output("info", "--output=json"))
    for status in (repository["status"] for repository in stanza["repo"]):
        # Up to 3 it says how much there is: nothing yet, or no backup.
        if status["code"] > 3:
            raise BackupError(reason(status["message"], status["code"]))
    return stanza["backup"]


# Signs of what has gone wrong, the first that fits before the others, and what that means. Every sign of one has to be there.
FULL = "the volume is full (storage.backup, backup.keep)"
AWAY = "PostgreSQL's workload cannot be reached"
DAMAGED = "it is damaged"
TROUBLES = [
    (["No space left on device"], FULL),
    (["access denied"], "the workload postgres does not let this one in: its certificate is not one of the stack's"),
    (["HostConnectError"], AWAY),
    (["unable to connect to"], AWAY),
    (["unable to get address for"], AWAY),
    (["unable to find primary cluster"], "PostgreSQL takes no connections: see its own log"),
    (["was not archived before the"], "PostgreSQL has not archived its log in time: see its own log"),
    (["unable to load info file", "FileMissingError"], "there is none"),
    (["unable to load info file"], "the key does not open it: backup.password is another one than it was made with"),
    *(([sign], DAMAGED) for sign in ("CryptoError", "ChecksumError", "FormatError", "zst error", "zlib threw error")),
]


def reason(said: str, status: int) -> str:
    """What went wrong, as one line."""
    lines = [line.strip() for line in said.splitlines() if line.strip() and "HINT:" not in line]
    told = next((line for line in lines if "ERROR:" in line), lines[-1] if lines else f"pgBackRest has ended with {status}")
    told = "".join(letter for letter in told.split("ERROR:")[-1].strip() if letter.isprintable())
    known = next((words for signs, words in TROUBLES if all(sign in said for sign in signs)), None)
    # Of a write that has got half of its bytes through it does not say why.
    if "unable to write" in said and shutil.disk_usage(places.HOME).free < SPARE:
        known = FULL
    return f"the repository of PostgreSQL's backups: {f'{known} ({told})' if known else told}"
