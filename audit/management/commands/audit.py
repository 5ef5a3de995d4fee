"""`manage.py audit verify` and `export`: was the audit log changed, and all of it as JSON lines."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from audit.chain.anchors import check, known_anchors
from audit.chain.sealing import seal, sealed_lines
from audit.chain.verify import told
from audit.models import AuditEntry


class Command(BaseCommand):
    help = "Says whether the audit log was changed behind the console's back, or writes all of it as JSON lines."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "what",
            choices=["verify", "export"],
            help="export: for audit/chain/verify.py, which says the same and needs nothing but Python",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        seal(AuditEntry.objects)
        if options["what"] == "export":
            for line in sealed_lines(AuditEntry.objects):
                self.stdout.write(json.dumps(line))
            for envelope in known_anchors():
                self.stdout.write(json.dumps({"anchor": envelope}))
            return
        report = check(timezone.now())
        lines = "\n".join(told(report))
        if report.faults:
            raise CommandError(lines)
        self.stdout.write(lines)
