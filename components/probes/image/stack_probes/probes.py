"""The probes by their names."""

from . import canary, metrics, streams, turn, upload, web, websocket
from .config import Config, Domain
from .gathered import Gathered
from .schedule import is_due
from .trust import trusted

_STREAMS = {
    "c2s_starttls": {"kind": "client", "direct": False},
    "c2s_direct_tls": {"kind": "client", "direct": True},
    "c2s_alpn": {"kind": "client", "direct": True},
    "s2s_starttls": {"kind": "server", "direct": False},
    "s2s_direct_tls": {"kind": "server", "direct": True},
    "s2s_alpn": {"kind": "server", "direct": True},
}


class Probes:
    """What each of them does, with what they tell each other."""

    def __init__(self) -> None:
        self._gathered = Gathered()

    async def look(self, name: str, config: Config, round_number: int) -> None:
        """Does that one. @raises whatever is in its way"""
        match name:
            case "canary":
                await canary.look(config, self._gathered, with_file="upload" in config.targets and is_due("upload", round_number))
            case "turn":
                await turn.by_udp(config.targets[name], await self._gathered.credentials())
            case "turn_tls":
                ends = await turn.by_tls(config.targets[name], await self._gathered.credentials(), trusted(config), config.turn_host)
                _shown(config.domains[0], name, ends)
            case "upload":
                _shown(config.domains[0], name, await upload.look(config.targets[name], await self._gathered.slot(), trusted(config)))
            case _:
                for domain in config.domains:
                    ends = await _of_domain(name, config, domain)
                    if ends is not None:
                        _shown(domain, name, ends)


async def _of_domain(name: str, config: Config, domain: Domain) -> float | None:
    target = config.targets[name]
    match name:
        case "http":
            return await web.leads_to_https(target, domain)
        case "https":
            return await web.site(target, domain, trusted(config), config.site)
        case "bosh":
            return await web.bosh(target, domain, trusted(config))
        case "websocket":
            return await websocket.look(target, domain, trusted(config))
        case _:
            return await streams.look(target, domain, trusted(config), **_STREAMS[name])


def _shown(domain: Domain, service: str, ends: float) -> None:
    metrics.expiry.labels(domain.name, service).set(ends)
