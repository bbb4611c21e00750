"""Customers in hand and those that leave next share an index; the next contacts are read in order to the last row."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0016_teams_on_record"),
        ("jobs", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="customer",
            name="customer_in_hand",
        ),
        migrations.RemoveIndex(
            model_name="customer",
            name="customer_next",
        ),
        migrations.RemoveIndex(
            model_name="customer",
            name="customer_leaving",
        ),
        migrations.RemoveIndex(
            model_name="stint",
            name="stint_ends",
        ),
        migrations.AlterField(
            model_name="customer",
            name="code",
            field=models.CharField(
                error_messages={"unique": "This code can't be used: it is taken."}, max_length=32, verbose_name="code"
            ),
        ),
        migrations.AlterField(
            model_name="stint",
            name="owner",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="stints",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("owner__isnull", False)),
                fields=["owner", "returns_on", "id"],
                include=("grade",),
                name="customer_leaving",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("next_contact_on__isnull", False)),
                fields=["owner", "next_contact_on", "id"],
                name="customer_next",
            ),
        ),
        migrations.AddIndex(
            model_name="stint",
            index=models.Index(fields=["owner", "ended_at"], include=("end_reason", "customer"), name="stint_ends"),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.UniqueConstraint(fields=("code",), name="customer_code_once"),
        ),
    ]
