"""What happens by itself, in time, to devices."""

from celery import shared_task
from django.utils import timezone

from devices import membership
from devices import presence as presence_of
from devices import use as use_of


@shared_task
def presence() -> None:
    """Stream processes that died lose their devices; devices that are silent for a minute are offline."""
    now = timezone.now()
    presence_of.bury(now)
    presence_of.silence(now)


@shared_task
def use() -> None:
    """Who uses which device, and whom that makes its primary user."""
    now = timezone.now()
    use_of.look(now)
    use_of.forget(now)


@shared_task
def refresh_collections(collections: list[int] | None = None) -> None:
    """The members of these collections and of what depends on them; every minute, without ids: of all."""
    if collections is None:
        membership.refresh_all(timezone.now())
    else:
        membership.refresh(collections, timezone.now())
