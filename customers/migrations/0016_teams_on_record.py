"""Versions of the rules are a record: a team that they name is not deleted from under them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0015_reasons_without_numbers"),
        ("staff", "0005_notice"),
    ]

    operations = [
        migrations.AlterField(
            model_name="ownperiods",
            name="team",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to="staff.team", verbose_name="team"
            ),
        ),
    ]
