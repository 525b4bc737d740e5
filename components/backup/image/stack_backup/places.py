"""Where everything is in the container."""

import os
from pathlib import Path

# The release in force, and what lies on volumes. Tests put all of it elsewhere.
ROOT = Path(os.environ.get("STACK_ROOT", "/"))

CONFIG = ROOT / "config/current"
# Copies of the files of every other workload.
SERVICES = CONFIG / "services"
PASSWORD = CONFIG / "secrets/password"

HOME = ROOT / "var/lib/backup"
RESTIC = HOME / "restic"
PGBACKREST = HOME / "pgbackrest"
# The stack's own files and state, as `up` has handed them over.
STACK = HOME / "stack"
METRICS = HOME / "metrics"
CACHE = HOME / "cache"
WORK = HOME / "work"
LOCK = HOME / ".lock"

DATA = ROOT / "var/lib/prosody"
UPLOADS = ROOT / "var/lib/prosody-uploads"
# A file for each day; see mod_stack_audit.
AUDIT = DATA / "audit"

# What a backup has of its own, beside copies of what lies elsewhere.
CUT = WORK / "cut"
MANIFEST = CUT / "manifest.json"
DATABASE = CUT / "prosody.sqlite"
AUDIT_CUT = CUT / "audit"
