"""The text files of metrics.py, by HTTP for Prometheus."""

import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from . import places


class Exposition(ThreadingHTTPServer):
    """Answers GET /metrics, and nothing else, at every address of the container."""

    address_family = socket.AF_INET6
    daemon_threads = True

    def __init__(self, port: int):
        super().__init__(("::", port), _Handler)

    def server_bind(self) -> None:
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()


class _Handler(BaseHTTPRequestHandler):
    timeout = 10

    def do_GET(self) -> None:
        if self.path != "/metrics":
            self.send_error(404)
            return
        text = "".join(path.read_text() for path in sorted(places.METRICS.glob("*.prom"))).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """A scrape each few seconds is no news."""
