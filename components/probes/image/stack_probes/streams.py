"""XMPP streams up to where somebody would say who it is: RFC 6120, direct TLS and ALPN by XEP-0368."""

import asyncio
import ssl
from contextlib import suppress
from xml.sax.saxutils import quoteattr

from .config import Domain, Target
from .errors import ProbeError
from .trust import expiry

_TLS = "urn:ietf:params:xml:ns:xmpp-tls"
_NAMESPACES = {"client": "jabber:client", "server": "jabber:server"}


async def look(target: Target, domain: Domain, context: ssl.SSLContext, *, kind: str, direct: bool) -> float:
    """Comes as a `client`, up to a login, or as a `server`, up to TLS; returns when the certificate ends."""
    if direct:
        context.set_alpn_protocols([f"xmpp-{kind}"])
        reader, writer = await asyncio.open_connection(target.host, target.port, ssl=context, server_hostname=domain.ascii)
    else:
        reader, writer = await asyncio.open_connection(target.host, target.port)
    try:
        if not direct:
            await _encrypt(reader, writer, domain, context, kind)
        # To a server without a certificate of its own Prosody says no more, and notes that as a failure of that server's.
        if kind == "client":
            if b"<mechanisms" not in await _features(reader, writer, domain, kind):
                raise ProbeError("nobody can log in: the server offers no mechanisms")
            writer.write(b"</stream:stream>")
        return expiry(writer.get_extra_info("ssl_object"))
    finally:
        writer.close()
        with suppress(OSError, TimeoutError):
            await asyncio.wait_for(writer.wait_closed(), 2)


async def _encrypt(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, domain: Domain, context: ssl.SSLContext, kind: str) -> None:
    if _TLS.encode() not in await _features(reader, writer, domain, kind):
        raise ProbeError("the server offers no STARTTLS")
    writer.write(f"<starttls xmlns='{_TLS}'/>".encode())
    answer = await reader.readuntil((b"/>", b"</proceed>"))
    if b"<proceed" not in answer:
        raise ProbeError("the server does not proceed with TLS")
    await writer.start_tls(context, server_hostname=domain.ascii)


async def _features(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, domain: Domain, kind: str) -> bytes:
    """Begins a stream, and returns what the server offers."""
    header = f"xmlns='{_NAMESPACES[kind]}' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'"
    writer.write(f"<?xml version='1.0'?><stream:stream to={quoteattr(domain.name)} {header}>".encode())
    answer = await reader.readuntil((b"</stream:features>", b"<stream:features/>", b"</stream:error>"))
    if b"<stream:error" in answer:
        raise ProbeError("the server answers with a stream error")
    return answer
