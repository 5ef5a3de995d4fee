"""Imports who is the primary user of which device."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.log import who_asks
from devices.access.permissions import CHANGE_DEVICE, READ_COLLECTION
from devices.access.rights import require
from devices.models import Device, Person
from devices.primary_users.assign import assign
from pages.persons.csv_lines import CHANGED, WRONG, ImportForm, Line, counts, lines, mark_duplicates

MAX_LINES_SHOWN = 50


def import_primary_users(request: HttpRequest) -> HttpResponse:
    require(request.user, READ_COLLECTION, CHANGE_DEVICE)
    form = ImportForm(request.POST or None, request.FILES or None)
    found: list[Line] = []
    if request.method == "POST" and form.is_valid():
        try:
            found = judge_lines(request, form.cleaned_data["text"])
        except ValidationError as error:
            form.add_error(None, error)
        else:
            if "confirm" in request.POST:
                todo = {line.found[0]: line.found[1] for line in found if line.outcome == CHANGED}
                assign(todo, Device.PrimaryBy.IMPORT, **who_asks(request))
                sentence = ngettext(
                    "The primary user of %(number)d device is set.",
                    "The primary users of %(number)d devices are set.",
                    len(todo),
                )
                messages.success(request, sentence % {"number": len(todo)})
                return redirect("devices:people")
    return render(
        request,
        "persons/import.html",
        {
            "form": form,
            "title": _("Import primary users"),
            "columns": "device;username",
            "intro": _(
                "A first line with the names of the columns. An empty user name: the device has no primary user."
            ),
            "lines": sorted(found, key=lambda line: line.outcome != WRONG)[:MAX_LINES_SHOWN],
            "facts": counts(found),
            "todo": sum(line.outcome == CHANGED for line in found),
            "text": form.cleaned_data["text"] if found else "",
            "cancel": reverse("devices:people"),
        },
    )


def judge_lines(request: HttpRequest, text: str) -> list[Line]:
    """What each line would do; devices that the user may not change and persons out of sight are unknown."""
    found = lines(text, needed=["device", "username"], known=["device", "username"])
    mark_duplicates(found, "device")
    right = [line for line in found if line.outcome != WRONG]
    mine = Device.objects.visible_to(request.user, CHANGE_DEVICE).select_related("primary_user")
    devices = {device.name: device for device in mine.filter(name__in={line.values["device"] for line in right})}
    names = {line.values["username"] for line in right}
    persons = {p.username: p for p in Person.objects.visible_to(request.user).filter(username__in=names)}
    for line in right:
        device, username = devices.get(line.values["device"]), line.values["username"]
        if device is None:
            line.mark_wrong(_("There is no such device among those that you may change."))
        elif username and username not in persons:
            line.mark_wrong(_("There is no such user in sight."))
        elif device.primary_user != persons.get(username) or device.primary_by == Device.PrimaryBy.USE:
            line.outcome, line.found = CHANGED, (device, persons.get(username))
    return found
