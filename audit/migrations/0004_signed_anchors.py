"""Anchors are signed; those that were not say nothing and go."""

from typing import Any

from django.db import migrations, models


def forget_unsigned(apps: Any, schema_editor: Any) -> None:
    apps.get_model("audit", "Anchor").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_signed_revisions")]

    operations = [
        migrations.RunPython(forget_unsigned, forget_unsigned),
        migrations.RemoveField("anchor", "number"),
        migrations.RemoveField("anchor", "hash"),
        migrations.AddField("anchor", "envelope", models.JSONField(default=dict), preserve_default=False),
    ]
