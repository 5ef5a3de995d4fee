"""Archives: unpacked into a folder of their own under /opt, which is what detection looks for; Python wheels too."""

from __future__ import annotations

import re
import shlex
import tarfile
import zipfile
from configparser import ConfigParser
from configparser import Error as ConfigError
from contextlib import suppress
from email.parser import HeaderParser
from typing import IO

from applications.reading.script import BIN, name_and_version
from applications.reading.suggestion import Suggestion, Unreadable

ENDS = re.compile(r"\.(tar(\.(gz|bz2|xz))?|tgz|tbz2|txz|zip)$", re.IGNORECASE)
PLACE = "/opt"
# By what every device with a client has, where there is no unzip: it loses who may execute what.
UNZIP = "{{ if command -v unzip >/dev/null; then unzip -q {0} -d {1}; else python3 -m zipfile -e {0} {1}; fi; }}"
MAX_METADATA = 1024**2  # bytes of what a wheel says of itself


def read(file: IO[bytes], name: str) -> Suggestion | None:
    if name.lower().endswith(".whl"):
        return _wheel(file, name)
    if not ENDS.search(name):
        return None
    zipped = name.lower().endswith(".zip")
    if not (zipfile.is_zipfile(file) if zipped else tarfile.is_tarfile(file)):
        raise Unreadable("It is no archive.")
    stem, version = name_and_version(ENDS.sub("", name))
    slug = _slug(stem)
    target, new = f"{PLACE}/{slug}", f"{PLACE}/{slug}.new"
    unpack = UNZIP if zipped else "tar -xf {0} -C {1} --no-same-owner"
    install = (
        f"rm -rf {new} && mkdir -p {new} && {unpack.format(shlex.quote(f'./{name}'), new)} && "
        f"echo {shlex.quote(version or '0')} > {new}/.version && rm -rf {target} && mv {new} {target}"
    )
    detection = {"kind": "file", "path": f"{target}/.version", **({"version": version} if version else {})}
    return Suggestion(
        "archive",
        "linux",
        stem,
        install,
        version=version,
        uninstall=f"rm -rf {target}",
        repair=install,
        detection=detection,
    )


def _wheel(file: IO[bytes], name: str) -> Suggestion:
    """In an environment of its own, its commands linked from /usr/local/bin; that Python is asked for its version."""
    try:
        with zipfile.ZipFile(file) as archive:
            path = next(each for each in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", each))
            with archive.open(path) as metadata:
                about = HeaderParser().parsestr(metadata.read(MAX_METADATA).decode("utf-8", "replace"))
            commands = _commands(archive, path.replace("METADATA", "entry_points.txt"))
    except (zipfile.BadZipFile, StopIteration, NotImplementedError, RuntimeError) as error:
        raise Unreadable(f"It is no wheel: {error}") from error
    package, version = about.get("Name", "").strip(), about.get("Version", "").strip()
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", package) or not re.fullmatch(r"[0-9][\w.+!]*", version):
        raise Unreadable("It names no package and version.")
    target = f"{PLACE}/{_slug(package)}"
    install = f"python3 -m venv --clear {target} && {target}/bin/pip install -q {shlex.quote(f'./{name}')}"
    uninstall = f"rm -rf {target}"
    if commands:
        install += f" && mkdir -p {BIN} && ln -sf {' '.join(f'{target}/bin/{each}' for each in commands)} {BIN}/"
        uninstall += f" {' '.join(f'{BIN}/{each}' for each in commands)}"
    script = f"{target}/bin/python -c \"from importlib.metadata import version; print(version('{package}'))\""
    return Suggestion(
        "wheel",
        "linux",
        package,
        install,
        version=version,
        publisher=(about.get("Author") or re.sub(r"\s*<[^>]*>", "", about.get("Author-email", ""))).strip(),
        description=(about.get("Summary") or "").strip(),
        uninstall=uninstall,
        repair=install,
        detection={"kind": "command", "command": script, "version": version},
        dependencies=", ".join(about.get_all("Requires-Dist") or []),
    )


def _commands(archive: zipfile.ZipFile, path: str) -> list[str]:
    """Those that the wheel brings for people."""
    if path not in archive.namelist():
        return []
    entries = ConfigParser(delimiters=("=",), interpolation=None, strict=False)
    entries.optionxform = str  # type: ignore[assignment,method-assign]  # as it is written
    with archive.open(path) as file, suppress(ConfigError):
        entries.read_string(file.read(MAX_METADATA).decode("utf-8", "replace"))
    names = entries.options("console_scripts") if entries.has_section("console_scripts") else []
    return [name for name in names if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name)]


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9._+-]+", "-", name.lower()).strip("-.") or "application"
