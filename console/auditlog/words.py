"""Says in the reader's language what the details of an audit entry hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from applications.models.request import STATE_LABELS
from applications.rules.lifecycle import State
from applications.rules.reasons import OUTCOMES, REFUSALS
from applications.sentences import outcome

NOTHING = "–"


def details_of(details: dict[str, Any]) -> str:
    """One line; what a request did is told by the page of that request, to which the list links."""
    return ". ".join(_parts(details))


def _parts(details: dict[str, Any]) -> Iterable[str]:
    for name, value in details.items():
        if name == "request" or value in ("", None, {}, []):
            continue
        if name == "reason" and value == "exit_code" and "exit_code" in details:
            continue
        if name == "reason":
            yield _reason(str(value))
        elif name == "outcome":
            yield str(STATE_LABELS[State(value)]) if value in list(State) else str(value)
        elif name == "comment":
            yield _("Reason given: %(reason)s") % {"reason": value}
        elif name == "changes" and isinstance(value, dict):
            yield "; ".join(_change(field, change) for field, change in value.items())
        else:
            yield f"{_field(name)}: {_value(value)}"


def _reason(code: str) -> str:
    """The sentence of a code when it needs no facts to be whole; the log does not repeat those."""
    sentence = OUTCOMES.get(code) or REFUSALS.get(code) or ""
    if sentence and "%(" not in sentence:
        return outcome(code, {})
    return code.replace("_", " ").capitalize()


def _change(field: str, change: Any) -> str:
    if isinstance(change, list | tuple) and len(change) == 2:
        return f"{_field(field)}: {_value(change[0])} → {_value(change[1])}"
    return f"{_field(field)}: {_value(change)}"


def _field(name: str) -> str:
    return name.replace("_", " ")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value in (None, "", [], {}):
        return NOTHING
    if isinstance(value, list | tuple):
        return ", ".join(_value(each) for each in value)
    if isinstance(value, dict):
        return ", ".join(f"{_field(name)} {_value(each)}" for name, each in value.items())
    return str(value)
