"""What a client tells (`detail` in docs/protocol.md: a code with facts) as a sentence in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from applications.wording.moments import moment_of
from devices.models import Device

# Without a capital, because one can stand within another, and without a full stop. APPENDED facts come after it.
SENTENCES: dict[str, Any] = {
    # of detection
    "detection_kind_unknown": _("this client knows no detection by %(kind)s"),
    "detection_rule_incomplete": _("the detection rule is not complete"),
    "detection_no_answer": _("detection gave no answer"),
    "file_missing": _("%(path)s does not exist"),
    "file_without_version": _("the first line of %(path)s holds no version"),
    "file_not_regular": _("%(path)s is not a file that may be read here"),
    "package_missing": _("the package %(name)s is not installed"),
    "version_too_old": _("version %(found)s was found, %(wanted)s or newer is wanted"),
    "command_missing": _("there is no command %(command)s on this device"),
    "command_no_answer": _("%(command)s gave no answer"),
    "command_exit_code": _("%(command)s ended with exit code %(exit_code)s"),
    "command_without_version": _("%(command)s named no version"),
    "script_no_answer": _("the detection script gave no answer"),
    "script_exit_code": _("the detection script ended with exit code %(exit_code)s"),
    # of requirements
    "requirement_kind_unknown": _("this client knows no requirement %(kind)s"),
    "requirement_incomplete": _("the requirement %(kind)s is not complete"),
    "needs_memory": _("needs %(needed_mb)s memory; this device has %(found_mb)s"),
    "needs_disk": _("needs %(needed_mb)s free on the disk; this device has %(found_mb)s"),
    "needs_platform": _("needs %(platforms)s; this device has %(found)s"),
    "needs_os": _("needs %(needed)s; this device has %(found)s"),
    "needs_architecture": _("needs architecture %(architectures)s; this device has %(found)s"),
    "requirement_script_no_answer": _("the script of a requirement gave no answer"),
    "requirement_script_exit_code": _("its script says that it does not fit this device, with exit code %(exit_code)s"),
    # of the choice of a deployment type
    "no_deployment_type": _("none of the deployment types is for %(platform)s"),
    "deployment_types_unreadable": _("its deployment types cannot be read"),
    "no_person": _("this deployment type runs for a user, and the request names none"),
    "account_missing": _("there is no account %(person)s on this device"),
    "account_foreign": _("the client runs as %(account)s and cannot run anything for %(person)s"),
    # of a command
    "no_install_command": _("there is no command to install"),
    "no_uninstall_command": _("there is no command to uninstall"),
    "no_repair_command": _("there is no command to repair"),
    "retry": _("retry %(number)s of %(of)s at %(at)s"),
    "tries": _("it was tried %(tries)s times"),
    "time_over": _("it was ended after %(minutes)s minutes"),
    "end_unseen": _("nobody saw the command end; detection decided"),
    "journal_lost": _("the journal of the client was lost; detection decided"),
    "no_supervisor": _("the process that watches the command did not start"),
    # of the file that a command needs
    "content_part": _("downloading, %(bytes)s of %(of_bytes)s"),
    "content_no_room": _("the file needs %(needed_mb)s on the disk; this device has %(found_mb)s"),
    "content_gone": _("the console no longer has %(name)s for this device"),
    "content_differs": _("%(name)s is not what was signed and was not run: its SHA-256 is %(found)s, not %(wanted)s"),
    "content_waits": _("%(name)s is not here wholly; it goes on at %(at)s"),
    # why something that came is not believed
    "no_key_pinned": _("this device knows no key of its console; enrol it again"),
    "not_signed": _("it is not signed"),
    "key_unknown": _("it is signed with a key that this device does not know (%(key)s)"),
    "key_retired": _("it is signed with a key that is no longer accepted (%(key)s)"),
    "signature_wrong": _("its signature does not fit: it was changed after it was signed"),
    "signed_unreadable": _("what is signed cannot be understood"),
    "other_device": _("it was signed for another device (number %(device)s)"),
    "other_request": _("it was signed for another request (%(request)s)"),
    "order_expired": _("it was valid until %(at)s; perhaps the clock of the device is wrong"),
    "order_replayed": _("it was carried out before and is not run again"),
    "definition_missing": _("revision %(revision)s of application number %(application)s did not come with it"),
    "revision_older": _("revision %(found)s of %(application)s is withdrawn; this device has seen revision %(newest)s"),
    "policy_older": _("the policy of %(at)s is older than the one that it has"),
    # why something gave no answer
    "not_started": _("the command could not be started"),
    "took_too_long": _("it took longer than %(seconds)s s"),
    "no_package_manager": _("there is neither dpkg nor rpm on this machine"),
    "package_name_invalid": _("%(name)s is not the name of a package"),
    "package_without_version": _("the system names no version for %(name)s"),
    # what a row from before the codes holds
    "text": "%(text)s",
}
APPENDED = ("cause", "error", "output")
BYTES = frozenset({"bytes", "of_bytes"})
MAX_DEPTH = 3  # as in applications/requests/schemas.py
MAX_MEGABYTES = 10**12  # more is no amount of memory
PLATFORMS: dict[str, Any] = dict(Device.Platform.choices)
NAMES_OF_PLATFORMS = frozenset({"platform", "platforms", "found"})


def sentence(detail: Any) -> str:
    """A sentence without a full stop; empty for None. A code that is not known is told with its facts."""
    text = within(detail)
    begins = str(SENTENCES.get(code_of(detail), "%(")).startswith("%(")  # with a value, which stays as it is
    return text if begins else text[:1].upper() + text[1:]


def within(detail: Any, depth: int = 1) -> str:
    """The same as a part of another sentence, so without a capital."""
    if not isinstance(detail, Mapping):
        return str(detail or "")
    code, facts = code_of(detail), detail.get("facts")
    values = {str(name): _value(name, value, depth) for name, value in (facts or {}).items()}
    if code not in SENTENCES:
        told = "; ".join(f"{name}: {value}" for name, value in values.items())
        return f"{code} ({told})" if told else code
    ends = [values[name] for name in APPENDED if values.get(name)]
    return ": ".join([str(SENTENCES[code]) % _Values(values), *ends])


def requirement(detail: Any) -> str:
    """The sentence of a requirement that does not hold; one that is not known is said to be one."""
    text = sentence(detail)
    if not text or (code_of(detail) in SENTENCES and code_of(detail) != "text"):
        return text
    return gettext("Requirement: %(detail)s") % {"detail": text}


def size_of_download(detail: Any) -> str:
    """How large the file is that is being fetched; empty when none is."""
    size = detail.get("facts", {}).get("of_bytes") if code_of(detail) == "content_part" else None
    return _value("of_bytes", size, 1) if isinstance(size, int) else ""


def code_of(detail: Any) -> str:
    return str(detail.get("code", "")) if isinstance(detail, Mapping) else ""


class _Values(dict[str, str]):
    """A client may leave out a fact that a sentence has a place for."""

    def __missing__(self, name: str) -> str:
        return "?"


def _value(name: str, value: Any, depth: int) -> str:
    """One fact: amounts, platforms and moments as people say them."""
    if isinstance(value, Mapping):
        return within(value, depth + 1) if depth < MAX_DEPTH else code_of(value)
    if isinstance(value, list):
        return gettext(" or ").join(_value(name, each, depth) for each in value)
    if name.endswith("_mb") and isinstance(value, int) and abs(value) <= MAX_MEGABYTES:
        return _amount(value)
    if name in BYTES and isinstance(value, int):
        return filesizeformat(value)
    if isinstance(value, float):
        return str(number_format(round(value, 2))) if abs(value) <= MAX_MEGABYTES else str(value)
    text = str(value)
    if name == "at":
        return moment_of(text)
    return str(PLATFORMS.get(text, text)) if name in NAMES_OF_PLATFORMS else text


def _amount(megabytes: int) -> str:
    if megabytes < 1024:
        return f"{number_format(megabytes)} MB"
    decimals = 0 if megabytes % 1024 == 0 else 1
    return f"{number_format(round(megabytes / 1024, decimals), decimals)} GB"
