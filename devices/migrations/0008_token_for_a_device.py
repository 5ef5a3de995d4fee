"""An enrolment token may be for a device that is there already."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("devices", "0007_target_collections")]

    operations = [
        migrations.AddField(
            "enrolmenttoken",
            "again",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="tokens", to="devices.device"
            ),
        ),
    ]
