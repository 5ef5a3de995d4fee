"""The moment of the last sweep is kept, so that readiness and Home can tell."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("applications", "0008_installed_by_koppel")]

    operations = [
        migrations.CreateModel(
            "LastSweep",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
            ],
        ),
    ]
