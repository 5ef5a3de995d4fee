"""Why something ended as it did, in the reader's language; the log keeps the code and does not repeat the facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from applications.rules.reasons import OUTCOMES, REFUSALS
from applications.wording.sentences import outcome

# For those whose sentence needs facts.
SHORT: dict[str, Any] = {
    "site_too_old": _("The site's version is too old"),
    "group_needs_site": _("The site's version is too old for groups"),
    "request_open": _("A request was open already"),
    "offline": _("The device was offline"),
    "superseding_installed": _("What supersedes it was installed already"),
    "site_lists_on_request_only": _("The site's version handles only what needs approval or is available to a user"),
    "client_too_old": _("The client's version is too old"),
    "dependency_not_ready": _("Something that it needs has no deployment type or is not signed"),
    "still_needed": _("Something that is installed there needs it"),
    "dependency_failed": _("Something that goes before it did not succeed"),
    "received_behind": _("Received; waits its turn"),
    "not_yet_available": _("Not yet available"),
    "requirements_not_met": _("Requirements not met"),
    "despite_exit_code": _("An exit code that means failure, and detection finds that it is done all the same"),
    "exit_code": _("An exit code that means failure"),
    "not_detected": _("Detection did not find it"),
    "retries_exhausted": _("Another installation kept it waiting too often"),
    "too_many_attempts": _("Too many attempts"),
    "wrong_password": _("The current password was not right"),
    "unauthorized": _("The console does not know this secret"),
    "token_unknown": _("This enrolment token is not known"),
    "token_used": _("This enrolment token was used already"),
    "token_expired": _("This enrolment token has expired"),
    "secret_used": _("Another device has this secret"),
    "copied": _("Two machines speak as this device"),
    "same_machine": _("It is one machine: its hardware changed"),
    "wrong_code": _("The code was not right"),
    "wrong_passkey": _("The passkey was not right"),
    "recovery_codes_made": _("New recovery codes were made"),
    "sessions_ended": _("Other sessions were ended"),
    "by_provider": _("The identity provider says so"),
    "provider_failed": _("The identity provider gave no good answer"),
    "provider_not_recent": _("The identity provider did not ask who it was"),
    "provider_stranger": _("No group at the identity provider gives a role"),
    "provider_name_taken": _("An account of this name is there already"),
    "provider_linked": _("That identity is linked to another account"),
    "account_closed": _("The account is closed"),
    "revoked": _("Its client can no longer speak to the console"),
    "rights_lost": _("Who asked may no longer ask for this"),
}


def reason_in_words(code: str, facts: Mapping[str, Any]) -> str:
    """A sentence without a full stop; `facts` are those of the entry."""
    known = _sentence(code)
    if known and _named_in(known) <= facts.keys():
        return outcome(code, facts)
    return str(SHORT.get(code) or code.replace("_", " ").capitalize())


def needs(code: str, fact: str) -> bool:
    """Whether the sentence for the reason says this fact."""
    return fact in _named_in(_sentence(code))


def _sentence(code: str) -> str:
    """In English, with the names of the facts; empty for one without."""
    return OUTCOMES.get(code) or REFUSALS.get(code) or ""


def _named_in(sentence: str) -> set[str]:
    """The facts that fill the sentence, without the client's own words, which it can do without."""
    filling = _Filling()
    sentence % filling
    return filling.asked - {"detail"}


class _Filling(dict[str, str]):
    """Fills every place of a sentence, and remembers what was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def __missing__(self, name: str) -> int:
        self.asked.add(name)
        return 0
