"""What a backup says of itself: how much there is of what, and a hash of each file."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from . import places

# Of Prosody's volume: its database is copied by itself, and a lock is nothing to keep.
NOT_COPIED = ("prosody.sqlite", "prosody.sqlite-wal", "prosody.sqlite-shm", "prosody.sqlite-journal", ".lock")


def data_files() -> list[Path]:
    """What Prosody's volume has beside its database."""
    return [path for path in below(places.DATA) if path.name not in NOT_COPIED]


def uploaded_files() -> list[Path]:
    """Uploads that are whole."""
    return [path for path in below(places.UPLOADS) if ".incoming" not in path.parts]


def below(directory: Path) -> list[Path]:
    """Every file below a directory, in one order."""
    return sorted(path for path in directory.rglob("*") if path.is_file() and not path.is_symlink())


def upload_counts(files: Iterable[Path]) -> dict:
    """How many there are, and of how many bytes."""
    sizes = [path.stat().st_size for path in files]
    return {"files": len(sizes), "bytes": sum(sizes)}


def hashes(files: Iterable[Path]) -> dict[str, str]:
    """SHA-256 by path. A file that is gone meanwhile is none."""
    found = {}
    for path in files:
        try:
            with path.open("rb") as file:
                found[str(path)] = hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            continue
    return found


def differences(expected: dict[str, str], moved: Iterable[tuple[Path, Path]]) -> list[str]:
    """What of these files is not as the manifest has it. `moved` names the directories that were restored elsewhere."""
    problems = []
    for original, place in moved:
        for name, digest in expected.items():
            if not Path(name).is_relative_to(original):
                continue
            path = place / Path(name).relative_to(original)
            found = hashes([path]).get(str(path))
            if found != digest:
                problems.append(f"{name} is {'missing' if found is None else 'another file than it was'}")
    return problems


def miscounted(expected: dict, found: dict) -> list[str]:
    """What there is more or less of than the manifest has."""
    kept, restored = _flat(expected), _flat(found)
    return [
        f"{name}: {restored.get(name, 0)} restored, {kept.get(name, 0)} in the backup"
        for name in {**kept, **restored}
        if restored.get(name, 0) != kept.get(name, 0)
    ]


def _flat(counts: dict) -> dict[str, int]:
    """Each count by a name of its own, such as `archive` or `stores accounts`."""
    flat = {}
    for name, count in counts.items():
        flat.update({f"{name} {kind}": value for kind, value in count.items()} if isinstance(count, dict) else {name: count})
    return flat
