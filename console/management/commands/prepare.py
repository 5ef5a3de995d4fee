"""`manage.py prepare`: makes a console ready to start, as often as you like; what is there already stays as it is."""

import contextlib
import io
import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import BaseCommand, CommandError, call_command
from django.db import DatabaseError

from console.configuration.environment import WrongSetting
from console.translations.compile import compile_all
from devices.access import seals


class Command(BaseCommand):
    help = (
        "Migrates, compiles translations, collects static files, makes roles and, when asked, the first administrator."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--administrator", help="make this superuser when there is none; standard input has the password"
        )
        parser.add_argument("--demo", action="store_true", help="fill a new console with demo data")
        parser.add_argument(
            "--client", action="store_true", help="make an enrolment token for a client on this machine"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Answers on standard output, as JSON, what was made: {"administrator": bool, "token": text or null}."""
        compile_all()
        try:
            call_command("migrate", interactive=False, verbosity=0)
        except DatabaseError as error:
            raise WrongSetting(f"The database cannot be used; check DATABASE_URL. It said: {error}".strip()) from error
        if not settings.DEBUG:
            call_command("collectstatic", interactive=False, verbosity=0)
        call_command("setup", stdout=io.StringIO())
        made: dict[str, Any] = {"administrator": False, "token": None}
        if options["administrator"] and not has_administrator():  # a new console; the administrator comes last
            if options["demo"]:
                with contextlib.suppress(CommandError):  # it is there: this start goes on where another broke off
                    call_command("demo", stdout=io.StringIO())
            password = sys.stdin.readline().strip()
            users = get_user_model()._default_manager
            seals.seal_user(users.create_superuser(username=options["administrator"], password=password))
            made["administrator"] = True
        if options["client"]:
            token = io.StringIO()
            call_command("enrolment_token", stdout=token)
            made["token"] = token.getvalue().strip().splitlines()[-1]
        self.stdout.write(json.dumps(made))


def has_administrator() -> bool:
    return get_user_model()._default_manager.filter(is_superuser=True).exists()
