"""The settings of this workload, as they are delivered."""

import json
from dataclasses import dataclass

from . import places


@dataclass(frozen=True)
class S3:
    """A bucket, by HTTPS; `ca` says whether its certificate's authority is in s3-ca.crt."""

    endpoint: str
    bucket: str
    prefix: str
    region: str
    ca: bool


@dataclass(frozen=True)
class Canary:
    """The stack's own account, with the services of its domain, and where Prosody and the front are reached inside."""

    jid: str
    host: str
    port: int
    rooms: str
    upload: str
    front_host: str
    front_port: int


@dataclass(frozen=True)
class Config:
    """backup.json; `keep` in seconds, None for ever."""

    namespace: str
    database: str
    domains: tuple[str, ...]
    schedule: str
    drill_schedule: str
    keep: int | None
    metrics_port: int
    versions: dict
    canary: Canary
    s3: S3 | None


def read() -> Config:
    """Reads it again: the next release may say something else."""
    table = json.loads((places.CONFIG / "backup.json").read_text())
    s3 = table.pop("s3", None)
    return Config(
        **{**table, "domains": tuple(table["domains"]), "canary": Canary(**table["canary"])},
        s3=S3(**s3) if s3 else None,
    )


def s3_keys() -> dict[str, str]:
    """Environment with which S3 is signed in at."""
    keys = json.loads((places.CONFIG / "secrets/s3.json").read_text())
    return {"AWS_ACCESS_KEY_ID": keys["accessKeyId"], "AWS_SECRET_ACCESS_KEY": keys["secretAccessKey"]}
