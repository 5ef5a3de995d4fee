"""What a client says of a requirement that does not hold (docs/protocol.md), in the reader's language."""

from __future__ import annotations

import re

from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

SAID = re.compile(
    r"^(?P<kind>\w+): (?:at least )?(?P<needed>.+?) is needed, (?:this is )?(?P<found>.+?)(?: was found)?\.$", re.DOTALL
)
SENTENCES = {
    "memory_mb": _("Needs %(needed)s memory; this device has %(found)s"),
    "disk_mb": _("Needs %(needed)s free on the disk; this device has %(found)s"),
    "platform": _("Needs %(needed)s; this device has %(found)s"),
    "os": _("Needs %(needed)s; this device has %(found)s"),
    "architecture": _("Needs architecture %(needed)s; this device has %(found)s"),
}


def unmet(detail: str) -> str:
    """One sentence without a full stop; what is not understood is repeated as the client said it."""
    said = SAID.match(detail)
    if said and said["kind"] in SENTENCES:
        amounts = {name: _amount(said["kind"], said[name]) for name in ("needed", "found")}
        return str(SENTENCES[said["kind"]]) % amounts
    if detail.startswith("script: "):
        return gettext("Its script says that it does not fit this device: %(said)s") % {
            "said": detail.removeprefix("script: ").removesuffix(".")
        }
    return gettext("Requirement: %(detail)s") % {"detail": detail}


def _amount(kind: str, text: str) -> str:
    """Megabytes as people say them."""
    if not (kind.endswith("_mb") and text.isascii() and text.isdigit()):
        return text
    megabytes = int(text)
    if megabytes < 1024:
        return f"{number_format(megabytes)} MB"
    decimals = 0 if megabytes % 1024 == 0 else 1
    return f"{number_format(round(megabytes / 1024, decimals), decimals)} GB"
