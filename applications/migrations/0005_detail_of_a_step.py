"""The detail of a step is a code with facts; PostgreSQL wants the rows changed before the table (0004) committed."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("applications", "0004_codes_with_facts")]

    operations = [
        migrations.RemoveField("requeststep", "detail"),
        migrations.RenameField("requeststep", "told", "detail"),
    ]
