"""Seals the rights that accounts and roles have at this moment: from then on only Koppel gives more."""

import django.db.models.deletion
from django.conf import settings
from django.core.signing import Signer
from django.db import migrations, models


def seal_all(apps, schema_editor):
    """The facts as `devices.access.seals` had them when this was written."""
    signer, seal = Signer(salt="koppel.seal"), apps.get_model("devices", "Seal").objects.create
    rights = apps.get_model("devices", "CollectionRight").objects
    settings_of = {each.group_id: each for each in apps.get_model("devices", "RoleSettings").objects.all()}
    for group in apps.get_model("auth", "Group").objects.all():
        own = settings_of.get(group.pk)
        facts = {
            "role": group.pk,
            "permissions": sorted(group.permissions.order_by().values_list("codename", flat=True)),
            "collections": sorted(rights.filter(group=group).order_by().values_list("collection", flat=True)),
            "provider_group": own.provider_group if own else "",
            "one_factor": not (own and own.second_factor),
        }
        seal(group=group, sealed=signer.sign_object(facts))
    for user in apps.get_model(settings.AUTH_USER_MODEL).objects.all():
        facts = {
            "user": user.pk,
            "username": user.username,
            "password": user.password,
            "active": user.is_active,
            "superuser": user.is_superuser,
            "roles": sorted(user.groups.values_list("pk", flat=True)),
            "permissions": sorted(user.user_permissions.values_list("pk", flat=True)),
        }
        seal(user=user, sealed=signer.sign_object(facts))


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("devices", "0015_identity"),
        ("pages", "0004_identities"),  # passwords are sealed with the secret key there
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # Made and filled in one step: who has it forgotten in the database that this ran gets no second one.
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sealed", models.TextField()),
                (
                    "group",
                    models.OneToOneField(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="seal", to="auth.group"
                    ),
                ),
                (
                    "user",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="seal",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("group", None), ("user__isnull", False)),
                            models.Q(("group__isnull", False), ("user", None)),
                            _connector="OR",
                        ),
                        name="seal_of_one",
                    )
                ],
            },
        ),
        migrations.RunPython(seal_all, migrations.RunPython.noop),
    ]
