"""What workers do for the audit log. Every task may run twice, late, at the same moment as another, or never."""

from celery import shared_task
from django.utils import timezone

from audit.chain.anchors import anchor_daily
from audit.chain.sealing import seal
from audit.models import AuditEntry

MOST = 1000


@shared_task
def seal_entries() -> None:
    """Every few seconds, so that what was written can soon no longer be changed unnoticed; a crowd of entries in parts,
    because whoever writes at the same moment waits for this."""
    seal(AuditEntry.objects, MOST)


@shared_task
def check_and_anchor() -> None:
    """Once a day, whenever that becomes due."""
    anchor_daily(timezone.now())
