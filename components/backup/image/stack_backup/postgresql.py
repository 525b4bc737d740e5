"""The database of a service with a PostgreSQL of the stack's own: base backups, the archive of its log, and a mark in that at
which everything that is counted has been committed, and nothing else."""

import json
import math
import os
import re
import time
from datetime import UTC, datetime

import psycopg

from . import pgbackrest, places, sqlite
from .errors import BackupError

# A whole copy once in so many days; what has changed since, in between.
FULL_DAYS = 7
# Tries to hold all writers off for an instant, each of so many seconds at most, for which Prosody waits as well.
TRIES, PATIENCE = 10, 2
# Seconds until PostgreSQL's workload has to answer.
REACHED_WITHIN = 10
# Seconds until the mark has to be in the archive: PostgreSQL tries again each minute.
ARCHIVED_WITHIN = 150
SEGMENTS_PER_LOG = 256


def prepare() -> None:
    """Makes the repository where it is not there yet, or one for a database that has taken the place of another."""
    status, said = pgbackrest.run("stanza-create", f"--io-timeout={REACHED_WITHIN}")
    if status != 0 and "do not match the database" in said:
        status, said = pgbackrest.run("stanza-upgrade")
    if status != 0:
        raise BackupError(pgbackrest.reason(said, status))


def backup(identifier: str) -> dict:
    """Makes one, and returns what the manifest says of it: the `database`, and its `counts` at the cut."""
    prepare()
    kind = "incr" if _full_within(FULL_DAYS) else "full"
    pgbackrest.output("backup", f"--type={kind}", f"--annotation=backup={identifier}")
    made = next((one for one in pgbackrest.backups() if one.get("annotation", {}).get("backup") == identifier), None)
    if made is None:
        raise BackupError(f"pgBackRest has made backup {identifier}, and does not list it")
    point = f"backup-{identifier}"
    counts, oldest, segment = _cut(point)
    _wait_until_archived(made, segment)
    # For whoever restores it and has nothing but this repository; without it, the backup has not been finished.
    known = [f"--annotation=counts={json.dumps(counts, separators=(',', ':'))}", f"--annotation=cut={segment}"]
    pgbackrest.output("annotate", f"--set={made['label']}", *known)
    return {"database": {"kind": "postgresql", "label": made["label"], "restorePoint": point}, "counts": counts, "oldest": oldest}


def expire(keep: int | None) -> None:
    """Removes what is older than so many seconds, but what leads there, and never the newest."""
    if keep is None:
        return
    days = max(math.ceil(keep / 86_400), 1)
    pgbackrest.output("expire", "--repo1-retention-full-type=time", f"--repo1-retention-full={days}")


def check() -> list[str]:
    """Reads every byte of the repository, and returns what is wrong with it."""
    backups = pgbackrest.backups()
    said = pgbackrest.output("verify", "--output=text")
    # An indented line for what has something wrong, and what it is in more indented ones.
    problems = re.findall(r"^  \S.*(?:\n    .*)*", said, re.MULTILINE) if "status: error" in said else []
    finished = [(made, made["annotation"]["cut"]) for made in backups if "cut" in made.get("annotation", {})]
    lost = {name: made for made, segment in finished for name in _missing(made, made["archive"]["start"], segment)}
    return [
        *(f"the repository of PostgreSQL's backups: it is damaged ({' '.join(problem.split())})" for problem in problems),
        *(f"backup {made['annotation']['backup']}: {name} of PostgreSQL's log is missing" for name, made in lost.items()),
    ]


def flush() -> None:
    """Brings everything that is committed by now into the archive, with a commit after it, so that a restore can stop there."""
    with _connect() as connection:
        connection.execute("SELECT pg_current_xact_id()")
        segment = _switch(connection)
    made = pgbackrest.backups()
    if not made:
        raise BackupError("there is no backup to restore from")
    _wait_until_archived(made[-1], segment)


def _full_within(days: int) -> bool:
    now = datetime.now(UTC).timestamp()
    return any(one["type"] == "full" and now - one["timestamp"]["stop"] < days * 86_400 for one in pgbackrest.backups())


def _connect() -> psycopg.Connection:
    os.environ["PGSERVICEFILE"] = str(places.CONFIG / "database/service.conf")
    try:
        return psycopg.connect("service=backup", autocommit=True)
    except psycopg.OperationalError as error:
        raise BackupError(f"PostgreSQL cannot be reached: {str(error).strip().splitlines()[-1]}") from error


def _cut(point: str) -> tuple[dict, dict, str]:
    """Marks the log, and returns counts and the oldest of what is committed before the mark, and the segment that the mark is in."""
    with _connect() as reader, _connect() as marker:
        try:
            names = marker.execute("SELECT relname FROM pg_class WHERE oid IN (to_regclass('public.prosody'), to_regclass('public.prosodyarchive'))")
            tables = {name for (name,) in names}
            _mark(reader, marker, point, tables)
            segment = _switch(marker)

            def ask(query: str) -> list[tuple]:
                return reader.execute(query).fetchall()

            return sqlite.count(ask, tables), sqlite.oldest(ask, tables), segment
        except psycopg.Error as error:
            raise BackupError(f"the database could not be cut: {str(error).strip().splitlines()[0]}") from error


def _mark(reader: psycopg.Connection, marker: psycopg.Connection, point: str, tables: set[str]) -> None:
    """No writer is at work while the one connection holds the tables: so the snapshot of the other one has what the mark has."""
    for left in reversed(range(TRIES)):
        try:
            with marker.transaction():
                marker.execute(f"SET LOCAL lock_timeout = '{PATIENCE}s'")
                marker.execute("SET LOCAL idle_in_transaction_session_timeout = '5s'")
                if tables:
                    marker.execute(f"LOCK TABLE {', '.join(sorted(tables))} IN SHARE ROW EXCLUSIVE MODE")
                reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
                reader.execute("SELECT 1")
                marker.execute("SELECT pg_create_restore_point(%s)", [point])
            return
        except psycopg.errors.LockNotAvailable:
            if not left:
                raise
            time.sleep(PATIENCE)


def _switch(connection: psycopg.Connection) -> str:
    (segment,) = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
    return segment


def _wait_until_archived(made: dict, segment: str) -> None:
    """Everything from the end of a base backup to a segment has to be there: without one of them nobody gets past it."""
    deadline = time.monotonic() + ARCHIVED_WITHIN
    while missing := _missing(made, made["archive"]["stop"], segment):
        if time.monotonic() > deadline:
            raise BackupError(
                f"PostgreSQL's log has not got into the archive within {ARCHIVED_WITHIN} s: {missing[0]} is missing; see PostgreSQL's own log"
            )
        time.sleep(0.5)


def _missing(made: dict, first: str, last: str) -> list[str]:
    """Which segments of the log the archive of a backup's database lacks, from the first to the last one."""
    archive = next(places.PGBACKREST.glob(f"archive/{pgbackrest.STANZA}/*-{made['database']['id']}"))
    return [name for name in _segments(first, last) if not any((archive / name[:16]).glob(f"{name}-*"))]


def _segments(first: str, last: str) -> list[str]:
    """Names of all segments from the first to the last one, of the last one's timeline."""

    def number(name: str) -> int:
        return int(name[8:16], 16) * SEGMENTS_PER_LOG + int(name[16:], 16)

    begin = number(first) if first[:8] == last[:8] else number(last)
    return [f"{last[:8]}{n // SEGMENTS_PER_LOG:08X}{n % SEGMENTS_PER_LOG:08X}" for n in range(begin, number(last) + 1)]
