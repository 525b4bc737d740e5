"""Whether a release of this workload's files can be used: asked before it is put in force."""

from pathlib import Path

from . import config, trust
from .errors import ProbeError


def check(release: Path) -> None:
    """@raises ProbeError for what is wrong"""
    try:
        settings = config.read(release)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ProbeError(f"probes.json: {error}") from error
    if (release / "secrets/canary").read_text() == "":
        raise ProbeError("secrets/canary: found nothing, expected the password of the stack's own account")
    trust.trusted(settings, release)
    print("checked")
