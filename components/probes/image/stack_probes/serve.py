"""What runs for as long as the workload does."""

import asyncio
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from . import alerts, config
from .errors import ProbeError, told
from .probes import Probes
from .schedule import Schedule
from .server import server


def serve() -> None:
    """Until it is told to stop. The settings are read in each round, so that a change of them needs no restart."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    asyncio.run(_serve())


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(max_workers=2))
    schedule = Schedule(config.read, Probes().look)
    one_at_a_time = asyncio.Lock()

    async def tell(message: str) -> None:
        try:
            async with asyncio.timeout(alerts.PATIENCE), one_at_a_time:
                await alerts.send(message)
        except ProbeError:
            raise
        except Exception as error:
            raise ProbeError(told(error)) from error

    def send(message: str) -> None:
        try:
            asyncio.run_coroutine_threadsafe(tell(message), loop).result()
        except ProbeError as error:
            print(f"alerts: not sent, Alertmanager tries again: {error}", flush=True)
            raise

    def is_well() -> bool:
        return time.monotonic() - schedule.begun < 2 * schedule.interval + 10

    http = server(send, is_well)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    rounds = asyncio.create_task(schedule.run())
    loop.add_signal_handler(signal.SIGTERM, rounds.cancel)
    print("ready", flush=True)
    try:
        await rounds
    except asyncio.CancelledError:
        http.shutdown()
