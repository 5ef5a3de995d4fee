"""`manage.py enrolment_token`: prints a token with which one device, or so many, may enrol on a site."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from audit.log import Subject, record
from audit.models import AuditEntry
from devices.client_api.enrolment import ENROLMENT_TOKEN_LIFETIME, MAX_DEVICES, MAX_LIFETIME, facts_of, new_token
from devices.models import Collection, Site

FIRST_SITE, FIRST_VERSION = "Main", "2111"


class Command(BaseCommand):
    help = "Prints a token with which one device may enrol, or so many, within a day or until a moment."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--site", help="name of the site; without it the first site, made when there is none")
        parser.add_argument(
            "--create-site", metavar="VERSION", help="make the site, of this version, when it is missing"
        )
        parser.add_argument("--collection", metavar="NAME", help="of which the devices become direct members")
        parser.add_argument("--devices", type=int, default=1, metavar="NUMBER", help="how many may enrol; default 1")
        parser.add_argument("--until", metavar="MOMENT", help="for example 2027-01-31T18:00; default: for a day")

    def handle(
        self,
        *args: Any,
        site: str | None,
        create_site: str | None,
        collection: str | None,
        devices: int,
        until: str | None,
        **options: Any,
    ) -> None:
        now = timezone.now()
        expires_at = moment(until) if until else now + ENROLMENT_TOKEN_LIFETIME
        if not now < expires_at <= now + MAX_LIFETIME:
            raise CommandError(f"--until is a moment within the next {MAX_LIFETIME.days} days.")
        if not 1 <= devices <= MAX_DEVICES:
            raise CommandError(f"--devices is a number from 1 to {MAX_DEVICES}.")
        leads_to = collection_named(collection) if collection else None
        found = site_named(site, create_site)
        token = new_token(found, None, now, collection=leads_to, limit=devices, expires_at=expires_at)
        facts = facts_of(leads_to, devices, expires_at)
        subject = Subject(AuditEntry.Kind.ENROLMENT_TOKEN, str(found))
        record(AuditEntry.Verb.CREATED, subject, actor="manage.py", facts=facts)
        self.stdout.write(token)


def moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"“{text}” is no moment; say for example 2027-01-31T18:00.") from None
    return found if timezone.is_aware(found) else timezone.make_aware(found)


def collection_named(name: str) -> Collection:
    found = Collection.objects.filter(name=name, kind=Collection.Kind.DEVICES, built_in=False).first()
    if found is None:
        raise CommandError(f"There is no collection of devices called “{name}” that can have direct members.")
    return found


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
