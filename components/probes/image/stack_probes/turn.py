"""A relay from the TURN server (RFC 8656), taken and given back, by UDP or by TLS."""

import asyncio
import ssl
from collections.abc import Callable

from aioice.stun import TransactionError, TransactionFailed
from aioice.turn import TurnClientTcpProtocol, TurnClientUdpProtocol

from .config import Target
from .errors import ProbeError
from .gathered import Credentials
from .trust import expiry

# Seconds that a relay may outlive a probe that was cut off.
_LIFETIME = 60


async def by_udp(target: Target, credentials: Credentials) -> None:
    """Takes one and gives it back."""
    protocol = _client(TurnClientUdpProtocol, target, credentials)
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: protocol, remote_addr=(target.host, target.port))
    await _allocate(protocol, transport)


async def by_tls(target: Target, credentials: Credentials, context: ssl.SSLContext, name: str) -> float:
    """The same; returns when the certificate ends that is for that name."""
    protocol = _client(TurnClientTcpProtocol, target, credentials)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_connection(lambda: protocol, target.host, target.port, ssl=context, server_hostname=name)
    ends = expiry(transport.get_extra_info("ssl_object"))
    await _allocate(protocol, transport)
    return ends


def _client[T](protocol: Callable[..., T], target: Target, credentials: Credentials) -> T:
    where = (target.host, target.port)
    return protocol(where, credentials.username, credentials.password, lifetime=_LIFETIME, channel_refresh_time=_LIFETIME)


async def _allocate(protocol: TurnClientUdpProtocol | TurnClientTcpProtocol, transport: asyncio.BaseTransport) -> None:
    try:
        await protocol.connect()
        await protocol.delete()
    except TransactionFailed as error:
        raise ProbeError(f"no relay: the server answers {' '.join(map(str, error.response.attributes['ERROR-CODE']))}") from error
    except TransactionError as error:
        raise ProbeError("no relay: the server does not answer") from error
    finally:
        if protocol.refresh_task is not None:
            protocol.refresh_task.cancel()
        transport.close()
