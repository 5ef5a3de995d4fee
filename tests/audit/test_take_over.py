"""The log of 0.1.0 is taken over: every entry, and the right to read it; on SQLite and on PostgreSQL (R20)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from audit.chain.sealing import sealed_lines
from audit.chain.verify import verify
from audit.log import Subject, record
from audit.models import VIEW_AUDIT, AuditEntry
from devices.access.permissions import READ_APPLICATION, READ_COLLECTION
from tests.make import make_collection, make_device, make_user

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
REQUEST = UUID("6a47d6d0-2d7e-43fa-9fda-56c6574192c2")
MANY = 4100  # more than are copied at once


@pytest.fixture
def old(transactional_db, settings):
    """The model of the old log, in a database as 0.1.0 left it; afterwards the database is as it should be again."""
    call_command("migrate", "audit", "zero", verbosity=0)
    settings.MIGRATION_MODULES = {"console": "tests.audit.console_0_1_0"}
    call_command("migrate", "console", verbosity=0)
    state = MigrationExecutor(connection).loader.project_state(("console", "0003_audit_actor"))
    ContentType.objects.filter(app_label="audit").exclude(model="auditentry").delete()  # these came later
    ContentType.objects.filter(app_label="audit").update(app_label="console")
    settings.MIGRATION_MODULES = {}
    yield state.apps.get_model("console", "AuditEntry")
    call_command("migrate", verbosity=0)


def migrate():
    call_command("migrate", verbosity=0)
    ContentType.objects.clear_cache()


def tables():
    with connection.cursor() as cursor:
        return connection.introspection.table_names(cursor)


def test_a_filled_log_is_taken_over_and_read(client, old):
    device = make_device("LT-AMS-0421")
    auditor = make_user("m.deboer", READ_COLLECTION, READ_APPLICATION, reads=[make_collection("Laptops", device)])
    right = Permission.objects.get(content_type__app_label="console", codename="view_auditentry")
    auditor.groups.get().permissions.add(right)
    same = {"at": AT, "actor": "m.deboer", "user_id": auditor.pk, "device_id": device.pk}
    first = old.objects.create(
        verb="asked",
        target="Install: GIMP 3.0, LT-AMS-0421",
        address="192.0.2.7",
        details={"request": str(REQUEST), "comment": "Tea"},
        **same,
    )
    for target, changes in (
        ("Site AMS", {"version": ["2103", "2111"], "name": [None, "AMS"]}),
        ("Device LT-AMS-0421", {"primary_user": ["j.visser", "p.bakker"], "primary_by": "import"}),
        ("User m.deboer", {"password": ["before", "set by an administrator"]}),
        ("Role Auditor", {"permissions": [[], ["console.view_auditentry"]]}),
        ("Collection Laptops", {"rules": [["Members of Macs"], ["OS is Debian and Site is AMS"]]}),
    ):
        old.objects.create(verb="changed", target=target, details={"changes": changes}, **same)
    old.objects.create(
        at=AT, actor="Koppel", verb="created", target="Person h.dekker", device_id=device.pk, private=True
    )
    late = AT - timedelta(days=1)
    old.objects.bulk_create(old(at=late, actor="x", verb="signed_in", target=f"x{n}", details={}) for n in range(MANY))

    migrate()

    assert AuditEntry.objects.count() == 7 + MANY
    report = verify(sealed_lines(AuditEntry.objects), [])
    assert (report.last, report.faults) == (7 + MANY, []), "all of it is chained"
    entry = AuditEntry.objects.get(verb="asked")
    assert (entry.pk, entry.at, entry.user, entry.address) == (first.pk, AT, auditor, "192.0.2.7")
    assert (entry.kind, entry.object_id, entry.facts) == ("request", str(REQUEST), {"comment": "Tea"})
    assert AuditEntry.objects.get(name="Site AMS").facts["changes"] == {
        "version": {"old": "2103", "new": "2111"},
        "name": {"old": None, "new": "AMS"},
    }
    assert AuditEntry.objects.get(private=True).name == "Person h.dekker"
    client.force_login(auditor)
    assert "naam: AMS" in client.get("/audit/", headers={"accept-language": "nl"}).content.decode()
    html = client.get("/audit/", headers={"accept-language": "en"}).content.decode()
    for told in (
        "Install: GIMP 3.0, LT-AMS-0421",
        f'href="/requests/{REQUEST}/"',
        "Reason given: Tea",
        "192.0.2.7",
        "Site AMS",
        "name: AMS",
        "version: 2103 → 2111",
        "primary user: j.visser → p.bakker",
        "the primary user is: ",
        "password: the one before → set by an administrator",
        "permissions: – → Read the audit log",
        "membership rules: Members of Macs → OS is Debian and Site is AMS",
        "LT-AMS-0421</a>",
    ):
        assert told in html
    assert "h.dekker" not in html

    record(AuditEntry.Verb.SIGNED_IN, Subject(AuditEntry.Kind.USER, "later"))
    assert AuditEntry.objects.get(name="later").pk > MANY, "numbers go on where they were"


def test_nothing_is_left_of_the_old_app_and_roles_keep_their_right(old):
    auditor = make_user("", READ_COLLECTION, reads=[make_collection("Laptops")])
    right = Permission.objects.get(content_type__app_label="console", codename="view_auditentry")
    auditor.groups.get().permissions.add(right)
    assert "console_auditentry" in tables()
    migrate()
    assert "console_auditentry" not in tables()
    assert not ContentType.objects.filter(app_label="console").exists()
    assert not MigrationRecorder(connection).migration_qs.filter(app="console").exists()
    assert VIEW_AUDIT in auditor.get_all_permissions()
    assert Permission.objects.get(codename="view_auditentry") == right
    call_command("migrate", check_unapplied=True, verbosity=0)
    call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)


@pytest.mark.django_db
def test_a_new_database_has_the_table_with_its_indexes():
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, "audit_auditentry")
    assert {"audit_newest", "audit_verb", "audit_device", "audit_actor"} <= found.keys()
    assert "console_auditentry" not in tables()
