"""A user of the service: logs in, writes to itself, and reads that in its archive, as everybody's client does."""

import asyncio
import calendar
import secrets
import time
from datetime import datetime
from xml.etree import ElementTree

from slixmpp.exceptions import IqError, IqTimeout

from . import metrics
from .account import Client, session
from .config import Config
from .errors import ProbeError
from .gathered import Credentials, Gathered, Slot

# Messages of the archive that are looked at; of each there are two copies.
_PAGE = 10

_TIME = "urn:xmpp:time"
_SERVICES = "urn:xmpp:extdisco:2"
_UPLOAD = "urn:xmpp:http:upload:0"


async def look(config: Config, gathered: Gathered, *, with_file: bool) -> None:
    """@raises ProbeError for the first thing that does not work"""
    try:
        domain = config.domains[0].name
        inside = False
        try:
            async with session(config) as client:
                metrics.logins.labels("ok").inc()
                inside = True
                await _read_clock(client, domain)
                await _write(client)
                credentials = await _credentials(client, domain) if {"turn", "turn_tls"} & set(config.targets) else None
                slot = await _slot(client, config.upload) if with_file else None
        finally:
            if not inside:
                metrics.logins.labels("failed").inc()
    except BaseException:
        gathered.nothing()
        raise
    gathered.keep(credentials, slot)


async def _write(client: Client) -> None:
    text = f"canary {secrets.token_hex(4)}"
    # Without presence it would be kept for later, besides the archive.
    client.send_presence()
    begun = time.monotonic()
    read = False
    try:
        client.send_message(mto=client.boundjid.bare, mbody=text)
        while not await _archived(client, text):
            await asyncio.sleep(0.1)
        read = True
    finally:
        metrics.messages.labels("ok" if read else "failed").inc()
    metrics.delivery.observe(time.monotonic() - begun)


async def _archived(client: Client, text: str) -> bool:
    """Whether it is one of the last messages in its archive."""
    last = client["xep_0313"].iterate(with_jid=client.boundjid.bare, reverse=True, rsm={"max": _PAGE}, total=_PAGE)
    try:
        async for message in last:
            if message["mam_result"]["forwarded"]["stanza"]["body"] == text:
                return True
    except (IqError, IqTimeout) as error:
        raise ProbeError(f"the archive answers {error.iq['error']['condition'] or 'nothing'}") from error
    finally:
        await last.aclose()
    return False


async def _read_clock(client: Client, domain: str) -> None:
    before = time.time()
    answer = await client.asked(domain, ElementTree.Element(f"{{{_TIME}}}time"))
    after = time.time()
    text = answer.findtext(f"{{{_TIME}}}time/{{{_TIME}}}utc", "")
    metrics.skew.set(skew(before, after, text))


def skew(before: float, after: float, text: str) -> float:
    """The clock here minus that of whoever has answered in between: 0 where both may be the same, for an answer has whole seconds."""
    second = calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S"))
    if after < second:
        return after - second
    return max(0.0, before - (second + 1))


async def _credentials(client: Client, domain: str) -> Credentials:
    answer = await client.asked(domain, ElementTree.Element(f"{{{_SERVICES}}}services"))
    for service in answer.iter(f"{{{_SERVICES}}}service"):
        if service.get("type") == "turn" and service.get("username"):
            ends = datetime.fromisoformat(service.get("expires", "9999-12-31T00:00:00Z")).timestamp()
            return Credentials(service.get("username", ""), service.get("password", ""), ends)
    raise ProbeError(f"{domain} tells of no TURN server with credentials")


async def _slot(client: Client, upload: str) -> Slot:
    content = secrets.token_hex(8)
    request = ElementTree.Element(f"{{{_UPLOAD}}}request", {"filename": "canary.txt", "size": str(len(content)), "content-type": "text/plain"})
    answer = await client.asked(upload, request)
    put, get = (answer.find(f"{{{_UPLOAD}}}slot/{{{_UPLOAD}}}{name}") for name in ("put", "get"))
    if put is None or get is None:
        raise ProbeError(f"{upload} gives no place for a file")
    headers = {header.get("name", ""): header.text or "" for header in put}
    return Slot(put.get("url", ""), headers, get.get("url", ""), content)
