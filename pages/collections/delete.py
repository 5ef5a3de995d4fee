"""Deletes a collection that nothing is made of and nothing is deployed to."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from applications.models import Deployment
from audit.changes import State
from audit.models import AuditEntry
from devices.access.in_sight import collection_in_sight
from devices.access.permissions import DELETE_COLLECTION, READ_APPLICATION
from devices.collections.membership_query import MEMBER
from devices.models import Collection
from pages.collections.edit import state_of
from ui.delete_page import DeletePage


class DeleteCollection(DeletePage):
    icon = "layers"
    list_url, list_label, detail_url = "devices:collections", gettext_lazy("Collections"), "devices:collection"
    kind = AuditEntry.Kind.COLLECTION
    object: Collection

    def find(self) -> Collection:
        return collection_in_sight(self.request.user, self.kwargs["pk"], DELETE_COLLECTION)

    def get_state(self) -> State:
        return state_of(self.object)

    def why_not(self) -> list[str]:
        """What is in the way, by name as far as the user may see it."""
        user, collection = self.request.user, self.object
        readable = Collection.objects.visible_to(user)
        uses = (
            (collection.limited.all(), readable.filter(limiting=collection), _("It limits: %(names)s.")),
            (
                collection.used_by.values("collection").distinct(),
                readable.filter(rules__other=collection).distinct(),
                _("It is included in or left out of: %(names)s."),
            ),
        )
        reasons = [sentence % {"names": listed(seen, every.count())} for every, seen, sentence in uses if every]
        deployments = Deployment.objects.filter(collection=collection).select_related("application", "collection")
        if deployments:
            applications = [deployment.application for deployment in deployments]
            seen = applications if user.has_perm(READ_APPLICATION) else []
            reasons.append(
                _("It is the target of a deployment of: %(names)s.") % {"names": listed(seen, len(applications))}
            )
        return reasons

    def consequences(self) -> list[tuple[str, Any]]:
        collection = self.object
        return [
            (_("Members"), MEMBER[collection.kind]._default_manager.filter(collection=collection).count()),
            (_("Rights of roles that end"), collection.rights.count()),
        ]


def listed(seen: Any, total: int) -> str:
    """The names of those that the user may see, and how many others there are."""
    shown = sorted(map(str, seen))
    others = total - len(shown)
    if others:
        shown.append(
            ngettext("%(number)d that you may not see", "%(number)d that you may not see", others) % {"number": others}
        )
    return ", ".join(shown)
