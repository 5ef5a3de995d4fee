"""Makes the table of the audit log; takes over the entries of 0.1.0, which kept them in an app of another name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import django.db.models.deletion
from django.apps.registry import Apps
from django.conf import settings
from django.core.management.color import no_style
from django.db import migrations, models
from django.db.migrations.recorder import MigrationRecorder

OLD_APP, OLD_TABLE = "console", "console_auditentry"
RENAMED = {f"{OLD_APP}.{verb}_auditentry": f"audit.{verb}_auditentry" for verb in ("add", "change", "delete", "view")}
BATCH = 2000


def take_over(apps: Any, schema_editor: Any) -> None:
    """Copy what the old table has, in the present shape, and drop it; the right to read the log stays with the roles
    that have it. Nothing to do in a new database."""
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        if OLD_TABLE not in connection.introspection.table_names(cursor):
            return
    entries = apps.get_model("audit", "AuditEntry").objects.using(connection.alias)
    for rows in batches(old_entries().objects.using(connection.alias)):
        entries.bulk_create([entries.model(**taken_over(row)) for row in rows])
    schema_editor.execute(schema_editor.sql_delete_table % {"table": schema_editor.quote_name(OLD_TABLE)})
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [entries.model]):
            cursor.execute(statement)
    # The permissions refer to the content type, and the roles to the permissions.
    types = apps.get_model("contenttypes", "ContentType").objects.using(connection.alias)
    types.filter(app_label=OLD_APP, model="auditentry").update(app_label="audit")
    # That app has no models any more. If it ever has, its first migration must not count as applied.
    MigrationRecorder(connection).migration_qs.filter(app=OLD_APP).delete()


def old_entries() -> Any:
    """The model of 0.1.0 as far as it is read here, in a registry of its own."""

    class OldEntry(models.Model):  # noqa: DJ008
        id = models.BigAutoField(primary_key=True)
        at = models.DateTimeField()
        verb = models.CharField(max_length=16)
        user_id = models.BigIntegerField(null=True)
        actor = models.CharField(max_length=150)
        address = models.GenericIPAddressField(null=True)
        device_id = models.BigIntegerField(null=True)
        target = models.CharField(max_length=300)
        details = models.JSONField()
        private = models.BooleanField()

        class Meta:
            app_label = "audit"
            apps = Apps()
            db_table = OLD_TABLE
            managed = False

    return OldEntry


def batches(rows: Any) -> Iterator[list[Any]]:
    last = 0
    while found := list(rows.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield found
        last = found[-1].pk


def taken_over(row: Any) -> dict[str, Any]:
    """The fields of the entry now. What it was about was one English text: that is its name, and it is of no kind but
    where it tells its request."""
    facts = dict(row.details)
    request = str(facts.pop("request", ""))
    if isinstance(facts.get("changes"), dict):
        facts["changes"] = {field: change_of(field, kept) for field, kept in facts["changes"].items()}
    same = ("id", "at", "verb", "user_id", "actor", "address", "device_id", "private")
    return {name: getattr(row, name) for name in same} | {
        "kind": "request" if request else "",
        "object_id": request,
        "name": row.target,
        "facts": facts,
    }


def change_of(field: str, kept: Any) -> dict[str, Any]:
    """Of [before, after]; some were kept as the value after alone."""
    old, new = kept if isinstance(kept, list) and len(kept) == 2 else (None, kept)
    if field == "password":  # a code now
        new = "by_administrator"
    if field == "permissions":
        old, new = renamed(old), renamed(new)
    return {"old": old, "new": new}


def renamed(permissions: Any) -> Any:
    """What a role could do, by the names that permissions have now."""
    return [RENAMED.get(each, each) for each in permissions] if isinstance(permissions, list) else permissions


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("contenttypes", "0002_remove_content_type_name"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(verbose_name="when")),
                (
                    "verb",
                    models.CharField(
                        choices=[
                            ("signed_in", "Signed in"),
                            ("sign_in_failed", "Sign-in failed"),
                            ("signed_out", "Signed out"),
                            ("asked", "Asked"),
                            ("refused", "Refused"),
                            ("cancelled", "Cancelled"),
                            ("delivered", "Delivered"),
                            ("finished", "Finished"),
                            ("withdrawn", "Withdrawn"),
                            ("expired", "Expired"),
                            ("created", "Created"),
                            ("changed", "Changed"),
                            ("deleted", "Deleted"),
                            ("enrolled", "Enrolled"),
                            ("exported", "Exported"),
                        ],
                        max_length=16,
                        verbose_name="what",
                    ),
                ),
                ("actor", models.CharField(max_length=150, verbose_name="who")),
                ("address", models.GenericIPAddressField(null=True, verbose_name="from")),
                ("device_id", models.BigIntegerField(null=True, verbose_name="device")),
                (
                    "kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("application", "Application"),
                            ("application_group", "Application group"),
                            ("deployment_type", "Deployment type"),
                            ("deployment", "Deployment"),
                            ("collection", "Collection"),
                            ("device", "Device"),
                            ("person", "User"),
                            ("site", "Site"),
                            ("role", "Role"),
                            ("user", "Account"),
                            ("password", "Password"),
                            ("enrolment_token", "Enrolment token"),
                            ("request", "Request"),
                            ("applications", "Applications"),
                            ("application_groups", "Application groups"),
                            ("device_applications", "Applications of the device"),
                            ("deployments", "Deployments"),
                            ("devices", "Devices"),
                            ("requests", "Requests"),
                            ("audit_log", "Audit log"),
                        ],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                ("object_id", models.CharField(blank=True, max_length=36, verbose_name="number")),
                ("name", models.CharField(blank=True, max_length=300, verbose_name="name")),
                ("facts", models.JSONField(default=dict, verbose_name="facts")),
                ("private", models.BooleanField(default=False)),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "audit entry",
                "verbose_name_plural": "audit log",
                "ordering": ["-at", "-pk"],
                "indexes": [
                    models.Index(fields=["-at", "-id"], name="audit_newest"),
                    models.Index(fields=["verb", "-at"], name="audit_verb"),
                    models.Index(fields=["device_id", "-at"], name="audit_device"),
                    models.Index(fields=["actor", "-at"], name="audit_actor"),
                ],
            },
        ),
        migrations.RunPython(take_over, migrations.RunPython.noop),
    ]
