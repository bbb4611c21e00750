"""The index that keeps one open callback per purpose finds those of a customer too."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("visits", "0005_teams_on_record"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="callback",
            name="callback_open",
        ),
    ]
