"""The client as one file that the enrolment command downloads, built from `client/` when first asked for."""

from __future__ import annotations

import hashlib
import io
import zipfile
from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

# Starts the package whether the file is run as `python3 koppel-client.pyz` or directly.
START = "import sys\nfrom client.__main__ import main\n\nsys.exit(main())\n"


@cache
def client_archive() -> bytes:
    """The zip application: the same bytes for the same sources, so that its digest can be compared."""
    folder = settings.BASE_DIR / "client"
    packed = io.BytesIO(b"")
    packed.write(b"#!/usr/bin/env python3\n")
    with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("__main__.py"), START)
        for path in sorted([*folder.rglob("*.py"), folder / "koppel-client.service"]):
            archive.writestr(zipfile.ZipInfo(f"client/{path.relative_to(folder).as_posix()}"), path.read_bytes())
    return packed.getvalue()


@cache
def client_digest() -> str:
    """Its SHA-256, which the enrolment command compares before it runs anything."""
    return hashlib.sha256(client_archive()).hexdigest()


@require_safe
def client_file(request: HttpRequest) -> HttpResponse:
    """Anybody may fetch it: it holds no secret, and a device has none yet."""
    return HttpResponse(
        client_archive(),
        content_type="application/zip",
        headers={
            "Content-Disposition": 'attachment; filename="koppel-client.pyz"',
            "ETag": f'"{client_digest()}"',
        },
    )
