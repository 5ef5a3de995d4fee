"""Attempts to sign in are counted in a table of their own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.CreateModel(
            "Attempt",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("name", models.CharField(max_length=150)),
                ("network", models.CharField(max_length=43)),
                ("refused", models.BooleanField(default=False)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["network", "at"], name="attempt_network"),
                    models.Index(fields=["name", "at"], name="attempt_name"),
                    models.Index(fields=["at"], name="attempt_at"),
                ],
            },
        ),
    ]
