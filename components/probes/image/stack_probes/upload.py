"""A small file, brought where XMPP said that it may be put, and fetched again (XEP-0363)."""

import asyncio
import ssl
from urllib.parse import urlsplit

from .config import Target
from .errors import ProbeError
from .gathered import Slot
from .web import Answer, ask


async def look(target: Target, slot: Slot, context: ssl.SSLContext) -> float:
    """Returns when the certificate ends of the host that has the files."""

    def exchange() -> float:
        put = _ask(target, context, "PUT", slot.put, slot.content, {"Content-Type": "text/plain", **slot.headers})
        if put.status != 201:
            raise ProbeError(f"an upload is answered with {put.status}")
        got = _ask(target, context, "GET", slot.get)
        if got.status != 200 or got.body != slot.content.encode():
            raise ProbeError(f"a file that was brought is answered with {got.status}" if got.status != 200 else "a file that was brought has another content")
        return put.ends

    return await asyncio.to_thread(exchange)


def _ask(target: Target, context: ssl.SSLContext, method: str, url: str, body: str | None = None, headers: dict[str, str] | None = None) -> Answer:
    address = urlsplit(url)
    return ask(target, address.netloc, context, method, f"{address.path}?{address.query}" if address.query else address.path, body, headers)
