"""Files that were fetched, by their SHA-256, in a folder of bounded size: the one used longest ago goes first."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Callable

from client.system import processes

CHUNK = 1024 * 1024
RESERVE = 64 * 1024 * 1024  # bytes that stay free on the disk, for whatever else happens there
PART = ".part"  # what has not come wholly


class Cache:
    """`limit`: bytes; what is in use is kept beyond that. `in_use` tells which files (SHA-256) are."""

    def __init__(self, folder: Path, limit: int, in_use: Callable[[], Iterable[str]]) -> None:
        self.folder = folder
        self.limit = limit
        self.in_use = in_use

    def whole(self, sha256: str) -> Path:
        return self.folder / sha256

    def part(self, sha256: str) -> Path:
        return self.folder / (sha256 + PART)

    def has(self, sha256: str, size: int) -> bool:
        """Whether the file is here, and every byte of it is right; one that is not is removed."""
        path = self.whole(sha256)
        try:
            right = path.stat().st_size == size and digest_of(path) == sha256
        except FileNotFoundError:
            return False
        if not right:
            path.unlink()
            return False
        os.utime(path)
        return True

    def keep(self, sha256: str) -> None:
        """What came wholly, and was found to be right, stays."""
        os.chmod(self.part(sha256), 0o700)
        os.replace(self.part(sha256), self.whole(sha256))
        processes.flush_folder(self.folder)

    def make_room(self, needed: int) -> int:
        """Remove what is not in use until so many bytes more fit into the limit and on the disk; how many are free."""
        kept = set(self.in_use())
        files = sorted(self._files(), key=lambda file: file[1].st_mtime)
        total = sum(about.st_size for _, about in files)
        for path, about in files:
            fits = total + needed <= self.limit and self._free() >= needed
            if fits:
                break
            if path.name.split(".")[0] not in kept:
                path.unlink()
                total -= about.st_size
        return self._free()

    def _free(self) -> int:
        return shutil.disk_usage(self.folder).free - RESERVE

    def _files(self) -> list[tuple[Path, os.stat_result]]:
        found = []
        for path in self.folder.iterdir():
            with contextlib.suppress(FileNotFoundError):
                found.append((path, path.stat()))
        return found


def digest_of(path: Path) -> str:
    """The SHA-256 of what a file holds."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
