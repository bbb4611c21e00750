"""The company's calendar is there from the first moment: other tables find working days by it."""

from django.db import migrations


def fill(apps, schema_editor):
    from staff import calendar  # the table is new: today's model is its model

    calendar.sync()


class Migration(migrations.Migration):
    dependencies = [("staff", "0002_calendar")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
