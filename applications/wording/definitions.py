"""What the parts of a deployment type are called: how it is detected, what it requires, what its return codes mean."""

from __future__ import annotations

from django.utils.translation import gettext_lazy, pgettext_lazy

from applications.models import DeploymentType
from applications.rules.definitions import (
    ANY_PLATFORM,
)

DETECTION_KINDS = {
    "file": gettext_lazy("A file is there"),
    "package": gettext_lazy("A package is installed"),
    "command": gettext_lazy("A command tells the version"),
    "script": gettext_lazy("A script says so"),
}


REQUIREMENT_KINDS = {
    "memory_mb": gettext_lazy("Memory"),
    "disk_mb": gettext_lazy("Free disk space"),
    "platform": gettext_lazy("Platform"),
    "os": gettext_lazy("Operating system"),
    "architecture": gettext_lazy("Architecture"),
    "script": gettext_lazy("A script"),
}


PLATFORMS = [choice for choice in DeploymentType.Platform.choices if choice[0] != ANY_PLATFORM]


# What an administrator writes for a meaning in a table of return codes; never two words alike in one language.
RETURN_CODE_WORDS = {
    "success": pgettext_lazy("return code", "success"),
    "restart": pgettext_lazy("return code", "restart"),
    "restart_started": pgettext_lazy("return code", "restart_started"),
    "retry": pgettext_lazy("return code", "retry"),
    "failure": pgettext_lazy("return code", "failure"),
}


def return_code_words() -> dict[str, str]:
    """Meaning → word, in the reader's language."""
    return {meaning: str(word) for meaning, word in RETURN_CODE_WORDS.items()}


MEANINGS = {
    "success": gettext_lazy("success"),
    "restart": gettext_lazy("a restart is needed"),
    "restart_started": gettext_lazy("a restart was started"),
    "retry": gettext_lazy("busy, to be tried again"),
    "failure": gettext_lazy("failure"),
}


DETECTED = {
    "installed": gettext_lazy("Detection finds it"),
    "not_installed": gettext_lazy("Detection does not find it"),
    "unknown": gettext_lazy("Detection gave no answer"),
}
