"""HTTP: the site, what leads to it, BOSH, and files of a user's."""

import asyncio
import http.client
import secrets
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit
from xml.sax.saxutils import quoteattr

from .config import Domain, Target
from .errors import ProbeError
from .trust import expiry

# Seconds for each step of an exchange; the probe's own limit is another one.
_PATIENCE = 8


@dataclass(frozen=True)
class Answer:
    """`ends` is when the certificate does that was shown; 0 without TLS."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes
    ends: float


async def site(target: Target, domain: Domain, context: ssl.SSLContext, path: str) -> float:
    """What a browser gets."""
    answer = await asyncio.to_thread(ask, target, domain.ascii, context, "GET", path)
    _expect(answer, 200, path)
    return answer.ends


async def leads_to_https(target: Target, domain: Domain) -> None:
    """Plain HTTP is answered with the address of HTTPS."""
    answer = await asyncio.to_thread(ask, target, domain.ascii, None, "GET", "/")
    _expect(answer, 301, "/")
    if not answer.headers.get("Location", "").startswith("https://"):
        raise ProbeError("plain HTTP does not lead to HTTPS")


async def bosh(target: Target, domain: Domain, context: ssl.SSLContext) -> float:
    """Begins a session of XEP-0124, sees that somebody could log in, and ends it."""
    rid = secrets.randbelow(2**31)
    body = "xmlns='http://jabber.org/protocol/httpbind'"
    more = f"to={quoteattr(domain.name)} ver='1.6' wait='5' hold='1' xmpp:version='1.0' xmlns:xmpp='urn:xmpp:xbosh' content='text/xml; charset=utf-8'"

    def exchange() -> float:
        headers = {"Content-Type": "text/xml; charset=utf-8"}
        begun = ask(target, domain.ascii, context, "POST", "/http-bind", f"<body {body} rid='{rid}' {more}/>", headers)
        _expect(begun, 200, "/http-bind")
        sid = begun.body.partition(b"sid='")[2].partition(b"'")[0] or begun.body.partition(b'sid="')[2].partition(b'"')[0]
        if not sid or b"mechanisms" not in begun.body:
            raise ProbeError("nobody can log in by BOSH: no session, or no mechanisms")
        end = f"<body {body} rid='{rid + 1}' sid={quoteattr(sid.decode())} type='terminate'/>"
        _expect(ask(target, domain.ascii, context, "POST", "/http-bind", end, headers), 200, "/http-bind")
        return begun.ends

    return await asyncio.to_thread(exchange)


def ask(target: Target, host: str, context: ssl.SSLContext | None, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None) -> Answer:
    """One exchange with that address, under the name that clients know it by."""
    connection = http.client.HTTPConnection(target.host, target.port, timeout=_PATIENCE)
    try:
        connection.connect()
        # Whom it is connected to is one thing, whose certificate is expected another.
        name = urlsplit(f"//{host}").hostname
        ends = 0.0
        if context is not None:
            connection.sock = context.wrap_socket(connection.sock, server_hostname=name)
            ends = expiry(connection.sock)
        connection.request(method, path, None if body is None else body.encode(), {"Host": host, **(headers or {})})
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read(2**20), ends)
    except http.client.HTTPException as error:
        raise ProbeError(f"{method} is not answered in HTTP: {type(error).__name__}") from error
    finally:
        connection.close()


def _expect(answer: Answer, status: int, path: str) -> None:
    if answer.status != status:
        raise ProbeError(f"{path} is answered with {answer.status}")
