"""Customers hear of an approved plan shortly after: which plans that is still to be done for."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("plans", "0003_indexes"),
    ]

    operations = [
        migrations.AddField(
            model_name="plan",
            name="is_told",
            field=models.BooleanField(db_default=True, default=True, editable=False),
        ),
        migrations.AddIndex(
            model_name="plan",
            index=models.Index(condition=models.Q(("is_told", False)), fields=["id"], name="plan_untold"),
        ),
    ]
