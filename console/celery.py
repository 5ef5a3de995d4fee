"""The Celery application; its settings are the CELERY_ ones in console/settings.py."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")

app = Celery("console")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(
    [
        "applications.authoring",
        "applications.content",
        "applications.requests",
        "audit",
        "devices.collections",
        "devices.presence",
        "devices.primary_users",
        "pages.sign_in",
    ]
)
