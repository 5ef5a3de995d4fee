"""Windows Installer packages: a small database in an OLE file, of which the table Property says what it is.

How its streams are named and its strings kept is what the open implementations (msitools, Wine) agree on.
"""

from __future__ import annotations

import re
import struct
from typing import IO

import olefile

from applications.reading.suggestion import Suggestion, Unreadable

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._"
MAX_STRINGS = 64 * 1024**2  # bytes of all texts in the database
CODE = re.compile(r"\{[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}")
VERSION = re.compile(r"\d+(\.\d+){0,3}")
MACHINES = {"x64": ["AMD64"], "amd64": ["AMD64"], "arm64": ["ARM64"]}


def read(file: IO[bytes], name: str) -> Suggestion | None:
    if not name.lower().endswith(".msi"):
        return None  # many others are OLE files
    try:
        with olefile.OleFileIO(file) as database:
            about = _properties(database)
            template = database.get_metadata().template or b""
    except (OSError, ValueError, KeyError, IndexError, TypeError, struct.error) as error:
        raise Unreadable(repr(error)) from error
    product, version, code = (about.get(f"Product{each}", "") for each in ("Name", "Version", "Code"))
    if not CODE.fullmatch(code) or not product:
        raise Unreadable("Its table Property names no product.")
    machines = MACHINES.get(template.decode("ascii", "replace").partition(";")[0].strip().lower())
    here = f'"{name}"'
    counts = {"version": version} if VERSION.fullmatch(version) else {}
    return Suggestion(
        "msi",
        "windows",
        product,
        f"msiexec /i {here} /qn /norestart",
        version=version,
        publisher=about.get("Manufacturer", ""),
        description=about.get("ARPCOMMENTS", ""),
        uninstall=f"msiexec /x {code} /qn /norestart",
        repair=f"msiexec /fa {code} /qn /norestart",
        detection={"kind": "package", "name": code, **counts},
        requirements=[{"kind": "architecture", "in": machines}] if machines else [],
    )


def _properties(database: olefile.OleFileIO) -> dict[str, str]:
    streams = {_named(path[0]): path for path in database.listdir() if len(path) == 1}
    pool, data = (database.openstream(streams[each]).read(MAX_STRINGS) for each in ("!_StringPool", "!_StringData"))
    codepage, flags = struct.unpack_from("<HH", pool)
    strings = _strings(pool, data, f"cp{codepage}" if codepage not in (0, 65001) else "utf-8")
    wide = 3 if flags & 0x8000 else 2
    table = database.openstream(streams["!Property"]).read(MAX_STRINGS)
    cells = [int.from_bytes(table[at : at + wide], "little") for at in range(0, len(table), wide)]
    rows = len(cells) // 2  # the first column of all rows, then the second
    return {strings[cells[row]]: strings[cells[rows + row]] for row in range(rows)}


def _strings(pool: bytes, data: bytes, encoding: str) -> list[str]:
    """By their number; 0 is none. Each has its length, and how often it is used, in the pool."""
    found, at, entry = [""], 0, 4
    while entry + 4 <= len(pool):
        size, uses = struct.unpack_from("<HH", pool, entry)
        if not size and uses and entry + 8 <= len(pool):  # longer than a number of 16 bits says: that of 32 follows
            entry += 4
            (size,) = struct.unpack_from("<I", pool, entry)
        found.append(data[at : at + size].decode(encoding, "replace"))
        at, entry = at + size, entry + 4
    return found


def _named(stream: str) -> str:
    """Two letters of a name stand in one character of the stream's; a table begins with an exclamation mark."""
    name = ""
    for letter in map(ord, stream):
        if letter == 0x4840:
            name += "!"
        elif 0x3800 <= letter < 0x4800:
            name += LETTERS[letter - 0x3800 & 0x3F] + LETTERS[(letter - 0x3800) >> 6]
        elif 0x4800 <= letter < 0x4840:
            name += LETTERS[letter - 0x4800]
        else:
            name += chr(letter)
    return name
