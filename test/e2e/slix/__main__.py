"""Sessions of slixmpp with a running stack. The arguments are the subjects; a JSON object on stdin says where the stack is and
who has accounts; what was seen is printed as JSON, by the names of the steps."""

import asyncio
import json
import sys

import basics
import eventing
import files
import messages
import rooms
from client import PATIENCE, resolve_locally

SUBJECTS = {module.__name__: module for module in (basics, messages, rooms, eventing, files)}


async def main(job, subjects):
    seen = {}

    async def see(step, *clients):
        try:
            seen[step.__name__] = await asyncio.wait_for(step(job, *clients), 4 * PATIENCE)
        except Exception as error:  # told as what was seen; the test says what it expects
            seen[step.__name__] = f"{type(error).__name__}: {error}"

    resolve_locally(job["domain"])
    for subject in subjects:
        await SUBJECTS[subject].run(job, see)
    return seen


print(json.dumps(asyncio.run(main(json.load(sys.stdin), sys.argv[1:]))))
