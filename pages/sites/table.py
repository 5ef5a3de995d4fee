"""The columns of the list of sites."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from devices.models import Site
from pages.devices.counts import fleet
from ui.lists.columns import NUMBER, column, named


class SiteTable(tables.Table):
    name = named(_("Name"), "name", linkify=lambda record: reverse("devices:site", args=[record.pk]))
    version = column(_("Version"), "version", "name", td="num")
    devices = column(_("Devices"), orderable=False, td=NUMBER, th="r")
    queue_every_action = column(_("Queue every action"), "queue_every_action", "name", th="p1")

    class Meta:
        order_by = ("name",)

    def __init__(self, *args: Any, user: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.user = user
        self.counts: Counter[int] = Counter()

    @property
    def caption(self) -> str:
        return gettext("Sites")

    def prepare(self, sites: Sequence[Site]) -> None:
        self.counts = fleet(self.user, timezone.now()).by["site"]

    def render_version(self, record: Site) -> str:
        return record.version

    def render_devices(self, record: Site) -> str:
        return number_format(self.counts[record.pk], force_grouping=True)

    def render_queue_every_action(self, record: Site) -> str:
        return gettext("Yes") if record.queue_every_action else gettext("No")
