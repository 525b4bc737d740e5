"""The stack's own files and state, which only who runs `up` has: handed over to lie in each backup."""

import base64
import json
import shutil
from datetime import UTC, datetime
from pathlib import PurePosixPath

from . import places
from .errors import BackupError


def take(text: str) -> int:
    """Keeps files in the place of those that were handed over before; returns how many. The text is JSON: base64 by path."""
    files = json.loads(text)
    coming = places.STACK.with_name("stack.new")
    shutil.rmtree(coming, ignore_errors=True)
    for name, content in files.items():
        relative = PurePosixPath(name)
        if relative.is_absolute() or ".." in relative.parts:
            raise BackupError(f"{name}: expected a path below the stack's directory")
        path = coming / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(content))
    # A backup that is being made copies them at its beginning, so that nobody has to wait for it.
    going = places.STACK.with_name("stack.old")
    shutil.rmtree(going, ignore_errors=True)
    if places.STACK.exists():
        places.STACK.rename(going)
    coming.rename(places.STACK)
    shutil.rmtree(going, ignore_errors=True)
    return len(files)


def age() -> str | None:
    """When that was, None for never."""
    if not places.STACK.is_dir():
        return None
    return datetime.fromtimestamp(places.STACK.stat().st_mtime, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
