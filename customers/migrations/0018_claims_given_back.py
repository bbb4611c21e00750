"""A claim whose return or handover was undone still owes its first contact."""

from importlib import import_module

from django.db import migrations, models

DUE = import_module("customers.migrations.0008_ownership_rows").DUE.replace("CREATE", "CREATE OR REPLACE")
OF_CLAIM = DUE.replace("reason = 'claimed'", "reason IN ('claimed', 'claim_back')")
# Replaced, a function forgets that.
PARALLEL_SAFE = "ALTER FUNCTION customers_due(bigint, date, date, date, text, text, date, bigint) PARALLEL SAFE"
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
    ("claim_back", "undone, the claim goes on"),
    ("moved", "moved to another pool"),
]
FIELDS = (
    ("customer", "returns_rule", {"blank": True, "editable": False}),
    ("customer", "stint_reason", {"default": "created", "editable": False}),
    ("stint", "end_reason", {"blank": True}),
    ("stint", "start_reason", {}),
)


class Migration(migrations.Migration):
    dependencies = [("customers", "0017_fewer_indexes")]
    operations = [
        *(
            migrations.AlterField(
                model_name=model, name=name, field=models.CharField(choices=REASONS, max_length=20, **more)
            )
            for model, name, more in FIELDS
        ),
        migrations.RunSQL([OF_CLAIM, PARALLEL_SAFE], [DUE, PARALLEL_SAFE]),
    ]
