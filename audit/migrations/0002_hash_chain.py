"""The hash chain: a number and a hash for every entry, also for those that are there; anchors and the last check."""

from typing import Any

from django.db import migrations, models

from audit.chain.sealing import seal


def seal_what_is_there(apps: Any, schema_editor: Any) -> None:
    seal(apps.get_model("audit", "AuditEntry").objects)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Anchor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(db_index=True)),
                ("number", models.BigIntegerField()),
                ("hash", models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name="LastCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("number", models.BigIntegerField()),
                ("fault", models.CharField(blank=True, max_length=16)),
                ("first", models.BigIntegerField(null=True)),
                ("last", models.BigIntegerField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="auditentry",
            name="number",
            field=models.BigIntegerField(null=True, unique=True, verbose_name="entry"),
        ),
        migrations.AddField(
            model_name="auditentry",
            name="hash",
            field=models.CharField(blank=True, max_length=64, default=""),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="auditentry",
            name="verb",
            field=models.CharField(
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
                    ("turned_away", "Turned away"),
                ],
                max_length=16,
                verbose_name="what",
            ),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["id"], condition=models.Q(number=None), name="audit_unsealed"),
        ),
        migrations.RunPython(seal_what_is_there, migrations.RunPython.noop),
    ]
