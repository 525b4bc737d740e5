"""The settings of this workload, as they are delivered."""

import json
from dataclasses import dataclass
from pathlib import Path

from . import places


@dataclass(frozen=True)
class Target:
    """Where a probe connects to."""

    host: str
    port: int


@dataclass(frozen=True)
class Domain:
    """An XMPP domain, as XMPP writes it and as TLS and HTTP do."""

    name: str
    ascii: str


@dataclass(frozen=True)
class Canary:
    """The stack's own account. `free_failures` are logins that may fail before one is delayed, for `forget_after` seconds."""

    jid: str
    host: str
    port: int
    free_failures: int
    forget_after: int


@dataclass(frozen=True)
class Config:
    """probes.json; `interval` in seconds, `upload` the service's JID, `site` the path that every domain has an answer for."""

    interval: int
    domains: tuple[Domain, ...]
    targets: dict[str, Target]
    canary: Canary
    upload: str
    turn_host: str
    site: str
    public_authorities: bool
    chat: tuple[str, ...]


def read(release: Path = places.CONFIG) -> Config:
    """Reads it again: the next release may say something else."""
    table = json.loads((release / "probes.json").read_text())
    return Config(
        **{
            **table,
            "domains": tuple(Domain(**domain) for domain in table["domains"]),
            "targets": {name: Target(**target) for name, target in table["targets"].items()},
            "canary": Canary(**table["canary"]),
            "chat": tuple(table["chat"]),
        }
    )


def password() -> str:
    """The stack's own account's."""
    return (places.CONFIG / "secrets/canary").read_text()
