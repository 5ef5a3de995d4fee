"""What Koppel installed and detection still finds is known from the requests that installed it."""

from django.db import migrations, models
from django.db.models import Exists, OuterRef


def find(apps, schema_editor):
    alias = schema_editor.connection.alias
    steps = apps.get_model("applications", "RequestStep").objects.using(alias)
    installed = steps.filter(
        application=OuterRef("application"),
        request__device=OuterRef("device"),
        request__action__in=["install", "reinstall"],
        detected="installed",
        ran=True,
    )
    there = apps.get_model("applications", "Report").objects.using(alias)
    there.filter(Exists(installed), found__in=["installed", "restart_pending"]).update(by_koppel=True)


class Migration(migrations.Migration):
    dependencies = [("applications", "0007_action_without_choices")]

    operations = [
        migrations.AddField("report", "by_koppel", models.BooleanField(default=False)),
        migrations.RunPython(find, migrations.RunPython.noop),
    ]
