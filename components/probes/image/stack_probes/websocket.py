"""XMPP over WebSocket (RFC 7395), up to where somebody would log in."""

import ssl
from xml.sax.saxutils import quoteattr

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from .config import Domain, Target
from .errors import ProbeError
from .trust import expiry

_FRAMING = "urn:ietf:params:xml:ns:xmpp-framing"


async def look(target: Target, domain: Domain, context: ssl.SSLContext) -> float:
    """Opens a stream; returns when the certificate ends."""
    address = f"wss://{domain.ascii}/xmpp-websocket"
    try:
        async with connect(address, host=target.host, port=target.port, ssl=context, server_hostname=domain.ascii, subprotocols=["xmpp"], compression=None, proxy=None, close_timeout=2) as socket:
            await socket.send(f"<open xmlns='{_FRAMING}' to={quoteattr(domain.name)} version='1.0'/>")
            await socket.recv()
            if "mechanisms" not in str(await socket.recv()):
                raise ProbeError("nobody can log in by WebSocket: the server offers no mechanisms")
            await socket.send(f"<close xmlns='{_FRAMING}'/>")
            return expiry(socket.transport.get_extra_info("ssl_object"))
    except WebSocketException as error:
        raise ProbeError(f"/xmpp-websocket: {error}") from error
