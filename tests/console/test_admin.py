"""The administration: users are for superusers, and what changes is in the audit log."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from console.models import AuditEntry
from tests.make import make_user

pytestmark = pytest.mark.django_db


def test_users_are_changed_by_superusers_whatever_permissions_somebody_has(client):
    staff = make_user("staff", "auth.view_user", "auth.change_user", "auth.add_user", "auth.delete_user")
    staff.is_staff = True
    staff.save()
    client.force_login(staff)
    for url in (
        reverse("admin:auth_user_add"),
        reverse("admin:auth_user_change", args=[staff.pk]),
        reverse("admin:auth_user_delete", args=[staff.pk]),
        reverse("admin:auth_user_password_change", args=[staff.pk]),
    ):
        assert client.post(url, {"is_superuser": "on"}).status_code == 403
    assert not User.objects.filter(is_superuser=True).exists()


def test_what_is_changed_there_is_in_the_audit_log(client):
    client.force_login(make_user("root", superuser=True))
    passwords = {"password1": "correct horse 9", "password2": "correct horse 9", "usable_password": "true"}
    client.post(reverse("admin:auth_user_add"), {"username": "mara", **passwords})
    mara = User.objects.get(username="mara")
    form = client.get(reverse("admin:auth_user_change", args=[mara.pk])).context["adminform"].form
    data = {
        name: value for name, value in form.initial.items() if value not in (None, False, "") and name != "password"
    }
    joined = {"date_joined_0": "2026-11-20", "date_joined_1": "10:00:00"}
    client.post(reverse("admin:auth_user_change", args=[mara.pk]), {**data, **joined, "is_superuser": "on"})
    client.post(reverse("admin:auth_user_delete", args=[mara.pk]), {"post": "yes"})
    assert list(AuditEntry.objects.order_by("pk").values_list("verb", "target", "actor")) == [
        ("created", "User mara", "root"),
        ("changed", "User mara", "root"),
        ("deleted", "User mara", "root"),
    ]
    assert "is_superuser" in str(AuditEntry.objects.get(verb="changed").details) or "Superuser" in str(
        AuditEntry.objects.get(verb="changed").details
    )


def test_roles_have_their_own_page(client):
    client.force_login(make_user("root", superuser=True))
    assert "/admin/auth/group/" not in client.get(reverse("admin:index")).text
