"""The order of All devices by last contact: those online first. PostgreSQL needs to be told where nulls belong."""

from django.db import migrations, models

FORWARDS = (
    "DROP INDEX device_contact",
    "CREATE INDEX device_contact ON devices_device (online, last_contact NULLS FIRST, id)",
)
BACKWARDS = ("DROP INDEX device_contact", "CREATE INDEX device_contact ON devices_device (online, last_contact)")


def run(statements):
    def on_postgresql(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            for statement in statements:
                schema_editor.execute(statement)

    return on_postgresql


class Migration(migrations.Migration):
    dependencies = [("devices", "0005_primary_user_from_use")]

    operations = [
        migrations.RemoveIndex(model_name="device", name="device_last_contact"),
        migrations.AddIndex(
            model_name="device",
            index=models.Index(fields=["online", "last_contact"], name="device_contact"),
        ),
        migrations.RunPython(run(FORWARDS), run(BACKWARDS)),
    ]
