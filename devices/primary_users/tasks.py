"""What workers do about who uses which device."""

from celery import shared_task
from django.utils import timezone

from devices.primary_users import from_use


@shared_task
def primary_users_from_use() -> None:
    """Who uses which device, and whom that makes its primary user."""
    now = timezone.now()
    from_use.count_today(now)
    from_use.delete_old_days(now)
