"""Sessions in a table that holds no keys, instead of Django's; passwords that are there are sealed where they stand."""

from __future__ import annotations

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from pages.sign_in.proofs.hashing import Hasher, sealed
from pages.sign_in.proofs.keys import keys_for

BEFORE = "pbkdf2_sha256$"


def seal(apps: Any, schema_editor: Any) -> None:
    """Nobody needs a new password, and none of the old kind is accepted from now on: whoever can write into the
    database could put one there."""
    users = apps.get_model(settings.AUTH_USER_MODEL).objects.using(schema_editor.connection.alias)
    key = keys_for("password")[0]
    for user in users.filter(password__startswith=BEFORE):
        hashed = f"{Hasher.algorithm}${user.password.removeprefix(BEFORE)}"
        users.filter(pk=user.pk).update(password=sealed(hashed, key))


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("pages", "0001_attempts"),
    ]

    operations = [
        migrations.CreateModel(
            name="Session",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=64, unique=True)),
                ("data", models.TextField()),
                ("began_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(db_index=True)),
                ("address", models.GenericIPAddressField(null=True)),
                ("browser", models.CharField(blank=True, max_length=60)),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.RunSQL("DROP TABLE IF EXISTS django_session", migrations.RunSQL.noop),
        migrations.RunPython(seal, migrations.RunPython.noop),
    ]
