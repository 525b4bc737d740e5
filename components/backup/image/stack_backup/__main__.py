"""The programs of the backup image: python3 -m stack_backup COMMAND"""

import argparse
import json
import os
import sys

from . import config, handover, listing, places
from .alone import alone
from .errors import BackupError


def main() -> int:
    """Ends with 0, or with 1 after one line that says why."""
    os.umask(0o077)
    parser = argparse.ArgumentParser(prog="stack_backup")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="make backups at their times")
    commands.add_parser("check", help="whether a release of this workload's files is right").add_argument("release")
    commands.add_parser("now", help="make one")
    lister = commands.add_parser("list", help="which there are")
    lister.add_argument("--json", action="store_true")
    lister.add_argument("--from", dest="only", choices=["local", "s3"])
    commands.add_parser("drill", help="restore the newest beside the service, and look at it")
    commands.add_parser("flush", help="bring what is committed by now into the archive of PostgreSQL's log")
    fetcher = commands.add_parser("fetch", help="PostgreSQL's part of a backup, from a repository elsewhere")
    fetcher.add_argument("backup")
    fetcher.add_argument("--from", dest="only", choices=["local", "s3"], required=True)
    commands.add_parser("take", help="keep the stack's own files, which come as JSON on the standard input")
    commands.add_parser("restore-files", help="fill new volumes as /config/current/restore.json says")
    arguments = parser.parse_args()
    try:
        return run(arguments)
    except BackupError as error:
        print(f"{error}", flush=True)
        return 1


def run(arguments: argparse.Namespace) -> int:
    """Does what the command says. What a command needs is loaded then."""
    match arguments.command:
        case "serve":
            from .serve import serve

            serve()
        case "check":
            from .check import check

            check(arguments.release)
        case "now":
            from .make import make

            with alone():
                print(f"backup {make(config.read())}: done")
        case "flush":
            from .postgresql import flush

            flush()
        case "fetch":
            from .fetch import fetch

            with alone():
                print(fetch(config.read(), arguments.backup, arguments.only))
        case "drill":
            from .drill import drill

            with alone():
                print(f"drill of {drill(config.read())}: passed")
        case "list":
            return show(*listing.listed(config.read(), arguments.only), as_json=arguments.json)
        case "take":
            print(f"{handover.take(sys.stdin.read())} files of the stack are kept")
        case "restore-files":
            from .restore_files import restore

            order = json.loads((places.CONFIG / "restore.json").read_text())
            print(f"restored {json.dumps(restore(config.read(), order))}")
    return 0


def show(entries: list[dict], problems: list[str], *, as_json: bool) -> int:
    """What is known is told, whatever is not."""
    if as_json:
        print(json.dumps(entries))
    elif entries or not problems:
        print(listing.table(entries))
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


sys.exit(main())
