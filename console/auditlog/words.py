"""Says in the reader's language what the details of an audit entry hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from applications.models.request import STATE_LABELS
from applications.rules.lifecycle import State
from console.auditlog.fields import field_in_words, is_empty, value_in_words
from console.auditlog.reasons import reason_in_words, sentence_of


def details_of(details: dict[str, Any]) -> str:
    """One line; what a request did is told by the page of that request, to which the list links."""
    return ". ".join(filter(None, _parts(details)))


def _parts(details: dict[str, Any]) -> Iterable[str]:
    told = {"request"} | ({"exit_code"} if "%(exit_code)s" in sentence_of(str(details.get("reason", ""))) else set())
    for name, value in details.items():
        if name in told or is_empty(value):
            continue
        if name == "reason":
            yield reason_in_words(str(value), details)
        elif name == "outcome":
            yield str(STATE_LABELS[State(value)]) if value in list(State) else str(value)
        elif name == "comment":
            yield _("Reason given: %(reason)s") % {"reason": value}
        elif name == "changes" and isinstance(value, dict):
            yield "; ".join(filter(None, (_change(field, change) for field, change in value.items())))
        else:
            yield f"{field_in_words(name)}: {value_in_words(name, value)}"


def _change(field: str, change: Any) -> str:
    """Before → after; only the value where there was none before, or the same; empty where there is none either."""
    before, after = change if isinstance(change, list | tuple) and len(change) == 2 else (None, change)
    if is_empty(before) and is_empty(after):
        return ""
    said = value_in_words(field, after)
    if before is not None and before != after:
        said = f"{value_in_words(field, before)} → {said}"
    return f"{field_in_words(field)}: {said}"
