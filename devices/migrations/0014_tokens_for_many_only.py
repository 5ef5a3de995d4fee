"""What a token kept of the one device that used it stands with the device now."""

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("devices", "0013_tokens_for_many")]

    operations = [
        migrations.RemoveField("enrolmenttoken", "device"),
        migrations.RemoveField("enrolmenttoken", "secret_hash"),
        migrations.RemoveField("enrolmenttoken", "used_at"),
        migrations.AddConstraint(
            "enrolmenttoken",
            models.CheckConstraint(name="enrolment_token_limit", condition=Q(used__lte=F("limit"))),
        ),
    ]
