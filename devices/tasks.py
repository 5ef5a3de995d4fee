"""What happens by itself, in time, to devices."""

from celery import shared_task
from django.utils import timezone

from devices import presence as presence_of


@shared_task
def presence() -> None:
    """Stream processes that died lose their devices; devices that are silent for a minute are offline."""
    now = timezone.now()
    presence_of.bury(now)
    presence_of.silence(now)
