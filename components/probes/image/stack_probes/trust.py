"""Whom the probes take for the service: whoever shows the certificate that its services were given."""

import ssl
from pathlib import Path

from . import places
from .config import Config
from .errors import ProbeError


def trusted(config: Config, release: Path = places.CONFIG) -> ssl.SSLContext:
    """Takes these very certificates, whoever has signed them; those of the public authorities besides where somebody else's proxy is in front."""
    context = ssl.create_default_context(cadata="".join(_certificate(path) for path in sorted(release.glob("certs/*.crt"))))
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if config.public_authorities:
        context.load_default_certs()
    return context


def expiry(ssl_object: ssl.SSLObject | ssl.SSLSocket) -> float:
    """When the certificate ends that the other side has shown, in seconds since 1970."""
    return ssl.cert_time_to_seconds(ssl_object.getpeercert()["notAfter"])


def _certificate(path: Path) -> str:
    text = path.read_text()
    try:
        ssl.create_default_context(cadata=text)
    except ssl.SSLError as error:
        raise ProbeError(f"certs/{path.name}: found no certificate in it, expected a chain as PEM") from error
    return text
