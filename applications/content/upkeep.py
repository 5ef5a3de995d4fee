"""Removes files that nothing names any more, some time after that was first seen, and uploads that nobody ended."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from applications.content import store, uploads
from applications.models import Content, Order, Revision, Upload
from applications.rules.lifecycle import OPEN

GRACE = timedelta(days=1)  # between the last that names a file and its removal; also for an upload that stands still


def tidy(now: datetime) -> None:
    """May run at the same moment as another, and while somebody uploads the same file."""
    for upload in Upload.objects.filter(changed_at__lt=now - GRACE):
        uploads.discard(upload)
    used = set(Content.objects.values_list("pk", flat=True)) - set(unnamed().values_list("pk", flat=True))
    Content.objects.filter(pk__in=used).exclude(unused_since=None).update(unused_since=None)
    Content.objects.exclude(pk__in=used).filter(unused_since=None).update(unused_since=now)
    for pk in Content.objects.filter(unused_since__lt=now - GRACE).values_list("pk", flat=True):
        _remove(pk, now)


def unnamed() -> QuerySet[Content]:
    """What no deployment type, no present revision, no open request and no upload names."""
    left = Content.objects.filter(deployment_types=None, uploads=None)
    left = left.exclude(revisions__in=Revision.objects.filter(current_of__isnull=False))
    former = set(Revision.objects.filter(contents__in=left).values_list("pk", flat=True))
    if not former:
        return left
    orders = Order.objects.filter(request__state__in=OPEN).values_list("revisions", flat=True)
    asked = {pk for revisions in orders.iterator() for pk in revisions if pk in former}
    return left.exclude(revisions__in=asked)


def _remove(pk: int, now: datetime) -> None:
    """The bytes go while the row is locked: who uploads the same file meanwhile waits, and brings them anew."""
    with transaction.atomic():
        content = Content.objects.select_for_update().filter(pk=pk, unused_since__lt=now - GRACE).first()
        if content and unnamed().filter(pk=pk).exists():
            store.remove(content)
            content.delete()
