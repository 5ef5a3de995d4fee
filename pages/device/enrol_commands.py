"""The command to paste on a device: fetch the client, compare it with what the console has, enrol, run."""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from devices.client_api.download import client_digest

FILE = "koppel-client.pyz"
# The token comes from standard input: a command line can be read by everybody on the machine. `echo` is part of the
# shell and has none.
UNIX = (
    'cd "$(mktemp -d)" && '  # where nobody else puts another file in its place
    "curl {only}-fsSLO {url}/client/{file} && echo '{digest}  {file}' | {check} && "
    "echo {token} | python3 {file} enrol --url {url} --token - --key {key}{plain} && "
    "{{ python3 {file} install || python3 {file} run; }}"
)
COMMANDS = (
    ("Linux", UNIX.replace("{check}", "sha256sum -c")),
    ("macOS", UNIX.replace("{check}", "shasum -a 256 -c")),
    (
        _("Windows (PowerShell)"),
        "iwr {url}/client/{file} -OutFile {file}; "
        "if ((Get-FileHash {file}).Hash -ne '{digest}') {{ throw '{file}: SHA-256' }}; "
        "'{token}' | py {file} enrol --url {url} --token - --key {key}{plain}; if ($?) {{ py {file} run }}",
    ),
)


def commands(url: str, token: str, key: str) -> list[dict[str, Any]]:
    facts = {
        "url": url,
        "token": token,
        "key": key,
        "file": FILE,
        "digest": client_digest(),
        "only": "--proto '=https' " if url.startswith("https://") else "",
        "plain": "" if is_safe(url) else " --insecure-http",
    }
    return [{"label": label, "text": line.format(**facts)} for label, line in COMMANDS]


def is_safe(url: str) -> bool:
    """Whether nobody on the way reads what is said there: https, or the machine itself."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        return parts.scheme == "https" or host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
