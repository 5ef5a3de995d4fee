"""What files say of themselves: made here with the tools that make real ones."""

from __future__ import annotations

import io
import lzma
import shutil
import subprocess
import tarfile
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
import zstandard

from applications.reading import debian
from applications.reading.read import read
from applications.reading.suggestion import Unreadable
from applications.rules.definitions import detection_problems, requirements_problems

CONTROL = """Package: hello-koppel
Version: 1:2.10~rc1-3
Architecture: amd64
Maintainer: Jan de Vries <jan@example.org>
Depends: libc6 (>= 2.34),
 tree
Pre-Depends: dpkg
Description: says hello
 A longer text.
 .
 And more of it — in UTF-8.
"""


def package(packed: bytes, member: str = "control.tar.xz") -> io.BytesIO:
    """A Debian package with this control archive, as ar writes it."""
    out = io.BytesIO(debian.MAGIC)
    out.seek(0, io.SEEK_END)
    for name, data in (("debian-binary", b"2.0\n"), (member, packed), ("data.tar", b"x")):
        out.write(f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(data):<10}`\n".encode())
        out.write(data + b"\n" * (len(data) % 2))
    return out


def control_tar(text: str = CONTROL) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        about = tarfile.TarInfo("./control")
        about.size = len(text.encode())
        archive.addfile(about, io.BytesIO(text.encode()))
    return out.getvalue()


@pytest.mark.parametrize(
    ("member", "pack"),
    [
        ("control.tar", bytes),
        ("control.tar.xz", lzma.compress),
        ("control.tar.zst", zstandard.ZstdCompressor().compress),
    ],
)
def test_a_debian_package_fills_in_everything(member, pack):
    found = read(package(pack(control_tar()), member), "hello koppel_2.10.deb")
    assert found
    assert (found.kind, found.platform, found.name, found.version) == (
        "debian",
        "linux",
        "hello-koppel",
        "1:2.10~rc1-3",
    )
    assert found.publisher == "Jan de Vries"
    assert found.description == "says hello\nA longer text.\n\nAnd more of it — in UTF-8."
    assert found.dependencies == "dpkg, libc6 (>= 2.34), tree"
    assert found.detection == {"kind": "package", "name": "hello-koppel", "version": "1:2.10~rc1-3"}
    assert found.requirements == [{"kind": "architecture", "in": ["x86_64"]}]
    assert found.install.endswith("apt-get install -y -o DPkg::Lock::Timeout=600 './hello koppel_2.10.deb'")
    assert found.uninstall.endswith("remove -y -o DPkg::Lock::Timeout=600 hello-koppel")
    assert "--reinstall" in found.repair


@pytest.mark.parametrize(
    "damaged",
    [
        io.BytesIO(debian.MAGIC),
        io.BytesIO(debian.MAGIC + b"control.tar" + b" " * 60),
        package(b"no archive"),
        package(lzma.compress(control_tar())[:200]),
        package(lzma.compress(control_tar("Package: $(reboot)\nVersion: 1\n"))),
        package(zstandard.ZstdCompressor().compress(b"\0" * 64 * 1024**2), "control.tar.zst"),
    ],
)
def test_a_damaged_package_is_said_to_be_one(damaged):
    with pytest.raises(Unreadable):
        read(damaged, "x.deb")


@pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="dpkg-deb makes a real one")
def test_one_that_dpkg_made(tmp_path):
    (tmp_path / "root/DEBIAN").mkdir(parents=True)
    (tmp_path / "root/DEBIAN/control").write_text(CONTROL)
    subprocess.run(["dpkg-deb", "--build", tmp_path / "root", tmp_path / "a.deb"], check=True, capture_output=True)
    with (tmp_path / "a.deb").open("rb") as file:
        assert read(file, "a.deb").name == "hello-koppel"


FILES = Path(__file__).parent / "files"  # made with rpmbuild and msibuild
CODE = "{12345678-1234-1234-1234-1234567890AB}"


def test_an_rpm_package_fills_in_everything():
    with (FILES / "hello.rpm").open("rb") as file:
        found = read(file, "hello.rpm")
    assert found
    assert (found.kind, found.platform, found.name, found.version) == ("rpm", "linux", "hello-koppel", "2.10")
    assert (found.publisher, found.description) == ("Example B.V.", "says hello\nA longer text.")
    assert (found.detection["version"], found.dependencies, found.requirements) == ("1:2.10-3", "tree", [])
    assert "dnf -y install ./hello.rpm" in found.install
    assert detection_problems(found.detection, "linux") == []


def test_a_windows_installer_package_fills_in_everything():
    with (FILES / "hello.msi").open("rb") as file:
        found = read(file, "Hello Setup.msi")
    assert found
    assert (found.kind, found.platform, found.name, found.version) == ("msi", "windows", "Hello Koppel", "2.10.3")
    assert found.publisher == "Example B.V."
    assert found.detection == {"kind": "package", "name": CODE, "version": "2.10.3"}
    assert found.requirements == [{"kind": "architecture", "in": ["AMD64"]}]
    assert found.install == 'msiexec /i "Hello Setup.msi" /qn /norestart'
    assert found.uninstall == f"msiexec /x {CODE} /qn /norestart"
    assert found.repair == f"msiexec /fa {CODE} /qn /norestart"
    assert detection_problems(found.detection, "windows") == []


@pytest.mark.parametrize("name", ["hello.rpm", "hello.msi"])
def test_what_is_cut_short_anywhere_is_read_rightly_or_refused(name):
    whole = (FILES / name).read_bytes()
    for end in range(8, len(whole), 97):
        with suppress(Unreadable):
            found = read(io.BytesIO(whole[:end]), name)
            assert found is None or found.version.startswith("2.10")


def wheel(tmp_path: Path) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("hello-1.2.dist-info/entry_points.txt", "[console_scripts]\nHi = a:b\n$(x) = a:b\n")
        archive.writestr(
            "hello-1.2.dist-info/METADATA", "Name: hello\nVersion: 1.2\nSummary: Says it\nAuthor-email: Jan <j@x.nl>\n"
        )
    return out.getvalue()


def tar() -> bytes:
    return lzma.compress(control_tar())


def elf(tmp_path: Path) -> bytes:
    return b"\x7fELF\x02\x01\x01" + b"\0" * 9 + b"\x02\x00\xb7\x00" + b"\0" * 40


@pytest.mark.parametrize(
    ("name", "make", "kind", "about"),
    [
        ("hello-1.2-py3-none-any.whl", wheel, "wheel", ("hello", "1.2", "Jan")),
        ("tool-1.4.2-linux-x86_64.tar.xz", lambda _: tar(), "archive", ("tool", "1.4.2", "")),
        ("Kubectl-v1.31.0-linux-arm64", elf, "program", ("Kubectl", "1.31.0", "")),
        ("set up.sh", lambda _: b"#!/bin/sh\necho hello\n", "script", ("set up", "", "")),
    ],
)
def test_other_kinds(tmp_path, name, make, kind, about):
    found = read(io.BytesIO(make(tmp_path)), name)
    assert (found.kind, found.platform, (found.name, found.version, found.publisher)) == (kind, "linux", about)
    assert requirements_problems(found.requirements, found.platform) == []
    assert ("/usr/local/bin/Hi" in found.uninstall) == (kind == "wheel")
    assert "$(x)" not in found.install
    assert kind == "script" or detection_problems(found.detection, found.platform) == []


def test_what_is_not_known_is_nothing():
    assert read(io.BytesIO(b"hello"), "notes.txt") is None
    for name in ("a.whl", "a.zip", "a.tar.gz"):
        with pytest.raises(Unreadable):
            read(io.BytesIO(b"hello"), name)
