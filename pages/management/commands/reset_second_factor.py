"""`manage.py reset_second_factor NAME`: the way out for the last administrator, who lost everything but the server."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management import BaseCommand, CommandError
from django.db import transaction

from audit.log import Subject, record_change
from audit.models import AuditEntry
from pages.sign_in.proofs import factors
from pages.sign_in.sessions.store import end_sessions


class Command(BaseCommand):
    help = "Removes every second factor of an account and ends its sessions; its password stays."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="user name of the account")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["name"]).first()
        if user is None:
            raise CommandError(f"There is no account “{options['name']}”.")
        with transaction.atomic():
            before = factors.state_of(user)
            factors.remove_all(user)
            end_sessions(user)
            record_change(Subject.of(AuditEntry.Kind.USER, user), before, factors.state_of(user))
        self.stdout.write(f"{user} signs in with the password alone now.")
