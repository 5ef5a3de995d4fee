"""Which files a device may fetch: those that an open request of it or its policy names, and no others."""

from __future__ import annotations

from applications.models import Content, Order, Revision
from applications.policy.policy import policy_of
from applications.rules.lifecycle import OPEN
from devices.models import Device


def content_for(device: Device, sha256: str) -> Content | None:
    """The file, when the device may fetch it now."""
    content = Content.objects.filter(sha256=sha256).first()
    if content is None:
        return None
    orders = Order.objects.filter(request__device=device, request__state__in=OPEN)
    named = {pk for revisions in orders.values_list("revisions", flat=True) for pk in revisions}
    naming = Revision.objects.filter(contents=content)
    if naming.filter(pk__in=named).exists() or naming.filter(current_of__in=policy_of(device).brought).exists():
        return content
    return None
