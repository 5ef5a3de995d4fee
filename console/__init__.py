"""The project: settings, addresses, Celery, ASGI and `make run`."""

from console.celery import app as celery_app

__all__ = ["celery_app"]
