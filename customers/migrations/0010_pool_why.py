"""Why somebody let a customer go to the pool."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0009_ownership_walls")]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="pool_why",
            field=models.CharField(
                blank=True,
                choices=[
                    ("no_need", "no need any more"),
                    ("elsewhere", "buys elsewhere"),
                    ("unreachable", "can't be reached"),
                    ("closed", "business closed or moved away"),
                    ("no_time", "no time for it"),
                    ("other", "something else"),
                ],
                db_default="",
                default="",
                editable=False,
                max_length=20,
            ),
        ),
    ]
