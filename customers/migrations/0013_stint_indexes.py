"""Whom a dispute asks to decide stands in its row; two indexes of stints answer without the table."""

import django.contrib.postgres.fields
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0012_closed_pools"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AddField(
            model_name="dispute",
            name="asked",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), db_default=[], default=list, editable=False, size=None
            ),
        ),
        migrations.RemoveIndex(model_name="stint", name="stint_claims"),
        migrations.RemoveIndex(model_name="stint", name="stint_ends"),
        migrations.AddIndex(
            model_name="stint",
            index=models.Index(
                condition=models.Q(("start_reason", "claimed")),
                fields=["owner", "started_at"],
                include=("customer",),
                name="stint_claims",
            ),
        ),
        migrations.AddIndex(
            model_name="stint",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", False)),
                fields=["owner", "ended_at"],
                include=("end_reason", "customer"),
                name="stint_ends",
            ),
        ),
        migrations.AddIndex(model_name="inquiry", index=models.Index(fields=["at", "id"], name="inquiry_by_time")),
        migrations.AddIndex(model_name="dispute", index=models.Index(fields=["at", "id"], name="dispute_by_time")),
        migrations.AddIndex(
            model_name="dispute",
            index=models.Index(condition=models.Q(("decided_at__isnull", True)), fields=["at"], name="dispute_open"),
        ),
    ]
