"""An account of the stack's own: what it leaves before each backup, a drill finds in what was restored.

It speaks XMPP like everybody's client: https://slixmpp.readthedocs.io/
"""

import asyncio
import hashlib
import http.client
import ssl
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from slixmpp import JID, ClientXMPP
from slixmpp.exceptions import IqError, IqTimeout

from . import config, places
from .errors import BackupError

# Seconds for everything that is done in one session.
PATIENCE = 60


class Client(ClientXMPP):
    """Logged in at one address, whatever the DNS says of the domain."""

    def __init__(self, account: config.Canary, context: ssl.SSLContext | None):
        super().__init__(account.jid, (places.CONFIG / "secrets/canary").read_text())
        self.context = context
        self.enable_direct_tls = False
        if context is None:
            # Nobody else is on the loopback of a drill.
            self.enable_starttls = False
            self.enable_plaintext = True
            self["feature_mechanisms"].unencrypted_scram = True
        for plugin in ("xep_0030", "xep_0045", "xep_0313", "xep_0363"):
            self.register_plugin(plugin)

    def get_ssl_context(self) -> ssl.SSLContext:
        return self.context

    async def logged_in(self, host: str, port: int) -> None:
        """Returns when the session has begun. @raises BackupError where it does not"""
        begun = asyncio.get_running_loop().create_future()

        def end(error: BackupError | None) -> None:
            if not begun.done():
                begun.set_exception(error) if error else begun.set_result(None)

        self.add_event_handler("session_start", lambda _: end(None))
        self.add_event_handler("failed_all_auth", lambda _: end(BackupError(f"{self.boundjid.bare} was not let in")))
        self.add_event_handler("connection_failed", lambda reason: end(BackupError(f"{host} port {port}: {reason}")))
        self.connect(host, port)
        await begun

    async def joined(self, room: str) -> None:
        """Returns when it is in that room: the room itself has said so."""
        inside = asyncio.get_running_loop().create_future()
        self.add_event_handler(f"muc::{room}::self-presence", lambda _: inside.done() or inside.set_result(None))
        self["xep_0045"].join_muc(JID(room), "canary", maxhistory="0")
        await inside

    async def archived(self, body: str, since: str, room: str | None = None) -> bool:
        """Whether its own archive, or a room's, has a message with that text since then."""
        results = await self["xep_0313"].retrieve(jid=room, start=datetime.fromisoformat(since), timeout=20)
        return any(
            message["mam_result"]["forwarded"]["stanza"]["body"] == body for message in results["mam"]["results"]
        )


def _session(account: config.Canary, context: ssl.SSLContext | None, host: str, port: int, action: Callable[[Client], Awaitable]):
    """What the action returns, which is done once somebody is logged in."""

    async def run():
        client = Client(account, context)
        try:
            async with asyncio.timeout(PATIENCE):
                await client.logged_in(host, port)
                return await action(client)
        finally:
            await client.disconnect()

    try:
        return asyncio.run(run())
    except TimeoutError as error:
        raise BackupError(f"{account.jid}: the server has not done within {PATIENCE} s what it was asked") from error
    except (IqError, IqTimeout) as error:
        raise BackupError(f"{account.jid}: the server answers {error.iq['error']['condition'] or 'nothing'}") from error


def leave(account: config.Canary, identifier: str) -> dict:
    """Sends a message to itself and to its room, and uploads a file; returns what is to be found of that."""
    text = f"backup {identifier}"
    since = (datetime.now(UTC) - timedelta(minutes=1)).isoformat(timespec="seconds")

    async def action(client: Client) -> dict:
        client.send_message(mto=client.boundjid.bare, mbody=text)
        await _until(lambda: client.archived(text, since))
        left = {"message": text, "since": since}
        if account.rooms:
            room = f"stack-canary@{account.rooms}"
            await client.joined(room)
            client.send_message(mto=room, mbody=text, mtype="groupchat")
            await _until(lambda: client.archived(text, since, room))
            left["room"] = room
        if account.upload and account.front_host:
            slot = await client["xep_0363"].request_slot(account.upload, f"{identifier}.txt", len(text), "text/plain")
            headers = {header["name"]: header["value"] for header in slot["http_upload_slot"]["put"]["headers"]}
            put = slot["http_upload_slot"]["put"]["url"]
            await asyncio.to_thread(_put, account, trusted(), put, headers, text)
            left["file"] = {"get": urlsplit(slot["http_upload_slot"]["get"]["url"]).path, "sha256": hashlib.sha256(text.encode()).hexdigest()}
        return left

    return _session(account, trusted(), account.host, account.port, action)


def find(account: config.Canary, left: dict, port: int) -> None:
    """Looks for that in a service on the loopback. @raises BackupError for the first thing that is missing"""

    async def action(client: Client) -> None:
        if not await client.archived(left["message"], left["since"]):
            raise BackupError(f"the archive of {account.jid} has not its last message")
        if "room" in left:
            await client.joined(left["room"])
            if not await client.archived(left["message"], left["since"], left["room"]):
                raise BackupError(f"{left['room']} has not its last message")

    _session(account, None, "127.0.0.1", port, action)


def trusted() -> ssl.SSLContext:
    """Takes the very certificates that the services were given, whoever has signed them."""
    context = ssl.create_default_context()
    for path in [*places.CONFIG.glob("services/*/certs/*.crt"), *places.CONFIG.glob("certs/*.crt")]:
        context.load_verify_locations(cadata=Path(path).read_text())
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def _put(account: config.Canary, context: ssl.SSLContext, url: str, headers: dict[str, str], text: str) -> None:
    """By HTTPS to the front on the back network, under the name that clients know it by."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(account.front_host, account.front_port, timeout=20)
    try:
        connection.connect()
        # Whom it is connected to is one thing, whose certificate is expected another.
        connection.sock = context.wrap_socket(connection.sock, server_hostname=address.hostname)
        connection.request("PUT", f"{address.path}?{address.query}" if address.query else address.path, text.encode(), {**headers, "Host": address.netloc, "Content-Type": "text/plain"})
        response = connection.getresponse()
        if response.status != 201:
            raise BackupError(f"the upload of {account.jid} was answered with {response.status}")
    except OSError as error:
        raise BackupError(f"the upload of {account.jid}: {error}") from error
    finally:
        connection.close()


async def _until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Asks until it holds; the session's patience ends it."""
    while not await condition():
        await asyncio.sleep(0.2)
