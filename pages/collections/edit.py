"""Creates and changes a collection, with a look at its members before it is saved."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.changes import State, state
from audit.log import Subject, record_change, who_asks
from audit.models import AuditEntry
from devices.access.in_sight import collection_in_sight, sees_everybody
from devices.access.permissions import (
    ADD_COLLECTION,
    CHANGE_COLLECTION,
    READ_COLLECTION,
)
from devices.access.rights import require
from devices.collections import refresh
from devices.collections.dependencies import dependents, edges
from devices.collections.membership_query import FIELD, MEMBER, WHAT, Definition
from devices.collections.tasks import membership_changed
from devices.models import Collection, CollectionRule
from devices.models.collection import collections_of
from pages.collections.form import CollectionForm
from pages.collections.query_form import Queries, suggestions

AT_ONCE = 20_000  # in a larger fleet a worker brings the members up to date, and the page does not wait for it
MAX_NAMES = 25  # names in a preview


def add_collection(request: HttpRequest, kind: str) -> HttpResponse:
    require(request.user, READ_COLLECTION, ADD_COLLECTION)
    if kind not in Collection.Kind.values:
        raise Http404
    return edit(request, Collection(kind=kind))


def edit_collection(request: HttpRequest, pk: int) -> HttpResponse:
    collection = collection_in_sight(request.user, pk, CHANGE_COLLECTION)
    readable = collections_of(request.user, READ_COLLECTION)
    if readable is not None and collection.limiting_id not in readable:
        raise PermissionDenied(
            _("Only who may read the collection that limits %(collection)s can change it.") % {"collection": collection}
        )
    return edit(request, collection)


def edit(request: HttpRequest, collection: Collection) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    kept = (
        collection.rules.filter(kind="query").exclude(query=[]).values_list("query", flat=True) if collection.pk else ()
    )
    personal = sees_everybody(request.user)
    if data is None:
        queries = Queries.of(collection.kind, kept, personal=personal)
    else:
        queries = Queries(collection.kind, data=data, personal=personal)
    preview = None
    if data is not None and "more" in data:
        queries = queries.more(data["more"])
        given = {name: data.getlist(name) if name in ("include", "exclude") else data.get(name) for name in data}
        form = CollectionForm(instance=collection, user=request.user, initial=given)
    else:
        before = state_of(collection) if collection.pk else None
        form = CollectionForm(data, instance=collection, user=request.user)
        if data is not None and all([form.is_valid(), queries.is_valid()]):
            if "preview" not in data:
                return save(request, form, queries, before)
            preview = preview_members(request.user, form.definition(queries.queries))
    return render(
        request,
        "collections/edit.html",
        {
            "form": form,
            "queries": queries,
            "collection": collection,
            "name": Collection.objects.get(pk=collection.pk).name if collection.pk else "",
            "values": suggestions(request.user, collection.kind),
            "preview": preview,
            "cancel": reverse("devices:collection", args=[collection.pk])
            if collection.pk
            else reverse("devices:collections"),
        },
    )


def save(request: HttpRequest, form: CollectionForm, queries: Queries, before: State | None) -> HttpResponse:
    with transaction.atomic():
        collection = form.save()
        form.save_rules(queries.queries)
        record_change(subject_of(collection), before, state_of(collection), **who_asks(request))
        at_once = is_small(collection.kind)
        if not at_once:
            membership_changed([collection.pk])
    if at_once:
        refresh.refresh([collection.pk], timezone.now())
        messages.success(request, success_message(collection))
    else:
        messages.success(
            request,
            _("%(collection)s is saved. Its members are being brought up to date.") % {"collection": collection},
        )
    if not Collection.objects.visible_to(request.user).filter(pk=collection.pk).exists():
        return redirect("devices:collections")
    return redirect("devices:collection", collection.pk)


def success_message(collection: Collection) -> str:
    number = MEMBER[collection.kind]._default_manager.filter(collection=collection).count()
    return ngettext(
        "%(collection)s is saved and has %(number)d member.",
        "%(collection)s is saved and has %(number)d members.",
        number,
    ) % {"collection": collection, "number": number}


def is_small(kind: str) -> bool:
    return not WHAT[kind]._default_manager.order_by()[AT_ONCE : AT_ONCE + 1].exists()


def preview_members(user: Any, definition: Definition) -> dict[str, Any]:
    """Who would be a member; nothing is saved. Names are those in sight."""
    wanted = definition.wanted()
    number = wanted.count()
    present = MEMBER[definition.kind]._default_manager.filter(collection=definition.pk)
    there = Exists(present.filter(**{FIELD[definition.kind]: OuterRef("pk")}))
    stay = wanted.filter(there).count() if definition.pk else 0
    key = "name" if definition.kind == Collection.Kind.DEVICES else "username"
    some = wanted.filter(pk__in=WHAT[definition.kind].objects.visible_to(user).values("pk"))  # type: ignore[attr-defined]
    shown = list(some.order_by(key).values_list(key, flat=True)[:MAX_NAMES])
    facts = [(_("Added"), number - stay), (_("Removed"), present.count() - stay)] if definition.pk else []
    depending = len(dependents(edges(), [definition.pk])) - 1 if definition.pk else 0
    if depending:
        facts.append((_("Collections made of this one"), depending))
    return {"count": number, "names": shown, "more": max(number - len(shown), 0), "facts": facts}


def state_of(collection: Collection) -> State:
    """For the audit log."""
    rules = collection.rules.select_related("device", "person", "other")
    kept = sorted(
        (written_rule(rule, collection.kind) for rule in rules),
        key=lambda rule: (rule["kind"], json.dumps(rule, sort_keys=True)),  # the same rules always in the same order
    )
    return state(collection, ("name", "comment", "limiting")) | {"rules": kept}


def written_rule(rule: CollectionRule, kind: str) -> dict[str, Any]:
    """A rule as facts; what it names by the name it has now."""
    if rule.kind == CollectionRule.Kind.QUERY:
        return {"kind": rule.kind, "of": kind, "query": rule.query}
    if rule.kind == CollectionRule.Kind.DIRECT:
        return {"kind": rule.kind, "member": str(rule.device or rule.person)}
    return {"kind": rule.kind, "collection": rule.other.audit_name if rule.other else ""}


def subject_of(collection: Collection) -> Subject:
    return Subject.of(AuditEntry.Kind.COLLECTION, collection)
