"""The command `koppel-client`: enrol this device, run the client, tell how it is."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; 0 when done, 1 when that was not possible now, 2 when it is not possible here."""
    words = sys.argv[1:] if arguments is None else arguments
    if words[:1] == ["supervise"]:  # started by the client itself: loads as little as possible
        from client.act import supervise

        return supervise.main(words[1])
    import sqlite3

    from client import VERSION, service
    from client.keep.state import Problem, State, default_folder

    parser = argparse.ArgumentParser(
        prog="koppel-client", description="Carries out what the console asks of this device."
    )
    parser.add_argument("--version", action="version", version=f"koppel-client {VERSION}")
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="enrol | run | install | uninstall | logs | status"
    )
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--state", type=Path, default=None, metavar="DIR", help=f"default: {default_folder()}")
    enrol_parser = commands.add_parser("enrol", parents=[shared], help="make this device known to a console")
    enrol_parser.add_argument("--url", required=True, help="address of the console")
    enrol_parser.add_argument(
        "--token", required=True, help="the token that the console shows; - reads it from standard input"
    )
    enrol_parser.add_argument("--key", required=True, help="the console's key, which signs all that runs here")
    enrol_parser.add_argument("--name", default="", help="name of this device; default: its host name")
    enrol_parser.add_argument(
        "--insecure-http", action="store_true", help="speak unencrypted to a console that is not this machine"
    )
    commands.add_parser("install", parents=[shared], help="run as a service, also after a restart of the machine")
    uninstall_parser = commands.add_parser("uninstall", parents=[shared], help="stop the service and take it away")
    uninstall_parser.add_argument("--forget", action="store_true", help="the enrolment and the journal too")
    logs_parser = commands.add_parser("logs", help="show what the service wrote last")
    logs_parser.add_argument("--lines", type=int, default=100)
    run_parser = commands.add_parser("run", parents=[shared], help="receive and carry out requests until ended")
    run_parser.add_argument(
        "--cache-mb",
        type=int,
        default=5120,
        metavar="MB",
        help="how much of what was fetched is kept for the next time; default: %(default)s",
    )
    commands.add_parser("status", parents=[shared], help="tell what the client is doing")
    options = parser.parse_args(words)

    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s")
    try:
        if options.command == "logs":
            return service.logs(options.lines)
        state = State(options.state or default_folder())
        if options.command == "enrol":
            from client.enrolment import enrol

            token = sys.stdin.readline().strip() if options.token == "-" else options.token
            with state.lock():
                device = enrol(state, options.url, token, options.key, options.name, insecure=options.insecure_http)
            print(f"Enrolled as {device['name']}. Start the client with: run")
            return 0
        if options.command == "run":
            from client.daemon import run

            return run(state, max(0, options.cache_mb))
        if options.command == "install":
            print(service.install(state))
            return 0
        if options.command == "uninstall":
            print(service.uninstall(state, forget=options.forget))
            return 0
        from client.status import status

        print(status(state))
        return 0
    except Problem as problem:
        print(problem, file=sys.stderr)
        return problem.exit_code
    except (OSError, sqlite3.Error) as error:  # read-only, full, somebody else's: that may pass
        reason = getattr(error, "strerror", None) or error
        print(f"The state folder {options.state or default_folder()} cannot be used: {reason}.", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
