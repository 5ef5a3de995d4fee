"""What is suggested for a file really installs it, is found by the client's own detection, and takes it away again."""

from __future__ import annotations

import io
import subprocess
import tarfile
import zipfile

import pytest

from applications.reading import archive, script
from applications.reading.read import read
from client.look.detection import detect
from client.platforms import own_account


def tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as packed:
        about = tarfile.TarInfo("bin/tool")
        about.size, about.mode = 5, 0o755
        packed.addfile(about, io.BytesIO(b"hello"))
    return out.getvalue()


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("bin/tool", "hello")
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "there"),
    [
        ("My Tool-1.4.2.tar.gz", tar(), "my-tool/bin/tool"),
        ("tool_2.0.zip", zipped(), "tool/bin/tool"),
        ("tool-1.4.2-linux-amd64", b"\x7fELF\x02\x01\x01" + b"\0" * 9 + b"\x02\x00\x3e\x00" + b"\0" * 40, "tool"),
    ],
)
def test_installed_found_repaired_removed(tmp_path, monkeypatch, name, data, there):
    monkeypatch.setattr(archive, "PLACE", str(tmp_path / "opt"))
    monkeypatch.setattr(script, "BIN", str(tmp_path / "opt"))
    folder = tmp_path / "content"
    folder.mkdir()
    (folder / name).write_bytes(data)
    found = read(io.BytesIO(data), name)
    for command, state in (("install", "installed"), ("repair", "installed"), ("uninstall", "not_installed")):
        subprocess.run(["/bin/sh", "-c", getattr(found, command)], cwd=folder, check=True)
        looked = detect(found.detection, own_account())
        assert looked.state == state, (command, looked)
        assert (tmp_path / "opt" / there).exists() == (state == "installed")
