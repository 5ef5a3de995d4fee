"""Which machine a device's client speaks from, and since when two of them do."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("devices", "0014_tokens_for_many_only")]

    operations = [
        migrations.AddField("device", "machine_id", models.CharField(blank=True, editable=False, max_length=64)),
        migrations.AddField("device", "boots", models.JSONField(default=list, editable=False)),
        migrations.AddField("device", "copied_at", models.DateTimeField(editable=False, null=True)),
    ]
