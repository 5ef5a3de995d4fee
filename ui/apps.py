"""The Django app of the page toolkit: its template tags."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "ui"
