"""`manage.py signing_key`: makes the key with which this console signs, shows it, or has a new one follow it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from applications.models import Revision
from applications.revisions.definitions import sign_again
from audit.log import Subject, record
from audit.models import AuditEntry
from signing import keys


class Command(BaseCommand):
    help = (
        "make: a key, where KOPPEL_SIGNING_KEY says. show: the public half, which devices pin. rotate: a new key, "
        "which the present one introduces; revisions are signed again. Restart web and worker after it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=("make", "show", "rotate"))

    def handle(self, *args: Any, what: str, **options: Any) -> None:
        path = settings.KOPPEL_SIGNING_KEY
        try:
            if what == "make":
                keys.make(path)
            elif what == "rotate":
                self.rotate()
            self.stdout.write(keys.keys().public)
        except (keys.KeyUnusable, OSError) as error:
            raise CommandError(str(error)) from error

    def rotate(self) -> None:
        """The key first: what a crash leaves signed with the old one is signed again by the next `rotate`, or accepted
        as long as the old one is."""
        new = keys.rotate(settings.KOPPEL_SIGNING_KEY, timezone.now())
        left = sign_again(Revision.objects.filter(current_of__isnull=False).iterator())
        record(AuditEntry.Verb.CHANGED, Subject(AuditEntry.Kind.SIGNING_KEY, new.id), actor="manage.py")
        for revision in left:
            self.stderr.write(f"Not signed by this console, so left as it is: {revision}.")
