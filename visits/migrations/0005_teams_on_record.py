"""Comments on a team's months are a record: the team is not deleted from under them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("staff", "0005_notice"),
        ("visits", "0004_fewer_indexes"),
    ]

    operations = [
        migrations.AlterField(
            model_name="monthlycomment",
            name="team",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="monthly_comments",
                to="staff.team",
            ),
        ),
    ]
