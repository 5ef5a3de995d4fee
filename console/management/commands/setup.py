"""`manage.py setup`: the ready-made groups and the built-in collections; run it after every migrate, it changes nothing
that is there."""

from typing import Any

from django.core.management import BaseCommand
from django.utils import timezone

from devices.access.ready_made_roles import create_roles
from devices.collections.built_in import create_built_in
from devices.collections.refresh import refresh


class Command(BaseCommand):
    help = "Makes the ready-made roles and the built-in collections that are missing."

    def handle(self, *args: Any, **options: Any) -> None:
        built_in = create_built_in()
        refresh([collection.pk for collection in built_in.values()], timezone.now())
        made = create_roles({kind: collection.pk for kind, collection in built_in.items()})
        if made:
            self.stdout.write(f"Roles made: {', '.join(made)}.")
