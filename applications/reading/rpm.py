"""RPM packages: their header says what they are; dnf, or zypper where there is no dnf, installs them."""

from __future__ import annotations

import re
import shlex
import struct
from typing import IO, Any

import rpmfile
from rpmfile.errors import RPMError

from applications.reading.suggestion import Suggestion, Unreadable

# What reading a damaged file comes to.
FAULTS = (RPMError, struct.error, ValueError, LookupError, EOFError, OSError, AttributeError, TypeError)
MAGIC = b"\xed\xab\xee\xdb"
MACHINES = {"x86_64": ["x86_64"], "aarch64": ["aarch64"], "i686": ["i686", "x86_64"], "ppc64le": ["ppc64le"]}
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._-]*")
VERSION = re.compile(r"[0-9][0-9A-Za-z.~+^_]*")
# Neither package manager is on every system: whichever there is, without questions.
DNF = "if command -v dnf >/dev/null; then dnf -y {dnf}; else zypper --non-interactive {zypper}; fi"


def read(file: IO[bytes], name: str) -> Suggestion | None:
    try:
        headers: dict[str, Any] = rpmfile.open(name, fileobj=file).headers
    except FAULTS as error:
        raise Unreadable(repr(error)) from error
    package, version, release = (_text(headers.get(each)) for each in ("name", "version", "release"))
    if not NAME.fullmatch(package) or not VERSION.fullmatch(version):
        raise Unreadable("Its header names no package and version.")
    epoch = _text(headers.get("serial"))
    full = f"{epoch}:" * (epoch not in ("", "0")) + f"{version}-{release}"
    machines = MACHINES.get(_text(headers.get("arch")))
    here = shlex.quote(f"./{name}")
    needs = [_text(each) for each in headers.get("requirename") or []]
    summary, rest = _text(headers.get("summary")), _text(headers.get("description"))
    return Suggestion(
        "rpm",
        "linux",
        package,
        DNF.format(dnf=f"install {here}", zypper=f"install --allow-unsigned-rpm {here}"),
        version=version,
        publisher=_text(headers.get("vendor")) or _text(headers.get("packager")),
        description=f"{summary}\n{rest}".strip(),
        uninstall=DNF.format(dnf=f"remove {package}", zypper=f"remove {package}"),
        repair=DNF.format(dnf=f"reinstall {here}", zypper=f"install --force --allow-unsigned-rpm {here}"),
        detection={"kind": "package", "name": package, "version": full},
        requirements=[{"kind": "architecture", "in": machines}] if machines else [],
        dependencies=", ".join(sorted({each for each in needs if not each.startswith(("rpmlib(", "/"))})),
    )


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace").strip() if isinstance(value, bytes) else str(value or "").strip()
