"""What cells about deployments and applications are made of."""

from __future__ import annotations

from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from applications.models import Deployment
from applications.status.reach import way_of
from applications.wording.sentences import WAY_LABELS
from ui.templatetags.koppel import icon

NONE = SafeString('<span class="sub">–</span>')


WAY_LOOKS = {"required": ("new", "flag"), "available": ("plain", "get"), "approval": ("info", "shield")}


def linked(thing: Any, url: str, text: str = "") -> SafeString:
    return format_html('<a href="{}">{}</a>', url, text or thing)


def way_chip(deployment: Deployment) -> SafeString:
    """Required, Available or Needs approval, as everywhere else."""
    way = way_of(deployment.purpose, deployment.requires_approval)
    tone, symbol = WAY_LOOKS[way]
    return format_html('<span class="chip t-{}">{}{}</span>', tone, icon(symbol), WAY_LABELS[way])
