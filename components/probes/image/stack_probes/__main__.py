"""The programs of the probes image: python3 -m stack_probes COMMAND"""

import argparse
import logging
import sys
from pathlib import Path

from .errors import ProbeError


def main() -> int:
    """Ends with 0, or with 1 after one line that says why."""
    logging.disable()  # slixmpp and aioice tell of every packet that is late; what counts is in lines of ours
    parser = argparse.ArgumentParser(prog="stack_probes")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="look at the service again and again")
    commands.add_parser("check", help="whether a release of this workload's files is right").add_argument("release")
    arguments = parser.parse_args()
    try:
        if arguments.command == "check":
            from .check import check

            check(Path(arguments.release))
        else:
            from .serve import serve

            serve()
    except ProbeError as error:
        print(f"{error}", flush=True)
        return 1
    return 0


sys.exit(main())
