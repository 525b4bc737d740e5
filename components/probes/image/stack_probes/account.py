"""The stack's own account, which speaks XMPP like everybody's client: https://slixmpp.readthedocs.io/"""

import asyncio
import hashlib
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from xml.etree import ElementTree

from slixmpp import ClientXMPP
from slixmpp.exceptions import IqError, IqTimeout
from slixmpp.util.sasl.mechanisms import SCRAM

from . import config
from .errors import ProbeError, Refused, told
from .trust import trusted


# Seconds.
_GRACE = 0.2


def _salted(mechanism: SCRAM, password: str | bytes, salt: bytes, iterations: int) -> bytes:
    """Hi() of RFC 5802, which is PBKDF2. slixmpp's own is a loop in Python, twenty times as slow, and holds up every other probe."""
    text = password.encode() if isinstance(password, str) else password
    return hashlib.pbkdf2_hmac(mechanism.hash().name, text, salt, iterations)


SCRAM.Hi = _salted


class Client(ClientXMPP):
    """Logged in at one address, whatever the DNS says of the domain."""

    def __init__(self, account: config.Canary, password: str, context: ssl.SSLContext):
        super().__init__(account.jid, password, ssl_context=context)
        self.context = context
        self.enable_direct_tls = False
        self.register_plugin("xep_0313")

    def get_ssl_context(self) -> ssl.SSLContext:
        return self.context

    async def logged_in(self, host: str, port: int) -> None:
        """Returns when the session has begun. @raises ProbeError where it does not"""
        begun = asyncio.get_running_loop().create_future()

        def end(error: ProbeError | None) -> None:
            if not begun.done():
                begun.set_exception(error) if error else begun.set_result(None)

        def refused(failure) -> None:
            # It would go on with the next mechanism, and each try counts where failed logins are delayed.
            self["feature_mechanisms"].attempted_mechs |= self["feature_mechanisms"].mech_list
            condition = failure["condition"]
            kind = Refused if condition == "not-authorized" else ProbeError
            end(kind(f"{self.boundjid.bare} is not let in: {condition}"))

        self.add_event_handler("session_start", lambda _: end(None))
        self.add_event_handler("failed_auth", refused)
        self.add_event_handler("failed_all_auth", lambda _: end(ProbeError(f"{self.boundjid.bare} has no way to log in")))
        self.add_event_handler("ssl_invalid_chain", lambda error: end(ProbeError(told(error))))
        # What slixmpp says of a name that is not found is about another one.
        self.add_event_handler("connection_failed", lambda error: end(ProbeError(f"{host} port {port}: {told(error) if isinstance(error, OSError) else 'no such host'}")))
        # Where it is the fault of the certificate that is said after it.
        closed = ProbeError("the connection was closed before the login")
        self.add_event_handler("disconnected", lambda _: asyncio.get_running_loop().call_later(_GRACE, end, closed))
        self.connect(host, port)
        await begun

    async def asked(self, to: str, request: ElementTree.Element) -> ElementTree.Element:
        """What an IQ with that in it is answered with. @raises ProbeError for an error or none"""
        iq = self.make_iq_get(ito=to)
        iq.xml.append(request)
        try:
            return (await iq.send(timeout=10)).xml
        except (IqError, IqTimeout) as error:
            raise ProbeError(f"{to} answers {error.iq['error']['condition'] or 'nothing'} to {request.tag.partition('}')[0][1:]}") from error

    async def gone(self) -> None:
        """Leaves, and leaves nothing behind: what sends its stanzas would wait for more of them for good."""
        self.cancel_connection_attempt()
        await self.disconnect()
        if self._run_out_filters is not None:
            self._run_out_filters.cancel()


class Restraint:
    """Does not log in with a password that was refused as often as costs nothing: else each further try of whoever comes from here waits."""

    def __init__(self) -> None:
        self._password = ""
        self._refusals: list[float] = []

    def check(self, account: config.Canary, password: str) -> None:
        """@raises ProbeError where it is better not tried again for a while"""
        if password != self._password:
            self._password, self._refusals = password, []
        if self._refusals and time.monotonic() - self._refusals[-1] > account.forget_after:
            self._refusals = []
        if len(self._refusals) >= account.free_failures:
            raise ProbeError(f"{account.jid} was not let in {len(self._refusals)} times and is not tried for {account.forget_after} s: its password is not the one that Prosody has")

    def refused(self) -> None:
        """The password was not the right one."""
        self._refusals.append(time.monotonic())


_restraint = Restraint()


@asynccontextmanager
async def session(settings: config.Config) -> AsyncIterator[Client]:
    """Somebody who is logged in, and leaves afterwards. @raises ProbeError where that fails"""
    account, password = settings.canary, config.password()
    _restraint.check(account, password)
    client = Client(account, password, trusted(settings))
    try:
        try:
            await client.logged_in(account.host, account.port)
        except Refused:
            _restraint.refused()
            raise
        yield client
    finally:
        await client.gone()
