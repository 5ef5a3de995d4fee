"""Django's own check of a password; who is signed in brings along what has to be done before anything else."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q

from devices.access import seals
from devices.models import RoleSettings
from pages.models import GivenPassword, SecondFactor


class Backend(ModelBackend):
    def authenticate(self, request: Any, username: Any = None, password: Any = None, **more: Any) -> Any:
        """A password that is hashed anew, because the way of doing so changed, is sealed anew."""
        before = User.objects.filter(username=username).values_list("password", flat=True).first()
        user = super().authenticate(request, username, password, **more)
        changed = user and before and password and user.password != before
        if changed and check_password(str(password), str(before)) and seals.user_is_intact(user, before):
            seals.seal_password(user)
        return user

    def get_user(self, user_id: Any) -> Any:
        """With `password_given`, `has_second_factor` and `second_factor_needed`, by the query that fetches the user."""
        of_user = {"user": OuterRef("pk")}
        needed = Q(Exists(RoleSettings.objects.filter(second_factor=True, group__user=OuterRef("pk"))))
        if settings.KOPPEL_ADMINISTRATORS_NEED_SECOND_FACTOR:
            needed |= Q(is_superuser=True)
        found = User.objects.annotate(
            password_given=Exists(GivenPassword.objects.filter(**of_user)),
            has_second_factor=Exists(SecondFactor.objects.filter(**of_user)),
            second_factor_needed=needed,
        ).filter(pk=user_id)
        user = found.first()
        return user if user and self.user_can_authenticate(user) else None
