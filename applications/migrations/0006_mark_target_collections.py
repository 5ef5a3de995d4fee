"""Collections to which something is deployed already are marked as targets."""

from django.db import migrations


def mark(apps, schema_editor):
    collections = apps.get_model("devices", "Collection").objects.using(schema_editor.connection.alias)
    collections.filter(deployments__isnull=False).update(is_target=True)


class Migration(migrations.Migration):
    dependencies = [("applications", "0005_detail_of_a_step"), ("devices", "0007_target_collections")]

    operations = [migrations.RunPython(mark, migrations.RunPython.noop)]
