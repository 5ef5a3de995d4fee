"""Imports persons from a .csv file, after a look at what each line will do."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.changes import difference, state
from audit.log import Subject, entry, record_all, who_asks
from audit.models import AuditEntry
from devices.access.in_sight import require_everywhere
from devices.access.permissions import ADD_PERSON, CHANGE_PERSON
from devices.models import Collection, Person
from pages.persons.csv_lines import CHANGED, NEW, WRONG, ImportForm, Line, counts, lines, mark_duplicates
from pages.persons.views import FIELDS, refresh_collections_of

Verb = AuditEntry.Verb
MAX_LINES_SHOWN = 50


def import_people(request: HttpRequest) -> HttpResponse:
    require_everywhere(request.user, Collection.Kind.PERSONS, ADD_PERSON, CHANGE_PERSON)
    form = ImportForm(request.POST or None, request.FILES or None)
    found: list[Line] = []
    if request.method == "POST" and form.is_valid():
        try:
            found = judge_lines(form.cleaned_data["text"])
        except ValidationError as error:
            form.add_error(None, error)
        else:
            if "confirm" in request.POST:
                number = carry_out(request, found)
                sentence = ngettext("%(number)d user imported.", "%(number)d users imported.", number)
                messages.success(request, sentence % {"number": number})
                return redirect("devices:people")
    return render(
        request,
        "persons/import.html",
        {
            "form": form,
            "title": _("Import users"),
            "columns": "username;name;email;department",
            "intro": _("A first line with the names of the columns; user name is needed, the others as you like."),
            "lines": sorted(found, key=lambda line: line.outcome != WRONG)[:MAX_LINES_SHOWN],
            "facts": counts(found),
            "todo": sum(line.outcome in (NEW, CHANGED) for line in found),
            "text": form.cleaned_data["text"] if found else "",
            "cancel": reverse("devices:people"),
        },
    )


def judge_lines(text: str) -> list[Line]:
    """What each line would do. A column that is not there leaves what is known as it is."""
    found = lines(text, needed=["username"], known=FIELDS)
    mark_duplicates(found, "username")
    known = Person.objects.in_bulk([line.values.get("username", "") for line in found], field_name="username")
    for line in found:
        if line.outcome == WRONG:
            continue
        person = known.get(line.values["username"]) or Person()
        before = state(person, line.values)
        for field, value in line.values.items():
            setattr(person, field, value)
        try:
            person.clean_fields()
        except ValidationError as error:
            field, reasons = next(iter(error.message_dict.items()))
            line.mark_wrong(f"{Person._meta.get_field(field).verbose_name}: {reasons[0]}")  # type: ignore[union-attr]
            continue
        line.found = (person, before)
        if person.pk is None:
            line.outcome = NEW
        elif before != state(person, line.values):
            line.outcome = CHANGED
    return found


@transaction.atomic
def carry_out(request: HttpRequest, found: list[Line]) -> int:
    new = [line.found[0] for line in found if line.outcome == NEW]
    changed = [line.found for line in found if line.outcome == CHANGED]
    Person.objects.bulk_create(new, ignore_conflicts=True)
    Person.objects.bulk_update([person for person, _before in changed], FIELDS, batch_size=500)
    names = [person.username for person in new] + [person.username for person, _before in changed]
    refresh_collections_of(list(Person.objects.filter(username__in=names).values_list("pk", flat=True)))
    by = who_asks(request)
    record_all(entry(Verb.CREATED, subject_of(person), facts={"import": True}, **by) for person in new)
    record_all(
        entry(
            Verb.CHANGED,
            subject_of(person),
            facts={"import": True, "changes": difference(before, state(person, before))},
            **by,
        )
        for person, before in changed
    )
    return len(names)


def subject_of(person: Person) -> Subject:
    return Subject(AuditEntry.Kind.PERSON, str(person), str(person.pk or ""))
