"""Deployment types in words: what is required, which return codes are not the usual ones."""

from __future__ import annotations

from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from applications.models import DeploymentType
from applications.rules import returncodes
from applications.wording.definitions import PLATFORMS, return_code_words
from pages.device_applications.details import rule

Facts = list[tuple[str, Any]]


def facts_of(each: DeploymentType) -> Facts:
    """For `ui/_description_list.html`."""
    facts: Facts = [
        (_("Platform"), each.get_platform_display()),
        (_("Runs for"), each.get_run_as_display()),
        *([(_("File"), file(each))] if each.content else []),
        (_("Install"), code(each.install_command)),
        (_("Uninstall"), code(each.uninstall_command)),
        (_("Repair"), code(each.repair_command)),
        (_("Installed when"), rule(each.detection)),
        (_("Requirements"), list_of(requirement(required) for required in each.requirements)),
        (_("Maximum run time"), _("%(minutes)s minutes") % {"minutes": number_format(each.max_run_minutes)}),
    ]
    if each.return_codes != returncodes.DEFAULTS[each.platform]:
        lines = returncodes.write(each.return_codes, return_code_words(), each.platform).splitlines()
        facts.append((_("Return codes"), ", ".join(lines)))
    return facts


def file(each: DeploymentType) -> SafeString:
    assert each.content  # noqa: S101
    about = each.file_name, filesizeformat(each.content.size), each.content.sha256
    return format_html('{} <span class="sub">{} · SHA-256 <code>{}</code></span>', *about)


def requirement(required: dict[str, Any]) -> SafeString:
    """“At least 4,096 MB of memory”."""
    kind = required.get("kind")
    names: dict[str, Any] = dict(PLATFORMS)
    if kind in ("memory_mb", "disk_mb"):
        sentence = (
            _("At least %(megabytes)s MB of memory")
            if kind == "memory_mb"
            else _("At least %(megabytes)s MB free on the disk")
        )
        return format_html(
            "{}", sentence % {"megabytes": number_format(required.get("at_least", 0), force_grouping=True)}
        )
    if kind == "platform":
        return format_html("{}", or_else(str(names.get(name, name)) for name in required.get("in", ())))
    if kind == "os":
        return format_html("{} <code>{}</code>", _("Operating system"), required.get("matches", ""))
    if kind == "architecture":
        return format_html("{} {}", _("Architecture"), or_else(required.get("in", ())))
    return format_html("{}", _("A script that ends with exit code 0"))


def or_else(names: Any) -> str:
    return _(" or ").join(names)


def list_of(lines: Any) -> SafeString:
    return format_html_join(SafeString("<br>"), "{}", ((line,) for line in lines))


def code(command: str) -> SafeString | str:
    return format_html("<code>{}</code>", command) if command else ""
