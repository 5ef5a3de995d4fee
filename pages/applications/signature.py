"""What of an application (or group) is signed, its revisions, and the way out when the database says something else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from applications.authoring.saving import SaveRefused
from applications.authoring.signatures import put_back, sign_as_it_stands
from applications.in_sight import application_in_sight, not_enough
from applications.models import Application
from applications.revisions import definitions
from audit.log import who_asks
from devices.access.permissions import CHANGE_APPLICATION, CHANGE_TYPE
from pages.audit_log.wording.fields import field_in_words, value_in_words
from signing.envelope import digest

MAX_REVISIONS = 50


@require_http_methods(["GET", "HEAD", "POST"])
def signature(request: HttpRequest, pk: int, is_group: bool = False) -> HttpResponse:
    found = application_in_sight(request.user, pk, is_group=is_group)
    if request.method == "POST":
        return _act(request, application_in_sight(request.user, pk, CHANGE_APPLICATION, CHANGE_TYPE, is_group=is_group))
    last, now = definitions.genuine(found), definitions.definition_of(found)
    signed = definitions.signed(last) if last else None
    revisions = found.revisions.select_related("application")[: MAX_REVISIONS + 1]
    context = {
        "application": found,
        "stands": definitions.stands_as_signed(found),
        "last": last,
        "differences": list(differences(signed, now)) if signed else [],
        "digest": digest(now),
        "revisions": [(each, definitions.signed(each) is not None) for each in revisions[:MAX_REVISIONS]],
        "more": len(revisions) > MAX_REVISIONS,
        "may": all(
            request.user.has_perm(each) and not not_enough(request.user, each, found)
            for each in (CHANGE_APPLICATION, CHANGE_TYPE)
        ),
    }
    return render(request, "applications/signature.html", context)


def _act(request: HttpRequest, found: Application) -> HttpResponse:
    what = request.POST.get("what")
    try:
        if what == "put_back":
            put_back(found, **who_asks(request))
            messages.success(request, _("%(application)s is as it was signed.") % {"application": found})
        elif what == "sign":
            sign_as_it_stands(found, request.POST.get("digest", ""), **who_asks(request))
            messages.success(request, _("Signed %(application)s as it stands.") % {"application": found})
        else:
            return HttpResponseBadRequest(_("Say what is to be done: put it back, or sign it."))
    except SaveRefused as refused:
        messages.error(request, str(refused))
    name = "applications:group_signature" if found.is_group else "applications:signature"
    return redirect(name, found.pk)


def differences(signed: dict[str, Any], now: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """What was signed and what the database says, field by field: where, signed, now."""
    for part, old, new in _parts(signed, now):
        for field in {**old, **new}:
            if old.get(field) != new.get(field):
                column = definitions.TYPE_FIELDS.get(field, field)
                where = f"{part}: {field_in_words(column)}" if part else field_in_words(column)
                yield where, value_in_words(column, old.get(field)), value_in_words(column, new.get(field))


def _parts(signed: dict[str, Any], now: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    yield "", signed["application"], now["application"]
    yield "", _named(signed), _named(now)
    types = [{each["id"]: each for each in one.get("deployment_types", [])} for one in (signed, now)]
    for pk in {**types[0], **types[1]}:
        old, new = types[0].get(pk, {}), types[1].get(pk, {})
        yield (old or new)["name"], old, new


def _named(definition: dict[str, Any]) -> dict[str, Any]:
    """What it says of other applications, by their names, and of itself."""
    lists = {field: definition[field] for field in ("members", "dependencies") if field in definition}
    wanted = {pk for those in lists.values() for pk in those}
    names = {each.pk: str(each) for each in Application.objects.filter(pk__in=wanted)}
    found: dict[str, Any] = {field: [names.get(pk, str(pk)) for pk in those] for field, those in lists.items()}
    return found | {field: definition[field] for field in ("uninstall_first",) if field in definition}
