"""`manage.py seal NAME`: the rights that an account and its roles have now are those that Koppel gave."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management import BaseCommand, CommandError
from django.db import transaction

from audit.log import Subject, record
from audit.models import AuditEntry
from devices.access import seals


class Command(BaseCommand):
    help = "Seals the rights of an account, and of its roles, as they stand in the database: look at them first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="user name of the account")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["name"]).first()
        if user is None:
            raise CommandError(f"There is no account “{options['name']}”.")
        with transaction.atomic():
            for group in user.groups.all():
                seals.seal_role(group)
            seals.seal_user(user)
            subject = Subject.of(AuditEntry.Kind.USER, user)
            record(AuditEntry.Verb.SIGNED, subject, actor="manage.py")
        rights = "all rights" if user.is_superuser else ", ".join(sorted(str(group) for group in user.groups.all()))
        self.stdout.write(f"{user} has: {rights or 'no role'}.")
