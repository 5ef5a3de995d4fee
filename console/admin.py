"""Django's administration: users, changed by superusers only and in the audit log; roles have a page of their own."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest

from console import audit
from console.models import AuditEntry

Verb = AuditEntry.Verb

admin.site.unregister(Group)
admin.site.unregister(User)


@admin.register(User)
class Users(UserAdmin):
    """Who can change users could give themselves everything, so for that a permission alone is not enough."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    has_delete_permission = has_change_permission

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        _write_down(request, Verb.CREATED, obj, message)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        _write_down(request, Verb.CHANGED, obj, message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        for user in queryset:
            _write_down(request, Verb.DELETED, user, None)
        return super().log_deletions(request, queryset)


def _write_down(request: HttpRequest, verb: Verb, user: Any, message: Any) -> None:
    """`message` is Django's list of what changed."""
    audit.record(
        verb,
        f"User {user}",
        user=request.user,
        address=audit.address_of(request),
        details={"administration": message} if message else {},
    )
