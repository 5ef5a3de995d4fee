"""Scripts and single programs: a script is run, a program is put into /usr/local/bin."""

from __future__ import annotations

import re
import shlex
from typing import IO

from applications.reading.suggestion import Suggestion

BIN = "/usr/local/bin"
MACHINES = {0x03: ["i386", "i686", "x86_64"], 0x28: ["armv7l", "armv8l"], 0x3E: ["x86_64"], 0xB7: ["aarch64"]}
IN_NAME = re.compile(r"^(?P<name>.+?)[-_ ]v?(?P<version>\d+(\.\d+)+[\w.+~]*?)(?=[-_.](linux|x86_64|amd64|arm64)|$)")


def script(file: IO[bytes], name: str) -> Suggestion:
    """It says how it is run in its first line; how to find out whether it is there nobody but its author knows."""
    stem, version = name_and_version(name.rpartition(".")[0] or name)
    return Suggestion("script", "linux", stem, shlex.quote(f"./{name}"), version=version)


def program(file: IO[bytes], name: str) -> Suggestion:
    """An AppImage too."""
    head = file.read(20)
    order = "little" if head[5:6] == b"\x01" else "big"
    machines = MACHINES.get(int.from_bytes(head[18:20], "little" if order == "little" else "big"))
    stem, version = name_and_version(re.sub(r"\.(appimage|bin|run)$", "", name, flags=re.IGNORECASE))
    target = f"{BIN}/{re.sub(r'[^a-z0-9._+-]+', '-', stem.lower())}"
    return Suggestion(
        "program",
        "linux",
        stem,
        f"install -D -m 755 {shlex.quote(f'./{name}')} {target}",
        version=version,
        uninstall=f"rm -f {target}",
        repair=f"install -D -m 755 {shlex.quote(f'./{name}')} {target}",
        detection={"kind": "file", "path": target},
        requirements=[{"kind": "architecture", "in": machines}] if machines else [],
    )


def name_and_version(stem: str) -> tuple[str, str]:
    """tool-1.4.2-linux-x86_64 → tool, 1.4.2."""
    found = IN_NAME.match(stem)
    return (found["name"], found["version"]) if found else (stem, "")
