"""Says in the reader's language what the facts of an audit entry hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from applications.models.request import STATE_LABELS
from applications.rules.lifecycle import State
from audit.changes import Change
from pages.audit_log.wording.fields import field_in_words, is_empty, value_in_words
from pages.audit_log.wording.reasons import needs, reason_in_words
from pages.audit_log.wording.subjects import SUBJECT_FACTS


def details_of(facts: dict[str, Any]) -> str:
    """One line; what a request did is told by the page of that request, to which the list links."""
    return ". ".join(filter(None, _parts({name: facts[name] for name in facts if name not in SUBJECT_FACTS})))


def _parts(facts: dict[str, Any]) -> Iterable[str]:
    reason = str(facts.get("reason", ""))
    for name, value in facts.items():
        if is_empty(value) or name == "detail" or (name == "exit_code" and needs(reason, name)):
            continue  # `detail` is what the client says itself, in the sentence of the reason
        if name == "reason":
            yield reason_in_words(reason, facts)
        elif name == "outcome":
            yield str(STATE_LABELS[State(value)]) if value in list(State) else str(value)
        elif name == "comment":
            yield _("Reason given: %(reason)s") % {"reason": value}
        elif name == "changes" and isinstance(value, dict):
            yield "; ".join(filter(None, (_change(field, change) for field, change in value.items())))
        else:
            yield f"{field_in_words(name)}: {value_in_words(name, value)}"


def _change(field: str, change: Change) -> str:
    """Old → new; only the value where there was none before, or the same; empty where there is none either."""
    old, new = change["old"], change["new"]
    if is_empty(old) and is_empty(new):
        return ""
    said = value_in_words(field, new)
    if old is not None and old != new:
        said = f"{value_in_words(field, old)} → {said}"
    return f"{field_in_words(field)}: {said}"
