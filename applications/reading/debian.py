"""Debian packages: the control file in the archive says what it is; apt installs it with what it depends on.

Read here and not by python-debian, which starts a program for zstd and takes members of any size into memory.
"""

from __future__ import annotations

import io
import re
import shlex
import tarfile
from email.parser import HeaderParser
from typing import IO

import zstandard

from applications.reading.suggestion import Suggestion, Unreadable

MAGIC = b"!<arch>\n"
HEADER = 60  # bytes before each member of an ar archive
MAX_CONTROL = 1024**2  # bytes of the control file
MAX_CONTROL_ARCHIVE = 32 * 1024**2  # bytes of what it is in, unpacked

# What Debian calls an architecture, and how Linux names the machine.
MACHINES = {
    "amd64": ["x86_64"],
    "arm64": ["aarch64"],
    "armhf": ["armv7l", "armv8l", "aarch64"],
    "i386": ["i386", "i686", "x86_64"],
    "ppc64el": ["ppc64le"],
    "riscv64": ["riscv64"],
    "s390x": ["s390x"],
}
APT = "DEBIAN_FRONTEND=noninteractive apt-get {} -y -o DPkg::Lock::Timeout=600 {}"  # waits for whoever has the lock
NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+")
VERSION = re.compile(r"[0-9][0-9A-Za-z.:~+-]*")


def read(file: IO[bytes], name: str) -> Suggestion | None:
    fields = HeaderParser().parsestr(_control(file))
    package, version = (fields.get(each, "").strip() for each in ("Package", "Version"))
    if not NAME.fullmatch(package) or not VERSION.fullmatch(version):
        raise Unreadable("Its control file names no package and version.")
    summary, _, rest = (fields.get("Description") or "").partition("\n")
    machines = MACHINES.get(fields.get("Architecture", "").strip())
    here = shlex.quote(f"./{name}")
    depends = [fields.get(each, "").strip() for each in ("Pre-Depends", "Depends")]
    return Suggestion(
        kind="debian",
        platform="linux",
        name=package,
        version=version,
        publisher=re.sub(r"\s*<[^>]*>", "", fields.get("Maintainer", "")).strip(),
        description="\n".join([summary.strip(), *_paragraphs(rest)]).strip(),
        install=APT.format("install", here),
        uninstall=APT.format("remove", package),
        repair=APT.format("install --reinstall", here),
        detection={"kind": "package", "name": package, "version": version},
        requirements=[{"kind": "architecture", "in": machines}] if machines else [],
        dependencies=" ".join(", ".join(each for each in depends if each).split()),
    )


def _control(file: IO[bytes]) -> str:
    if file.read(len(MAGIC)) != MAGIC:
        raise Unreadable("It is no Debian package.")
    while header := file.read(HEADER):
        member, size = header[:16].decode("ascii", "replace").strip().rstrip("/"), header[48:58].strip()
        if len(header) < HEADER or not header.endswith(b"`\n") or not size.isdigit():
            break
        if member.startswith("control.tar"):
            return _unpacked(io.BytesIO(file.read(min(int(size), MAX_CONTROL_ARCHIVE))), member)
        file.seek(int(size) + int(size) % 2, io.SEEK_CUR)
    raise Unreadable("It holds no control file.")


def _unpacked(packed: IO[bytes], member: str) -> str:
    """The control file out of the archive of that name."""
    try:
        if member.endswith(".zst"):
            unpacked = zstandard.ZstdDecompressor().stream_reader(packed).read(MAX_CONTROL_ARCHIVE)
            packed = io.BytesIO(unpacked)
        with tarfile.open(fileobj=packed, mode="r|*") as archive:
            for each in archive:
                if each.offset_data > MAX_CONTROL_ARCHIVE:
                    break
                if each.isfile() and each.name.removeprefix("./") == "control":
                    found = archive.extractfile(each)
                    return found.read(MAX_CONTROL).decode("utf-8", "replace") if found else ""
    except (tarfile.TarError, zstandard.ZstdError, EOFError, OSError) as error:
        raise Unreadable(str(error)) from error
    raise Unreadable("It holds no control file.")


def _paragraphs(text: str) -> list[str]:
    return ["" if line.strip() == "." else line.strip() for line in text.splitlines()]
