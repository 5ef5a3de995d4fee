"""What a client says in English (`detail` in docs/protocol.md), in the reader's language.

The sentences are those of `client/`, without the full stop; what a command or a script printed stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_noop as _

from console.phrases import Phrases
from devices.models import Device

SENTENCES = Phrases(
    # of detection
    _("This client knows no detection by %(kind)s"),
    _("The detection rule is not complete: %(error)s"),
    _("Detection gave no answer: %(detail)s"),
    _("The first line of %(path)s holds no version"),
    _("The package %(name)s is not installed"),
    _("Version %(found)s was found, %(wanted)s or newer is wanted"),
    _("The detection script gave no answer: %(detail)s"),
    _("The detection script ended with exit code %(code)d: %(output)s"),
    _("The detection script ended with exit code %(code)d"),
    # of the choice of a deployment type
    _("None of the deployment types is for %(platform)s"),
    _("This deployment type runs for a person, and the request names none"),
    _("There is no account %(person)s on this device"),
    _("The client runs as %(account)s and cannot run anything for %(person)s"),
    _("Its deployment types cannot be read: %(error)s"),
    # of a request
    _("There is no command to install"),
    _("There is no command to uninstall"),
    _("There is no command to repair"),
    _("Retry %(number)d of %(most)d at %(time)s"),
    _("It was ended after %(minutes)s minutes"),
    _("Exit code %(code)d after %(tries)d tries"),
    _("Exit code %(code)d"),
    _("Nobody saw the command end; detection decided"),
    _("The journal of the client was lost; detection decided"),
    _("no supervisor"),
    # of requirements
    _("This client knows no requirement %(kind)s"),
    _("the script gave no answer: %(detail)s"),
    _("the script ended with exit code %(code)d: %(output)s"),
    _("the script ended with exit code %(code)d"),
    # why there was no answer
    _("it could not be started: %(error)s"),
    _("it took longer than %(seconds)d s"),
    _("there is neither dpkg nor rpm on this machine"),
    _("dpkg-query answered %(code)d: %(output)s"),
    _("pkgutil names no version for %(name)s"),
    # these fit much, so they come last
    _("%(command)s: it could not be started: %(error)s"),
    _("%(command)s: it took longer than %(seconds)d s"),
    _("%(command)s ended with exit code %(code)d: %(output)s"),
    _("%(command)s ended with exit code %(code)d"),
    _("%(command)s named no version: %(output)s"),
    _("%(command)s named no version"),
    _("%(command)s gave no answer: %(error)s"),
    _("%(kind)s: the requirement is not complete: %(error)s"),
    _("%(name)s is not the name of a package"),
    _("%(path)s does not exist"),
)

# A requirement that does not hold: kind, what is needed, what there is.
UNMET = re.compile(
    r"(?P<kind>\w+): (?:at least )?(?P<needed>.+?) is needed, (?:this is )?(?P<found>.+?)(?: was found)?\.", re.DOTALL
)
NEEDS = {
    "memory_mb": gettext_lazy("Needs %(needed)s memory; this device has %(found)s"),
    "disk_mb": gettext_lazy("Needs %(needed)s free on the disk; this device has %(found)s"),
    "platform": gettext_lazy("Needs %(needed)s; this device has %(found)s"),
    "os": gettext_lazy("Needs %(needed)s; this device has %(found)s"),
    "architecture": gettext_lazy("Needs architecture %(needed)s; this device has %(found)s"),
}
LONGEST = 600  # characters; whoever sends more gets them repeated as they are
MOST_DIGITS = 12
PLATFORMS: dict[str, Any] = dict(Device.Platform.choices)


def translated(detail: str) -> str:
    """One sentence without a full stop; what is not understood is repeated as the client said it."""
    return _understood(detail, _said_within) or detail


def unmet(detail: str) -> str:
    """The same, of a requirement that does not hold."""
    return _understood(detail, _said_within) or gettext("Requirement: %(detail)s") % {"detail": detail}


def _understood(detail: str, within: Callable[[str], str]) -> str:
    """Empty when it is not one of the client's sentences; `within` says what stands inside of one."""
    if len(detail) > LONGEST:
        return ""
    said = UNMET.fullmatch(detail)
    if said and said["kind"] in NEEDS:
        words = {name: _quantity(said["kind"], said[name]) for name in ("needed", "found")}
        return str(NEEDS[said["kind"]]) % words
    if detail.startswith("script: the script "):
        reason = within(detail.removeprefix("script: "))
        return gettext("Its script says that it does not fit this device: %(said)s") % {"said": reason}
    # where a command printed nothing, the sentence ends in a colon
    return SENTENCES.said(detail.strip().removesuffix(".").removesuffix(":"), _word(within))


def _said_within(detail: str) -> str:
    """A detail is itself something that the client says; one in it again stays as it is."""
    return _understood(detail, str) or detail


def _word(within: Callable[[str], str]) -> Callable[[str, str], str]:
    return lambda name, value: within(value) if name == "detail" else value


def _quantity(kind: str, text: str) -> str:
    """Megabytes as people say them; platforms by their names."""
    if kind.endswith("_mb") and text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS:
        return _amount(int(text))
    if kind in ("platform", "architecture"):
        return gettext(" or ").join(str(PLATFORMS.get(name, name)) for name in text.split(" or "))
    return text


def _amount(megabytes: int) -> str:
    if megabytes < 1024:
        return f"{number_format(megabytes)} MB"
    decimals = 0 if megabytes % 1024 == 0 else 1
    return f"{number_format(round(megabytes / 1024, decimals), decimals)} GB"
