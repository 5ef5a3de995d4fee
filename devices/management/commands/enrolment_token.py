"""`manage.py enrolment_token`: prints a token with which one device may enrol on a site."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from audit.log import Subject, record
from audit.models import AuditEntry
from devices.client_api.enrolment import new_token
from devices.models import Site

FIRST_SITE, FIRST_VERSION = "Main", "2111"


class Command(BaseCommand):
    help = "Prints a token with which one device may enrol, once and within a day."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--site", help="name of the site; without it the first site, made when there is none")
        parser.add_argument(
            "--create-site", metavar="VERSION", help="make the site, of this version, when it is missing"
        )

    def handle(self, *args: Any, site: str | None, create_site: str | None, **options: Any) -> None:
        found = site_named(site, create_site)
        token = new_token(found, None, timezone.now())
        record(AuditEntry.Verb.CREATED, Subject(AuditEntry.Kind.ENROLMENT_TOKEN, str(found)), actor="manage.py")
        self.stdout.write(token)


def site_named(name: str | None, version: str | None) -> Site:
    found = Site.objects.filter(name=name).first() if name else Site.objects.order_by("name").first()
    if found:
        return found
    if name and not version:
        raise CommandError(f"There is no site “{name}”. Use --create-site VERSION, for example 2111, to make it.")
    site = Site(name=name or FIRST_SITE, version=version or FIRST_VERSION)
    try:
        site.full_clean()
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from None
    site.save()
    record(AuditEntry.Verb.CREATED, Subject.of(AuditEntry.Kind.SITE, site), actor="manage.py")
    return site
