"""`manage.py run`: starts the system, says where it is, starts again what ends, and stops all of it on Ctrl-C."""

import argparse
import os
import signal
import sys
import time
from types import FrameType

from console.configuration.environment import WrongSetting, data_folder, env_file
from console.launcher.system import ADMINISTRATOR, NotReady, System

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PATIENCE = 60.0  # seconds that an installation on this machine gets to finish when the system stops
LOOK = 0.5  # seconds between two looks at the parts


class Stopped(BaseException):
    """Somebody asked for the end."""


def stop_now(number: int, frame: FrameType | None) -> None:
    for each in STOPPING:
        signal.signal(each, signal.SIG_IGN)  # until stop() listens again
    raise Stopped


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="manage.py run", description="Runs all of Koppel on this machine.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (default 8000)")
    parser.add_argument("--no-demo", action="store_true", help="begin with an empty console")
    parser.add_argument("--no-client", action="store_true", help="do not enrol this machine as a device")
    options = parser.parse_args(arguments)
    if not 1 <= options.port <= 65535:
        say(f"Port {options.port} does not exist; choose one from 1024 to 65535.")
        return 2
    for number in STOPPING:
        signal.signal(number, stop_now)
    system = None
    try:
        system = System(
            data=data_folder(env_file(os.environ) | dict(os.environ)),
            environ=os.environ,
            host=options.host,
            port=options.port,
            demo=not options.no_demo,
            client=not options.no_client,
            say=say,
        )
        system.start()
        say(ready(system))
        for _ in system.watch():
            time.sleep(LOOK)
    except Stopped:
        say("\nStopping")
    except (WrongSetting, NotReady) as error:
        say(str(error))
        return 2
    finally:
        if system:
            stop(system)
    say("Stopped")
    return 0


def stop(system: System) -> None:
    """Everything ends; asking again hurries, and never leaves a process behind."""
    for number in STOPPING:
        signal.signal(number, lambda *_: system.hurry.set())
    system.stop(PATIENCE)


def ready(system: System) -> str:
    lines = ["", f"  Address        {system.url}"]
    if system.password:
        lines += [f"  Administrator  {ADMINISTRATOR}", f"  Password       {system.password}   (shown only now)"]
    lines += [f"  Data and logs  {system.data}", "", "Koppel is ready. Ctrl-C stops all of it."]
    return "\n".join(lines)
