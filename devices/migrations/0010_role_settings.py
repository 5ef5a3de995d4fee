"""Which group at the identity provider gives a role, and whether it needs a second factor."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("devices", "0009_visible_names"),
    ]

    operations = [
        migrations.CreateModel(
            name="RoleSettings",
            fields=[
                (
                    "group",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="role_settings",
                        serialize=False,
                        to="auth.group",
                    ),
                ),
                ("provider_group", models.CharField(blank=True, max_length=200)),
                ("second_factor", models.BooleanField(default=False)),
            ],
            options={
                "default_permissions": (),
            },
        ),
    ]
