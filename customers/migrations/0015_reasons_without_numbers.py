"""Why a customer moved, named without the periods of the rules, which are data, and for whatever was undone.

The names alone change, nothing in the database.
"""

from django.db import migrations, models

REASONS = [
    ("created", "created"),
    ("imported", "imported"),
    ("claimed", "claimed from the pool"),
    ("released", "released"),
    ("no_deal", "no first deal within the period"),
    ("no_sale", "no sale within the period"),
    ("no_contact", "no contact within the period"),
    ("no_first", "no contact soon after the claim"),
    ("problem", "problem customer"),
    ("first_order", "first order"),
    ("assigned", "assigned"),
    ("transferred", "transferred"),
    ("referred", "referred by a manager"),
    ("handed_over", "handed over"),
    ("decided", "dispute decided"),
    ("undone", "undone, given back"),
    ("moved", "moved to another pool"),
]


class Migration(migrations.Migration):
    dependencies = [("customers", "0014_handover")]

    operations = [
        migrations.AlterField(
            model_name="customer",
            name="returns_rule",
            field=models.CharField(blank=True, choices=REASONS, editable=False, max_length=20),
        ),
        migrations.AlterField(
            model_name="customer",
            name="stint_reason",
            field=models.CharField(choices=REASONS, default="created", editable=False, max_length=20),
        ),
        migrations.AlterField(
            model_name="stint", name="end_reason", field=models.CharField(blank=True, choices=REASONS, max_length=20)
        ),
        migrations.AlterField(
            model_name="stint", name="start_reason", field=models.CharField(choices=REASONS, max_length=20)
        ),
    ]
