from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("devices", "0006_contact_index")]

    operations = [
        migrations.AddField("collection", "is_target", models.BooleanField(default=False, editable=False)),
    ]
