"""The client as a service of systemd: installed, removed, and what it wrote into the log."""

from __future__ import annotations

import os
import pkgutil
import shutil
import subprocess
import sys
from pathlib import Path

from client.keep.state import Problem, State

NAME = "koppel-client"
PROGRAM = Path("/usr/local/lib/koppel-client.pyz")
UNIT = Path("/etc/systemd/system/koppel-client.service")
SYSTEMD = Path("/run/systemd/system")  # is there while systemd is what starts services


def install(state: State) -> str:
    """Keep this file, have it started at once and at every start of the machine; again replaces what was there."""
    _check()
    if not state.console():
        raise Problem(f"This device is not enrolled: {state.console_file} is missing. Run enrol first.")
    program = Path(sys.argv[0]).resolve()
    if program.suffix != ".pyz":
        raise Problem(f"{program} is not the client as one file: fetch koppel-client.pyz from the console.")
    unit = pkgutil.get_data("client", f"{NAME}.service")
    assert unit is not None
    if program != PROGRAM:
        _put(PROGRAM, program.read_bytes(), 0o755)
    _put(UNIT, unit, 0o644)
    _systemctl("daemon-reload")
    _systemctl("enable", NAME)
    _systemctl("restart", NAME)
    return f"The client runs as the service {NAME}, also after a restart of the machine."


def uninstall(state: State, *, forget: bool) -> str:
    """Stop it and take it away; an installation that runs goes on. `forget`: the enrolment and the journal too."""
    _check()
    if UNIT.exists():
        _systemctl("disable", "--now", NAME)
    UNIT.unlink(missing_ok=True)
    PROGRAM.unlink(missing_ok=True)
    _systemctl("daemon-reload")
    if not forget:
        return f"The client is removed; {state.folder} keeps the enrolment and the journal (--forget removes it too)."
    with state.lock():  # a client started by hand may still run
        shutil.rmtree(state.folder, ignore_errors=True)
    return "The client and its enrolment are removed. Revoke or delete the device in the console."


def logs(lines: int) -> int:
    """What the service wrote last."""
    return subprocess.call(["journalctl", "--unit", NAME, "--lines", str(lines), "--no-pager", "--output", "short-iso"])


def _check() -> None:
    if sys.platform != "linux" or not SYSTEMD.exists() or not shutil.which("systemctl"):
        raise Problem("There is no systemd here: have what starts services on this machine start the client with: run.")
    if os.geteuid() != 0:
        raise Problem("Only root can install a service; with sudo, for example.")


def _put(path: Path, content: bytes, mode: int) -> None:
    """Whole or not at all."""
    beside = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(content)
        beside.chmod(mode)
        beside.replace(path)
    except OSError as error:
        raise Problem(f"{path} cannot be written: {error.strerror}.") from error


def _systemctl(*words: str) -> None:
    done = subprocess.run(["systemctl", *words], capture_output=True, text=True, errors="replace")
    if done.returncode:
        raise Problem(f"systemctl {' '.join(words)} did not succeed: {(done.stderr or done.stdout).strip()}", 1)
