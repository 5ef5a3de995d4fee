"""Which actions are asked about before they are done, and how (R15): the text of the confirmation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from applications.models import DeploymentType
from applications.rules.timing import expires_at
from applications.rules.words import INSTALLING_ACTIONS, Action
from applications.status.rows import Row
from applications.wording.actions import ACTION_LABELS, WORDING
from applications.wording.sentences import goes_before, refusal, way_label
from devices.ready_made_names import collection_name
from ui.times import dated


class ReasonForm(forms.Form):
    comment = forms.CharField(
        label=gettext_lazy("Reason, for the audit log"), max_length=300, required=False, empty_value=""
    )
    comment.widget.attrs["autocomplete"] = "off"


def must_ask(action: Action, rows: Sequence[Row]) -> bool:
    """An uninstall, several at once, and whatever ends in another application than the one selected, or in more."""
    if action is Action.UNINSTALL or len(rows) > 1:
        return True
    return action in INSTALLING_ACTIONS and any(row.superseded or row.before for row in rows)


def question(action: Action, rows: Sequence[Row], now: datetime) -> dict[str, Any]:
    """What templates/ui/_confirmation_dialog.html shows."""
    label = str(ACTION_LABELS[action])
    possible = [row for row in rows if row.verdicts[action].allowed]
    asked = {
        "icon_name": WORDING[action].icon,
        "danger": action is Action.UNINSTALL,
        "submit": label,
        "fields": [("command", str(action)), ("confirmed", "1"), *(("id", str(row.application.pk)) for row in rows)],
        "form": ReasonForm(),
    }
    if len(rows) > 1:
        what = ngettext("%(count)d application", "%(count)d applications", len(possible)) % {"count": len(possible)}
        return asked | {
            "title": WORDING[action].question % {"what": what},
            "text": _("Each becomes a request of its own on %(device)s.") % {"device": rows[0].device},
            "facts": _facts_of_several(action, rows),
            "submit": f"{label}: {len(possible)}",
        }
    row = rows[0]
    if _instead(action, row):
        asked |= {
            "title": _("Install %(application)s instead?") % {"application": row.target},
            "text": _("%(old)s is superseded; %(new)s will be installed on %(device)s.")
            % {"old": row.application, "new": row.target, "device": row.device},
            "swap": {"old": str(row.application), "old_note": _("superseded"), "new": str(row.target)},
            "submit": _("Install %(application)s") % {"application": row.target},
        }
    else:
        asked |= {
            "title": WORDING[action].question % {"what": row.there},
            "text": WORDING[action].consequence % {"device": row.device},
        }
    return asked | {"facts": list(_facts(action, row, now))}


def _instead(action: Action, row: Row) -> bool:
    return row.superseded and action in INSTALLING_ACTIONS


def _facts_of_several(action: Action, rows: Sequence[Row]) -> list[tuple[str, SafeString | str]]:
    """Which will be asked for, and which will not and why."""
    possible = [row for row in rows if row.verdicts[action].allowed]
    refused = [row for row in rows if not row.verdicts[action].allowed]
    facts: list[tuple[str, SafeString | str]] = []
    if possible:
        facts.append((str(ACTION_LABELS[action]), _lines(_name(action, row) for row in possible)))
    if refused:
        facts.append(
            (_("Not possible"), _lines(f"{row.application}: {refusal(row.verdicts[action])}" for row in refused))
        )
    return facts


def _name(action: Action, row: Row) -> str:
    names = {"new": row.target, "old": row.application}
    name = _("%(new)s instead of %(old)s") % names if _instead(action, row) else str(row.application)
    return ". ".join([name, *(goes_before(row.before) if action in INSTALLING_ACTIONS else ())])


def _lines(texts: Any) -> SafeString:
    return format_html_join("", "<span>{}</span><br>", ((text,) for text in texts))


def _facts(action: Action, row: Row, now: datetime) -> Any:
    """When it happens, by which deployment, with which command, until when it waits."""
    verdict = row.verdicts[action]
    if verdict.waits:
        yield _("When"), _("As soon as the device is online.")
    elif verdict.sync_policy:
        yield _("When"), _("At once: the device is online. It first syncs policy.")
    else:
        yield _("When"), _("At once: the device is online.")
    if action in INSTALLING_ACTIONS and row.before:
        yield _("Before that"), _lines(goes_before(row.before))
    if verdict.reach:
        yield _("Through"), f"{way_label(verdict.reach)} · {collection_name(verdict.reach.collection)}"
    if action is Action.UNINSTALL:
        yield from _removal(row)
    until = dated(localtime(expires_at(now, settings.KOPPEL_REQUEST_LIFETIME_DAYS)), "j M Y")
    yield _("Expires"), _("%(day)s, when not confirmed by then") % {"day": until}


def _removal(row: Row) -> Any:
    types = DeploymentType.objects.filter(application=row.there).exclude(uninstall_command="")
    first = types.order_by("priority", "pk").first()
    if first:
        yield _("Command"), format_html_join("", "<code>{}</code>", ((first.uninstall_command,),))
        limit = ngettext("%(count)d min", "%(count)d min", first.max_run_minutes) % {"count": first.max_run_minutes}
        yield _("Runs for"), _("%(whom)s, at most %(limit)s") % {"whom": first.get_run_as_display(), "limit": limit}
    left = ", ".join(f"{way_label(reach)} · {collection_name(reach.collection)}" for reach in row.reaches)
    if left:
        yield _("Afterwards"), _("It stays listed, as it is still deployed: %(deployments)s.") % {"deployments": left}
    else:
        yield _("Afterwards"), _("It stays listed as Not installed.")
