"""What the canary is given over XMPP, for probes that need more than an address."""

import asyncio
import time
from dataclasses import dataclass

from .errors import ProbeError


@dataclass(frozen=True)
class Credentials:
    """For the TURN server (XEP-0215), until `ends` in seconds since 1970."""

    username: str
    password: str
    ends: float


@dataclass(frozen=True)
class Slot:
    """Where a file may be put, and where it is then (XEP-0363)."""

    put: str
    headers: dict[str, str]
    get: str
    content: str


class Gathered:
    """The newest of each. Who comes before the first login waits for it, as long as its own limit lets it."""

    def __init__(self) -> None:
        self._credentials: Credentials | None = None
        self._slot: Slot | None = None
        self._looked = asyncio.Event()

    def keep(self, credentials: Credentials | None, slot: Slot | None) -> None:
        """What a login has brought. Credentials outlive it, a slot is for one file."""
        self._credentials = credentials or self._credentials
        self._slot = slot
        self._looked.set()

    def nothing(self) -> None:
        """A login has failed."""
        self._slot = None
        self._looked.set()

    async def credentials(self) -> Credentials:
        """@raises ProbeError where there are none that are still valid"""
        await self._looked.wait()
        if self._credentials is None or self._credentials.ends < time.time():
            raise ProbeError("no credentials for the TURN server were given over XMPP")
        return self._credentials

    async def slot(self) -> Slot:
        """@raises ProbeError where there is none"""
        await self._looked.wait()
        slot, self._slot = self._slot, None
        if slot is None:
            raise ProbeError("no place for a file was given over XMPP")
        return slot
