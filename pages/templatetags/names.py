"""{% load names %}: roles by the names that are shown."""

from __future__ import annotations

from typing import Any

from django import template
from django.contrib.auth.models import Group
from django.utils.translation import gettext

from devices.ready_made_names import role_name as shown

register = template.Library()


@register.filter
def role_name(role: Group | str) -> str:
    """`{{ role|role_name }}`, of a role or of its name."""
    return shown(role if isinstance(role, str) else role.name)


@register.simple_tag
def role_of(user: Any) -> str:
    """The roles of an account, in words."""
    if user.is_superuser:
        return gettext("All rights")
    return ", ".join(map(shown, user.groups.values_list("name", flat=True))) or gettext("No role")
