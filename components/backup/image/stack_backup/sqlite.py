"""The database of a service that keeps everything in a file."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from .errors import BackupError


def cut(source: Path, copy: Path) -> None:
    """Copies it as it is at one moment, while Prosody goes on writing."""
    copy.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(f"file:{source}?mode=rw", uri=True, timeout=30)) as live, closing(sqlite3.connect(copy)) as target:
            live.backup(target, pages=1000)
    except sqlite3.Error as error:
        raise BackupError(f"{source.name} could not be copied: {error}") from error


def counts(path: Path) -> dict:
    """How much there is of what. An unsound file is an error."""
    return _asked(path, count)


def oldest_in(path: Path) -> dict:
    """Of when the oldest record of each kind is."""
    return _asked(path, oldest)


def _asked(path: Path, question: Callable[[Callable, set[str]], dict]) -> dict:
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as database:
            (verdict,) = database.execute("PRAGMA integrity_check").fetchone()
            if verdict != "ok":
                raise BackupError(f"{path.name} is damaged: {verdict}")
            tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            return question(lambda query: database.execute(query).fetchall(), tables)
    except sqlite3.Error as error:
        raise BackupError(f"{path.name} cannot be read: {error}") from error


def count(ask, tables: set[str]) -> dict:
    """The counts of Prosody's two tables; `ask` returns the rows of a query."""
    stores: dict[str, int] = {}
    accounts = archive = 0
    if "prosody" in tables:
        stores = dict(sorted(ask("SELECT store, count(*) FROM prosody GROUP BY store")))
        ((accounts,),) = ask("SELECT count(*) FROM (SELECT DISTINCT host, \"user\" FROM prosody WHERE store = 'accounts') AS a")
    if "prosodyarchive" in tables:
        ((archive,),) = ask("SELECT count(*) FROM prosodyarchive")
    return {"accounts": accounts, "archive": archive, "stores": stores}


# Stores of archives by the setting that says how long they are kept.
ARCHIVES = {"messages": "archive", "rooms": "muc_log"}


def oldest(ask, tables: set[str]) -> dict[str, int]:
    """Unix times of the oldest archived message of people and of rooms; none of a kind that there is nothing of."""
    if "prosodyarchive" not in tables:
        return {}
    times = dict(ask("SELECT store, min(\"when\") FROM prosodyarchive GROUP BY store"))
    return {kind: int(times[store]) for kind, store in ARCHIVES.items() if times.get(store) is not None}
