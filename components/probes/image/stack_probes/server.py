"""What is answered on the back network: /metrics, POST /alerts, and /healthy for the health check."""

import socket
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client import make_wsgi_app

from . import alerts
from .errors import ProbeError

PORT = 9600

# Bytes of what Alertmanager posts.
_LIMIT = 2**20


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    address_family = socket.AF_INET6 if socket.has_dualstack_ipv6() else socket.AF_INET

    def server_bind(self) -> None:
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()


class _Handler(WSGIRequestHandler):
    # Seconds that whoever asks may take for it.
    timeout = 20

    def address_string(self) -> str:
        return self.client_address[0]

    def log_message(self, *_: object) -> None:
        """Scrapes are not logged."""


def server(send: Callable[[str], None], is_well: Callable[[], bool]) -> WSGIServer:
    """Listens; `send` returns when a message about alerts is on its way, or raises ProbeError."""
    http = _Server(("", PORT), _Handler)
    http.set_app(application(send, is_well))
    return http


def application(send: Callable[[str], None], is_well: Callable[[], bool]) -> Callable:
    """The answers, as WSGI has them (PEP 3333)."""
    metrics = make_wsgi_app()

    def answer(environ: dict, start_response: Callable) -> Iterable[bytes]:
        match environ["REQUEST_METHOD"], environ["PATH_INFO"]:
            case "GET", "/metrics":
                return metrics(environ, start_response)
            case "GET", "/healthy":
                status, line = ("200 OK", "ok") if is_well() else ("503 Service Unavailable", "no round of probes has begun for too long")
            case "POST", "/alerts":
                status, line = _take(environ, send)
            case _, "/metrics" | "/healthy" | "/alerts":
                status, line = "405 Method Not Allowed", "expected GET of /metrics, or POST of /alerts"
            case _:
                status, line = "404 Not Found", "there are /metrics and /alerts"
        start_response(status, [("Content-Type", "text/plain; charset=utf-8")])
        return [f"{line}\n".encode()]

    return answer


def _take(environ: dict, send: Callable[[str], None]) -> tuple[str, str]:
    length = environ.get("CONTENT_LENGTH") or ""
    if not length.isdecimal():
        return "411 Length Required", "expected the length of what is posted"
    if int(length) > _LIMIT:
        return "413 Content Too Large", f"expected at most {_LIMIT} bytes"
    try:
        send(alerts.text(environ["wsgi.input"].read(int(length))))
    except alerts.MalformedError as error:
        return "400 Bad Request", str(error)
    except ProbeError as error:
        return "503 Service Unavailable", str(error)
    return "200 OK", "sent"
