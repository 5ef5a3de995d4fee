"""The Django app of the pages: their template tags."""

from django.apps import AppConfig


class PagesConfig(AppConfig):
    name = "pages"
