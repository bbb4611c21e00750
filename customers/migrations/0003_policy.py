"""The grading standard of policy 3.1 and the pool periods of policy 4.1 and 4.3, as data."""

import datetime as dt

from django.db import migrations

ROWS = [
    ("VIP", 100_000, "long"),
    ("SVIP", 100_000, "short"),
    ("A", 50_000, "any"),
    ("B", 30_000, "any"),
    ("C", 0, "any"),
]


def write_policy(apps, schema_editor):
    standard = apps.get_model("customers", "GradingStandard").objects.create(in_force_from=dt.date(2000, 1, 1))
    row = apps.get_model("customers", "GradeRow")
    row.objects.bulk_create(
        row(standard=standard, rank=rank, grade=grade, minimum=minimum, cooperation=cooperation)
        for rank, (grade, minimum, cooperation) in enumerate(ROWS)
    )
    apps.get_model("customers", "PoolPeriods").objects.create()


class Migration(migrations.Migration):
    dependencies = [("customers", "0002_initial")]
    operations = [migrations.RunPython(write_policy, migrations.RunPython.noop)]
