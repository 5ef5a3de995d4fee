"""A token may be for many devices, and lead into a collection; which token a device came with stands with the device."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models


def take_over(apps: Any, schema_editor: Any) -> None:
    tokens = apps.get_model("devices", "EnrolmentToken").objects.exclude(used_at=None)
    for token in tokens.exclude(device=None).select_related("device"):
        if token.secret_hash == token.device.secret_hash:
            token.device.enrolled_with = token
            token.device.save(update_fields=["enrolled_with"])
    tokens.update(used=1)


class Migration(migrations.Migration):
    dependencies = [("devices", "0010_role_settings")]

    operations = [
        migrations.AddField("enrolmenttoken", "limit", models.PositiveIntegerField("devices", default=1)),
        migrations.AddField("enrolmenttoken", "used", models.PositiveIntegerField(default=0)),
        migrations.AddField(
            "enrolmenttoken",
            "collection",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="enrolment_tokens",
                to="devices.collection",
            ),
        ),
        migrations.AddField(
            "device",
            "enrolled_with",
            models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="enrolled",
                to="devices.enrolmenttoken",
            ),
        ),
        migrations.RunPython(take_over, migrations.RunPython.noop),
    ]
