"""Each probe once in a while, spread over it, within a limit, and never two of the same at a time."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from . import metrics
from .config import Config
from .errors import told

# Seconds that one may take.
_LIMIT = 10
_LIMITS = {"canary": 30}

# A file stays for as long as uploads are kept: one in so many rounds.
_EVERY = {"upload": 5}


class Schedule:
    """Looks at the service in rounds; `look` is one probe, told its name and in which round."""

    def __init__(self, read: Callable[[], Config], look: Callable[[str, Config, int], Awaitable[None]]):
        self._read = read
        self._look = look
        self._running: set[asyncio.Task] = set()
        self._known: tuple = ()
        self._told: dict[str, str] = {}
        # When the last round has begun, and how long it lasts.
        self.begun = time.monotonic()
        self.interval = 0

    async def run(self) -> None:
        """Until it is cancelled."""
        turn = 0
        while True:
            config = self._read()
            self.begun, self.interval = time.monotonic(), config.interval
            names = ["canary", *config.targets]
            if (known := (names, config.domains)) != self._known:
                self._known = known
                metrics.begin(names)
            coming = [name for name in names if is_due(name, turn)]
            for place, name in enumerate(coming):
                await self._until(place / len(coming))
                self._start(name, config, turn)
            await self._until(1)
            turn += 1

    async def _until(self, part: float) -> None:
        await asyncio.sleep(max(0.0, self.begun + self.interval * part - time.monotonic()))

    def _start(self, name: str, config: Config, turn: int) -> None:
        if name not in {task.get_name() for task in self._running}:
            task = asyncio.create_task(self._attempt(name, config, turn), name=name)
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _attempt(self, name: str, config: Config, turn: int) -> None:
        begun = time.monotonic()
        limit = _LIMITS.get(name, _LIMIT)
        try:
            async with asyncio.timeout(limit):
                await self._look(name, config, turn)
        except Exception as error:  # whatever it is, this probe has failed, and the others go on
            metrics.failures.labels(name).inc()
            self._note(name, 0, told(error))
        else:
            metrics.duration.labels(name).observe(time.monotonic() - begun)
            self._note(name, 1, "")

    def _note(self, name: str, success: int, problem: str) -> None:
        """A line in the log where it is not as it was."""
        metrics.success.labels(name).set(success)
        if self._told.get(name, "") != problem:
            print(f"{name}: {problem or 'works again'}", flush=True)
        self._told[name] = problem


def is_due(name: str, turn: int) -> bool:
    """Whether that probe is one of that round."""
    return turn % _EVERY.get(name, 1) == 0
