"""Reason codes with their English sentences; `applications/wording/sentences.py` translates and fills them in."""

from __future__ import annotations

from enum import StrEnum


def gettext_noop(message: str) -> str:
    """Marks a sentence for translation; rules know no Django."""
    return message


_ = gettext_noop


class Reason(StrEnum):
    """Why an action is refused."""

    NO_PERMISSION = "no_permission"
    SITE_TOO_OLD = "site_too_old"
    GROUP_NEEDS_SITE = "group_needs_site"
    NO_DEPLOYMENT_TYPE = "no_deployment_type"
    NOT_SIGNED = "not_signed"
    REQUEST_OPEN = "request_open"
    OFFLINE = "offline"
    NEVER_CONNECTED = "never_connected"
    NO_UNINSTALL_COMMAND = "no_uninstall_command"
    REQUIRED_DEPLOYMENT = "required_deployment"
    GROUP_HAS_NO_REPAIR = "group_has_no_repair"
    NO_REPAIR_COMMAND = "no_repair_command"
    INSTALLED_ALREADY = "installed_already"
    SUPERSEDING_INSTALLED = "superseding_installed"
    NEITHER_INSTALLED_NOR_FAILED = "neither_installed_nor_failed"
    NOT_INSTALLED = "not_installed"
    NO_DEPLOYMENT = "no_deployment"
    SITE_LISTS_ON_REQUEST_ONLY = "site_lists_on_request_only"
    CLIENT_TOO_OLD = "client_too_old"
    SEVERAL_SIGNED_IN = "several_signed_in"
    AZURE_AD_ONLY = "azure_ad_only"
    NOT_YET_AVAILABLE = "not_yet_available"
    DEPENDENCY_NOT_READY = "dependency_not_ready"
    STILL_NEEDED = "still_needed"


# A refusal completes the line "Install: …", so it begins without a capital and ends without a full stop.
REFUSALS: dict[str, str] = {
    Reason.NO_PERMISSION: _("you need the permission to approve on a collection of this device"),
    Reason.SITE_TOO_OLD: _("site version %(site)s lists nothing; version %(needed)s or newer is needed"),
    Reason.GROUP_NEEDS_SITE: _("application groups need site version %(needed)s; this site is %(site)s"),
    Reason.NO_DEPLOYMENT_TYPE: _("it has no deployment type, so there is nothing to run"),
    Reason.NOT_SIGNED: _("what it runs is not signed, so no device takes it"),
    Reason.REQUEST_OPEN: _("a request is open already (%(action)s)"),
    Reason.OFFLINE: _("the device is offline since %(since)s"),
    Reason.NEVER_CONNECTED: _("the device is offline: its client has never connected"),
    Reason.NO_UNINSTALL_COMMAND: _("no deployment type has an uninstall command"),
    Reason.REQUIRED_DEPLOYMENT: _("a Required deployment reaches this device (%(collection)s)"),
    Reason.GROUP_HAS_NO_REPAIR: _("a group cannot be repaired; repair its applications one by one"),
    Reason.NO_REPAIR_COMMAND: _("no deployment type has a repair command"),
    Reason.INSTALLED_ALREADY: _("it is installed already; Reinstall runs the command again"),
    Reason.SUPERSEDING_INSTALLED: _("%(application)s, which supersedes it, is installed already"),
    Reason.NEITHER_INSTALLED_NOR_FAILED: _("it is neither installed nor failed"),
    Reason.NOT_INSTALLED: _("it is not installed now"),
    Reason.NO_DEPLOYMENT: _("no deployment of it reaches this device any more"),
    Reason.SITE_LISTS_ON_REQUEST_ONLY: _(
        "site version %(site)s handles only what needs approval or is available to a user; "
        "%(needed)s handles everything"
    ),
    Reason.CLIENT_TOO_OLD: _(
        "on site %(site)s this needs client %(needed)s or newer; this device has client %(client)s"
    ),
    Reason.SEVERAL_SIGNED_IN: _("more than one user is signed in; an application for a user needs a single one"),
    Reason.AZURE_AD_ONLY: _(
        "the device is joined only to Azure AD; an application for a user needs a domain or hybrid join"
    ),
    Reason.NOT_YET_AVAILABLE: _("it is available from %(at)s"),
    Reason.DEPENDENCY_NOT_READY: _("%(application)s, which it needs, has no deployment type or is not signed"),
    Reason.STILL_NEEDED: _("%(application)s is installed here and needs it"),
}

# Why a queued request is not delivered yet.
WAITS: dict[str, str] = {
    "device": _("Waits until the device is online; expires %(expires)s"),
    "delivery": _("Waits to be delivered"),
    "sign_in": _("Waiting for sign-in of %(person)s"),
    "one_session": _("Waits until only one user is signed in"),
}

# How a request ended, and what happened on the way: the line of detail under a status and the steps of the history.
OUTCOMES: dict[str, str] = {
    "": "",
    "already_installed": _("It was installed already; nothing was run"),
    "already_absent": _("It was not there; nothing was run"),
    "not_needed": _("Nothing had to go before; nothing was run"),
    "dependency_failed": _("%(application)s, which goes before it, did not succeed"),
    "settled": _("The client stopped while it ran; detection settled it"),
    "despite_exit_code": _("Exit code %(exit_code)s, and detection finds that it is done all the same"),
    "exit_code": _("Exit code %(exit_code)s"),
    "exit_code_known": _("Exit code %(exit_code)s: %(meaning)s"),
    "not_detected": _("Exit code %(exit_code)s, but detection did not find it"),
    "still_detected": _("Still detected after uninstall"),
    "timed_out": _("Ended when its maximum run time was over, with all it had started"),
    "detection_unknown": _("Detection gave no answer: %(detail)s"),
    "no_deployment_type": _("No deployment type fits this device"),
    "start_failed": _("The command could not be started: %(detail)s"),
    "interrupted": _("The client stopped while it ran and detection does not find it"),
    "retries_exhausted": _("Another installation kept it waiting too often (exit code %(exit_code)s)"),
    "person_absent": _("The user has no account on the device: %(detail)s"),
    "no_content": _("The file that it needs could not be fetched: %(detail)s"),
    "no_command": _("The deployment type has no command for this action"),
    "internal": _("The client met a fault: %(detail)s"),
    "restart": _("Exit code %(exit_code)s: installed, restart needed"),
    "removed_outside": _("Removed outside Koppel, found at %(at)s"),
    "found_late": _("Detection finds it after all, since %(at)s"),
    "found_outside": _("Installed outside Koppel, found at %(at)s"),
    "no_answer": _("Not confirmed in time; delivered again"),
    "received": _("Received by the client; waits its turn"),
    "received_behind": _("Received by the client; waits behind %(behind)s"),
    "cancelled": _("Cancelled by %(actor)s"),
    "cancelled_because": _("Cancelled by %(actor)s: %(comment)s"),
    "expired": _("Not confirmed within its lifetime"),
    "required_due": _("Required and due: the device installs it by itself"),
    "required_deployment": _("A Required deployment reaches this device"),
    "rights_lost": _("%(person)s may no longer ask for this"),
    "no_result": _("The client no longer knows this request"),
    "device_refused": _("The device refused it: %(detail)s"),
}
