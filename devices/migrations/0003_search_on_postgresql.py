"""On PostgreSQL: search for a part of a name by index, and sort on last contact as All devices does.

SQLite reads a hundred thousand names faster than this would help, and its indexes have no order of nulls.
"""

from django.db import migrations

FORWARDS = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX device_name_part ON devices_device USING gin (upper(name) gin_trgm_ops)",
    "CREATE INDEX person_username_part ON devices_person USING gin (upper(username) gin_trgm_ops)",
    "CREATE INDEX person_name_part ON devices_person USING gin (upper(name) gin_trgm_ops)",
    "DROP INDEX device_last_contact",
    "CREATE INDEX device_last_contact ON devices_device (last_contact NULLS FIRST)",
)
BACKWARDS = (
    "DROP INDEX device_last_contact",
    "CREATE INDEX device_last_contact ON devices_device (last_contact)",
    "DROP INDEX person_name_part",
    "DROP INDEX person_username_part",
    "DROP INDEX device_name_part",
)


def run(statements):
    def on_postgresql(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            for statement in statements:
                schema_editor.execute(statement)

    return on_postgresql


class Migration(migrations.Migration):
    dependencies = [("devices", "0002_silent_index")]

    operations = [migrations.RunPython(run(FORWARDS), run(BACKWARDS))]
