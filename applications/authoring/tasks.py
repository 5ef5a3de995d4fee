"""Tells the clients concerned, after a change, to fetch their policy anew; a worker finds out which those are."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial

from celery import shared_task
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from applications.models import Deployment, Report, Request
from applications.status.steps import carriers
from devices.enqueue import enqueue
from devices.models import Device, DeviceMember, PersonMember, SignIn
from devices.presence import push


@shared_task
def push_policy_of(collections: list[int], applications: list[int]) -> None:
    """What is deployed to these collections, or how these applications are installed, changed."""
    push.push_policy(connected(collections, applications))


def announce(*, collections: Collection[int] = (), applications: Collection[int] = ()) -> None:
    """After this transaction: what is deployed to these collections, or how these applications are installed, changed.

    A lost message is made good by the client, which asks by itself now and then.
    """
    transaction.on_commit(partial(enqueue, push_policy_of, sorted(collections), sorted(applications)), robust=True)


def connected(collections: Collection[int], applications: Collection[int]) -> Iterator[int]:
    """The connected devices (ids) whose policy speaks of these: members, and where an application is kept an eye on."""
    aimed = set(collections) | set(_deployments(applications).values_list("collection", flat=True))
    here = OuterRef("pk")
    persons = PersonMember.objects.filter(collection__in=aimed).values("person")
    concerned = (
        Q(Exists(DeviceMember.objects.filter(device=here, collection__in=aimed)))
        | Q(primary_user__in=persons)
        | Q(Exists(SignIn.objects.filter(device=here, person__in=persons)))
    )
    if applications:
        concerned |= Q(Exists(Report.objects.filter(device=here, application__in=applications, ever_installed=True)))
        concerned |= Q(Exists(Request.objects.open().filter(device=here, target__in=applications)))
    devices = Device.objects.filter(concerned, stream__isnull=False).order_by()
    return devices.values_list("pk", flat=True).iterator(chunk_size=10_000)


def _deployments(applications: Collection[int]) -> QuerySet[Deployment]:
    """Those that put the applications, or what brings them, into a policy; what requires approval does not (R16)."""
    brings = carriers(applications)
    mine = Q(application__in=brings) | Q(application__group_members__application__in=brings)
    return Deployment.objects.filter(mine, requires_approval=False).order_by()
