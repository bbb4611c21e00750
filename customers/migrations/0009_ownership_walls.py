"""The walls around whose a customer is, once the rows of 0008 stand."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
from django.db import migrations, models

PLACE_NEW = """
CREATE TRIGGER place_new BEFORE INSERT ON customers_customer FOR EACH ROW EXECUTE FUNCTION customers_place()
"""
PLACE_AGAIN = """
CREATE TRIGGER place BEFORE UPDATE ON customers_customer FOR EACH ROW
WHEN ((OLD.owner_id, OLD.pool_id, OLD.owned_since, OLD.last_sale_on, OLD.talked_on, OLD.grade, OLD.stint_reason,
       OLD.kept_until, OLD.is_held)
      IS DISTINCT FROM (NEW.owner_id, NEW.pool_id, NEW.owned_since, NEW.last_sale_on, NEW.talked_on, NEW.grade,
                        NEW.stint_reason, NEW.kept_until, NEW.is_held))
EXECUTE FUNCTION customers_place()
"""
STINT_NEW = """
CREATE TRIGGER stint_new AFTER INSERT ON customers_customer FOR EACH ROW EXECUTE FUNCTION customers_keep_stint()
"""
STINT_NEXT = """
CREATE TRIGGER stint_next AFTER UPDATE ON customers_customer FOR EACH ROW
WHEN (OLD.owner_id IS DISTINCT FROM NEW.owner_id OR OLD.pool_id IS DISTINCT FROM NEW.pool_id)
EXECUTE FUNCTION customers_keep_stint()
"""
KEEP_INQUIRY = """
CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON customers_inquiry FOR EACH ROW EXECUTE FUNCTION customers_keep()
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0008_ownership_rows")]
    operations = [
        migrations.DeleteModel(
            name="PoolPeriods",
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("owned_since__isnull", True),
                        ("owner__isnull", True),
                        ("pool__isnull", False),
                        ("pooled_at__isnull", False),
                        ("returns_on__isnull", True),
                    ),
                    models.Q(
                        ("owned_since__isnull", False),
                        ("owner__isnull", False),
                        ("pool__isnull", True),
                        ("pooled_at__isnull", True),
                        ("returns_on__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="customer_owner_xor_pool",
            ),
        ),
        migrations.AddConstraint(
            model_name="stint",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("owner__isnull", True), ("pool__isnull", False)),
                    models.Q(("owner__isnull", False), ("pool__isnull", True)),
                    _connector="OR",
                ),
                name="stint_owner_xor_pool",
            ),
        ),
        migrations.AddConstraint(
            model_name="stint",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=(
                    ("customer", "="),
                    (
                        models.Func(
                            "started_at",
                            "ended_at",
                            function="tstzrange",
                            output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(),
                        ),
                        "&&",
                    ),
                ),
                name="stint_once_at_a_time",
            ),
        ),
        migrations.RunSQL(PLACE_NEW, "DROP TRIGGER place_new ON customers_customer"),
        migrations.RunSQL(PLACE_AGAIN, "DROP TRIGGER place ON customers_customer"),
        migrations.RunSQL(STINT_NEW, "DROP TRIGGER stint_new ON customers_customer"),
        migrations.RunSQL(STINT_NEXT, "DROP TRIGGER stint_next ON customers_customer"),
        migrations.RunSQL(KEEP_INQUIRY, "DROP TRIGGER keep ON customers_inquiry"),
    ]
